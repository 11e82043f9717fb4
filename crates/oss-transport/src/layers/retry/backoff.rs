//! How long to wait before the next attempt.

use std::time::Duration;

/// Waits between attempts: exponential, with full jitter.
///
/// Before attempt *n* + 1 the wait is drawn evenly from 0 to `min(base × 2ⁿ, max)`. If the service asks for a longer wait
/// (`Retry-After`, `x-oss-qos-delay-time`), it is that long. No attempt is made sooner than the service asks for: a call that
/// would have to wait longer than [`max_retry_after`](Self::max_retry_after) ends at once, and its error says how long
/// ([`CallError::retry_after`](oss_models::CallError::retry_after)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Backoff {
    base: Duration,
    throttled_base: Duration,
    max: Duration,
    max_retry_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(200),
            throttled_base: Duration::from_secs(1),
            max: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(60),
        }
    }
}

/// ```
/// use std::time::Duration;
/// use oss_transport::Backoff;
///
/// let patient = Backoff::default().max(Duration::from_secs(60)).max_retry_after(Duration::from_secs(300));
/// ```
impl Backoff {
    /// Sets the unit of the exponential growth. Default 200 ms; zero means no waits of our own.
    #[must_use]
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// Sets the unit after a refusal that says "too fast" (429, `SlowDown`, QPS and traffic limits). Default 1 s.
    #[must_use]
    pub fn throttled_base(mut self, base: Duration) -> Self {
        self.throttled_base = base;
        self
    }

    /// Sets the longest wait that is drawn. Default 20 s.
    #[must_use]
    pub fn max(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Sets the longest wait that the service may ask for. Default 60 s; a call that is asked for more ends at once.
    #[must_use]
    pub fn max_retry_after(mut self, max: Duration) -> Self {
        self.max_retry_after = max;
        self
    }

    /// The longest wait that the service may ask for.
    pub(crate) fn longest_retry_after(&self) -> Duration {
        self.max_retry_after
    }

    /// The wait after `failed` attempts, at least as long as the service `requested`; `jitter` is from 0 (inclusive) to 1
    /// (exclusive).
    pub(crate) fn wait(&self, failed: u32, throttled: bool, requested: Option<Duration>, jitter: f64) -> Duration {
        let base = if throttled { self.throttled_base } else { self.base };
        let factor = 1_u32.checked_shl(failed).unwrap_or(u32::MAX);
        let bound = base.saturating_mul(factor).min(self.max);
        bound.mul_f64(jitter).max(requested.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Rows: R66.
    #[test]
    fn the_first_repetition_waits_at_most_twice_the_base() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(1, false, None, 0.5), Duration::from_millis(200));
        assert_eq!(backoff.wait(3, false, None, 0.5), Duration::from_millis(800));
        assert_eq!(backoff.wait(1, true, None, 0.5), SECOND);
        assert_eq!(backoff.wait(1, false, Some(3 * SECOND), 0.0), 3 * SECOND);
    }

    proptest! {
        /// Rows: R66.
        #[test]
        fn no_wait_is_out_of_bounds(failed in any::<u32>(), throttled in any::<bool>(), jitter in 0.0..1.0_f64, asked in any::<u32>()) {
            let backoff = Backoff::default();
            let asked = Duration::from_millis(asked.into());
            let wait = backoff.wait(failed, throttled, Some(asked), jitter);
            prop_assert!(wait >= asked && wait <= backoff.max.max(asked));
        }
    }
}
