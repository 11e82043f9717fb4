//! A limit for a whole call.

use std::task::{Context, Poll};

use oss_models::{CallError, CallErrorKind, Response, TimeLimit};
use tower_service::Service;

use crate::call::{BoxFuture, Call};

/// Ends a call at its deadline, whatever it is doing, waits between attempts included.
///
/// Above the concurrency limit and retry, so that waiting in them counts.
#[derive(Clone)]
pub(crate) struct Deadline<S> {
    pub(crate) inner: S,
}

impl<S> Service<Call> for Deadline<S>
where
    S: Service<Call, Response = Response, Error = CallError>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let Some((at, after)) = call.deadline else { return Box::pin(self.inner.call(call)) };
        // What is needed for the error, without keeping the body alive.
        let mut cut = call.clone();
        cut.request.body = oss_models::Body::empty();
        let answered = self.inner.call(call);
        Box::pin(async move {
            match tokio::time::timeout_at(at, answered).await {
                Ok(answered) => answered,
                Err(_) => Err(cut.cut_off(CallErrorKind::Timeout { limit: TimeLimit::OperationTimeout, after })),
            }
        })
    }
}
