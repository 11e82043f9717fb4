//! Spans: one for each call, one for each attempt.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use oss_models::{CallError, CallErrorKind, Request, Response};
use tokio::time::Instant;
use tower_service::Service;
use tracing::field::{Empty, display};
use tracing::{Instrument, Span, debug, debug_span};

use crate::call::{Attempt, BoxFuture, Call, CallRecord, Failure};
use crate::metrics::Meters;

/// Opens the span of a call and starts its clock. Outermost: everything that a call does is inside.
///
/// Fields: `operation`, `bucket`, `key`, `part`, and once they are known `attempts`, `status`, `request_id`. Headers,
/// queries and bodies are in no span and no event.
#[derive(Clone)]
pub(crate) struct TraceCalls<S> {
    pub(crate) inner: S,
    pub(crate) operation_timeout: Option<Duration>,
    pub(crate) meters: Meters,
}

impl<S> Service<Request> for TraceCalls<S>
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

    fn call(&mut self, request: Request) -> Self::Future {
        let begin = Instant::now();
        let operation = request.operation.name;
        let target = request.target();
        let span = debug_span!(
            "call",
            operation,
            bucket = Empty,
            key = Empty,
            part = Empty,
            attempts = Empty,
            status = Empty,
            request_id = Empty
        );
        record(&span, "bucket", target.bucket);
        record(&span, "key", target.key.map(|key| key.as_str().escape_debug().to_string()));
        record(&span, "part", target.part);

        let deadline = request.options.operation_timeout.or(self.operation_timeout);
        let record = Arc::new(CallRecord::default());
        let call = Call {
            request,
            record: Arc::clone(&record),
            // A deadline too far away to be a time is none.
            deadline: deadline.and_then(|after| Some((begin.checked_add(after)?, after))),
        };
        let answered = span.in_scope(|| self.inner.call(call));
        let meters = self.meters.clone();
        let within = span.clone();
        let traced = async move {
            let outcome = answered.await;
            within.record("attempts", record.attempts());
            match &outcome {
                Ok(response) => {
                    record_response(&within, response);
                    debug!("succeeded");
                }
                Err(error) => {
                    record_error(&within, error.kind());
                    debug!(error = %error.kind(), outcome_unknown = error.outcome_unknown(), "failed");
                }
            }
            meters.call(operation, record.attempts(), begin.elapsed(), &outcome);
            outcome
        };
        Box::pin(traced.instrument(span))
    }
}

/// Opens the span of an attempt. Directly below retry.
///
/// Fields: `number`, and once they are known `status` and `request_id`.
#[derive(Clone)]
pub(crate) struct TraceAttempts<S> {
    pub(crate) inner: S,
    pub(crate) meters: Meters,
}

impl<S> Service<Attempt> for TraceAttempts<S>
where
    S: Service<Attempt, Response = Response, Error = Failure>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Response, Failure>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let begin = Instant::now();
        let operation = attempt.request.operation.name;
        let span = debug_span!("attempt", number = attempt.record.attempts(), status = Empty, request_id = Empty);
        let answered = span.in_scope(|| self.inner.call(attempt));
        let meters = self.meters.clone();
        let within = span.clone();
        let traced = async move {
            let outcome = answered.await;
            match &outcome {
                Ok(response) => record_response(&within, response),
                Err(failure) => record_error(&within, &failure.kind),
            }
            meters.attempt(operation, begin.elapsed(), &outcome);
            outcome
        };
        Box::pin(traced.instrument(span))
    }
}

fn record_response(span: &Span, response: &Response) {
    span.record("status", response.status.as_u16());
    record(span, "request_id", response.request_id());
}

fn record_error(span: &Span, kind: &CallErrorKind) {
    match kind {
        CallErrorKind::Service(error) => {
            span.record("status", error.status.as_u16());
            span.record("request_id", error.request_id.as_str());
        }
        CallErrorKind::InvalidResponse { status, .. } => {
            span.record("status", status.as_u16());
        }
        _ => {}
    }
}

fn record(span: &Span, field: &str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        span.record(field, display(value));
    }
}
