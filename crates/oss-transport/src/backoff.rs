//! How long to wait before the next attempt.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;
use oss_auth::time::UtcTime;

/// Waits between attempts: exponential, with full jitter.
///
/// Before attempt *n* + 1 the wait is drawn evenly from 0 to `min(base × 2ⁿ, max)`. If the service asks for a longer wait
/// (`Retry-After`, `x-oss-qos-delay-time`), that is honoured up to `longest_request`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Backoff {
    /// Unit of the exponential growth. Default 200 ms.
    pub base: Duration,
    /// The same after a refusal that says "too fast" (429, `SlowDown`, QPS and traffic limits). Default 1 s.
    pub throttled_base: Duration,
    /// Longest wait that is drawn. Default 20 s.
    pub max: Duration,
    /// Longest wait that the service may ask for. Default 60 s.
    pub longest_request: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(200),
            throttled_base: Duration::from_secs(1),
            max: Duration::from_secs(20),
            longest_request: Duration::from_secs(60),
        }
    }
}

impl Backoff {
    /// The wait after `failed` attempts; `jitter` is from 0 (inclusive) to 1 (exclusive).
    pub(crate) fn wait(&self, failed: u32, throttled: bool, requested: Option<Duration>, jitter: f64) -> Duration {
        let base = if throttled { self.throttled_base } else { self.base };
        let factor = 1_u32.checked_shl(failed).unwrap_or(u32::MAX);
        let bound = base.saturating_mul(factor).min(self.max);
        let requested = requested.unwrap_or_default().min(self.longest_request);
        bound.mul_f64(jitter).max(requested)
    }
}

/// The wait that a response asks for: the longer of `Retry-After` (seconds or a date) and `x-oss-qos-delay-time`
/// (milliseconds).
pub(crate) fn requested_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let retry_after = text(RETRY_AFTER.as_str()).and_then(|value| match value.parse::<u32>() {
        Ok(seconds) => Some(Duration::from_secs(seconds.into())),
        Err(_) => UtcTime::parse_http(value)?.to_system_time().duration_since(now).ok(),
    });
    let qos = text("x-oss-qos-delay-time").and_then(|value| value.parse::<u32>().ok());
    retry_after.max(qos.map(|millis| Duration::from_millis(millis.into())))
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
        assert_eq!(backoff.wait(1, false, Some(3600 * SECOND), 0.0), 60 * SECOND);
    }

    /// Rows: R66.
    #[test]
    fn the_service_may_ask_in_three_ways() {
        let now = UtcTime::parse_http("Sun, 06 Nov 1994 08:49:37 GMT").unwrap().to_system_time();
        let wait = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, http::HeaderValue::from_static(value));
            }
            requested_wait(&headers, now)
        };
        assert_eq!(wait(&[("retry-after", "2")]), Some(2 * SECOND));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")]), Some(3 * SECOND));
        assert_eq!(wait(&[("x-oss-qos-delay-time", "1500")]), Some(SECOND * 3 / 2));
        assert_eq!(wait(&[("x-oss-qos-delay-time", "1500"), ("retry-after", "1")]), Some(SECOND * 3 / 2));
        assert_eq!(wait(&[("retry-after", "-1"), ("x-oss-qos-delay-time", "soon")]), None);
    }

    proptest! {
        /// Rows: R66.
        #[test]
        fn no_wait_is_out_of_bounds(failed in any::<u32>(), throttled in any::<bool>(), jitter in 0.0..1.0_f64, asked in any::<u32>()) {
            let backoff = Backoff::default();
            let asked = Duration::from_millis(asked.into());
            let wait = backoff.wait(failed, throttled, Some(asked), jitter);
            prop_assert!(wait >= asked.min(backoff.longest_request) && wait <= backoff.max.max(backoff.longest_request));
        }
    }
}
