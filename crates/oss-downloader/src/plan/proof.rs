use oss_models::Crc64;
use oss_transfer::Verified;

use super::object::{Facts, Object};
use super::span::Span;
use crate::error::DownloadErrorKind;

/// What the CRC64s say about the bytes that are there.
#[derive(Debug)]
pub(crate) enum Proof {
    /// How far they are those of the object.
    Verified(Verified),
    /// The object's attributes may tell its CRC64, which no response with bytes did.
    AskHead,
    /// They are not those of the object, or that must be known and is not.
    Refuted(DownloadErrorKind),
}

/// What is known when every byte is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence {
    /// CRC64 of the bytes as they were written.
    received: Option<Crc64>,
    /// CRC64 of the whole object, as the server says.
    stored: Option<Crc64>,
    /// Whether the bytes are all of the object: the server has no CRC64 of less.
    whole: bool,
    /// Whether parts of an earlier run were taken on trust.
    trusted: bool,
    /// Whether the attributes were asked for.
    asked: bool,
}

impl Evidence {
    pub(crate) fn new(object: &Object, target: Span, received: Option<Crc64>, trusted: bool) -> Self {
        let whole = target == Span::new(0, object.size);
        Self { received, stored: object.crc64, whole, trusted, asked: false }
    }

    /// The attributes were asked for, and there was a response or none.
    pub(crate) fn on_attributes(&mut self, facts: Option<&Facts>) {
        self.asked = true;
        self.stored = self.stored.or(facts.and_then(|facts| facts.crc64));
    }

    /// Whether the whole object was received, and the server has no CRC64 of it.
    pub(crate) fn lacks_crc64(self) -> bool {
        self.whole && self.stored.is_none()
    }

    /// `required` says whether content that cannot be verified by CRC64 is an error.
    pub(crate) fn prove(self, required: bool) -> Proof {
        let verified = match (self.received, self.stored) {
            _ if !self.whole => Verified::No,
            (Some(received), Some(stored)) if received != stored => {
                return Proof::Refuted(DownloadErrorKind::Corrupt { received, stored });
            }
            (Some(_), Some(_)) if self.trusted => Verified::PartsOnly,
            (Some(_), Some(_)) => Verified::Crc64,
            (Some(_), None) if !self.asked => return Proof::AskHead,
            _ => Verified::No,
        };
        if required && verified != Verified::Crc64 {
            return Proof::Refuted(DownloadErrorKind::Unverified);
        }
        Proof::Verified(verified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(evidence: Evidence, required: bool) -> String {
        match evidence.prove(required) {
            Proof::Verified(verified) => format!("{verified:?}"),
            Proof::AskHead => "ask".to_owned(),
            Proof::Refuted(kind) => kind.to_string(),
        }
    }

    /// Rows: W20.
    #[test]
    fn only_the_whole_object_is_proved_and_only_by_its_own_crc64() {
        let [a, b] = [1, 2].map(Crc64::from_u64);
        let known = Evidence { received: Some(a), stored: Some(a), whole: true, trusted: false, asked: false };
        let corrupt = "CRC64 of the bytes received is 1, the object has 2";
        for (evidence, proof) in [
            (known, "Crc64"),
            (Evidence { stored: Some(b), ..known }, corrupt),
            (Evidence { stored: Some(b), trusted: true, ..known }, corrupt),
            (Evidence { trusted: true, ..known }, "PartsOnly"),
            (Evidence { stored: None, ..known }, "ask"),
            (Evidence { stored: None, asked: true, ..known }, "No"),
            (Evidence { received: None, ..known }, "No"),
            (Evidence { whole: false, stored: Some(b), ..known }, "No"),
            (Evidence { whole: false, stored: None, ..known }, "No"),
        ] {
            assert_eq!(text(evidence, false), proof, "{evidence:?}");
        }
        assert_eq!(text(known, true), "Crc64");
        for evidence in [Evidence { whole: false, ..known }, Evidence { trusted: true, ..known }] {
            assert_eq!(text(evidence, true), "the server gave no CRC64 to verify the content by", "{evidence:?}");
        }
    }
}
