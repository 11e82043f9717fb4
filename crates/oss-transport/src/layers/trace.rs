//! Spans: one for each call, one for each attempt.

use std::task::{Context, Poll};

use oss_models::{CallError, CallErrorKind, Response};
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;
use tracing::field::{Empty, display};
use tracing::{Instrument, Span, debug, debug_span};

use super::{AttemptService, CallService};
use crate::attempt::{Attempt, AttemptError};
use crate::call::{BoxFuture, Call};
use crate::metrics::Meters;

/// Opens the span of a call. Outermost: everything that a call does is inside.
///
/// Fields: `operation`, `bucket`, `key`, `part`, and once they are known `attempts`, `status`, `request_id`. Headers,
/// queries and bodies are in no span and no event.
#[derive(Clone, Debug, Default)]
pub struct CallTraceLayer {
    meters: Meters,
}

impl CallTraceLayer {
    /// Spans of calls, and no numbers.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_meters(meters: Meters) -> Self {
        Self { meters }
    }
}

impl<S> Layer<S> for CallTraceLayer {
    type Service = CallTrace<S>;

    fn layer(&self, inner: S) -> CallTrace<S> {
        CallTrace { inner, meters: self.meters.clone() }
    }
}

/// The service of [`CallTraceLayer`].
#[derive(Clone, Debug)]
pub struct CallTrace<S> {
    inner: S,
    meters: Meters,
}

impl<S: CallService> Service<Call> for CallTrace<S> {
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let begin = Instant::now();
        let operation = call.request.operation.name;
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
        if !span.is_disabled() {
            let target = call.request.target();
            record(&span, "bucket", target.bucket);
            record(&span, "key", target.key.as_ref().map(|key| key.as_str().escape_debug()));
            record(&span, "part", target.part);
        }
        let (attempts, meters, within) = (call.attempt_count(), self.meters.clone(), span.clone());
        let response = span.in_scope(|| self.inner.call(call));
        let in_span = async move {
            let outcome = response.await;
            within.record("attempts", attempts.get());
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
            meters.call(operation, attempts.get(), begin.elapsed(), &outcome);
            outcome
        };
        Box::pin(in_span.instrument(span))
    }
}

/// Opens the span of an attempt. Directly below retry.
///
/// Fields: `number`, and once they are known `status` and `request_id`.
#[derive(Clone, Debug, Default)]
pub struct AttemptTraceLayer {
    meters: Meters,
}

impl AttemptTraceLayer {
    /// Spans of attempts, and no numbers.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_meters(meters: Meters) -> Self {
        Self { meters }
    }
}

impl<S> Layer<S> for AttemptTraceLayer {
    type Service = AttemptTrace<S>;

    fn layer(&self, inner: S) -> AttemptTrace<S> {
        AttemptTrace { inner, meters: self.meters.clone() }
    }
}

/// The service of [`AttemptTraceLayer`].
#[derive(Clone, Debug)]
pub struct AttemptTrace<S> {
    inner: S,
    meters: Meters,
}

impl<S: AttemptService<Attempt>> Service<Attempt> for AttemptTrace<S> {
    type Response = Response;
    type Error = AttemptError;
    type Future = BoxFuture<'static, Result<Response, AttemptError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let begin = Instant::now();
        let operation = attempt.request.operation.name;
        let span = debug_span!("attempt", number = attempt.number(), status = Empty, request_id = Empty);
        let response = span.in_scope(|| self.inner.call(attempt));
        let (meters, within) = (self.meters.clone(), span.clone());
        let in_span = async move {
            let outcome = response.await;
            match &outcome {
                Ok(response) => record_response(&within, response),
                Err(error) => record_error(&within, &error.kind),
            }
            meters.attempt(operation, begin.elapsed(), &outcome);
            outcome
        };
        Box::pin(in_span.instrument(span))
    }
}

fn record_response(span: &Span, response: &Response) {
    if span.is_disabled() {
        return;
    }
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
