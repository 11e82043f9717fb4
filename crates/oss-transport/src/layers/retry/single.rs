use std::task::{Context, Poll};

use oss_models::{CallError, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::attempt::Attempt;
use crate::call::{BoxFuture, Call};
use crate::layers::AttemptService;

/// Makes one attempt at each call, in place of [`RetryLayer`](super::RetryLayer): for callers that repeat calls by rules of
/// their own.
///
/// Neither `max_attempts` nor `InvalidAccessKeyId`, `RequestTimeTooSkewed` or a closed pooled connection leads to another
/// attempt; what a layer below has repaired helps the next call.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SingleAttemptLayer;

impl SingleAttemptLayer {
    /// One attempt at each call.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for SingleAttemptLayer {
    type Service = SingleAttempt<S>;

    fn layer(&self, inner: S) -> SingleAttempt<S> {
        SingleAttempt { inner }
    }
}

/// The service of [`SingleAttemptLayer`].
#[derive(Clone, Debug)]
pub struct SingleAttempt<S> {
    inner: S,
}

impl<S: AttemptService<Attempt>> Service<Call> for SingleAttempt<S> {
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let outcome = match std::future::poll_fn(|cx| inner.poll_ready(cx)).await {
                Ok(()) => inner.call(call.begin_attempt()).await,
                Err(failure) => Err(failure),
            };
            match outcome {
                Ok(response) => Ok(call.succeed(response)),
                Err(failure) => {
                    call.on_failure(&failure);
                    Err(call.error(failure.kind))
                }
            }
        })
    }
}
