use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::InvalidRequest;
use crate::wire::WireText;

/// Which bytes of an object a response with status 206 holds (`Content-Range`, RFC 9110): `bytes 0-99/1234`.
///
/// ```
/// let range: oss_models::ContentRange = "bytes 100-199/1234".parse()?;
/// assert_eq!((range.first, range.last, range.size, range.len()), (100, 199, Some(1234), 100));
/// # Ok::<(), oss_models::InvalidRequest>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ContentRange {
    /// Position of the first byte, counted from 0.
    pub first: u64,
    /// Position of the last byte, at least `first`.
    pub last: u64,
    /// Size of the whole object in bytes, greater than `last`; `None` if the server left it open (`*`).
    pub size: Option<u64>,
}

impl ContentRange {
    /// Number of bytes, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a range of no bytes does not exist")]
    pub fn len(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

impl FromStr for ContentRange {
    type Err = InvalidRequest;

    fn from_str(text: &str) -> Result<Self, InvalidRequest> {
        Self::from_wire(text)
            .ok_or_else(|| InvalidRequest::new("content_range", format!("must be a range of bytes, got {text:?}")))
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}-{}/", self.first, self.last)?;
        match self.size {
            Some(size) => write!(f, "{size}"),
            None => f.write_str("*"),
        }
    }
}

impl Serialize for ContentRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl WireText for ContentRange {
    fn to_wire(&self) -> Cow<'_, str> {
        self.to_string().into()
    }

    fn from_wire(text: &str) -> Option<Self> {
        let (range, size) = text.trim().strip_prefix("bytes ")?.trim_start().split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let size = match size.trim() {
            "*" => None,
            size => Some(size.parse().ok()?),
        };
        (first <= last && size.is_none_or(|size| last < size)).then_some(Self { first, last, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_that_cannot_be_are_refused() {
        for bad in
            ["", "bytes */9", "bytes 5-4/9", "bytes 0-9/9", "bytes 0-9", "items 0-1/9", "bytes -1/9", "bytes 1-/9"]
        {
            assert_eq!(bad.parse::<ContentRange>().unwrap_err().field, "content_range", "{bad}");
        }
        let whole = ContentRange { first: 0, last: u64::MAX, size: None };
        assert_eq!((whole.to_string().parse(), whole.len()), (Ok(whole), u64::MAX));
    }

    proptest! {
        #[test]
        fn a_range_is_read_back_as_it_was_written(first in 0..u64::MAX / 4, more in 0..u64::MAX / 4, rest in proptest::option::of(1..u64::MAX / 4)) {
            let last = first + more;
            let range = ContentRange { first, last, size: rest.map(|rest| last + rest) };
            prop_assert_eq!(range.to_string().parse::<ContentRange>(), Ok(range));
            prop_assert_eq!(range.len(), more + 1);
        }
    }
}
