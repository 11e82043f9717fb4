//! Reading answers: what is a success, how much of it is kept, what a refusal says.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_TYPE, LOCATION};
use http_body_util::BodyExt;
use oss_models::response::check;
use oss_models::xml::MAX_DOCUMENT;
use oss_models::{BoxBody, CallErrorKind, OperationInfo, Response, ResponseBody, ResponseShape, ServiceError};
use tower_service::Service;

use crate::call::{BoxFuture, Failure, Outgoing};
use crate::limits::connection_error;

/// Turns HTTP answers into values: bounded, checked, and refusals into errors.
///
/// Above the limits, which also govern the reading of the body; below everything that wants to know the server's error
/// code.
#[derive(Clone)]
pub(crate) struct ResponseService<S> {
    pub(crate) inner: S,
}

/// Most bytes of an upload callback's response that are kept.
const MAX_CALLBACK_RESPONSE: usize = 1 << 20;

impl<S> Service<Outgoing> for ResponseService<S>
where
    S: Service<Outgoing, Response = http::Response<BoxBody>, Error = Failure>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Response, Failure>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, outgoing: Outgoing) -> Self::Future {
        let operation = outgoing.operation;
        let answered = self.inner.call(outgoing);
        Box::pin(async move { read(&operation, answered.await?).await.map_err(with_redirection) })
    }
}

async fn read(operation: &OperationInfo, response: http::Response<BoxBody>) -> Result<Response, Failure> {
    let (head, body) = response.into_parts();
    let (status, headers) = (head.status, head.headers);
    let mut response = Response::new(status);
    response.body = if !operation.is_success(status) {
        // The status speaks even if its document cannot be read.
        let document = collect(body, ServiceError::MAX_DOCUMENT).await.map_or_else(|_| Bytes::new(), |read| read.bytes);
        check(operation, status, &headers, &document).map_err(Failure::sent)?;
        ResponseBody::Bytes(document)
    } else if operation.response == ResponseShape::Content {
        ResponseBody::Stream(body)
    } else {
        let is_document = !matches!(operation.response, ResponseShape::Headers) && !is_json(&headers);
        let limit = if is_document { MAX_DOCUMENT } else { MAX_CALLBACK_RESPONSE };
        let too_long = || {
            let reason = format!("longer than {limit} bytes");
            Failure::sent(CallErrorKind::InvalidResponse { status, reason })
        };
        if is_document && body.size_hint().lower() > limit as u64 {
            return Err(too_long());
        }
        let read = collect(body, limit).await.map_err(Failure::sent)?;
        // A callback's response that is too long is cut, not refused: the object is stored, whatever the application said.
        if read.is_cut && is_document {
            return Err(too_long());
        }
        check(operation, status, &headers, &read.bytes).map_err(Failure::sent)?;
        ResponseBody::Bytes(read.bytes)
    };
    response.headers = headers;
    Ok(response)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

/// Says where a redirection leads, since it is not followed: another host must not get the signature or the body.
fn with_redirection(mut failure: Failure) -> Failure {
    if let CallErrorKind::Service(error) = &mut failure.kind
        && error.status.is_redirection()
        && let Some(location) = error.headers.get(LOCATION).and_then(|location| location.to_str().ok())
    {
        // The host alone: the query of a location may hold a signature.
        let host = location.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(ToOwned::to_owned));
        let host = host.unwrap_or_else(|| "another path".to_owned());
        error.message = format!("redirected to {host}, which is not followed");
    }
    failure
}

/// Bytes of a response from which on room is made for all that it may have.
const LARGE: usize = 256 << 10;

pub(crate) struct Collected {
    pub(crate) bytes: Bytes,
    pub(crate) is_cut: bool,
}

/// Reads a body up to `limit` bytes; dropping the rest closes its connection.
pub(crate) async fn collect(mut body: BoxBody, limit: usize) -> Result<Collected, CallErrorKind> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(connection_error)?.into_data() else { continue };
        let left = limit - whole.len();
        if let Some(fitting) = data.get(..left)
            && data.len() > left
        {
            whole.extend_from_slice(fitting);
            return Ok(Collected { bytes: whole.freeze(), is_cut: true });
        }
        if whole.len() >= LARGE {
            // At once, since doubling a long one has it in memory one and a half times. What is not written costs nothing.
            whole.reserve(left);
        }
        whole.extend_from_slice(&data);
    }
    Ok(Collected { bytes: whole.freeze(), is_cut: false })
}

/// A body of a response that is checked against a CRC64 when its end is reached.
pub(crate) struct CheckedBody {
    pub(crate) body: BoxBody,
    pub(crate) digest: oss_models::Crc64Digest,
    pub(crate) stored: oss_models::Crc64,
}

/// The bytes of an object that arrived are not those that the server has.
#[derive(Debug)]
#[non_exhaustive]
pub struct CorruptContent {
    /// CRC64 of the bytes as they arrived.
    pub received: oss_models::Crc64,
    /// CRC64 that the server reported.
    pub stored: oss_models::Crc64,
}

impl fmt::Display for CorruptContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CRC64 of the bytes received is {}, the server has {}", self.received, self.stored)
    }
}

impl std::error::Error for CorruptContent {}

impl http_body::Body for CheckedBody {
    type Data = Bytes;
    type Error = oss_models::BoxError;

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
                // Told once; the body is at its end afterwards.
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
