//! One response, and what makes it a success.

pub(crate) mod read;

pub use read::check;

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{AsHeaderName, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt as _;

use crate::xml::{Document, Tape};
use crate::{BoxBody, BoxError, CallErrorKind, Crc64, OperationInfo};

/// One response from OSS. A transport gives successful responses as `Ok`, refusals as
/// [`CallError`](crate::CallError); a service in a test may give either.
#[derive(Debug)]
#[non_exhaustive]
pub struct Response {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers of the response, as they came.
    pub headers: HeaderMap,
    /// Body of the response.
    pub body: ResponseBody,
    /// What was sent for this response, if the transport kept count.
    pub sent: Option<Sent>,
    /// Attempts that were made, this one included.
    pub attempts: u32,
    /// Whether an earlier attempt of this call may have taken effect too.
    pub earlier_attempt_unknown: bool,
    checked: Option<Box<Checked>>,
}

/// A body whose document was read to check it.
struct Checked {
    body: Bytes,
    tape: Tape,
}

impl Checked {
    /// What was read, if this is still the same body.
    fn tape_of(self, body: &Bytes) -> Option<Tape> {
        // As long as one is kept, no other bytes have its place.
        let is_same = (self.body.as_ptr(), self.body.len()) == (body.as_ptr(), body.len());
        is_same.then_some(self.tape)
    }
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").finish_non_exhaustive()
    }
}

/// Count and CRC64 of the body bytes that left; the CRC64 is the source's own if it knew it
/// ([`OpenBody::crc64`](crate::OpenBody::crc64)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sent {
    /// How many bytes left, in bytes of the body without any framing.
    pub len: u64,
    /// CRC64 of the bytes.
    pub crc64: Crc64,
}

impl Sent {
    /// A record of what was sent.
    pub const fn new(len: u64, crc64: Crc64) -> Self {
        Self { len, crc64 }
    }
}

/// Body of a response: read already, or still to come.
#[non_exhaustive]
pub enum ResponseBody {
    /// Read whole, within the transport's limit.
    Bytes(Bytes),
    /// Content of an object, still to be read.
    Stream(BoxBody),
}

impl ResponseBody {
    /// The whole content, in memory: for objects that fit there. For others, poll the body frame by frame
    /// ([`http_body::Body`]).
    ///
    /// ```
    /// # async fn demo(result: oss_models::GetObjectResult) -> Result<(), oss_models::ContentError> {
    /// let content = result.body.bytes().await?;
    /// println!("{} bytes", content.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ContentError`] if the content broke off, or is not what the service says that it is.
    pub async fn bytes(self) -> Result<Bytes, ContentError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Stream(body) => Ok(body.collect().await.map_err(ContentError)?.to_bytes()),
        }
    }
}

/// The content of an object that could not be read to its end; its source says why.
#[derive(Debug, thiserror::Error)]
#[error("the content could not be read to its end")]
#[non_exhaustive]
pub struct ContentError(#[source] BoxError);

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Bytes(bytes) => Poll::Ready(Some(Ok(http_body::Frame::data(std::mem::take(bytes))))),
            Self::Stream(body) => body.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self {
            Self::Bytes(bytes) => http_body::SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(body) => body.size_hint(),
        }
    }
}

pub(crate) const X_OSS_REQUEST_ID: HeaderName = HeaderName::from_static("x-oss-request-id");
const X_OSS_HASH_CRC64ECMA: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");

impl Response {
    /// A response with no headers and no body.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: ResponseBody::Bytes(Bytes::new()),
            sent: None,
            attempts: 1,
            earlier_attempt_unknown: false,
            checked: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.body = ResponseBody::Bytes(bytes.into());
        self
    }

    /// Value of a header, if present and text.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The server's id of the request (`x-oss-request-id`).
    pub fn request_id(&self) -> Option<&str> {
        self.header(X_OSS_REQUEST_ID)
    }

    /// The server's CRC64 (`x-oss-hash-crc64ecma`) of the part or whole object, if given.
    pub fn crc64(&self) -> Option<Crc64> {
        self.header(X_OSS_HASH_CRC64ECMA)?.parse().ok()
    }

    /// The body of a success: [`check`]s the response first, for an operation that is defined outside this crate.
    ///
    /// # Errors
    /// As [`check`]; and [`CallErrorKind::InvalidResponse`] if the body was not read by the service.
    pub fn checked_bytes(&self, operation: &OperationInfo) -> Result<Bytes, CallErrorKind> {
        let bytes = self.bytes_of_service()?;
        check(operation, self.status, &self.headers, bytes)?;
        Ok(bytes.clone())
    }

    /// [`check`]s the response, and keeps what was read of its document: the operation, which checks it once more, then need not
    /// read it again. For a service, which can still make another attempt.
    ///
    /// # Errors
    /// As [`check`]; and [`CallErrorKind::InvalidResponse`] if the body was not read.
    pub fn check(&mut self, operation: &OperationInfo) -> Result<(), CallErrorKind> {
        let body = self.bytes_of_service()?.clone();
        let document = read::examine(operation, self.status, &self.headers, &body, None)?;
        let tape = document.map(Document::into_tape);
        self.checked = tape.map(|tape| Box::new(Checked { body, tape }));
        Ok(())
    }

    fn bytes_of_service(&self) -> Result<&Bytes, CallErrorKind> {
        self.bytes().ok_or_else(|| CallErrorKind::InvalidResponse {
            status: self.status,
            reason: "the body was not read by the service".to_owned(),
        })
    }

    /// Body, if it was read already.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.body {
            ResponseBody::Bytes(bytes) => Some(bytes),
            ResponseBody::Stream(_) => None,
        }
    }
}

impl std::fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}
