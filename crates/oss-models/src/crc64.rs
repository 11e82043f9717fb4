use std::fmt;
use std::str::FromStr;

use crc_fast::CrcAlgorithm::Crc64Xz;
use serde::{Deserialize, Serialize};

use crate::InvalidRequest;

/// CRC64 of an object or part, as OSS computes it (CRC-64/XZ: ECMA-182, reflected) and writes it (unsigned decimal).
///
/// Empty input gives 0; the text `123456789` gives 11051210869376104954. Serde writes and reads it as text, since JavaScript
/// would round a number of that length.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Crc64(u64);

impl Crc64 {
    /// CRC64 of no bytes.
    pub const EMPTY: Self = Self(0);

    /// A value that came from elsewhere.
    pub const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// The value as an integer.
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// CRC64 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(crc_fast::checksum(Crc64Xz, bytes))
    }

    /// CRC64 of `self`'s bytes followed by `len` bytes whose CRC64 is `next`.
    #[must_use]
    pub fn combine(self, next: Self, len: u64) -> Self {
        if len == 0 {
            return self;
        }
        // Combining is linear in the first CRC64. A small object has one range, whose CRC64 costs less than this would.
        if self == Self::EMPTY {
            return next;
        }
        Self(crc_fast::checksum_combine(Crc64Xz, self.0, next.0, len))
    }
}

impl fmt::Display for Crc64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Crc64 {
    type Err = InvalidRequest;

    /// Reads the decimal number that OSS writes.
    fn from_str(text: &str) -> Result<Self, InvalidRequest> {
        let number = text.trim().parse().map(Self);
        number.map_err(|error| InvalidRequest::new("crc64", format!("must be an unsigned 64-bit number: {error}")))
    }
}

impl TryFrom<String> for Crc64 {
    type Error = InvalidRequest;

    fn try_from(text: String) -> Result<Self, InvalidRequest> {
        text.parse()
    }
}

impl From<Crc64> for String {
    fn from(crc64: Crc64) -> Self {
        crc64.to_string()
    }
}

impl From<u64> for Crc64 {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

/// CRC64 of bytes that arrive piece by piece.
#[derive(Clone, Copy, Debug)]
pub struct Crc64Digest {
    digest: crc_fast::Digest,
    len: u64,
}

impl Crc64Digest {
    /// A digest of no bytes yet.
    pub fn new() -> Self {
        Self { digest: crc_fast::Digest::new(Crc64Xz), len: 0 }
    }

    /// Appends `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.len += bytes.len() as u64;
    }

    /// Number of bytes seen.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether no byte was seen.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// CRC64 of all bytes seen.
    pub fn value(&self) -> Crc64 {
        Crc64(self.digest.finalize())
    }
}

/// Folds the CRC64s of consecutive ranges into that of the whole.
///
/// Combining is linear in the first CRC64, and ranges mostly have equal lengths, so the bit matrix of one length is worked
/// out once and applied to every range of it.
#[derive(Debug, Default)]
pub struct Crc64Fold {
    value: Crc64,
    last_len: u64,
    shift: Option<Shift>,
}

impl Crc64Fold {
    /// A fold of no ranges yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a range of `len` bytes.
    pub fn push(&mut self, next: Crc64, len: u64) {
        // As `combine`: no bytes change nothing, whatever their CRC64 is said to be.
        if len == 0 {
            return;
        }
        if len != self.last_len {
            // A length seen for the first time may never come again: combine directly.
            self.last_len = len;
            self.shift = None;
            self.value = self.value.combine(next, len);
            return;
        }
        let shift = self.shift.get_or_insert_with(|| Shift::by(len));
        self.value = Crc64(shift.apply(self.value.0) ^ next.0);
    }

    /// CRC64 of all ranges so far.
    pub fn value(&self) -> Crc64 {
        self.value
    }
}

/// What appending a number of bytes does to a CRC64, as a matrix over GF(2): one column for each bit.
#[derive(Debug)]
struct Shift([u64; 64]);

impl Shift {
    fn by(len: u64) -> Self {
        // The highest bit is the lowest power of x, so the column of each lower bit is that of the next higher times x.
        let mut column = Crc64(1 << 63).combine(Crc64::EMPTY, len).0;
        let mut columns = [0; 64];
        for slot in columns.iter_mut().rev() {
            *slot = column;
            column = (column >> 1) ^ if column & 1 == 1 { POLYNOMIAL } else { 0 };
        }
        Self(columns)
    }

    fn apply(&self, value: u64) -> u64 {
        self.0.iter().enumerate().filter(|(bit, _)| value >> bit & 1 == 1).fold(0, |sum, (_, column)| sum ^ column)
    }
}

/// That of CRC-64/XZ, lowest power first.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

impl Default for Crc64Digest {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition itself, one bit at a time: what the fast implementation is held against.
    fn bit_by_bit(bytes: &[u8]) -> u64 {
        !bytes.iter().fold(!0_u64, |crc, byte| {
            (0..8).fold(crc ^ u64::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 })
        })
    }

    #[test]
    fn check_value_and_empty_input() {
        assert_eq!(Crc64::of(b"123456789"), "11051210869376104954".parse().unwrap());
        assert_eq!(Crc64::of(b""), Crc64::EMPTY);
        assert_eq!(Crc64Digest::new().value(), Crc64::EMPTY);
    }

    proptest! {
        #[test]
        fn equals_the_definition(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            prop_assert_eq!(Crc64::of(&bytes).to_u64(), bit_by_bit(&bytes));
        }

        #[test]
        fn combining_halves_gives_the_whole(bytes in proptest::collection::vec(any::<u8>(), 0..2000), at in any::<prop::sample::Index>()) {
            let (a, b) = bytes.split_at(if bytes.is_empty() { 0 } else { at.index(bytes.len() + 1) });
            prop_assert_eq!(Crc64::of(a).combine(Crc64::of(b), b.len() as u64), Crc64::of(&bytes));
            let mut digest = Crc64Digest::new();
            digest.update(a);
            digest.update(b);
            prop_assert_eq!((digest.value(), digest.len()), (Crc64::of(&bytes), bytes.len() as u64));
        }

        #[test]
        fn appending_to_nothing_is_the_same_without_combining(next in any::<u64>(), len in 1..u64::from(u32::MAX)) {
            let combined = crc_fast::checksum_combine(Crc64Xz, Crc64::EMPTY.to_u64(), next, len);
            prop_assert_eq!(Crc64::EMPTY.combine(Crc64::from_u64(next), len).to_u64(), combined);
        }

        #[test]
        fn the_fold_equals_combining_one_by_one(ranges in proptest::collection::vec((any::<u64>(), prop::sample::select(vec![0, 1, 7, 102_400, 6_291_456, 5 << 30])), 0..40)) {
            let mut fold = Crc64Fold::new();
            ranges.iter().for_each(|(crc64, len)| fold.push(Crc64(*crc64), *len));
            let one_by_one = ranges.iter().fold(Crc64::EMPTY, |sum, (crc64, len)| sum.combine(Crc64(*crc64), *len));
            prop_assert_eq!(fold.value(), one_by_one);
        }
    }
}
