use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidRequest;

/// Position of a part in a multipart upload, 1 to 10,000.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct PartNumber(NonZeroU16);

impl PartNumber {
    /// The first part.
    pub const MIN: Self = Self(NonZeroU16::MIN);
    /// The last part that OSS accepts: 10,000.
    pub const MAX: Self = match NonZeroU16::new(10_000) {
        Some(n) => Self(n),
        None => Self::MIN,
    };

    /// A part number.
    ///
    /// # Errors
    /// [`InvalidRequest`] outside 1 to 10,000.
    pub fn new(number: u16) -> Result<Self, InvalidRequest> {
        NonZeroU16::new(number).map(Self).filter(|n| *n <= Self::MAX).ok_or_else(|| {
            InvalidRequest::new("part_number", format!("must be between 1 and {}, got {number}", Self::MAX))
        })
    }

    /// The number as OSS writes it.
    pub fn get(self) -> u16 {
        self.0.get()
    }

    /// Zero-based position of the part.
    pub fn index(self) -> usize {
        usize::from(self.get()) - 1
    }

    /// The part number of a zero-based position; `None` past 10,000 parts.
    pub fn from_index(index: usize) -> Option<Self> {
        let number = u16::try_from(index.checked_add(1)?).ok()?;
        Self::new(number).ok()
    }

    /// The number after this one; `None` after 10,000.
    pub fn next(self) -> Option<Self> {
        Self::from_index(self.index() + 1)
    }
}

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<u16> for PartNumber {
    type Error = InvalidRequest;

    fn try_from(number: u16) -> Result<Self, InvalidRequest> {
        Self::new(number)
    }
}

impl From<PartNumber> for u16 {
    fn from(number: PartNumber) -> Self {
        number.get()
    }
}

impl FromStr for PartNumber {
    type Err = InvalidRequest;

    /// Reads the decimal number, as [`new`](Self::new) takes it.
    fn from_str(text: &str) -> Result<Self, InvalidRequest> {
        let number =
            text.parse().map_err(|_| InvalidRequest::new("part_number", format!("must be a number, got {text:?}")));
        number.and_then(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_1_to_10_000_are_part_numbers() {
        assert!(PartNumber::new(0).is_err());
        assert_eq!(PartNumber::new(1).unwrap(), PartNumber::MIN);
        assert_eq!(PartNumber::new(10_000).unwrap(), PartNumber::MAX);
        assert!(PartNumber::new(10_001).is_err());
        assert_eq!(PartNumber::MAX.next(), None);
        assert_eq!(PartNumber::from_index(usize::MAX), None);
        assert_eq!(PartNumber::from_index(9_999), Some(PartNumber::MAX));
        assert_eq!("10000".parse(), Ok(PartNumber::MAX));
        for bad in ["", "0", "10001", "70000", "-1", "x"] {
            assert_eq!(bad.parse::<PartNumber>().unwrap_err().field, "part_number", "{bad:?}");
        }
    }
}
