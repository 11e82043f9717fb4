//! A limit for a whole call.

use std::task::{Context, Poll};
use std::time::Duration;

use oss_models::{CallError, CallErrorKind, Response, TimeLimit};
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use super::CallService;
use crate::call::{BoxFuture, Call};

/// Ends a call at its `operation_timeout`, whatever it is doing, waits between attempts included.
///
/// Above the concurrency limit and retry, so that waiting in them counts.
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLayer {
    operation_timeout: Option<Duration>,
}

impl DeadlineLayer {
    /// A limit for the calls that have none of their own
    /// ([`CallOptions::operation_timeout`](oss_models::CallOptions::operation_timeout)); `None` is no limit.
    pub fn new(operation_timeout: impl Into<Option<Duration>>) -> Self {
        Self { operation_timeout: operation_timeout.into() }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline { inner, operation_timeout: self.operation_timeout }
    }
}

/// The service of [`DeadlineLayer`].
#[derive(Clone, Debug)]
pub struct Deadline<S> {
    inner: S,
    operation_timeout: Option<Duration>,
}

impl<S: CallService> Service<Call> for Deadline<S> {
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut call: Call) -> Self::Future {
        if let Some(after) = call.request.options.operation_timeout.or(self.operation_timeout) {
            call.set_deadline(Instant::now(), after);
        }
        let Some((at, after)) = call.time_limit() else { return Box::pin(self.inner.call(call)) };
        let cut = call.without_body();
        let over = CallErrorKind::Timeout { limit: TimeLimit::OperationTimeout, after };
        if after.is_zero() {
            // What is left of a deadline for several calls: nothing of this one is sent.
            return Box::pin(std::future::ready(Err(cut.error(over))));
        }
        let response = self.inner.call(call);
        Box::pin(async move {
            match tokio::time::timeout_at(at, response).await {
                Ok(outcome) => outcome,
                Err(_) => Err(cut.cut_off(over)),
            }
        })
    }
}
