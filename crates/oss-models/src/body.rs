use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};

use crate::{Crc64, Sent};

/// Any error, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body under way: frames of bytes, or the error that ended it.
pub type BoxBody = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>;

/// A body that can be opened again for each attempt, from its first byte.
///
/// Implement it for sources that can be read repeatedly (a region of a file, a buffer elsewhere). Each opening must
/// give the same bytes, [`OpenBody::len`] of them; a body that ends early or late fails the attempt.
pub trait OpenBody: Send + Sync {
    /// Length in bytes, the same at every opening.
    fn len(&self) -> u64;

    /// Whether the body has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// CRC64 of the bytes if it is known already, so that they need not be summed up once more as they leave.
    fn crc64(&self) -> Option<Crc64> {
        None
    }

    /// Told when all bytes of one opening have left, and what they were: what the server has of them can then be compared
    /// without reading the source again, even if no response ever comes.
    fn on_sent(&self, _sent: Sent) {}

    /// Opens the body at its first byte.
    ///
    /// # Errors
    /// Whatever keeps the source from being read; the call ends with it, since a retry cannot help.
    fn open(&self) -> Result<BoxBody, BoxError>;
}

/// What a request carries: nothing, bytes, something that can be opened again, or a stream that can be sent once.
///
/// Cheap to clone; clones share the stream of a [`Body::once`].
#[derive(Clone, Default)]
pub struct Body(Inner);

#[derive(Clone, Default)]
enum Inner {
    #[default]
    Empty,
    Bytes(Bytes),
    Open(Arc<dyn OpenBody>),
    Once {
        len: Option<u64>,
        stream: Arc<Mutex<Option<BoxBody>>>,
    },
}

impl Body {
    /// No bytes.
    pub const fn empty() -> Self {
        Self(Inner::Empty)
    }

    /// A body that can be sent again: every attempt opens it again.
    pub fn replayable(source: impl OpenBody + 'static) -> Self {
        Self(Inner::Open(Arc::new(source)))
    }

    /// A stream that can be sent once. `len` is its length in bytes, if known; it is checked while sending.
    ///
    /// A failed attempt is repeated only while nothing was taken from the stream.
    pub fn once<B>(len: Option<u64>, stream: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let stream: BoxBody = Box::pin(stream.map_err(Into::into));
        Self(Inner::Once { len, stream: Arc::new(Mutex::new(Some(stream))) })
    }

    /// Length in bytes; `None` for a stream of unknown length.
    pub fn len(&self) -> Option<u64> {
        match &self.0 {
            Inner::Empty => Some(0),
            Inner::Bytes(bytes) => Some(bytes.len() as u64),
            Inner::Open(source) => Some(source.len()),
            Inner::Once { len, .. } => *len,
        }
    }

    /// Whether the body is known to have no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// CRC64 of the bytes, if the source knows it; see [`OpenBody::crc64`].
    pub fn crc64(&self) -> Option<Crc64> {
        match &self.0 {
            Inner::Open(source) => source.crc64(),
            _ => None,
        }
    }

    /// Tells the source that all bytes of one opening have left; see [`OpenBody::on_sent`].
    pub fn on_sent(&self, sent: Sent) {
        if let Inner::Open(source) = &self.0 {
            source.on_sent(sent);
        }
    }

    /// The bytes, if the body is held in memory.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Inner::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether [`Body::open`] will succeed once more.
    pub fn can_open(&self) -> bool {
        match &self.0 {
            Inner::Once { stream, .. } => stream.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
            _ => true,
        }
    }

    /// Opens the body at its first byte, for one attempt.
    ///
    /// # Errors
    /// [`BodyConsumed`] if it was a stream and has been taken, never an empty body in its place; else the error of
    /// [`OpenBody::open`].
    pub fn open(&self) -> Result<BoxBody, BoxError> {
        match &self.0 {
            Inner::Empty => Ok(Box::pin(Empty::new().map_err(|never| match never {}))),
            Inner::Bytes(bytes) => Ok(Box::pin(Full::new(bytes.clone()).map_err(|never| match never {}))),
            Inner::Open(source) => source.open(),
            Inner::Once { stream, .. } => {
                let taken = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                taken.ok_or_else(|| BodyConsumed.into())
            }
        }
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(Inner::Bytes(bytes.into()))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Inner::Empty => "empty",
            Inner::Bytes(_) => "bytes",
            Inner::Open(_) => "replayable",
            Inner::Once { .. } => "once",
        };
        f.debug_struct("Body").field("kind", &kind).field("len", &self.len()).finish()
    }
}

/// A stream that can be sent only once has already been taken.
#[derive(Debug, thiserror::Error)]
#[error("the body is a stream that was already sent once and cannot be sent again")]
#[non_exhaustive]
pub struct BodyConsumed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_opens_once_and_is_never_replaced_by_an_empty_body() {
        let body = Body::once(Some(3), Full::new(Bytes::from_static(b"abc")));
        let clone = body.clone();
        assert!(body.can_open());
        assert!(clone.open().is_ok());
        assert!(!body.can_open());
        let error = body.open().map(|_| ()).unwrap_err();
        assert!(error.is::<BodyConsumed>());
    }

    #[test]
    fn bytes_open_again_and_again() {
        let body = Body::from("abc");
        assert_eq!(body.len(), Some(3));
        assert!(body.open().is_ok() && body.open().is_ok() && body.can_open());
        assert!(Body::empty().is_empty());
    }
}
