//! A multipart upload by one owner, who hands parts of any size over in order.

use std::collections::VecDeque;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ossup::session::{MultipartSession, PartReceipt};
use ossup::{PartNumber, PutObjectRequest, UploadPartRequest};
use tokio::runtime::Handle;
use tracing::Instrument as _;

use crate::attributes::Attributes;
use crate::bucket::Bucket;
use crate::error::OssError;
use crate::pieces::Pieces;
use crate::put::{Mode, Written, refuse_our_name};

/// The least that OSS takes as a part, unless it is the last.
const MIN_PART: u64 = 100 * 1024;

/// Most parts of an upload.
const MAX_PARTS: u16 = 10_000;

/// The least that is sent as the part behind this many others. It doubles every thousand parts, so that an engine whose blocks
/// are small reaches more than twice the length that ten thousand blocks have.
fn least(parts: u16) -> u64 {
    MIN_PART << (parts / 1_000)
}

/// An upload that is under way. Aborted when it is dropped before it was completed.
pub(crate) struct PartsUpload {
    bucket: Arc<Bucket>,
    attributes: Attributes,
    session: MultipartSession,
    /// Pieces that are too few for a part.
    held: Vec<Bytes>,
    held_len: u64,
    /// Where the next part begins in the object.
    offset: u64,
    /// Number of the last part that was handed out.
    parts: u16,
    receipts: Arc<Mutex<Vec<PartReceipt>>>,
    state: State,
    /// Where an abort runs when there is no time to wait for it.
    runtime: Handle,
}

/// What is known of the upload on the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Its parts take up space.
    Open,
    /// It is an object, or was aborted.
    Closed,
    /// Complete was sent, and whether it took effect is not known.
    Unknown,
}

/// A part on its way.
pub(crate) type Sending = Pin<Box<dyn Future<Output = Result<(), OssError>> + Send>>;

impl PartsUpload {
    pub(crate) async fn begin(bucket: Arc<Bucket>, key: &str, attributes: Attributes) -> Result<Self, OssError> {
        let session = bucket.initiate(key, &attributes).await?;
        Ok(Self {
            bucket,
            attributes,
            session,
            held: Vec::new(),
            held_len: 0,
            offset: 0,
            parts: 0,
            receipts: Arc::default(),
            state: State::Open,
            runtime: Handle::current(),
        })
    }

    /// Takes the next bytes of the object. They are sent when the future is polled; as long as they are too few for a part
    /// they wait for those that follow.
    pub(crate) fn put_part(&mut self, pieces: impl IntoIterator<Item = Bytes>) -> Sending {
        for piece in pieces {
            self.held_len = self.held_len.saturating_add(piece.len() as u64);
            self.held.push(piece);
        }
        if self.held_len < least(self.parts) { Box::pin(ready(Ok(()))) } else { self.send_held() }
    }

    /// Sends what is held as a part.
    fn send_held(&mut self) -> Sending {
        let content = Pieces::new(std::mem::take(&mut self.held));
        self.held_len = 0;
        let number = match self.parts.checked_add(1).filter(|number| *number <= MAX_PARTS).map(PartNumber::new) {
            Some(Ok(number)) => number,
            _ => return Box::pin(ready(Err(too_many_parts(&self.session)))),
        };
        (self.parts, self.offset) = (self.parts + 1, self.offset.saturating_add(content.len()));
        let offset = self.offset - content.len();
        let (bucket, session, receipts) = (self.bucket.clone(), self.session.clone(), self.receipts.clone());
        let sending = async move {
            let receipt = bucket.send_part(&session, number, offset, &content).await?;
            lock(&receipts).push(receipt);
            Ok(())
        };
        Box::pin(sending.in_current_span())
    }

    /// Makes the object of its parts; without any, an object of no bytes.
    pub(crate) async fn complete(&mut self) -> Result<Written, OssError> {
        if self.state != State::Open {
            return Err(OssError::generic("the upload was completed or aborted before"));
        }
        if self.held_len > 0 {
            self.send_held().await?;
        }
        if self.parts == 0 {
            self.abort().await?;
            let key = self.session.key.clone();
            return self.bucket.put(key.as_str(), &Pieces::new([]), &self.attributes, Mode::Overwrite).await;
        }
        let receipts = lock(&self.receipts).clone();
        if receipts.len() < usize::from(self.parts) {
            let lacking = usize::from(self.parts) - receipts.len();
            return Err(OssError::generic(format!(
                "{lacking} of {} parts of oss://{}/{} were not uploaded, or not yet",
                self.parts, self.session.bucket, self.session.key
            )));
        }
        // Until there is a response: dropping this future must not abort what may be an object.
        self.state = State::Unknown;
        let completed = self.bucket.complete(&self.session, receipts).await;
        self.state = match &completed {
            Ok(_) => State::Closed,
            Err(failure) => failure.state(),
        };
        completed.map_err(|failure| failure.error)
    }

    /// Removes the parts. After a Complete whose outcome is not known nothing is done: what may be an object is left alone.
    pub(crate) async fn abort(&mut self) -> Result<(), OssError> {
        match self.state {
            State::Closed => Ok(()),
            State::Unknown => {
                tracing::warn!(
                    bucket = %self.session.bucket, key = %self.session.key, upload_id = %self.session.upload_id,
                    "not aborted: whether the upload was completed is not known"
                );
                Ok(())
            }
            State::Open => {
                self.session.abort(&self.bucket.client.uploader()).await?;
                self.state = State::Closed;
                Ok(())
            }
        }
    }
}

impl Drop for PartsUpload {
    fn drop(&mut self) {
        if self.state != State::Open {
            return;
        }
        let (session, uploader) = (self.session.clone(), self.bucket.client.uploader());
        let aborting = async move {
            if let Err(error) = session.abort(&uploader).await {
                tracing::warn!(%error, "an upload that was dropped could not be aborted");
            }
        };
        self.runtime.spawn(aborting.in_current_span());
    }
}

impl std::fmt::Debug for PartsUpload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartsUpload")
            .field("bucket", &self.session.bucket)
            .field("key", &self.session.key)
            .field("upload_id", &self.session.upload_id)
            .field("parts", &self.parts)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Why an upload was not completed.
#[derive(Debug)]
pub(crate) struct NotCompleted {
    error: OssError,
    stored: ossup::Stored,
}

impl NotCompleted {
    fn state(&self) -> State {
        match self.stored {
            ossup::Stored::No => State::Open,
            ossup::Stored::Yes => State::Closed,
            _ => State::Unknown,
        }
    }
}

impl From<NotCompleted> for OssError {
    fn from(failure: NotCompleted) -> Self {
        failure.error
    }
}

/// The steps of a multipart upload.
impl Bucket {
    pub(crate) async fn initiate(&self, key: &str, attributes: &Attributes) -> Result<MultipartSession, OssError> {
        refuse_our_name(attributes)?;
        Ok(MultipartSession::begin(&self.client.uploader(), attributes.put(self.name(), key), None).await?)
    }

    /// Sends one part; its CRC64 is compared with the server's.
    pub(crate) async fn send_part(
        &self,
        session: &MultipartSession,
        number: PartNumber,
        offset: u64,
        content: &Pieces,
    ) -> Result<PartReceipt, OssError> {
        let (key, id) = (session.key.as_str(), session.upload_id.clone());
        let request = UploadPartRequest::new(self.name(), key, id.clone(), number, content.body());
        let stored = self.client.upload_part(request).await?;
        let mut receipt = PartReceipt::new(id, number, offset, content.len(), stored.etag, content.crc64());
        receipt.compared = stored.hash_crc64.is_some();
        Ok(receipt)
    }

    /// Makes the object; the CRC64 of its parts, folded, is compared with the server's of the whole.
    pub(crate) async fn complete(
        &self,
        session: &MultipartSession,
        receipts: Vec<PartReceipt>,
    ) -> Result<Written, NotCompleted> {
        let request = PutObjectRequest::new(session.bucket.as_str(), session.key.as_str());
        // The states of a Complete are large.
        let uploader = self.client.uploader();
        let completing = Box::pin(session.complete(&uploader, request, receipts));
        match completing.await {
            Ok(result) => Ok(Written::of(&result.headers, result.etag.as_ref())),
            Err(error) => {
                let stored = match &error {
                    ossup::session::SessionError::Upload(error) => error.stored(),
                    _ => ossup::Stored::No,
                };
                Err(NotCompleted { error: error.into(), stored })
            }
        }
    }
}

fn too_many_parts(session: &MultipartSession) -> OssError {
    OssError::generic(format!(
        "oss://{}/{} would need more than {MAX_PARTS} parts; pass larger ones",
        session.bucket, session.key
    ))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Uploads whose calls have nothing in common but the upload id, with what only the first call knew. The oldest are
/// forgotten: then a lost response to Complete cannot be proven, and an upload without parts becomes an object without
/// attributes.
#[derive(Debug, Default)]
pub(crate) struct OpenUploads(VecDeque<(MultipartSession, Attributes)>);

impl OpenUploads {
    /// Most uploads that are remembered.
    const MOST: usize = 1_000;

    pub(crate) fn remember(&mut self, session: MultipartSession, attributes: Attributes) {
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back((session, attributes));
    }

    pub(crate) fn find(&self, key: &str, upload_id: &str) -> Option<(MultipartSession, Attributes)> {
        let is_it = |session: &MultipartSession| session.upload_id.as_str() == upload_id && session.key.as_str() == key;
        self.0.iter().rev().find(|(session, _)| is_it(session)).cloned()
    }

    pub(crate) fn forget(&mut self, upload_id: &str) {
        self.0.retain(|(session, _)| session.upload_id.as_str() != upload_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length of the longest object that blocks of this size make.
    fn longest(block: u64) -> u64 {
        (0..MAX_PARTS).map(|parts| least(parts).div_ceil(block).max(1) * block).sum()
    }

    #[test]
    fn small_blocks_make_long_objects() {
        assert_eq!((least(0), least(999), least(1_000), least(9_999)), (MIN_PART, MIN_PART, 2 * MIN_PART, 50 << 20));
        let block = 5 << 20;
        assert!(longest(block) > 2 * u64::from(MAX_PARTS) * block, "{}", longest(block));
        assert!(longest(1 << 10) > 90 << 30, "{}", longest(1 << 10));
    }

    #[test]
    fn the_oldest_uploads_are_forgotten() {
        let mut uploads = OpenUploads::default();
        let session = |n: usize| {
            let (bucket, key) = (ossup::BucketName::new("demo").unwrap(), ossup::ObjectKey::new("a").unwrap());
            MultipartSession::of_upload(bucket, key, ossup::UploadId::new(format!("ID{n}")).unwrap())
        };
        for n in 0..=OpenUploads::MOST {
            uploads.remember(session(n), Attributes::default());
        }
        assert!(uploads.find("a", "ID0").is_none() && uploads.find("b", "ID1").is_none());
        assert_eq!(uploads.find("a", "ID1").map(|(found, _)| found), Some(session(1)));
        uploads.forget("ID1");
        assert!(uploads.find("a", "ID1").is_none());
    }
}
