//! Attempts, and whether there is another one.

mod backoff;
mod budget;
mod policy;
mod single;

pub use backoff::Backoff;
pub use budget::RetryBudget;
pub use single::{SingleAttempt, SingleAttemptLayer};

use std::task::{Context, Poll};
use std::time::Duration;

use oss_models::{CallError, Response};
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use self::policy::{History, Next};
use super::AttemptService;
use crate::attempt::Attempt;
use crate::call::{BoxFuture, Call};
use crate::clock::Entropy;

/// Makes attempts until one succeeds or no other is worth making.
///
/// Above everything that is done again for each attempt; below the deadline, which no wait may pass. A call can have its
/// own number of attempts ([`CallOptions::max_attempts`](oss_models::CallOptions::max_attempts)).
#[derive(Clone, Debug)]
pub struct RetryLayer {
    policy: RetryPolicy,
    entropy: Entropy,
}

#[derive(Clone, Debug)]
pub(crate) struct RetryPolicy {
    /// Attempts in all, the first included.
    pub(crate) max_attempts: u32,
    pub(crate) backoff: Backoff,
    pub(crate) budget: RetryBudget,
}

impl RetryLayer {
    /// So many attempts for each call, the first included, with the default backoff and a budget of its own.
    pub fn new(max_attempts: u32) -> Self {
        let policy = RetryPolicy { max_attempts, backoff: Backoff::default(), budget: RetryBudget::default() };
        Self { policy, entropy: Entropy::default() }
    }

    /// Sets the waits between attempts. Default [`Backoff::default`].
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.policy.backoff = backoff;
        self
    }

    /// Sets the budget of retries. Default: one of [`RetryBudget::DEFAULT_RETRIES`] for the services of this layer.
    #[must_use]
    pub fn budget(mut self, budget: RetryBudget) -> Self {
        self.policy.budget = budget;
        self
    }

    /// Sets where the random numbers come from that waits are drawn with, evenly from 0 (inclusive) to 1 (exclusive).
    /// Default: the system's.
    #[must_use]
    pub fn entropy(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.entropy = Entropy::new(random);
        self
    }

    pub(crate) fn of_policy(policy: RetryPolicy, entropy: Entropy) -> Self {
        Self { policy, entropy }
    }
}

impl<S> Layer<S> for RetryLayer {
    type Service = Retry<S>;

    fn layer(&self, inner: S) -> Retry<S> {
        Retry { inner, layer: self.clone() }
    }
}

/// The service of [`RetryLayer`].
#[derive(Clone, Debug)]
pub struct Retry<S> {
    inner: S,
    layer: RetryLayer,
}

impl<S: AttemptService<Attempt>> Service<Call> for Retry<S> {
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        Box::pin(run(self.inner.clone(), self.layer.clone(), call))
    }
}

async fn run<S: AttemptService<Attempt>>(
    mut inner: S,
    RetryLayer { policy, entropy }: RetryLayer,
    call: Call,
) -> Result<Response, CallError> {
    let mut history = History::default();
    loop {
        let attempt = call.begin_attempt();
        let number = attempt.number();
        let ready = std::future::poll_fn(|cx| inner.poll_ready(cx)).await;
        let outcome = match ready {
            Ok(()) => inner.call(attempt).await,
            Err(failure) => Err(failure),
        };
        let failure = match outcome {
            Ok(response) => {
                policy.budget.succeeded(number > 1);
                return Ok(call.succeed(response));
            }
            Err(failure) => failure,
        };
        call.on_failure(&failure);
        let wait = match history.next(&policy, &call.request, &failure, number, entropy.random()) {
            Next::GiveUp => return Err(call.error(failure.kind)),
            Next::AtOnce => Duration::ZERO,
            Next::Within(wait) => wait,
        };
        if call.deadline().is_some_and(|deadline| deadline.saturating_duration_since(Instant::now()) <= wait) {
            return Err(call.error(failure.kind));
        }
        tracing::debug!(attempt = number, wait_ms = wait.as_millis(), error = %failure.kind, "another attempt follows");
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}
