//! What follows a failed attempt. No clock, no waiting: both are the layer's.

use std::time::Duration;

use oss_models::{Idempotency, Request, RetryClass};

use super::RetryPolicy;
use crate::attempt::AttemptError;

/// What was tried already in this call, so that each remedy is used once.
///
/// The attempts that met a closed pooled connection, and a cause that has been removed since, do not count: they say nothing
/// about the service.
#[derive(Debug, Default)]
pub(super) struct History {
    stale: bool,
    repaired: bool,
    damaged: u32,
}

#[derive(Debug, PartialEq)]
pub(super) enum Next {
    GiveUp,
    AtOnce,
    Within(Duration),
}

/// Most repetitions because of damaged bytes: a path that damages more is not going to get better.
const MAX_DAMAGED: u32 = 2;

impl History {
    /// Decides after the attempt with this number, which is counted from 1; `jitter` is from 0 (inclusive) to 1
    /// (exclusive).
    pub(super) fn next(
        &mut self,
        policy: &RetryPolicy,
        request: &Request,
        failure: &AttemptError,
        number: u32,
        jitter: f64,
    ) -> Next {
        let class = failure.retry_class();
        let ambiguous = failure.may_have_taken_effect() && request.operation.idempotency == Idempotency::NotIdempotent;
        if !class.is_retryable() || ambiguous || !request.body.can_open() {
            return Next::GiveUp;
        }
        if failure.is_stale && !std::mem::replace(&mut self.stale, true) {
            return Next::AtOnce;
        }
        let requested = failure.kind.retry_after();
        if requested.is_some_and(|wait| wait > policy.backoff.longest_retry_after()) {
            tracing::debug!(?requested, "no retry: the service asks for a longer wait than a call may take");
            return Next::GiveUp;
        }
        if matches!(class, RetryClass::ClockSkew | RetryClass::RefreshCredentials) {
            // Without a remedy the same refusal follows; with it, it follows at most once.
            let worth_it = failure.is_repaired && !std::mem::replace(&mut self.repaired, true);
            return if worth_it { Next::Within(requested.unwrap_or_default()) } else { Next::GiveUp };
        }
        let attempts = number.saturating_sub(u32::from(self.stale) + u32::from(self.repaired));
        if attempts >= request.options.max_attempts.unwrap_or(policy.max_attempts).max(1) {
            return Next::GiveUp;
        }
        if class == RetryClass::Damaged {
            self.damaged += 1;
            if self.damaged > MAX_DAMAGED || is_digest_of_caller(request, failure) {
                return Next::GiveUp;
            }
        }
        if !policy.budget.take() {
            tracing::debug!("no retry: the budget that all calls share is used up");
            return Next::GiveUp;
        }
        let is_throttled = class == RetryClass::Throttled;
        Next::Within(policy.backoff.wait(attempts, is_throttled, requested, jitter))
    }
}

/// Whether the server found a digest wrong that the caller supplied: then it is wrong, and not the bytes.
fn is_digest_of_caller(request: &Request, failure: &AttemptError) -> bool {
    matches!(failure.code(), Some("InvalidDigest" | "InvalidCRC64")) && request.digest_from_caller
}
