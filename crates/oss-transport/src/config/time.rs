use std::time::Duration;

use super::{Config, ConfigError};
use crate::layers::{Backoff, DeadlineLayer, RetryBudget, RetryLayer, RetryPolicy, TimeLimitsLayer};

#[derive(Clone, Debug)]
pub(super) struct TimeOptions {
    retry: RetryPolicy,
    operation_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    pub(super) connect_timeout: Duration,
    read_write_timeout: Duration,
    response_timeout: Duration,
    complete_timeout: Duration,
    min_rate: u64,
}

impl Default for TimeOptions {
    fn default() -> Self {
        Self {
            retry: RetryPolicy { max_attempts: 3, backoff: Backoff::default(), budget: RetryBudget::default() },
            operation_timeout: None,
            attempt_timeout: None,
            connect_timeout: Duration::from_secs(5),
            read_write_timeout: Duration::from_secs(20),
            response_timeout: Duration::from_secs(60),
            complete_timeout: Duration::from_secs(300),
            min_rate: 16 * 1024,
        }
    }
}

/// Attempts and time. A limit of [`Duration::MAX`] is none.
impl Config {
    /// Sets the attempts in all, the first included. Default 3; at least 1. An attempt that only corrected the clock, replaced
    /// credentials that were refused, or met a closed connection of the pool does not count.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Value`] for 0.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.time.retry.max_attempts = attempts;
        self
    }

    /// Sets the waits between attempts. Default [`Backoff::default`]: exponential from 200 ms to 20 s, drawn with full
    /// jitter.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.time.retry.backoff = backoff;
        self
    }

    /// Sets the budget of retries; one that is shared governs several transports. Default: 100 retries for the transports
    /// of this configuration and its clones.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.time.retry.budget = budget;
        self
    }

    /// Sets the limit for a whole call, waits between attempts included. Default none; more than zero.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Value`] for zero, as for every limit below.
    pub fn operation_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.time.operation_timeout = limit.into();
        self
    }

    /// Sets the limit for one attempt, from its connection to the end of its response (to the head, where the response is
    /// a stream). Default none, since [`min_rate`](Self::min_rate) bounds an attempt by the length of its body; more than
    /// zero.
    pub fn attempt_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.time.attempt_timeout = limit.into();
        self
    }

    /// Sets the limit for a connection with its TLS handshake, over all addresses of the host. Default 5 s; more than zero.
    ///
    /// A host that does not respond is a [`CallErrorKind::Connect`](oss_models::CallErrorKind::Connect) that names it, after
    /// [`max_attempts`](Self::max_attempts) times this limit and the waits between: by default 15 s and at most 1.2 s.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.time.connect_timeout = limit;
        self
    }

    /// Sets the longest time without a byte moved, either way. Default 20 s; more than zero.
    pub fn read_write_timeout(mut self, limit: Duration) -> Self {
        self.time.read_write_timeout = limit;
        self
    }

    /// Sets the limit for the wait between the last byte of a request and the first byte of its response. Default 60 s;
    /// more than zero.
    pub fn response_timeout(mut self, limit: Duration) -> Self {
        self.time.response_timeout = limit;
        self
    }

    /// Sets the same limit for operations that take as long as the object is large, such as CompleteMultipartUpload.
    /// Default 300 s; more than zero.
    pub fn complete_timeout(mut self, limit: Duration) -> Self {
        self.time.complete_timeout = limit;
        self
    }

    /// Sets the bytes per second that a body has to reach on average, either way. Default 16 KiB/s; 0 is no limit. An
    /// attempt ends at the latest after `connect_timeout`, `read_write_timeout`, `response_timeout` and the time its body
    /// takes at this rate.
    pub fn min_rate(mut self, bytes_per_second: u64) -> Self {
        self.time.min_rate = bytes_per_second;
        self
    }

    /// The layer that ends a call at its deadline.
    pub fn deadline_layer(&self) -> DeadlineLayer {
        DeadlineLayer::new(self.time.operation_timeout)
    }

    /// The layer that makes attempts.
    pub fn retry_layer(&self) -> RetryLayer {
        RetryLayer::of_policy(self.time.retry.clone(), self.entropy.clone())
    }

    /// The layer that ends attempts which make no progress.
    pub fn time_limits_layer(&self) -> TimeLimitsLayer {
        TimeLimitsLayer::new()
            .read_write_timeout(self.time.read_write_timeout)
            .response_timeout(self.time.response_timeout)
            .complete_timeout(self.time.complete_timeout)
            .attempt_timeout(self.time.attempt_timeout)
            .min_rate(self.time.min_rate)
            .download_bandwidth_limit(self.limits.download_bandwidth.clone())
    }
}

impl TimeOptions {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.retry.max_attempts == 0 {
            return Err(ConfigError::Value { option: "max_attempts", allowed: "at least 1", got: "0".to_owned() });
        }
        [
            ("connect_timeout", self.connect_timeout),
            ("read_write_timeout", self.read_write_timeout),
            ("response_timeout", self.response_timeout),
            ("complete_timeout", self.complete_timeout),
            ("operation_timeout", self.operation_timeout.unwrap_or(Duration::MAX)),
            ("attempt_timeout", self.attempt_timeout.unwrap_or(Duration::MAX)),
        ]
        .into_iter()
        .try_for_each(|(option, limit)| ConfigError::check_time(option, limit))
    }
}
