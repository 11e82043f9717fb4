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
        const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;
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
    }
}
