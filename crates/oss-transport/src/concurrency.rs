//! A limit of calls under way at once.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use oss_models::{BoxBody, BoxError, CallError, CallErrorKind, Response, ResponseBody};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service;

use crate::call::{BoxFuture, Call};

/// Lets so many calls through at a time; the others wait in line. A call whose response is a stream counts until the
/// stream is read to its end or dropped, since it holds a connection until then.
///
/// Above retry: a call keeps its place while it waits for its next attempt, so a struggling service is not asked by ever
/// more calls.
#[derive(Clone)]
pub(crate) struct Concurrency<S> {
    pub(crate) inner: S,
    /// `None` is no limit.
    pub(crate) places: Option<Arc<Semaphore>>,
}

impl<S> Service<Call> for Concurrency<S>
where
    S: Service<Call, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let Some(places) = self.places.clone() else { return Box::pin(self.inner.call(call)) };
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let Ok(place) = places.acquire_owned().await else { return Err(call.error(CallErrorKind::Cancelled)) };
            std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
            let mut response = inner.call(call).await?;
            if let ResponseBody::Stream(body) = response.body {
                response.body = ResponseBody::Stream(Box::pin(Placed { body, _place: place }));
            }
            Ok(response)
        })
    }
}

struct Placed {
    body: BoxBody,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Placed {
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
