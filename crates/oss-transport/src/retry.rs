//! Attempts, and whether there is another one.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use oss_models::{CallError, Idempotency, Request, Response, RetryClass};
use tokio::time::Instant;
use tower_service::Service;

use crate::backoff::Backoff;
use crate::budget::RetryBudget;
use crate::call::{Attempt, BoxFuture, Call, Failure, has_effect};

/// Makes attempts until one succeeds or no other is worth making.
///
/// Above everything that is done anew for each attempt; below the deadline, which no wait may pass.
#[derive(Clone)]
pub(crate) struct Retry<S> {
    pub(crate) inner: S,
    pub(crate) policy: RetryPolicy,
}

#[derive(Clone, Debug)]
pub(crate) struct RetryPolicy {
    /// Attempts in all, the first included.
    pub(crate) max_attempts: u32,
    pub(crate) backoff: Backoff,
    pub(crate) budget: RetryBudget,
}

/// Most repetitions because of damaged bytes: a path that damages more is not going to get better.
const MAX_DAMAGED: u32 = 2;

impl<S> Service<Call> for Retry<S>
where
    S: Service<Attempt, Response = Response, Error = Failure> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        Box::pin(run(self.inner.clone(), self.policy.clone(), call))
    }
}

async fn run<S>(mut inner: S, policy: RetryPolicy, call: Call) -> Result<Response, CallError>
where
    S: Service<Attempt, Response = Response, Error = Failure>,
{
    let mut history = History::default();
    loop {
        let attempt = Attempt { request: call.request.clone(), record: Arc::clone(&call.record) };
        let number = call.record.begin_attempt();
        let ready = std::future::poll_fn(|cx| inner.poll_ready(cx)).await;
        let outcome = match ready {
            Ok(()) => inner.call(attempt).await,
            Err(failure) => Err(failure),
        };
        let failure = match outcome {
            Ok(mut response) => {
                policy.budget.succeeded(number > 1);
                response.attempts = number;
                response.earlier_attempt_unknown = call.record.is_outcome_unknown();
                return Ok(response);
            }
            Err(failure) => failure,
        };
        if failure.may_have_taken_effect() && has_effect(&call.request.method) {
            call.record.outcome_is_unknown();
        }
        let wait = match history.next(&policy, &call.request, &failure, number) {
            Next::GiveUp => return Err(call.error(failure.kind)),
            Next::AtOnce => Duration::ZERO,
            Next::Within(wait) => wait,
        };
        if call.deadline.is_some_and(|(deadline, _)| deadline.saturating_duration_since(Instant::now()) <= wait) {
            return Err(call.error(failure.kind));
        }
        tracing::debug!(attempt = number, wait_ms = wait.as_millis(), error = %failure.kind, "another attempt follows");
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}

/// What was tried already in this call, so that each remedy is used once.
#[derive(Debug, Default)]
struct History {
    /// Attempts that do not count: a pooled connection that was closed is no news about the service.
    free: u32,
    repaired: bool,
    damaged: u32,
}

#[derive(Debug, PartialEq)]
enum Next {
    GiveUp,
    AtOnce,
    Within(Duration),
}

impl History {
    fn next(&mut self, policy: &RetryPolicy, request: &Request, failure: &Failure, number: u32) -> Next {
        let class = failure.kind.retry_class();
        let ambiguous = failure.may_have_taken_effect() && request.operation.idempotency == Idempotency::NotIdempotent;
        if !class.is_retryable() || ambiguous || !request.body.can_open() {
            return Next::GiveUp;
        }
        if failure.stale && self.free == 0 {
            self.free = 1;
            return Next::AtOnce;
        }
        let attempts = number.saturating_sub(self.free);
        if attempts >= request.options.max_attempts.unwrap_or(policy.max_attempts).max(1) {
            return Next::GiveUp;
        }
        match class {
            RetryClass::ClockSkew | RetryClass::RefreshCredentials => {
                // Without a remedy the same refusal follows; with it, it follows at most once.
                let worth_it = failure.repaired && !std::mem::replace(&mut self.repaired, true);
                return if worth_it { Next::AtOnce } else { Next::GiveUp };
            }
            RetryClass::Damaged => {
                self.damaged += 1;
                if self.damaged > MAX_DAMAGED || is_digest_of_caller(request, failure) {
                    return Next::GiveUp;
                }
            }
            _ => {}
        }
        if !policy.budget.take() {
            tracing::debug!("no retry: the budget that all calls share is used up");
            return Next::GiveUp;
        }
        let requested = failure.kind.retry_after();
        let throttled = class == RetryClass::Throttled;
        Next::Within(policy.backoff.wait(attempts, throttled, requested, fastrand::f64()))
    }
}

/// Whether the server found a digest wrong that the caller supplied: then it is wrong, and not the bytes.
fn is_digest_of_caller(request: &Request, failure: &Failure) -> bool {
    matches!(failure.code(), Some("InvalidDigest" | "InvalidCRC64")) && request.digest_from_caller
}
