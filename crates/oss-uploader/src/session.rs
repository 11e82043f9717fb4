//! One multipart upload, carried out by several processes.
//!
//! One process begins a [`MultipartSession`] and hands it on as JSON (or in any other format of serde; it holds no
//! secret). Any process with credentials of its own uploads ranges of the object and gives back [`PartReceipt`]s. One
//! process gathers the receipts and completes: it checks that they cover the object once, folds their CRC64s, and
//! compares the fold with the server's CRC64 of the whole object.
//!
//! ```
//! # use oss_models::{PartNumber, PutObjectRequest};
//! # use oss_uploader::session::{MultipartSession, PartReceipt};
//! # use oss_uploader::Uploader;
//! # async fn demo(uploader: Uploader) -> Result<(), Box<dyn std::error::Error>> {
//! let request = PutObjectRequest::new("demo", "film.mp4");
//! let session = MultipartSession::begin(&uploader, request.clone(), Some(9 << 20)).await?;
//! let token = serde_json::to_string(&session)?;
//!
//! // In each of the workers:
//! let session: MultipartSession = serde_json::from_str(&token)?;
//! let first = session.upload_file_part(&uploader, PartNumber::new(1)?, "/data/film.mp4", 0..6 << 20).await?;
//! let second = session.upload_file_part(&uploader, PartNumber::new(2)?, "/data/film.mp4", 6 << 20..9 << 20).await?;
//!
//! // And at the end, in any order:
//! let result = session.complete(&uploader, request, vec![second, first]).await?;
//! # Ok(())
//! # }
//! ```

mod receipt;

pub use receipt::{PartReceipt, ReceiptError};

use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use oss_models::{BucketName, InvalidRequest, ObjectKey, PartNumber, PutObjectRequest, UploadId};
use serde::{Deserialize, Serialize};

use crate::checkpoint::OpenUpload;
use crate::engine::{self, Context};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::plan::{self, MAX_PART_SIZE, Part, Receipts, StoredParts};
use crate::source::{FileRules, OpenSource, RandomAccess, Source, SourceError};
use crate::{UploadResult, Uploader};

/// A multipart upload as a value that travels between processes.
///
/// Nothing aborts it by itself: the caller who begins one must complete it, [`abort`](Self::abort) it, or leave it to
/// [`stale`](crate::stale) and the bucket's lifecycle rules. Who may upload to the bucket and knows the upload id can add
/// parts to it, so a receipt proves its part only as far as its sender is trusted; what is wrong with the
/// content is found when the whole is compared.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct MultipartSession {
    /// Bucket.
    pub bucket: BucketName,
    /// Key of the object to be.
    pub key: ObjectKey,
    /// The upload.
    pub upload_id: UploadId,
    /// Size that the object is to have, in bytes, if it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it was initiated, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "unix_seconds")]
    pub initiated: Option<SystemTime>,
}

impl MultipartSession {
    /// Begins an upload. `request` says where to and how the object is to be stored; its body does not count. If `size`
    /// is given, in bytes, completing checks it.
    ///
    /// # Errors
    /// [`UploadError`]: the request breaks a rule, or InitiateMultipartUpload failed.
    pub async fn begin(uploader: &Uploader, request: PutObjectRequest, size: Option<u64>) -> Result<Self, UploadError> {
        let invalid = |error| UploadError::new(Stage::Options, UploadErrorKind::Request(error), Stored::No);
        let bucket = BucketName::new(request.bucket.as_str()).map_err(invalid)?;
        let key = ObjectKey::new(request.key.as_str()).map_err(invalid)?;
        let named = |error: UploadError| error.on(&bucket, &key);
        let context = uploader.context_of_step(request).map_err(named)?;
        let upload = engine::initiate(&context).await.map_err(named)?;
        Ok(Self { bucket, key, upload_id: upload.id, size, initiated: upload.initiated })
    }

    /// The session of an upload that is known by its id, such as one that another program initiated.
    ///
    /// When it was initiated is not known then, so that [`complete`](Self::complete) cannot prove that an object is its own
    /// after every response was lost; set [`initiated`](Self::initiated) if it is.
    pub fn of_upload(bucket: BucketName, key: ObjectKey, upload_id: UploadId) -> Self {
        Self { bucket, key, upload_id, size: None, initiated: None }
    }

    /// Uploads `bytes` as one part whose first byte is at `offset` in the object. Transient failures are repeated, as
    /// in any other upload.
    ///
    /// Numbers must grow with the offsets and need not be consecutive. Sending a number again replaces the part; then
    /// only the later receipt counts.
    ///
    /// # Errors
    /// [`UploadError`]: the part was not stored.
    pub async fn upload_part(
        &self,
        uploader: &Uploader,
        number: PartNumber,
        offset: u64,
        bytes: impl Into<Bytes>,
    ) -> Result<PartReceipt, UploadError> {
        let source = RandomAccess::Bytes(bytes.into());
        let part = Part { number, offset, len: source.len() };
        self.send(uploader, part, source, 0).await
    }

    /// Uploads a range of a file as one part: the bytes that are at the same place in the object. Memory does not grow
    /// with the range.
    ///
    /// # Errors
    /// [`UploadError`]: the file is shorter than the range or changes meanwhile, or the part was not stored.
    pub async fn upload_file_part(
        &self,
        uploader: &Uploader,
        number: PartNumber,
        path: impl Into<PathBuf>,
        range: Range<u64>,
    ) -> Result<PartReceipt, UploadError> {
        let failed =
            |error: SourceError| UploadError::new(Stage::Source, error, Stored::No).on(&self.bucket, &self.key);
        let source = Source::path(path);
        let opened =
            source.open_soon(uploader.files(), FileRules::default(), uploader.open_files()).await.map_err(failed)?;
        let OpenSource::RandomAccess(source) = opened else { return Err(failed(SourceError::Panicked)) };
        if range.end > source.len() {
            return Err(failed(SourceError::SizeMismatch { declared: range.end, found: source.len() }));
        }
        let part = Part { number, offset: range.start, len: range.end.saturating_sub(range.start) };
        self.send(uploader, part, source, range.start).await
    }

    /// Makes the object of its parts, once, whatever becomes of single responses, and compares its CRC64 with that of the
    /// parts. `request` is the one that the session began with: what is sent with CompleteMultipartUpload (ACL,
    /// callback, no overwriting) is taken from it.
    ///
    /// # Errors
    /// [`SessionError::Receipts`] if the parts do not make the object; nothing was sent, and the missing ones can still
    /// be uploaded. [`SessionError::Upload`] if completing failed; [`UploadError::stored`] tells whether the object is
    /// in place. Nothing is aborted in either case.
    pub async fn complete(
        &self,
        uploader: &Uploader,
        request: PutObjectRequest,
        receipts: Vec<PartReceipt>,
    ) -> Result<UploadResult, SessionError> {
        let parts = receipt::arrange(receipts, &self.upload_id, self.size)?;
        let mut stored = Receipts::default();
        for PartReceipt { number, offset, len, etag, crc64, compared, .. } in parts {
            let part = Part { number, offset, len };
            stored.insert(plan::PartReceipt { part, etag, crc64: Some(crc64), compared, reused: false });
        }
        let context = self.context(uploader, request)?;
        let upload = OpenUpload::new(self.upload_id.clone(), self.initiated);
        let stored = StoredParts::new(stored);
        let completing = engine::complete(&context, &upload, &stored, None, false);
        Ok(completing.await.map_err(|error| self.named(error))?)
    }

    /// Gives the upload up and removes its parts. Parts that are under way should have ended before: the server is asked
    /// until it says that there is no such upload, and a part that comes in later is lost.
    ///
    /// # Errors
    /// [`UploadError`]: the upload may still be there.
    pub async fn abort(&self, uploader: &Uploader) -> Result<(), UploadError> {
        let context = self.context(uploader, PutObjectRequest::new(self.bucket.as_str(), self.key.as_str()))?;
        let aborted = engine::abort(&context, &self.upload_id).await;
        aborted.map_err(|error| self.named(UploadError::new(Stage::Abort, error, Stored::No)))
    }

    async fn send(
        &self,
        uploader: &Uploader,
        part: Part,
        source: RandomAccess,
        source_offset: u64,
    ) -> Result<PartReceipt, UploadError> {
        if part.len > MAX_PART_SIZE {
            let reason = format!("{} bytes are more than the {MAX_PART_SIZE} that a part may have", part.len);
            return Err(self.named(UploadError::new(Stage::Options, InvalidRequest::new("part", reason), Stored::No)));
        }
        let context = self.context(uploader, PutObjectRequest::new(self.bucket.as_str(), self.key.as_str()))?;
        let source = source.part(source_offset, part.len);
        let sending = engine::send_part(&context, &self.upload_id, part, source);
        let stored = sending.await.map_err(|error| self.named(error))?;
        let Part { number, offset, len } = part;
        let plan::PartReceipt { etag, crc64, compared, .. } = stored;
        let crc64 = crc64
            .ok_or_else(|| self.named(UploadError::new(Stage::Verify, UploadErrorKind::Unverified, Stored::No)))?;
        Ok(PartReceipt { upload_id: self.upload_id.clone(), number, offset, len, etag, crc64, compared })
    }

    /// What one step of this session is carried out with.
    fn context(&self, uploader: &Uploader, request: PutObjectRequest) -> Result<Context, UploadError> {
        for (field, ours, theirs) in
            [("bucket", self.bucket.as_str(), &request.bucket), ("key", self.key.as_str(), &request.key)]
        {
            if ours != theirs {
                let reason = format!("{theirs:?} is not that of the session, {ours:?}");
                return Err(self.named(UploadError::new(
                    Stage::Options,
                    InvalidRequest::new(field, reason),
                    Stored::No,
                )));
            }
        }
        uploader.context_of_step(request).map_err(|error| self.named(error))
    }

    fn named(&self, error: UploadError) -> UploadError {
        error.on(&self.bucket, &self.key).with_upload_id(&self.upload_id)
    }
}

/// Why a session could not be completed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionError {
    /// The receipts do not make the object; nothing was sent.
    Receipts(ReceiptError),
    /// Completing failed.
    Upload(UploadError),
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receipts(_) => f.write_str("the session cannot be completed"),
            Self::Upload(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl Error for SessionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Receipts(error) => Some(error),
            Self::Upload(error) => error.source(),
        }
    }
}

impl From<ReceiptError> for SessionError {
    fn from(error: ReceiptError) -> Self {
        Self::Receipts(error)
    }
}

impl From<UploadError> for SessionError {
    fn from(error: UploadError) -> Self {
        Self::Upload(error)
    }
}

/// A time as whole seconds since 1970, which is all that the server says; left out if it is before.
mod unix_seconds {
    use std::time::{Duration, SystemTime};

    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
    pub(super) fn serialize<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
        let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.map(|since| since.as_secs()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
        let seconds = Option::<u64>::deserialize(deserializer)?;
        Ok(seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))))
    }
}
