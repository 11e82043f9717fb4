use std::time::SystemTime;

use http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, StatusCode};
use oss_models::{Crc64, Etag, http_date};

use super::failure::Failure;
use super::span::Extent;
use crate::error::DownloadErrorKind;

/// The one object that a download is about, as the first response described it. Every later range is compared with it,
/// so that bytes of two objects never mix.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Object {
    /// Size of the whole object in bytes.
    pub(crate) size: u64,
    pub(crate) etag: Option<Etag>,
    pub(crate) version_id: Option<String>,
    pub(crate) last_modified: Option<SystemTime>,
    /// CRC64 of the whole object.
    pub(crate) crc64: Option<Crc64>,
}

/// What the head of a response says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Facts {
    pub(crate) status: StatusCode,
    /// Which bytes the body holds, if the server says so; unreadable text counts as silence.
    pub(crate) content_range: Option<Extent>,
    /// Length of the body.
    pub(crate) content_length: Option<u64>,
    pub(crate) etag: Option<Etag>,
    pub(crate) version_id: Option<String>,
    pub(crate) last_modified: Option<SystemTime>,
    pub(crate) crc64: Option<Crc64>,
}

static VERSION_ID: HeaderName = HeaderName::from_static("x-oss-version-id");
static HASH_CRC64: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");

impl Facts {
    pub(crate) fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            status,
            content_range: text(&CONTENT_RANGE).and_then(Extent::parse),
            content_length: text(&CONTENT_LENGTH).and_then(|length| length.trim().parse().ok()),
            etag: text(&ETAG).and_then(|etag| Etag::new(etag).ok()),
            version_id: text(&VERSION_ID).map(str::to_owned),
            last_modified: text(&LAST_MODIFIED).and_then(http_date::parse),
            crc64: text(&HASH_CRC64).and_then(|crc| crc.parse().ok()),
        }
    }

    /// The object, whose size is known from elsewhere.
    pub(crate) fn object(&self, size: u64) -> Object {
        let Self { etag, version_id, last_modified, crc64, .. } = self.clone();
        Object { size, etag, version_id, last_modified, crc64 }
    }
}

impl Object {
    /// The object with what a response says of it that was not known before; `None` if that is nothing.
    pub(crate) fn learn(&self, facts: &Facts) -> Option<Self> {
        let learned = Self {
            size: self.size,
            etag: self.etag.clone().or_else(|| facts.etag.clone()),
            version_id: self.version_id.clone().or_else(|| facts.version_id.clone()),
            last_modified: self.last_modified.or(facts.last_modified),
            crc64: self.crc64.or(facts.crc64),
        };
        (learned != *self).then_some(learned)
    }

    /// The object of an earlier run, if it is the one that was found now, with what is known of it now.
    pub(crate) fn confirm(&self, found: &Self) -> Result<Self, Failure> {
        match self.refute(found) {
            Some(change) => Err(Failure::fatal(DownloadErrorKind::ObjectChanged { change })),
            None => Ok(found.clone()),
        }
    }

    /// What proves that `other` is another object, or another state of it; `None` if nothing does.
    ///
    /// A fact that one of the two does not say proves nothing.
    pub(crate) fn refute(&self, other: &Self) -> Option<String> {
        if self.size != other.size {
            return Some(format!("its size was {} bytes and is {}", self.size, other.size));
        }
        if let (Some(before), Some(now)) = (&self.etag, &other.etag)
            && before != now
        {
            return Some(format!("its entity tag was {before} and is {now}"));
        }
        if let (Some(before), Some(now)) = (&self.version_id, &other.version_id)
            && before != now
        {
            return Some(format!("its version was {before} and is {now}"));
        }
        if let (Some(before), Some(now)) = (self.crc64, other.crc64)
            && before != now
        {
            return Some(format!("its CRC64 was {before} and is {now}"));
        }
        // A copy of the object onto itself changes the time and no byte, so with an entity tag the time proves nothing.
        let same_tag = self.etag.is_some() && self.etag == other.etag;
        match (self.last_modified, other.last_modified) {
            (Some(before), Some(now)) if before != now && !same_tag => Some("it was written to".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn object() -> Object {
        Object {
            size: 10,
            etag: Etag::new("a").ok(),
            version_id: Some("v1".to_owned()),
            last_modified: Some(SystemTime::UNIX_EPOCH),
            crc64: Some(Crc64::from_u64(1)),
        }
    }

    #[test]
    fn what_a_later_response_says_is_learned_and_what_is_known_stays() {
        let unknown = Object { crc64: None, ..object() };
        let said = Facts { crc64: Some(Crc64::from_u64(1)), ..Facts::of(StatusCode::OK, &HeaderMap::new()) };
        assert_eq!(unknown.learn(&said), Some(object()));
        assert_eq!(object().learn(&Facts { crc64: Some(Crc64::from_u64(9)), ..said }), None);
    }

    /// Rows: R57.
    #[test]
    fn each_difference_alone_refutes_an_object_and_silence_does_not() {
        let later = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
        for other in [
            Object { size: 11, ..object() },
            Object { etag: Etag::new("b").ok(), ..object() },
            Object { version_id: Some("v2".to_owned()), ..object() },
            Object { crc64: Some(Crc64::from_u64(2)), ..object() },
            Object { etag: None, last_modified: later, ..object() },
        ] {
            assert!(object().refute(&other).is_some(), "{other:?}");
        }
        let silent = Object { etag: None, version_id: None, last_modified: None, crc64: None, ..object() };
        for other in [object(), silent, Object { last_modified: later, ..object() }] {
            assert_eq!(object().refute(&other), None, "{other:?}");
        }
    }

    #[test]
    fn a_head_is_read_as_far_as_it_can_be() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_RANGE, "bytes 0-4/10".parse().unwrap());
        headers.insert(ETAG, "\"A\"".parse().unwrap());
        headers.insert(CONTENT_LENGTH, "x".parse().unwrap());
        let facts = Facts::of(StatusCode::PARTIAL_CONTENT, &headers);
        assert_eq!(facts.content_range.map(|range| range.size), Some(10));
        assert_eq!((facts.etag, facts.content_length), (Etag::new("a").ok(), None));
    }
}
