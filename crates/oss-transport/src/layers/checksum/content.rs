//! Content that is compared with the server's CRC64 as it is read.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use oss_models::{BoxBody, BoxError, Crc64, Crc64Digest, Response, ResponseBody};

/// The same response, whose stream ends in [`CorruptContent`] if it is not what the server has.
pub(super) fn checked(mut response: Response, stored: Crc64) -> Response {
    if let ResponseBody::Stream(body) = response.body {
        response.body = ResponseBody::Stream(Box::pin(CheckedBody { body, digest: Crc64Digest::new(), stored }));
    }
    response
}

/// A body of a response that is checked against a CRC64 when its end is reached.
struct CheckedBody {
    body: BoxBody,
    digest: Crc64Digest,
    stored: Crc64,
}

/// The bytes of an object that arrived are not those that the server has.
#[derive(Debug)]
#[non_exhaustive]
pub struct CorruptContent {
    /// CRC64 of the bytes as they arrived.
    pub received: Crc64,
    /// CRC64 that the server reported.
    pub stored: Crc64,
}

impl fmt::Display for CorruptContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CRC64 of the bytes received is {}, the server has {}", self.received, self.stored)
    }
}

impl std::error::Error for CorruptContent {}

impl http_body::Body for CheckedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        let polled = std::task::ready!(this.body.as_mut().poll_frame(cx));
        Poll::Ready(match polled {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.digest.update(data);
                }
                Some(Ok(frame))
            }
            None if this.digest.value() != this.stored => {
                let corrupt = CorruptContent { received: this.digest.value(), stored: this.stored };
                // Said once; the body is at its end afterwards.
                this.stored = this.digest.value();
                Some(Err(corrupt.into()))
            }
            other => other,
        })
    }

    /// Never early: the end has to be polled for, since the verdict comes with it.
    fn is_end_stream(&self) -> bool {
        false
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
