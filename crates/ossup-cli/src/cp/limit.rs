//! The most files or objects that are transferred.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many more may be transferred.
#[derive(Debug)]
pub(super) struct Limit(Option<AtomicU64>);

impl Limit {
    /// At most `most`, if that is given.
    pub(super) fn new(most: Option<u64>) -> Self {
        Self(most.map(AtomicU64::new))
    }

    /// Counts one more; whether it is within the limit.
    pub(super) fn takes_one(&self) -> bool {
        let less = |left: u64| left.checked_sub(1);
        self.0.as_ref().is_none_or(|left| left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_limit_are_taken() {
        let taken = |most| {
            let limit = Limit::new(most);
            (0..5).filter(|_| limit.takes_one()).count()
        };
        assert_eq!([taken(None), taken(Some(0)), taken(Some(3)), taken(Some(9))], [5, 0, 3, 5]);
    }
}
