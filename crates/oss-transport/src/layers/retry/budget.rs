//! A budget of retries that all calls of a transport share.

use std::sync::{Arc, Mutex, PoisonError};

/// Retries that a transport may still make. Clones share it.
///
/// Each retry takes one from it; a call that succeeds gives back a tenth, or one if it took a retry to succeed. So while
/// some calls succeed, retries continue; in a full outage they end after the budget is used up, and only first attempts
/// remain: clients that retry as one cannot keep a struggling service down.
#[derive(Clone, Debug)]
pub struct RetryBudget(Arc<Mutex<Tenths>>);

#[derive(Debug)]
struct Tenths {
    left: u32,
    capacity: u32,
}

impl RetryBudget {
    /// Retries in a full budget, by default.
    pub const DEFAULT_RETRIES: u32 = 100;

    /// A budget of `retries`, full.
    pub fn new(retries: u32) -> Self {
        let capacity = retries.saturating_mul(RETRY);
        Self(Arc::new(Mutex::new(Tenths { left: capacity, capacity })))
    }

    /// Retries left.
    pub fn retries_left(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).left / RETRY
    }

    /// Takes one retry; `false` if there is none.
    pub(crate) fn take(&self) -> bool {
        let mut tenths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tenths.left.checked_sub(RETRY) {
            Some(left) => {
                tenths.left = left;
                true
            }
            None => false,
        }
    }

    /// Gives back for a call that succeeded.
    pub(crate) fn succeeded(&self, with_retry: bool) {
        let mut tenths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let back = if with_retry { RETRY } else { FIRST_SUCCESS };
        tenths.left = tenths.left.saturating_add(back).min(tenths.capacity);
    }
}

/// Price of a retry, in tenths.
const RETRY: u32 = 10;
/// What a call that succeeds at once gives back, in tenths.
const FIRST_SUCCESS: u32 = 1;

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(Self::DEFAULT_RETRIES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows: R66.
    #[test]
    fn success_fills_it_again_and_never_beyond_its_capacity() {
        let budget = RetryBudget::new(2);
        assert!(budget.take() && budget.take() && !budget.take());
        for _ in 0..10 {
            budget.succeeded(false);
        }
        assert_eq!(budget.retries_left(), 1);
        budget.succeeded(true);
        budget.succeeded(true);
        assert_eq!(budget.retries_left(), 2);
    }

    proptest! {
        /// Rows: R66.
        #[test]
        fn retries_never_exceed_the_capacity_and_a_share_of_the_successes(events in proptest::collection::vec(0..3_u8, 0..400)) {
            let budget = RetryBudget::new(5);
            let (mut taken, mut first, mut with_retry) = (0_u32, 0_u32, 0_u32);
            for event in events {
                match event {
                    0 => taken += u32::from(budget.take()),
                    1 => { budget.succeeded(false); first += 1; }
                    _ => { budget.succeeded(true); with_retry += 1; }
                }
                prop_assert!(taken * 10 <= 50 + first + with_retry * 10);
            }
        }
    }
}
