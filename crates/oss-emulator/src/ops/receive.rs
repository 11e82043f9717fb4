//! Receives the content of a request: hashes and stores it piece by piece, never all at once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use oss_models::{Crc64, Crc64Digest};
use tokio::task::JoinHandle;

use crate::body::RequestBody;
use crate::core::Core;
use crate::error::{OssError, Outcome, code};
use crate::request::RequestHead;
use crate::settings::EtagMode;
use crate::store::BlobWriter;
use crate::store::records::Segment;

/// Content that is stored but not yet part of any object.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) size: u64,
    pub(crate) crc64: Crc64,
    pub(crate) md5: Option<[u8; 16]>,
    pub(crate) segments: Vec<Segment>,
    blob: Option<UnclaimedBlob>,
}

impl Received {
    /// Marks the bytes as owned by a record in a committed transaction.
    pub(crate) fn claimed(&mut self) {
        if let Some(blob) = &mut self.blob {
            blob.claimed = true;
        }
    }

    /// 32 upper-case hex digits.
    pub(crate) fn etag(&self) -> String {
        match self.md5 {
            Some(md5) => hex(&md5),
            None => format!("{:016X}{:016X}", self.crc64.to_u64(), self.size),
        }
    }

    pub(crate) fn content_md5(&self) -> Option<String> {
        self.md5.map(|md5| STANDARD.encode(md5))
    }
}

/// Upper-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Removes a finished blob that no transaction took over.
#[derive(Debug)]
struct UnclaimedBlob {
    core: Arc<Core>,
    segment: Segment,
    claimed: bool,
}

impl Drop for UnclaimedBlob {
    fn drop(&mut self) {
        if !self.claimed {
            self.core.store.blobs.remove(self.segment.blob);
        }
    }
}

/// The digest that a request states.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Promised {
    md5: Option<[u8; 16]>,
}

impl Promised {
    /// Reads `Content-MD5`.
    ///
    /// # Errors
    /// `InvalidDigest` unless it is base64 of 16 bytes.
    pub(crate) fn from_head(head: &RequestHead) -> Outcome<Self> {
        let Some(value) = head.headers.get("content-md5") else { return Ok(Self::default()) };
        let digest = STANDARD.decode(value.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        match digest {
            Some(md5) => Ok(Self { md5: Some(md5) }),
            None => Err(OssError::from(code::INVALID_DIGEST)
                .ec("0017-00000502")
                .message("The Content-MD5 you specified is not valid.")),
        }
    }

    /// # Errors
    /// `InvalidDigest`.
    pub(crate) fn check(self, got: Option<[u8; 16]>) -> Outcome<()> {
        match (self.md5, got) {
            (Some(want), Some(got)) if want != got => Err(code::INVALID_DIGEST.into()),
            _ => Ok(()),
        }
    }

    /// Compares with a document that is in memory.
    pub(crate) fn check_bytes(self, bytes: &[u8]) -> Outcome<()> {
        self.check(Some(Md5::digest(bytes).into()))
    }
}

/// Pieces are handed to the blocking pool in batches of this size: one hand-over for several network reads.
const BATCH_BYTES: usize = 512 * 1024;

/// Reads a body into a new blob.
///
/// # Errors
/// `EntityTooLarge`, `IncompleteBody`, `RequestTimeout`, `InvalidDigest`; nothing is kept then.
pub(crate) async fn receive(
    core: &Arc<Core>,
    body: &mut RequestBody,
    limit: u64,
    promised: Promised,
) -> Outcome<Received> {
    let mut intake = Intake::new(core, promised)?;
    while let Some(piece) = body.next().await? {
        if body.received() > limit {
            return Err(OssError::from(code::ENTITY_TOO_LARGE).closing());
        }
        intake.push(piece).await?;
    }
    let received = intake.finish().await?;
    promised.check(received.md5)?;
    Ok(received)
}

/// Hashing and writing of one body, concurrent with its reading when the bytes go to a disk.
pub(crate) struct Intake {
    core: Arc<Core>,
    batch: Vec<Bytes>,
    batch_len: usize,
    worker: Worker,
}

enum Worker {
    Idle(Box<Digester>),
    Busy(JoinHandle<Outcome<Box<Digester>>>),
    Failed,
}

struct Digester {
    crc: Crc64Digest,
    md5: Option<Md5>,
    writer: Option<BlobWriter>,
}

impl Digester {
    fn take(&mut self, batch: &[Bytes]) -> Outcome<()> {
        for piece in batch {
            self.crc.update(piece);
            if let Some(md5) = &mut self.md5 {
                md5.update(piece);
            }
            if let Some(writer) = &mut self.writer {
                writer.write(piece)?;
            }
        }
        Ok(())
    }
}

impl Intake {
    pub(crate) fn new(core: &Arc<Core>, promised: Promised) -> Outcome<Self> {
        let writer = if core.settings.discard_bodies { None } else { Some(core.store.blobs.create()?) };
        let needs_md5 = core.settings.etag == EtagMode::Md5 || promised.md5.is_some();
        let digester = Digester { crc: Crc64Digest::new(), md5: needs_md5.then(Md5::new), writer };
        Ok(Self { core: Arc::clone(core), batch: Vec::new(), batch_len: 0, worker: Worker::Idle(Box::new(digester)) })
    }

    pub(crate) async fn push(&mut self, piece: Bytes) -> Outcome<()> {
        self.batch_len += piece.len();
        self.batch.push(piece);
        if self.batch_len >= BATCH_BYTES {
            let mut digester = self.digester().await?;
            let batch = std::mem::take(&mut self.batch);
            self.batch_len = 0;
            if self.core.store.blobs.is_on_disk() && digester.writer.is_some() {
                self.worker = Worker::Busy(tokio::task::spawn_blocking(move || {
                    digester.take(&batch)?;
                    Ok(digester)
                }));
            } else {
                digester.take(&batch)?;
                self.worker = Worker::Idle(digester);
            }
        }
        Ok(())
    }

    async fn digester(&mut self) -> Outcome<Box<Digester>> {
        match std::mem::replace(&mut self.worker, Worker::Failed) {
            Worker::Idle(digester) => Ok(digester),
            Worker::Busy(work) => work.await?,
            Worker::Failed => Err(OssError::internal("a body was read after an earlier read had failed")),
        }
    }

    pub(crate) async fn finish(mut self) -> Outcome<Received> {
        let mut digester = self.digester().await?;
        let batch = std::mem::take(&mut self.batch);
        let (digester, segment) = self
            .core
            .store
            .run(move |_| {
                digester.take(&batch)?;
                let segment = digester.writer.take().map(BlobWriter::finish).transpose()?.flatten();
                Ok((digester, segment))
            })
            .await?;
        let blob = segment.map(|segment| UnclaimedBlob { core: Arc::clone(&self.core), segment, claimed: false });
        Ok(Received {
            size: digester.crc.len(),
            crc64: digester.crc.value(),
            md5: digester.md5.map(|md5| md5.finalize().into()),
            segments: segment.into_iter().collect(),
            blob,
        })
    }
}
