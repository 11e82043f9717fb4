//! One response, and what makes it a success.

pub(crate) mod read;

pub use read::check;

use bytes::Bytes;
use http::header::{AsHeaderName, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::{BoxBody, Crc64};

/// One response from OSS. A transport gives successful responses as `Ok`, refusals as
/// [`CallError`](crate::CallError); a service in a test may give either.
#[derive(Debug)]
#[non_exhaustive]
pub struct Response {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body of the response.
    pub body: ResponseBody,
    /// What was sent for this response, if the transport kept count.
    pub sent: Option<Sent>,
    /// Attempts that were made, this one included.
    pub attempts: u32,
    /// Whether an earlier attempt of this call may have taken effect too.
    pub earlier_attempt_unknown: bool,
}

/// Count and CRC64 of the body bytes that left; the CRC64 is the source's own if it knew it
/// ([`OpenBody::crc64`](crate::OpenBody::crc64)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sent {
    /// Bytes.
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
        self.header("x-oss-request-id")
    }

    /// The server's CRC64 (`x-oss-hash-crc64ecma`) of the part or whole object, if given.
    pub fn crc64(&self) -> Option<Crc64> {
        self.header("x-oss-hash-crc64ecma")?.parse().ok()
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
