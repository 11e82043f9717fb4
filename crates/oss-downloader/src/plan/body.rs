//! How far a part, and the body that brings it, have come.

use bytes::Bytes;
use oss_models::{Crc64, Crc64Digest, Target};

use super::failure::Failure;
use super::span::Span;

/// The bytes of one part that are there. Bytes arrive in order; those that another attempt brought before are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartProgress {
    span: Span,
    digest: Crc64Digest,
}

impl PartProgress {
    pub(crate) fn new(span: Span) -> Self {
        Self { span, digest: Crc64Digest::new() }
    }

    /// All of its bytes.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// The bytes that are missing, at the end of the part.
    pub(crate) fn missing(&self) -> Span {
        Span { start: self.span.start.saturating_add(self.digest.len()), end: self.span.end }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.missing().is_empty()
    }

    /// How many bytes are there.
    pub(crate) fn reached(&self) -> u64 {
        self.digest.len()
    }

    /// CRC64 of the bytes that are there.
    pub(crate) fn crc64(&self) -> Crc64 {
        self.digest.value()
    }

    /// What of a piece that begins at `position` of the object is missing; `None` if nothing is.
    pub(crate) fn fresh(&self, position: u64, piece: &Bytes) -> Option<Bytes> {
        let missing = self.missing();
        let end = position.saturating_add(piece.len() as u64).min(missing.end);
        let from = usize::try_from(missing.start.checked_sub(position)?).ok()?;
        let to = usize::try_from(end.saturating_sub(position)).ok()?;
        (from < to).then(|| piece.slice(from..to))
    }

    /// These bytes, the first ones that were missing, are there.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
    }
}

/// Bytes that a body brings, which must be as many as its response says.
#[derive(Clone, Debug)]
pub(crate) struct BodyProgress {
    span: Span,
    received: u64,
}

impl BodyProgress {
    /// The body holds these bytes of the object.
    pub(crate) fn new(span: Span) -> Self {
        Self { span, received: 0 }
    }

    /// Position in the object of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.span.start.saturating_add(self.received)
    }

    /// A piece of it arrived.
    pub(crate) fn on_bytes(&mut self, len: usize) -> Result<(), Failure> {
        self.received = self.received.saturating_add(len as u64);
        if self.received > self.span.len() { Err(Failure::long_body(self.span.len())) } else { Ok(()) }
    }

    /// It ended.
    pub(crate) fn on_end(&self, target: &Target) -> Result<(), Failure> {
        if self.received < self.span.len() {
            return Err(Failure::short_body(target, self.received, self.span.len()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Two attempts bring the same bytes, each in pieces of its own; each byte counts once, in order.
        #[test]
        fn bytes_that_come_twice_count_once(
            bytes in proptest::collection::vec(any::<u8>(), 1..200),
            start in 0..1_000_u64,
            turns in proptest::collection::vec((any::<bool>(), 1..30_usize), 1..200),
        ) {
            let bytes = Bytes::from(bytes);
            let mut part = PartProgress::new(Span::new(start, bytes.len() as u64));
            let mut at = [0, 0];
            let mut written = Vec::new();
            for (second, len) in turns {
                let at = &mut at[usize::from(second)];
                let end = (*at + len).min(bytes.len());
                let piece = bytes.slice(*at..end);
                if let Some(fresh) = part.fresh(start + *at as u64, &piece) {
                    written.extend_from_slice(&fresh);
                    part.add(&fresh);
                }
                *at = end;
            }
            prop_assert_eq!(&written[..], &bytes[..written.len()]);
            prop_assert_eq!(written.len(), at[0].max(at[1]));
            prop_assert_eq!(part.crc64(), Crc64::of(&written));
            prop_assert_eq!(part.is_complete(), written.len() == bytes.len());
        }
    }

    #[test]
    fn bytes_past_the_part_or_far_ahead_are_left_out() {
        let part = PartProgress::new(Span::new(10, 5));
        let piece = Bytes::from_static(b"0123456789");
        assert_eq!(part.fresh(8, &piece).unwrap(), "23456");
        assert_eq!(part.fresh(12, &piece), None, "there would be a gap");
        assert_eq!(part.fresh(0, &piece), None);
    }

    #[test]
    fn a_body_has_as_many_bytes_as_its_response_says() {
        use oss_models::{GetObjectRequest, Operation};
        let target = GetObjectRequest::new("demo", "a").into_request().unwrap().target();
        let mut body = BodyProgress::new(Span::new(10, 5));
        assert!(body.on_bytes(4).is_ok() && body.on_end(&target).is_err());
        assert_eq!(body.position(), 14);
        assert!(body.on_bytes(1).is_ok() && body.on_end(&target).is_ok());
        assert!(body.on_bytes(1).is_err());
    }
}
