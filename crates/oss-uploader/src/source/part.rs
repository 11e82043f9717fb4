use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use oss_models::{Crc64, Crc64Digest, Etag};

use super::{Blocks, FileSource, Freshness, SourceError, blocking};

/// The bytes that one request carries, wherever they are: a part, or a whole object. Cheap to clone.
///
/// They can be read, summed up and sent as often as needed.
#[derive(Clone)]
pub(crate) struct PartSource(pub(super) PartBytes);

#[derive(Clone)]
pub(super) enum PartBytes {
    /// A range of a file.
    File { file: Arc<FileSource>, offset: u64, len: u64 },
    /// Bytes in memory.
    Memory(Blocks),
}

impl PartSource {
    /// A range of a file.
    pub(crate) fn file(file: Arc<FileSource>, offset: u64, len: u64) -> Self {
        Self(PartBytes::File { file, offset, len })
    }

    /// A range of bytes in memory; they are not copied.
    pub(crate) fn bytes(bytes: &Bytes, offset: u64, len: u64) -> Self {
        Blocks::slice(bytes, offset, len).into()
    }

    pub(crate) fn len(&self) -> u64 {
        match &self.0 {
            PartBytes::File { len, .. } => *len,
            PartBytes::Memory(blocks) => blocks.len(),
        }
    }

    /// Whether the source is still what it was when it was opened.
    pub(crate) async fn check(&self) -> Result<Freshness, SourceError> {
        match &self.0 {
            // Its attributes are in memory as well.
            PartBytes::File { file, .. } if file.reads_without_waiting() => file.check(),
            PartBytes::File { file, .. } => {
                let file = file.clone();
                // Boxed, as what seldom happens is below: a small object mostly does without, and its future is moved around.
                Box::pin(blocking(file.runs_inline(), move || file.check())).await
            }
            PartBytes::Memory(_) => Ok(Freshness::Same),
        }
    }

    /// Reads the bytes once more; an error if they are not those with this CRC64.
    pub(crate) async fn compare(&self, sent: Crc64) -> Result<(), SourceError> {
        match &self.0 {
            PartBytes::File { file, .. } if self.crc64().await? != sent => Err(file.changed("it was written to")),
            _ => Ok(()),
        }
    }

    /// CRC64 of the bytes.
    pub(crate) async fn crc64(&self) -> Result<Crc64, SourceError> {
        match &self.0 {
            PartBytes::Memory(blocks) => Ok(blocks.crc64()),
            PartBytes::File { .. } => self.digest::<Crc64Digest>().await,
        }
    }

    /// CRC64 of the bytes; they are read for it unless the service counted them when they were sent.
    pub(crate) async fn crc64_unless(&self, counted: Option<Crc64>) -> Result<Crc64, SourceError> {
        match counted {
            Some(counted) => Ok(counted),
            None => Box::pin(self.crc64()).await,
        }
    }

    /// CRC64 of the bytes and, if asked for, the entity tag of a part that holds them: their MD5.
    pub(crate) async fn sums(&self, with_md5: bool) -> Result<(Crc64, Option<Etag>), SourceError> {
        if !with_md5 {
            return Ok((self.crc64().await?, None));
        }
        let (crc64, md5) = self.digest::<CrcAndMd5>().await?;
        Ok((crc64, Etag::new(format!("{md5:X}")).ok()))
    }

    /// MD5 of the bytes, in base64.
    pub(crate) async fn content_md5(&self) -> Result<String, SourceError> {
        Ok(BASE64_STANDARD.encode(*self.digest::<md5::Context>().await?))
    }

    /// Compares the MD5 of the bytes with this one, in base64.
    pub(crate) async fn check_md5(&self, content_md5: &str) -> Result<(), SourceError> {
        let found = self.content_md5().await?;
        compare_md5(content_md5, found)
    }

    /// Feeds the bytes, block by block, to a digest. One sequential pass.
    async fn digest<D: BlockDigest>(&self) -> Result<D::Output, SourceError> {
        let source = self.0.clone();
        let inline = matches!(&source, PartBytes::File { file, .. } if file.runs_inline());
        blocking(inline, move || {
            let mut digest = D::default();
            match source {
                PartBytes::Memory(blocks) => blocks.iter().for_each(|block| digest.update(block)),
                PartBytes::File { file, offset, len } => {
                    let (mut at, end) = (offset, offset.saturating_add(len));
                    while at < end {
                        let block = file.read_block(at, end)?;
                        digest.update(&block);
                        at += block.len() as u64;
                    }
                    file.let_go(offset, end);
                }
            }
            Ok(digest.finish())
        })
        .await
    }
}

impl From<Blocks> for PartSource {
    fn from(blocks: Blocks) -> Self {
        Self(PartBytes::Memory(blocks))
    }
}

/// The MD5 of bytes that come one after the other, and what it must be.
pub(super) struct ExpectedMd5 {
    declared: String,
    digest: md5::Context,
}

impl ExpectedMd5 {
    pub(super) fn new(content_md5: &str) -> Self {
        Self { declared: content_md5.to_owned(), digest: md5::Context::new() }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.digest.consume(bytes);
    }

    /// Compares the digest of what has come so far.
    pub(super) fn check(&self) -> Result<(), SourceError> {
        compare_md5(&self.declared, BASE64_STANDARD.encode(*self.digest.clone().finalize()))
    }
}

fn compare_md5(declared: &str, found: String) -> Result<(), SourceError> {
    if declared == found { Ok(()) } else { Err(SourceError::Md5Mismatch { declared: declared.to_owned(), found }) }
}

/// Something computed from bytes that come block by block.
trait BlockDigest: Default + Send + 'static {
    type Output: Send + 'static;
    fn update(&mut self, block: &[u8]);
    fn finish(self) -> Self::Output;
}

impl BlockDigest for Crc64Digest {
    type Output = Crc64;
    fn update(&mut self, block: &[u8]) {
        Crc64Digest::update(self, block);
    }
    fn finish(self) -> Crc64 {
        self.value()
    }
}

impl BlockDigest for md5::Context {
    type Output = md5::Digest;
    fn update(&mut self, block: &[u8]) {
        self.consume(block);
    }
    fn finish(self) -> md5::Digest {
        self.finalize()
    }
}

#[derive(Default)]
struct CrcAndMd5(Crc64Digest, md5::Context);

impl BlockDigest for CrcAndMd5 {
    type Output = (Crc64, md5::Digest);
    fn update(&mut self, block: &[u8]) {
        self.0.update(block);
        self.1.consume(block);
    }
    fn finish(self) -> Self::Output {
        (self.0.value(), self.1.finalize())
    }
}
