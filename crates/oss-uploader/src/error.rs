use std::error::Error;
use std::fmt;

use http::StatusCode;
use oss_models::{
    BucketName, CallError, CallErrorKind, Crc64, InvalidRequest, ObjectKey, PartNumber, RetryClass, StoredObject,
    UploadId,
};

use crate::InvalidOption;
use crate::checkpoint::CheckpointError;
use crate::source::SourceError;

/// An upload that did not succeed: at which stage, what became of the object, and what was left behind.
///
/// The first failure is the one reported, with its cause as `source`; failures of other parts are in
/// [`UploadError::others`].
#[derive(Debug)]
pub struct UploadError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    stage: Stage,
    kind: UploadErrorKind,
    bucket: Option<BucketName>,
    key: Option<ObjectKey>,
    part: Option<PartNumber>,
    attempts: u32,
    upload_id: Option<UploadId>,
    stored: Stored,
    resumable: bool,
    leftovers: Option<Leftovers>,
    stored_object: Option<StoredObject>,
    others: Vec<UploadError>,
    is_copy: bool,
}

/// What an upload was doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Stage {
    /// Checking options and request; nothing was sent.
    Options,
    /// Opening or reading the source.
    Source,
    /// Reading or writing the record of the upload.
    Checkpoint,
    /// Looking for what an earlier run had stored.
    Resume,
    /// Sending the object by one PutObject.
    Put,
    /// Initiating the multipart upload.
    Initiate,
    /// Uploading parts.
    Parts,
    /// Completing the multipart upload.
    Complete,
    /// Comparing what was stored with what was sent.
    Verify,
    /// Aborting the multipart upload, as asked.
    Abort,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Options => "checking the request",
            Self::Source => "reading the source",
            Self::Checkpoint => "keeping the checkpoint",
            Self::Resume => "resuming",
            Self::Put => "sending the object",
            Self::Initiate => "initiating",
            Self::Parts => "uploading parts",
            Self::Complete => "completing",
            Self::Verify => "verifying the object",
            Self::Abort => "aborting",
        })
    }
}

/// Whether this upload put its object in place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Stored {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// No one could be asked.
    Unknown,
}

/// Why an upload did not succeed.
#[derive(Debug)]
#[non_exhaustive]
pub enum UploadErrorKind {
    /// An option is outside its range; nothing was sent.
    Option(InvalidOption),
    /// A field of the request breaks a rule; nothing was sent.
    Request(InvalidRequest),
    /// The source could not be read, or changed.
    Source(SourceError),
    /// The record of the upload could not be used.
    Checkpoint(CheckpointError),
    /// A call failed.
    Call(CallError),
    /// The object may be in place or not: the response was lost, and no one could be asked.
    OutcomeUnknown(CallError),
    /// The response was lost, and the object that is there now is not this one.
    NotStored {
        /// What was found instead.
        reason: String,
        /// The last response.
        source: CallError,
    },
    /// The object that is copied was replaced or removed meanwhile.
    SourceChanged {
        /// What changed.
        change: String,
    },
    /// The object that is copied is in another region, where no request of this region reaches it. It can be downloaded
    /// and uploaded.
    CrossRegion(CallError),
    /// The copy is in place with other bytes than its source.
    CopyDiffers {
        /// CRC64 of the source.
        source: Crc64,
        /// CRC64 of the copy.
        copy: Crc64,
    },
    /// The object, or one of its parts, is in place with other bytes than were sent.
    Corrupt {
        /// CRC64 of the bytes as they left.
        sent: Crc64,
        /// CRC64 of the object.
        stored: Crc64,
    },
    /// The object is in place, and the server gave no CRC64 to verify it by, which the options require.
    Unverified,
    /// The stream is too long for the parts that the byte budget allows.
    ByteBudget {
        /// What would be needed.
        reason: String,
    },
    /// A function of the caller panicked.
    Panicked {
        /// Which one, such as `the progress callback`.
        what: &'static str,
    },
    /// The upload was cancelled.
    Cancelled,
}

impl fmt::Display for UploadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(error) => fmt::Display::fmt(error, f),
            Self::Request(error) => fmt::Display::fmt(error, f),
            Self::Source(error) => fmt::Display::fmt(error, f),
            Self::Checkpoint(error) => fmt::Display::fmt(error, f),
            Self::Call(error) => fmt::Display::fmt(error, f),
            Self::OutcomeUnknown(error) => write!(f, "the outcome is unknown: {error}"),
            Self::NotStored { reason, .. } => {
                write!(f, "the response was lost and the object was not stored: {reason}")
            }
            Self::SourceChanged { change } => write!(f, "the source object changed: {change}"),
            Self::CrossRegion(error) => write!(f, "the source is in another region: {error}"),
            Self::CopyDiffers { source, copy } => write!(f, "CRC64 of the source is {source}, the copy has {copy}"),
            Self::Corrupt { sent, stored } => write!(f, "CRC64 of the bytes sent is {sent}, the object has {stored}"),
            Self::Unverified => f.write_str("the server gave no CRC64 to verify the object by"),
            Self::ByteBudget { reason } => write!(f, "the source cannot be uploaded within the byte budget: {reason}"),
            Self::Panicked { what } => write!(f, "{what} panicked"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl Error for UploadErrorKind {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Option(error) => error.source(),
            Self::Request(error) => error.source(),
            Self::Source(error) => error.source(),
            Self::Checkpoint(error) => error.source(),
            Self::Call(error) => error.source(),
            Self::OutcomeUnknown(error) | Self::CrossRegion(error) => Some(error),
            Self::NotStored { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl UploadErrorKind {
    /// CRC64 of the bytes that were sent and of those that the server had, if they differ.
    pub(crate) fn damage(&self) -> Option<(Crc64, Crc64)> {
        match self {
            Self::Corrupt { sent, stored } => Some((*sent, *stored)),
            Self::Call(call) => match call.kind() {
                CallErrorKind::Corrupt { sent, stored } => Some((*sent, *stored)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl From<InvalidOption> for UploadErrorKind {
    fn from(error: InvalidOption) -> Self {
        Self::Option(error)
    }
}

impl From<InvalidRequest> for UploadErrorKind {
    fn from(error: InvalidRequest) -> Self {
        Self::Request(error)
    }
}

impl From<SourceError> for UploadErrorKind {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<CheckpointError> for UploadErrorKind {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

impl From<CallError> for UploadErrorKind {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// Something on the server that could not be cleaned up.
#[derive(Debug)]
#[non_exhaustive]
pub struct Leftovers {
    /// The upload that may still hold parts.
    pub upload_id: UploadId,
    /// Why it could not be aborted; `None` if it was kept on purpose.
    pub reason: Option<String>,
}

impl UploadError {
    /// An error of this stage; `stored` is what it says about the object, which only the place that makes it knows.
    pub(crate) fn new(stage: Stage, kind: impl Into<UploadErrorKind>, stored: Stored) -> Self {
        let kind = source_of_body(kind.into());
        Self(Box::new(Inner {
            stage,
            kind,
            bucket: None,
            key: None,
            part: None,
            attempts: 1,
            upload_id: None,
            stored,
            resumable: false,
            leftovers: None,
            stored_object: None,
            others: Vec::new(),
            is_copy: false,
        }))
    }

    #[must_use]
    pub(crate) fn on(mut self, bucket: &BucketName, key: &ObjectKey) -> Self {
        self.0.bucket = Some(bucket.clone());
        self.0.key = Some(key.clone());
        self
    }

    /// Says that it is the error of a copy, which sends no bytes itself.
    #[must_use]
    pub(crate) fn of_copy(mut self) -> Self {
        self.0.is_copy = true;
        self.map_kind(|kind| match kind {
            UploadErrorKind::Corrupt { sent, stored } => UploadErrorKind::CopyDiffers { source: sent, copy: stored },
            kind => kind,
        })
    }

    #[must_use]
    pub(crate) fn map_kind(self, change: impl FnOnce(UploadErrorKind) -> UploadErrorKind) -> Self {
        let inner = *self.0;
        Self(Box::new(Inner { kind: change(inner.kind), ..inner }))
    }

    #[must_use]
    pub(crate) fn with_part(mut self, part: PartNumber, attempts: u32) -> Self {
        self.0.part = Some(part);
        self.0.attempts = attempts;
        self
    }

    #[must_use]
    pub(crate) fn with_upload_id(mut self, upload_id: &UploadId) -> Self {
        self.0.upload_id = Some(upload_id.clone());
        self
    }

    #[must_use]
    pub(crate) fn with_stored(mut self, stored: Stored) -> Self {
        self.0.stored = stored;
        self
    }

    #[must_use]
    pub(crate) fn with_stored_object(mut self, object: StoredObject) -> Self {
        self.0.stored = Stored::Yes;
        self.0.stored_object = Some(object);
        self
    }

    #[must_use]
    pub(crate) fn with_leftovers(mut self, upload_id: &UploadId, reason: Option<String>) -> Self {
        self.0.leftovers = Some(Leftovers { upload_id: upload_id.clone(), reason });
        self
    }

    #[must_use]
    pub(crate) fn resumable(mut self) -> Self {
        self.0.resumable = true;
        self
    }

    #[must_use]
    pub(crate) fn with_others(mut self, others: Vec<UploadError>) -> Self {
        self.0.others.extend(others);
        self
    }

    /// Adds that the server had stored other bytes of an attempt before, unless that is the failure itself.
    #[must_use]
    pub(crate) fn after_damage(self, damage: Option<(Crc64, Crc64)>) -> Self {
        match damage {
            Some((sent, stored)) if self.0.kind.damage().is_none() => {
                let kind = UploadErrorKind::Corrupt { sent, stored };
                let damaged = Self::new(self.0.stage, kind, self.0.stored);
                self.with_others(vec![damaged])
            }
            _ => self,
        }
    }

    /// What the upload was doing.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// Why it did not succeed.
    pub fn kind(&self) -> &UploadErrorKind {
        &self.0.kind
    }

    /// Bucket of the object.
    pub fn bucket(&self) -> Option<&BucketName> {
        self.0.bucket.as_ref()
    }

    /// Key of the object.
    pub fn key(&self) -> Option<&ObjectKey> {
        self.0.key.as_ref()
    }

    /// The part that failed first, if it was a part.
    pub fn part(&self) -> Option<PartNumber> {
        self.0.part
    }

    /// Attempts of what failed, each of which the transport may have repeated.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The multipart upload, if one was initiated.
    pub fn upload_id(&self) -> Option<&UploadId> {
        self.0.upload_id.as_ref()
    }

    /// Whether the object was put in place all the same.
    pub fn stored(&self) -> Stored {
        self.0.stored
    }

    /// The object that was put in place, if it is known.
    pub fn stored_object(&self) -> Option<&StoredObject> {
        self.0.stored_object.as_ref()
    }

    /// Whether running the same upload again resumes where this one ended.
    pub fn is_resumable(&self) -> bool {
        self.0.resumable
    }

    /// What is left on the server, and why.
    pub fn leftovers(&self) -> Option<&Leftovers> {
        self.0.leftovers.as_ref()
    }

    /// Failures beside the one that ended the upload: those of other parts that came after it, and attempts of which the
    /// server had stored other bytes than were sent ([`UploadErrorKind::Corrupt`]), though a later attempt failed otherwise.
    pub fn others(&self) -> &[UploadError] {
        &self.0.others
    }

    /// The call that failed, if it was a call.
    pub fn call(&self) -> Option<&CallError> {
        match &self.0.kind {
            UploadErrorKind::Call(call)
            | UploadErrorKind::OutcomeUnknown(call)
            | UploadErrorKind::CrossRegion(call) => Some(call),
            UploadErrorKind::NotStored { source, .. } => Some(source),
            _ => None,
        }
    }

    /// HTTP status, if there was a response.
    pub fn status(&self) -> Option<StatusCode> {
        self.call()?.status()
    }

    /// The server's error code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        self.call()?.code()
    }

    /// The server's id of the request, if it gave one.
    pub fn request_id(&self) -> Option<&str> {
        self.call()?.service().map(|error| error.request_id.as_str()).filter(|id| !id.is_empty())
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self.0.kind, UploadErrorKind::Cancelled)
    }

    /// The upload id is unknown to the server: aborted by another client, or expired.
    pub(crate) fn is_upload_gone(&self) -> bool {
        self.0.stored == Stored::No
            && matches!(&self.0.kind, UploadErrorKind::Call(call) if call.code() == Some("NoSuchUpload"))
    }

    /// Whether another run may get further with the parts that are stored.
    pub(crate) fn is_transient(&self) -> bool {
        match &self.0.kind {
            UploadErrorKind::Call(call) => {
                let refused = call.service().is_some() && call.retry_class() == RetryClass::Never;
                !refused && !matches!(call.kind(), CallErrorKind::Invalid(_))
            }
            UploadErrorKind::Source(SourceError::Read { .. })
            | UploadErrorKind::OutcomeUnknown(_)
            | UploadErrorKind::Panicked { .. }
            | UploadErrorKind::Cancelled => true,
            _ => false,
        }
    }
}

/// A call that failed because its body could not be read is a failure of the source.
fn source_of_body(kind: UploadErrorKind) -> UploadErrorKind {
    let UploadErrorKind::Call(call) = kind else { return kind };
    if !matches!(call.kind(), CallErrorKind::Body(cause) if cause.is::<SourceError>()) {
        return UploadErrorKind::Call(call);
    }
    let target = call.target().clone();
    match call.into_kind() {
        CallErrorKind::Body(cause) => match cause.downcast::<SourceError>() {
            Ok(source) => UploadErrorKind::Source(*source),
            Err(cause) => CallError::new(target, CallErrorKind::Body(cause)).into(),
        },
        kind => CallError::new(target, kind).into(),
    }
}

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match (inner.is_copy, inner.stage) {
            (false, stage) => write!(f, "upload failed while {stage}")?,
            (true, Stage::Source) => f.write_str("copy failed while examining the source")?,
            (true, Stage::Put) => f.write_str("copy failed while copying the object")?,
            (true, Stage::Parts) => f.write_str("copy failed while copying parts")?,
            (true, stage) => write!(f, "copy failed while {stage}")?,
        }
        // A call tells its bucket, key and part itself.
        if self.call().is_none() {
            if let (Some(bucket), Some(key)) = (&inner.bucket, &inner.key) {
                write!(f, " oss://{bucket}/{}", key.as_str().escape_debug())?;
            }
            if let Some(part) = inner.part {
                write!(f, " part {part}")?;
            }
        }
        write!(f, ": {}", inner.kind)?;
        let notes = self.notes();
        if notes.is_empty() { Ok(()) } else { write!(f, " [{}]", notes.join("; ")) }
    }
}

impl UploadError {
    fn notes(&self) -> Vec<String> {
        let inner = &*self.0;
        let mut notes = Vec::new();
        if inner.attempts > 1 {
            notes.push(format!("{} attempts of the part", inner.attempts));
        }
        match (&inner.leftovers, &inner.upload_id) {
            (Some(Leftovers { upload_id, reason: Some(reason) }), _) => {
                notes.push(format!("upload id {upload_id} could not be aborted: {reason}"));
            }
            (Some(Leftovers { upload_id, reason: None }), _) => notes.push(format!("upload id {upload_id} was kept")),
            (None, Some(upload_id)) => notes.push(format!("upload id {upload_id}")),
            (None, None) => {}
        }
        if inner.resumable {
            notes.push("running it again resumes".to_owned());
        }
        if inner.stored == Stored::Yes {
            let object = inner.stored_object.as_ref();
            let etag = object.and_then(|o| o.etag.as_ref()).map(|etag| format!(" with ETag {etag}"));
            let version = object.and_then(|o| o.version_id.as_ref()).map(|version| format!(" as version {version}"));
            notes.push(format!("the object is in place{}{}", etag.unwrap_or_default(), version.unwrap_or_default()));
        }
        if let Some((sent, stored)) = inner.others.iter().find_map(|other| other.0.kind.damage()) {
            notes.push(format!("in an earlier attempt, CRC64 of the bytes sent was {sent}, the server had {stored}"));
        }
        if !inner.others.is_empty() {
            notes.push(format!("{} more failures", inner.others.len()));
        }
        notes
    }
}

impl Error for UploadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The kind's text is part of ours, so the chain continues with its cause.
        match &self.0.kind {
            UploadErrorKind::OutcomeUnknown(call) | UploadErrorKind::CrossRegion(call) => call.source(),
            kind => kind.source(),
        }
    }
}

#[cfg(test)]
mod tests;
