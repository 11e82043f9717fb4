//! Reading responses: what is a success, how much of it is kept, what a refusal says.

use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_TYPE, LOCATION};
use http_body_util::BodyExt;
use oss_models::xml::MAX_DOCUMENT;
use oss_models::{BoxBody, CallErrorKind, OperationInfo, Response, ResponseBody, ResponseShape, ServiceError};
use tower_layer::Layer;
use tower_service::Service;

use super::HttpAttemptService;
use super::time_limits::connection_error;
use crate::attempt::{AttemptError, HttpAttempt};
use crate::call::BoxFuture;

/// Turns HTTP responses into values: bounded, checked, and refusals into errors.
///
/// Above the time limits, which also govern the reading of the body; below every layer that needs the server's error code.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ResponseLayer;

impl ResponseLayer {
    /// Reads responses by the facts of their operations.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for ResponseLayer {
    type Service = ReadResponse<S>;

    fn layer(&self, inner: S) -> ReadResponse<S> {
        ReadResponse { inner }
    }
}

/// The service of [`ResponseLayer`].
#[derive(Clone, Debug)]
pub struct ReadResponse<S> {
    inner: S,
}

/// Most bytes of an upload callback's response that are kept.
const MAX_CALLBACK_RESPONSE: usize = 1 << 20;

impl<S: HttpAttemptService> Service<HttpAttempt> for ReadResponse<S> {
    type Response = Response;
    type Error = AttemptError;
    type Future = BoxFuture<'static, Result<Response, AttemptError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, attempt: HttpAttempt) -> Self::Future {
        let (operation, progress) = (attempt.operation, attempt.http.body().progress().clone());
        let response = self.inner.call(attempt);
        Box::pin(async move {
            let response = response.await?;
            let status = response.status();
            // A server (or a cache on the way) that has not seen the body cannot have stored it.
            if status.is_success() && !progress.is_body_done() {
                let reason = "a success before the whole body was sent".to_owned();
                return Err(AttemptError::sent(CallErrorKind::InvalidResponse { status, reason }));
            }
            read(&operation, response).await.map_err(with_redirection)
        })
    }
}

async fn read(operation: &OperationInfo, response: http::Response<BoxBody>) -> Result<Response, AttemptError> {
    let (head, body) = response.into_parts();
    let (status, headers) = (head.status, head.headers);
    let body = if !operation.is_success(status) {
        // The status speaks even if its document cannot be read.
        let document = collect(body, ServiceError::MAX_DOCUMENT).await;
        ResponseBody::Bytes(document.map_or_else(|_| Bytes::new(), |read| read.bytes))
    } else if operation.response == ResponseShape::Content {
        ResponseBody::Stream(body)
    } else {
        let is_document = !matches!(operation.response, ResponseShape::Headers) && !is_json(&headers);
        let limit = if is_document { MAX_DOCUMENT } else { MAX_CALLBACK_RESPONSE };
        let too_long = || {
            let reason = format!("longer than {limit} bytes");
            AttemptError::sent(CallErrorKind::InvalidResponse { status, reason })
        };
        if is_document && body.size_hint().lower() > limit as u64 {
            return Err(too_long());
        }
        let read = collect(body, limit).await.map_err(AttemptError::sent)?;
        // A callback's response that is too long is cut, not refused: the object is stored, whatever the application said.
        if read.is_cut && is_document {
            return Err(too_long());
        }
        ResponseBody::Bytes(read.bytes)
    };
    let mut response = Response::new(status);
    (response.headers, response.body) = (headers, body);
    if let ResponseBody::Bytes(_) = &response.body {
        response.check(operation).map_err(AttemptError::sent)?;
    }
    Ok(response)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

/// Says where a redirection leads, since it is not followed: another host must not get the signature or the body.
fn with_redirection(mut failure: AttemptError) -> AttemptError {
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
