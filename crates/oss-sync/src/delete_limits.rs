use crate::Side;
use crate::setters::setters;

/// What must hold before anything that is extra on the destination is deleted.
///
/// Nothing here can be lifted by accident: each exception is a setter of its own, and all of them are off by default.
#[derive(Clone, Copy, Debug)]
#[must_use = "limits do nothing until they are checked"]
pub struct DeleteLimits {
    max_delete: MaxDelete,
    allow_empty_source: bool,
    after_failures: bool,
}

/// The most deletions of one run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum MaxDelete {
    /// 1,000 or a tenth of the destination, whichever is more. The default.
    #[default]
    Auto,
    /// So many.
    Count(u64),
    /// So many of a hundred entries of the destination, rounded down; 100 lifts the limit.
    Percent(u8),
}

/// What is known of both sides when everything else is done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sides {
    /// Whether the source's list came to its end without an error.
    pub source_complete: bool,
    /// Whether the destination's list did.
    pub destination_complete: bool,
    /// Entries of the source.
    pub source_entries: u64,
    /// Entries of the destination.
    pub destination_entries: u64,
    /// Transfers that failed.
    pub failed: u64,
    /// What would be deleted.
    pub extra: u64,
}

/// Why nothing is deleted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteRefusal {
    /// What was not listed would look as if it were not there.
    #[error("the list of the {} did not come to its end, so what is missing in it may exist", _0.word())]
    Incomplete(Side),
    /// More often a typing error than a wish.
    #[error("the source is empty, so that {} of the destination would be deleted", all_entries(*extra))]
    EmptySource {
        /// What would be deleted.
        extra: u64,
    },
    /// What replaces the old is not there yet.
    #[error("{} failed, and what is extra is deleted only after all of them", counted(*failed, "transfer", "transfers"))]
    Failures {
        /// How many.
        failed: u64,
    },
    /// More than is allowed.
    #[error("{} would be deleted, and at most {limit} may be", counted(*extra, "entry", "entries"))]
    TooMany {
        /// What would be deleted.
        extra: u64,
        /// What may be.
        limit: u64,
    },
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn all_entries(count: u64) -> String {
    if count == 1 { "the only entry".to_owned() } else { format!("all {count} entries") }
}

impl Default for DeleteLimits {
    fn default() -> Self {
        Self { max_delete: MaxDelete::Auto, allow_empty_source: false, after_failures: false }
    }
}

impl DeleteLimits {
    setters! {
        /// The most deletions, counted before the first. Default [`MaxDelete::Auto`].
        max_delete: MaxDelete;
        /// Whether an empty source may empty the destination. Default: no.
        allow_empty_source: bool;
        /// Whether to delete though transfers failed. Default: no.
        after_failures: bool;
    }

    /// Whether all that is extra may be deleted; if not, nothing is.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn check(&self, sides: &Sides) -> Result<(), DeleteRefusal> {
        let Sides { extra, failed, .. } = *sides;
        if !sides.source_complete {
            return Err(DeleteRefusal::Incomplete(Side::Source));
        }
        if !sides.destination_complete {
            return Err(DeleteRefusal::Incomplete(Side::Destination));
        }
        if extra == 0 {
            return Ok(());
        }
        if sides.source_entries == 0 && !self.allow_empty_source {
            return Err(DeleteRefusal::EmptySource { extra });
        }
        if failed > 0 && !self.after_failures {
            return Err(DeleteRefusal::Failures { failed });
        }
        let limit = self.max_delete.limit(sides.destination_entries);
        if extra > limit { Err(DeleteRefusal::TooMany { extra, limit }) } else { Ok(()) }
    }
}

impl MaxDelete {
    fn limit(self, entries: u64) -> u64 {
        match self {
            Self::Auto => (entries / 10).max(1_000),
            Self::Count(count) => count,
            Self::Percent(percent) => {
                let share = u128::from(entries) * u128::from(percent.min(100)) / 100;
                u64::try_from(share).unwrap_or(u64::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sides() -> Sides {
        Sides {
            source_complete: true,
            destination_complete: true,
            source_entries: 50_000,
            destination_entries: 50_000,
            failed: 0,
            extra: 10,
        }
    }

    #[test]
    fn each_rule_alone_keeps_everything() {
        let refusal = |sides| DeleteLimits::default().check(&sides).unwrap_err().to_string();
        assert_eq!(DeleteLimits::default().check(&sides()), Ok(()));
        let source = "the list of the source did not come to its end, so what is missing in it may exist";
        assert_eq!(refusal(Sides { source_complete: false, ..sides() }), source);
        assert_eq!(refusal(Sides { destination_complete: false, ..sides() }), source.replace("source", "destination"));
        assert!(refusal(Sides { source_entries: 0, ..sides() }).starts_with("the source is empty"));
        assert!(refusal(Sides { failed: 1, ..sides() }).starts_with("1 transfer failed"));
        assert!(refusal(Sides { extra: 5_001, ..sides() }).ends_with("at most 5000 may be"));
    }

    #[test]
    fn each_exception_lifts_its_rule_and_no_other() {
        let all = DeleteLimits::default().allow_empty_source(true).after_failures(true);
        let all = all.max_delete(MaxDelete::Percent(100));
        assert_eq!(all.check(&Sides { source_entries: 0, failed: 1, extra: 50_000, ..sides() }), Ok(()));
        let refusal = all.check(&Sides { source_complete: false, ..sides() }).unwrap_err();
        assert_eq!(refusal, DeleteRefusal::Incomplete(Side::Source));
        for (limit, at_most) in [
            (MaxDelete::Auto, 5_000),
            (MaxDelete::Count(0), 0),
            (MaxDelete::Count(7), 7),
            (MaxDelete::Percent(1), 500),
            (MaxDelete::Percent(200), 50_000),
        ] {
            let limits = DeleteLimits::default().max_delete(limit);
            assert_eq!(limits.check(&Sides { extra: at_most, ..sides() }), Ok(()), "{limit:?}");
            let refusal = limits.check(&Sides { extra: at_most + 1, ..sides() });
            assert_eq!(refusal, Err(DeleteRefusal::TooMany { extra: at_most + 1, limit: at_most }), "{limit:?}");
        }
    }

    proptest! {
        #[test]
        fn without_both_lists_nothing_is_deleted_whatever_was_allowed(
            complete in prop_oneof![Just((true, false)), Just((false, true)), Just((false, false))], extra in 0_u64..10, source_entries in 0_u64..3,
        ) {
            let limits = DeleteLimits::default().allow_empty_source(true).after_failures(true).max_delete(MaxDelete::Percent(100));
            let (source_complete, destination_complete) = complete;
            let sides = Sides { source_complete, destination_complete, extra, source_entries, ..sides() };
            prop_assert!(limits.check(&sides).is_err());
        }
    }
}
