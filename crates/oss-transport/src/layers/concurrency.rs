//! A limit of calls under way at once.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use oss_models::{BoxBody, BoxError, CallError, CallErrorKind, Response, ResponseBody};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_layer::Layer;
use tower_service::Service;

use super::CallService;
use crate::call::{BoxFuture, Call};

/// Lets so many calls through at a time; the others wait in line. A call whose response is a stream counts until the
/// stream is read to its end or dropped, since it holds a connection until then.
///
/// Above retry: a call keeps its permit while it waits for its next attempt, so a struggling service does not get ever
/// more calls.
///
/// Services that one layer makes share the limit.
#[derive(Clone, Debug)]
pub struct ConcurrencyLayer {
    /// `None` is no limit.
    permits: Option<Arc<Semaphore>>,
}

impl ConcurrencyLayer {
    /// A limit of calls; `None` is no limit, and a limit of 0 counts as 1.
    pub fn new(max_concurrency: impl Into<Option<usize>>) -> Self {
        let permits = max_concurrency.into().map(|calls| calls.clamp(1, Semaphore::MAX_PERMITS));
        Self { permits: permits.map(|calls| Arc::new(Semaphore::new(calls))) }
    }
}

impl<S> Layer<S> for ConcurrencyLayer {
    type Service = Concurrency<S>;

    fn layer(&self, inner: S) -> Concurrency<S> {
        Concurrency { inner, permits: self.permits.clone() }
    }
}

/// The service of [`ConcurrencyLayer`].
#[derive(Clone, Debug)]
pub struct Concurrency<S> {
    inner: S,
    permits: Option<Arc<Semaphore>>,
}

impl<S: CallService> Service<Call> for Concurrency<S> {
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let Some(permits) = self.permits.clone() else { return Box::pin(self.inner.call(call)) };
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let Ok(permit) = permits.acquire_owned().await else { return Err(call.error(CallErrorKind::Cancelled)) };
            std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
            let mut response = inner.call(call).await?;
            if let ResponseBody::Stream(body) = response.body {
                response.body = ResponseBody::Stream(Box::pin(PermittedBody { body, _permit: permit }));
            }
            Ok(response)
        })
    }
}

/// A stream that keeps the permit of its call.
struct PermittedBody {
    body: BoxBody,
    _permit: OwnedSemaphorePermit,
}

impl HttpBody for PermittedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.body.as_mut().poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
