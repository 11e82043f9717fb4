use std::error::Error;
use std::fmt;
use std::sync::Arc;

use ossup::downloader::DownloadErrorKind;
use ossup::http::StatusCode;
use ossup::session::SessionError;
use ossup::{BoxError, CallError, CallErrorKind, ConfigError, Crc64, DownloadError, InvalidRequest, UploadError};

/// What went wrong with a request to OSS, or before it: the source of an `object_store::Error`.
///
/// ```
/// use std::error::Error;
/// use oss_object_store::OssError;
///
/// /// What support asks for first.
/// fn request_id<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a str> {
///     error.source()?.downcast_ref::<OssError>()?.request_id()
/// }
/// ```
#[derive(Debug)]
pub struct OssError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    cause: Cause,
}

/// The server's id of the request that led to a result.
///
/// It is in the `extensions` of the `PutResult`, `GetResult` and `ListResult` of `object_store` 0.14.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestId(String);

impl RequestId {
    #[cfg(feature = "v0_14")]
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as the server wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which variant of `object_store::Error` it becomes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ErrorKind {
    NotFound,
    AlreadyExists,
    Precondition,
    NotModified,
    PermissionDenied,
    Unauthenticated,
    NotSupported,
    Generic,
}

#[derive(Debug)]
enum Cause {
    Call(CallError),
    /// Of a request that several objects had in common.
    SharedCall(Arc<CallError>),
    Upload(UploadError),
    Session(SessionError),
    Download(DownloadError),
    Config(ConfigError),
    /// The content broke off, and could not be resumed.
    Content(BoxError),
    /// What was read is not what the server has.
    Corrupt {
        what: &'static str,
        ours: Crc64,
        stored: Crc64,
    },
    /// The response to a request was lost, and this is what was found out about its outcome.
    Lost {
        finding: &'static str,
        source: CallError,
    },
    /// The same of a copy.
    LostCopy {
        finding: &'static str,
        source: UploadError,
    },
    Text(String),
}

impl OssError {
    fn new(kind: ErrorKind, cause: Cause) -> Self {
        Self(Box::new(Inner { kind, cause }))
    }

    /// What is wrong with what the caller asked for; nothing was sent.
    pub(crate) fn text(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self::new(kind, Cause::Text(text.into()))
    }

    pub(crate) fn generic(text: impl Into<String>) -> Self {
        Self::text(ErrorKind::Generic, text)
    }

    /// The content of an object broke off.
    pub(crate) fn content(source: BoxError) -> Self {
        Self::new(ErrorKind::Generic, Cause::Content(source))
    }

    /// What was read or sent (`what`) differs from what the server has.
    pub(crate) fn corrupt(what: &'static str, ours: Crc64, stored: Crc64) -> Self {
        Self::new(ErrorKind::Generic, Cause::Corrupt { what, ours, stored })
    }

    /// The response was lost, and this was found out.
    pub(crate) fn lost(kind: ErrorKind, finding: &'static str, source: CallError) -> Self {
        Self::new(kind, Cause::Lost { finding, source })
    }

    /// The response to a copy was lost, and this was found out.
    pub(crate) fn lost_copy(kind: ErrorKind, finding: &'static str, source: UploadError) -> Self {
        Self::new(kind, Cause::LostCopy { finding, source })
    }

    /// A call that stands for this and other objects.
    pub(crate) fn shared(call: Arc<CallError>) -> Self {
        Self::new(kind_of(&call), Cause::SharedCall(call))
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The call that failed, if it was one.
    pub fn call(&self) -> Option<&CallError> {
        match &self.0.cause {
            Cause::Call(call) | Cause::Lost { source: call, .. } => Some(call),
            Cause::SharedCall(call) => Some(call),
            Cause::Upload(error) | Cause::Session(SessionError::Upload(error)) => error.call(),
            Cause::LostCopy { source, .. } => source.call(),
            Cause::Download(error) => call_of(error),
            Cause::Content(source) => source.downcast_ref(),
            _ => None,
        }
    }

    /// HTTP status, if there was a response.
    pub fn status(&self) -> Option<StatusCode> {
        self.call()?.status()
    }

    /// The server's error code, such as `NoSuchBucket`, if the response has one.
    pub fn code(&self) -> Option<&str> {
        self.call()?.code()
    }

    /// The server's id of the request, if it gave one.
    pub fn request_id(&self) -> Option<&str> {
        self.call()?.service().map(|error| error.request_id.as_str()).filter(|id| !id.is_empty())
    }
}

impl Cause {
    /// The error that it is of, if it is of one.
    fn error(&self) -> Option<&(dyn Error + 'static)> {
        Some(match self {
            Self::Call(error) | Self::Lost { source: error, .. } => error,
            Self::SharedCall(error) => error.as_ref(),
            Self::Upload(error) | Self::LostCopy { source: error, .. } => error,
            Self::Session(error) => error,
            Self::Download(error) => error,
            Self::Config(error) => error,
            Self::Content(error) => error.as_ref(),
            Self::Corrupt { .. } | Self::Text(_) => return None,
        })
    }
}

/// One line with every cause, since engines print an `object_store::Error` without its sources.
impl fmt::Display for OssError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.cause {
            Cause::Content(_) => f.write_str("the content could not be read to its end: ")?,
            Cause::Corrupt { what, ours, stored } => {
                write!(f, "CRC64 of the bytes {what} is {ours}, the object has {stored}")?;
            }
            Cause::Lost { finding, .. } | Cause::LostCopy { finding, .. } => write!(f, "{finding}: ")?,
            Cause::Text(text) => f.write_str(text)?,
            _ => {}
        }
        let mut error = self.0.cause.error();
        while let Some(cause) = error {
            fmt::Display::fmt(cause, f)?;
            error = cause.source();
            if error.is_some() {
                f.write_str(": ")?;
            }
        }
        Ok(())
    }
}

/// Without a source: its text has them all.
impl Error for OssError {}

/// The call that a download failed with, if it was one.
fn call_of(error: &DownloadError) -> Option<&CallError> {
    match error.kind() {
        DownloadErrorKind::Call(call) => Some(call),
        _ => None,
    }
}

/// What a failed call means to a caller of the trait: as object_store's own stores read the status, except where OSS has a
/// code that says it better.
fn kind_of(error: &CallError) -> ErrorKind {
    match (error.kind(), error.status(), error.code()) {
        (CallErrorKind::Credentials(_), ..) => ErrorKind::Unauthenticated,
        (_, _, Some("FileAlreadyExists" | "ObjectAlreadyExists")) => ErrorKind::AlreadyExists,
        (_, Some(StatusCode::NOT_FOUND), _) => ErrorKind::NotFound,
        (_, Some(StatusCode::NOT_MODIFIED), _) => ErrorKind::NotModified,
        (_, Some(StatusCode::PRECONDITION_FAILED), _) => ErrorKind::Precondition,
        (_, Some(StatusCode::UNAUTHORIZED), _) => ErrorKind::Unauthenticated,
        (_, Some(StatusCode::FORBIDDEN), _) => ErrorKind::PermissionDenied,
        _ => ErrorKind::Generic,
    }
}

impl From<CallError> for OssError {
    fn from(error: CallError) -> Self {
        Self::new(kind_of(&error), Cause::Call(error))
    }
}

impl From<UploadError> for OssError {
    fn from(error: UploadError) -> Self {
        Self::new(error.call().map_or(ErrorKind::Generic, kind_of), Cause::Upload(error))
    }
}

impl From<SessionError> for OssError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Upload(error) => error.into(),
            error => Self::new(ErrorKind::Generic, Cause::Session(error)),
        }
    }
}

impl From<DownloadError> for OssError {
    fn from(error: DownloadError) -> Self {
        Self::new(call_of(&error).map_or(ErrorKind::Generic, kind_of), Cause::Download(error))
    }
}

impl From<ConfigError> for OssError {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorKind::Generic, Cause::Config(error))
    }
}

impl From<InvalidRequest> for OssError {
    fn from(error: InvalidRequest) -> Self {
        Self::generic(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use ossup::{BucketName, ObjectKey, ServiceError};

    use super::*;

    fn refusal(status: u16, code: &str) -> CallError {
        let mut refusal = ServiceError::new(StatusCode::from_u16(status).unwrap(), code);
        refusal.request_id = "ID1".to_owned();
        let mut target = CallError::invalid("GetObject", InvalidRequest::new("key", "")).target().clone();
        (target.bucket, target.key) = (BucketName::new("demo").ok(), ObjectKey::new("a").ok());
        CallError::new(target, refusal.into())
    }

    #[test]
    fn a_refusal_becomes_the_kind_that_the_trait_has_for_it() {
        for (status, code, kind) in [
            (404, "NoSuchKey", ErrorKind::NotFound),
            (404, "NoSuchBucket", ErrorKind::NotFound),
            (409, "FileAlreadyExists", ErrorKind::AlreadyExists),
            (409, "FileImmutable", ErrorKind::Generic),
            (412, "PreconditionFailed", ErrorKind::Precondition),
            (304, "NotModified", ErrorKind::NotModified),
            (403, "AccessDenied", ErrorKind::PermissionDenied),
            (401, "InvalidToken", ErrorKind::Unauthenticated),
            (416, "InvalidRange", ErrorKind::Generic),
            (503, "ServiceUnavailable", ErrorKind::Generic),
        ] {
            assert_eq!(OssError::from(refusal(status, code)).kind(), kind, "{status} {code}");
        }
    }

    #[test]
    fn an_error_keeps_the_request_id_and_says_each_thing_once() {
        let error = OssError::from(refusal(404, "NoSuchKey"));
        assert_eq!((error.request_id(), error.code()), (Some("ID1"), Some("NoSuchKey")));
        assert_eq!(error.to_string(), "GetObject oss://demo/a: 404 NoSuchKey [request id ID1]");
        assert!(error.source().is_none());
        let error =
            OssError::lost(ErrorKind::AlreadyExists, "another object is in place", refusal(503, "InternalError"));
        assert_eq!((error.request_id(), error.kind()), (Some("ID1"), ErrorKind::AlreadyExists));
        assert!(error.to_string().starts_with("another object is in place: GetObject oss://demo/a: 503"), "{error}");
    }
}
