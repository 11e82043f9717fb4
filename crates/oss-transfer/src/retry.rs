use std::time::Duration;

use oss_models::RetryClass;

/// How often a part is tried, above what the transport tries for each request, and how long the waits are.
///
/// The waits are longer than the transport's, so that a transfer outlives an outage of minutes.
#[expect(clippy::exhaustive_structs, reason = "a value that plans and their tests write out")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// Attempts of one part in all; at least 1.
    pub max_attempts: u32,
    /// Upper bound of the first wait.
    pub base: Duration,
    /// Upper bound of every wait.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: DEFAULT_PART_ATTEMPTS, base: Duration::from_secs(2), cap: Duration::from_secs(60) }
    }
}

/// Whether another attempt may help. The transport has corrected the clock or the credentials once, which was all that
/// could be done about those.
pub fn may_help(class: RetryClass) -> bool {
    matches!(class, RetryClass::Transient | RetryClass::Throttled | RetryClass::Damaged)
}

impl RetryPolicy {
    /// The wait after `failures` failed attempts; `None` if the part is given up.
    ///
    /// Between half of a bound that doubles and the whole of it, by `jitter` from 0 to 1: parts that failed together do not
    /// come back together, and yet the waits of a part never add up to less than an outage that it is to outlive.
    pub fn wait(&self, class: RetryClass, failures: u32, jitter: f64) -> Option<Duration> {
        let (allowed, base) = match class {
            RetryClass::Damaged => (self.max_attempts.min(DAMAGED_ATTEMPTS), self.base),
            RetryClass::Transient => (self.max_attempts, self.base),
            RetryClass::Throttled => (self.max_attempts, self.base.saturating_mul(THROTTLED_FACTOR)),
            _ => return None,
        };
        if failures >= allowed {
            return None;
        }
        let doublings = failures.saturating_sub(1).min(31);
        Some(base.saturating_mul(1 << doublings).min(self.cap).mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0))
    }
}

/// Errors of a transfer: the one that stopped it, and what else went wrong.
#[derive(Debug)]
pub struct Failures<E> {
    root: Option<E>,
    others: Vec<E>,
}

impl<E> Failures<E> {
    /// Adds an error; the first one is the root.
    pub fn push(&mut self, error: E) {
        if self.root.is_none() {
            self.root = Some(error);
        } else if self.others.len() < MAX_OTHERS {
            self.others.push(error);
        }
    }

    /// Whether nothing went wrong.
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The root, and the others.
    pub fn into_parts(self) -> (Option<E>, Vec<E>) {
        (self.root, self.others)
    }
}

impl<E> Default for Failures<E> {
    fn default() -> Self {
        Self { root: None, others: Vec::new() }
    }
}

/// Attempts of one part, unless told otherwise.
pub const DEFAULT_PART_ATTEMPTS: u32 = 8;
const DAMAGED_ATTEMPTS: u32 = 3;
const THROTTLED_FACTOR: u32 = 2;
/// More than a few errors of siblings tell nothing new.
const MAX_OTHERS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows: W13.
    #[test]
    fn the_waits_add_up_to_more_than_a_minute_whatever_the_jitter() {
        let policy = RetryPolicy::default();
        for (jitter, seconds) in [(0.0, 91), (1.0, 182)] {
            let wait = |failures| policy.wait(RetryClass::Transient, failures, jitter).unwrap();
            assert_eq!((1..policy.max_attempts).map(wait).sum::<Duration>(), Duration::from_secs(seconds));
        }
        assert_eq!(policy.wait(RetryClass::Transient, 8, 0.0), None);
    }

    /// Rows: R54.
    #[test]
    fn a_damaged_part_is_repeated_twice_and_a_fatal_failure_never() {
        let policy = RetryPolicy::default();
        assert!(policy.wait(RetryClass::Damaged, 2, 0.5).is_some());
        assert!(policy.wait(RetryClass::Damaged, 3, 0.5).is_none());
        assert!(policy.wait(RetryClass::Never, 1, 0.5).is_none());
    }

    /// Rows: W15, R80.
    #[test]
    fn the_first_error_is_the_root_and_the_others_are_few() {
        let mut failures = Failures::default();
        (0..100).for_each(|n| failures.push(n));
        let (root, others) = failures.into_parts();
        assert_eq!((root, others), (Some(0), (1..=8).collect()));
    }

    proptest! {
        #[test]
        fn no_wait_passes_the_cap(failures in 1..u32::MAX, base in 0..u64::MAX / 2, cap in 0..1000_u64, jitter: f64) {
            let (base, cap) = (Duration::from_millis(base), Duration::from_secs(cap));
            let policy = RetryPolicy { max_attempts: u32::MAX, base, cap };
            for class in [RetryClass::Transient, RetryClass::Throttled] {
                prop_assert!(policy.wait(class, failures, jitter).is_some_and(|wait| wait <= cap));
            }
        }
    }
}
