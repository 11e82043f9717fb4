//! What follows a failed attempt. No clock, no waiting: both are the layer's.

use std::time::Duration;

use oss_models::{Idempotency, Request, RetryClass};

use super::RetryPolicy;
use crate::attempt::AttemptError;

/// What was tried already in this call, so that each remedy is used once.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Attempts that do not count: a pooled connection that was closed says nothing about the service.
    free: u32,
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
        let class = failure.kind.retry_class();
        let ambiguous = failure.may_have_taken_effect() && request.operation.idempotency == Idempotency::NotIdempotent;
        if !class.is_retryable() || ambiguous || !request.body.can_open() {
            return Next::GiveUp;
        }
        if failure.is_stale && self.free == 0 {
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
                let worth_it = failure.is_repaired && !std::mem::replace(&mut self.repaired, true);
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
        let is_throttled = class == RetryClass::Throttled;
        Next::Within(policy.backoff.wait(attempts, is_throttled, failure.kind.retry_after(), jitter))
    }
}

/// Whether the server found a digest wrong that the caller supplied: then it is wrong, and not the bytes.
fn is_digest_of_caller(request: &Request, failure: &AttemptError) -> bool {
    matches!(failure.code(), Some("InvalidDigest" | "InvalidCRC64")) && request.digest_from_caller
}
