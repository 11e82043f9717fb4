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
    Composite(Box<Composite>),
}

/// The ETag of an upload in parts.
pub(super) struct Composite {
    part_size: u64,
    /// Of the part under way, and how much there is of it.
    part: md5::Context,
    len: u64,
    /// Of the MD5 of the parts before, as text.
    parts: md5::Context,
    count: u64,
}

impl Composite {
    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(self.part_size - self.len).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.part.consume(now);
            self.len += now.len() as u64;
            bytes = later;
            if self.len == self.part_size {
                self.end_part();
            }
        }
    }

    fn end_part(&mut self) {
        let part = std::mem::replace(&mut self.part, md5::Context::new());
        // OSS hashes the ETags of the parts as it writes them, in capital letters.
        self.parts.consume(format!("{:X}", part.finalize()));
        (self.len, self.count) = (0, self.count + 1);
    }

    fn finish(mut self) -> String {
        if self.len > 0 || self.count == 0 {
            self.end_part();
        }
        format!("{:X}-{}", self.parts.finalize(), self.count)
    }
}

impl Digest {
    pub(super) fn new(kind: Type) -> Self {
        match kind {
            Type::Crc64 => Self::Crc64(Box::new(Crc64Digest::new())),
            Type::Md5 => Self::Md5(Box::new(md5::Context::new())),
            Type::Sha256 => Self::Sha256(Box::new(sha2::Sha256::new())),
        }
    }

    /// The ETag of an upload in parts of this size, at least 1.
    pub(super) fn composite(part_size: u64) -> Self {
        let (part, parts) = (md5::Context::new(), md5::Context::new());
        Self::Composite(Box::new(Composite { part_size, part, len: 0, parts, count: 0 }))
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Composite(digest) => digest.update(bytes),
            Self::Crc64(digest) => digest.update(bytes),
            Self::Md5(digest) => digest.consume(bytes),
            Self::Sha256(digest) => digest.update(bytes),
        }
    }

    /// The hash as it is usually written: a CRC64 as a number, as OSS does, the others in hexadecimal digits.
    pub(super) fn finish(self) -> String {
        match self {
            Self::Composite(digest) => digest.finish(),
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
