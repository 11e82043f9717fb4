use std::borrow::Cow;
use std::ops::{Range, RangeFrom, RangeInclusive};

use crate::wire::WireText;

/// A range of an object's bytes, as headers name it.
///
/// ```
/// use oss_models::ByteRange;
/// assert_eq!(ByteRange::from(0..100), ByteRange::Between { first: 0, last: Some(99) });
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ByteRange {
    /// From the byte at `first` to the one at `last`, both included; to the end without `last`.
    Between {
        /// Position of the first byte, counted from 0.
        first: u64,
        /// Position of the last byte.
        last: Option<u64>,
    },
    /// The last bytes, this many.
    Last(u64),
    /// A range of no bytes, which OSS cannot express; refused before anything is sent.
    Empty,
}

impl From<Range<u64>> for ByteRange {
    fn from(range: Range<u64>) -> Self {
        match range.end.checked_sub(1) {
            Some(last) => (range.start..=last).into(),
            None => Self::Empty,
        }
    }
}

impl From<RangeInclusive<u64>> for ByteRange {
    fn from(range: RangeInclusive<u64>) -> Self {
        if range.is_empty() { Self::Empty } else { Self::Between { first: *range.start(), last: Some(*range.end()) } }
    }
}

impl From<RangeFrom<u64>> for ByteRange {
    fn from(range: RangeFrom<u64>) -> Self {
        Self::Between { first: range.start, last: None }
    }
}

impl WireText for ByteRange {
    fn to_wire(&self) -> Cow<'_, str> {
        match self {
            Self::Between { first, last: Some(last) } => format!("bytes={first}-{last}").into(),
            Self::Between { first, last: None } => format!("bytes={first}-").into(),
            Self::Last(count) => format!("bytes=-{count}").into(),
            Self::Empty => "bytes=".into(),
        }
    }

    fn from_wire(text: &str) -> Option<Self> {
        let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
        Some(match (first, last) {
            ("", count) => Self::Last(count.parse().ok()?),
            (first, "") => Self::Between { first: first.parse().ok()?, last: None },
            (first, last) => Self::Between { first: first.parse().ok()?, last: Some(last.parse().ok()?) },
        })
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Self::Empty | Self::Last(0) => Err("must not be a range of no bytes".to_owned()),
            Self::Between { first, last: Some(last) } if last < first => {
                Err(format!("must not end before it begins, got {first}-{last}"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn empty_ranges_are_refused() {
        for empty in
            [ByteRange::from(5..5), (0..0).into(), ByteRange::Last(0), ByteRange::Between { first: 2, last: Some(1) }]
        {
            assert!(empty.check().is_err(), "{empty:?}");
        }
    }

    proptest! {
        #[test]
        fn ranges_survive_the_wire(first: u64, more in proptest::option::of(0_u64..1000), count in 1_u64..) {
            let between = ByteRange::Between { first, last: more.map(|more| first.saturating_add(more)) };
            for range in [between, ByteRange::Last(count)] {
                prop_assert_eq!(range.check(), Ok(()));
                prop_assert_eq!(ByteRange::from_wire(&range.to_wire()), Some(range));
            }
        }
    }
}
