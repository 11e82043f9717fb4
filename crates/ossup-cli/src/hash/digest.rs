//! The hashes, behind one face.

use std::fmt::Write as _;

use ossup::Crc64Digest;
use sha2::Digest as _;

use super::Type;

/// A hash that is under way.
pub(super) enum Digest {
    Crc64(Box<Crc64Digest>),
    Md5(Box<md5::Context>),
    Sha256(Box<sha2::Sha256>),
}

impl Digest {
    pub(super) fn new(kind: Type) -> Self {
        match kind {
            Type::Crc64 => Self::Crc64(Box::new(Crc64Digest::new())),
            Type::Md5 => Self::Md5(Box::new(md5::Context::new())),
            Type::Sha256 => Self::Sha256(Box::new(sha2::Sha256::new())),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc64(digest) => digest.update(bytes),
            Self::Md5(digest) => digest.consume(bytes),
            Self::Sha256(digest) => digest.update(bytes),
        }
    }

    /// The hash as it is usually written: a CRC64 as a number, as OSS does, the others in hexadecimal digits.
    pub(super) fn finish(self) -> String {
        match self {
            Self::Crc64(digest) => digest.value().to_string(),
            Self::Md5(digest) => format!("{:x}", digest.finalize()),
            Self::Sha256(digest) => digest.finalize().iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_are_those_of_the_standards() {
        let hash = |kind| {
            let mut digest = Digest::new(kind);
            digest.update(b"1234");
            digest.update(b"56789");
            digest.finish()
        };
        assert_eq!(hash(Type::Crc64), "11051210869376104954");
        assert_eq!(hash(Type::Md5), "25f9e794323b453885f5181f1b624d0b");
        assert_eq!(hash(Type::Sha256), "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
    }
}
