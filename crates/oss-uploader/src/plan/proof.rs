//! What proves that an object is in place, and that its content is what was sent.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use oss_models::{
    CompleteMultipartUploadResult, Crc64, Etag, HeadObjectResult, PutObjectResult, RetryClass, ServiceError,
    StoredObject, http_date,
};

use super::Receipts;
use super::attempts::PartFailure;
use crate::Verified;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};

/// What showed that the object is in place.
#[derive(Debug)]
pub(crate) enum Evidence {
    /// The response to PutObject.
    Put(Box<PutObjectResult>),
    /// The response to CompleteMultipartUpload.
    Complete(Box<CompleteMultipartUploadResult>),
    /// A response that says that only the callback failed.
    FailedCallback(Box<ServiceError>),
    /// The response was lost; this one to HeadObject tells of the same object.
    Head(Box<HeadObjectResult>),
}

/// An object that is in place, and how far its content was verified.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) evidence: Evidence,
    pub(crate) verified: Verified,
}

impl Evidence {
    /// The object as the server described it.
    pub(crate) fn object(&self) -> StoredObject {
        match self {
            Self::Put(put) => StoredObject::new(Some(put.etag.clone()), put.hash_crc64, put.version_id.clone()),
            Self::Complete(complete) => {
                StoredObject::new(Some(complete.etag.clone()), complete.hash_crc64, complete.version_id.clone())
            }
            Self::FailedCallback(refusal) => {
                refusal.stored_object().unwrap_or_else(|| StoredObject::new(None, None, None))
            }
            Self::Head(head) => StoredObject::new(head.etag.clone(), head.hash_crc64, head.version_id.clone()),
        }
    }

    /// The evidence together with how far the content was verified, or an error that names the object.
    pub(crate) fn verify(self, sent: &SentContent, required: bool) -> Result<Placed, UploadError> {
        match sent.verify(self.crc64(), required) {
            Ok(verified) => Ok(Placed { evidence: self, verified }),
            Err(kind) => Err(UploadError::new(Stage::Verify, kind, Stored::Yes).with_stored_object(self.object())),
        }
    }

    fn crc64(&self) -> Option<Crc64> {
        match self {
            Self::Put(put) => put.hash_crc64,
            Self::Complete(complete) => complete.hash_crc64,
            Self::FailedCallback(refusal) => refusal.stored_object()?.hash_crc64,
            Self::Head(head) => head.hash_crc64,
        }
    }
}

/// What is known about the content that was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SentContent {
    /// CRC64 of the whole; `None` if that of a part is unknown.
    pub(crate) crc64: Option<Crc64>,
    /// Whether parts of an earlier run were adopted without a comparison with the local bytes.
    pub(crate) trusted: bool,
    /// Whether there are parts, each of which was compared by CRC64.
    pub(crate) parts_compared: bool,
}

impl SentContent {
    /// The content of one PutObject.
    pub(crate) fn whole(crc64: Crc64) -> Self {
        Self { crc64: Some(crc64), ..Self::default() }
    }

    /// The content of an object that is made of parts.
    pub(crate) fn of_parts(receipts: &Receipts) -> Self {
        Self { crc64: receipts.crc64(), trusted: receipts.any_trusted(), parts_compared: receipts.all_compared() }
    }

    /// Compares it with the server's CRC64 of the whole object. `required` says that nothing less than that will do.
    fn verify(&self, stored: Option<Crc64>, required: bool) -> Result<Verified, UploadErrorKind> {
        let verified = match (self.crc64, stored) {
            (Some(sent), Some(stored)) if sent != stored => return Err(UploadErrorKind::Corrupt { sent, stored }),
            (Some(_), Some(_)) if !self.trusted => Verified::Crc64,
            (Some(_), Some(_)) => Verified::PartsOnly,
            _ if self.parts_compared => Verified::PartsOnly,
            _ => Verified::No,
        };
        if required && verified != Verified::Crc64 { Err(UploadErrorKind::Unverified) } else { Ok(verified) }
    }
}

/// Compares a part with what the server stored; gives whether it could be compared.
pub(crate) fn compare_part(sent: Crc64, stored: Option<Crc64>) -> Result<bool, PartFailure> {
    match stored {
        Some(stored) if stored != sent => {
            Err(PartFailure { class: RetryClass::Damaged, kind: UploadErrorKind::Corrupt { sent, stored } })
        }
        stored => Ok(stored.is_some()),
    }
}

/// What an object must be to prove that an upload whose response was lost had succeeded.
///
/// That an object is there proves nothing: it may be older, or another client's.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) size: u64,
    pub(crate) crc64: Option<Crc64>,
    /// The entity tag, if it can be foretold.
    pub(crate) etag: Option<Etag>,
    /// `Normal` or `Multipart`.
    pub(crate) object_type: &'static str,
    pub(crate) not_before: NotBefore,
}

/// The earliest time, by the server's clock, at which the object can have been stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotBefore {
    /// The server said this time when the upload began.
    Server(SystemTime),
    /// So long after its begin the upload first asked for the object to be stored; the server's next response tells how
    /// its clock compares.
    Local(Duration),
    /// It is not known.
    Unknown,
}

/// What HeadObject said.
#[derive(Debug)]
pub(crate) enum Proof {
    /// The object is the one that was uploaded.
    Confirmed(Box<HeadObjectResult>),
    /// It is not, for this reason.
    Refuted(String),
}

impl Expected {
    /// Compares the response to HeadObject, which came at `now`. An error means that the server could not be asked.
    pub(crate) fn prove(
        &self,
        head: Result<HeadObjectResult, UploadError>,
        now: Duration,
    ) -> Result<Proof, UploadError> {
        match head {
            Ok(head) => Ok(match self.refute(&head, now) {
                Some(reason) => Proof::Refuted(reason),
                None => Proof::Confirmed(Box::new(head)),
            }),
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                Ok(Proof::Refuted("there is no such object".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    fn refute(&self, head: &HeadObjectResult, now: Duration) -> Option<String> {
        if head.content_length != Some(self.size) {
            let found = head.content_length.map_or("an unknown number of".to_owned(), |found| found.to_string());
            return Some(format!("the object there has {found} bytes, not {}", self.size));
        }
        if head.object_type.as_deref().is_some_and(|found| found != self.object_type) {
            return Some(format!("the object there is not of type {}", self.object_type));
        }
        let same_content = match (head.hash_crc64, self.crc64) {
            (Some(found), Some(ours)) => found == ours,
            _ => self.etag.is_some() && head.etag == self.etag,
        };
        if !same_content {
            return Some("the object there has other content, as far as can be told".to_owned());
        }
        match (self.earliest(&head.headers, now), head.last_modified) {
            (Some(earliest), Some(modified)) if modified >= earliest => None,
            (Some(_), Some(_)) => Some("the object there is older than this upload".to_owned()),
            _ => Some("nothing tells when the object there was stored".to_owned()),
        }
    }

    /// Times of the server have whole seconds, so its clock may show up to one less than it was.
    fn earliest(&self, headers: &HeaderMap, now: Duration) -> Option<SystemTime> {
        match self.not_before {
            NotBefore::Server(time) => time.checked_sub(ROUNDING),
            NotBefore::Local(began) => server_time(headers)?.checked_sub(now.saturating_sub(began) + 2 * ROUNDING),
            NotBefore::Unknown => None,
        }
    }
}

/// Time of the server, from the headers of its response.
pub(crate) fn server_time(headers: &HeaderMap) -> Option<SystemTime> {
    http_date::parse(headers.get(http::header::DATE)?.to_str().ok()?)
}

/// The entity tag that OSS gives to an object of these parts; a hint, since it is documented only by example: the MD5 of
/// the parts' tags, in upper case one after the other, and their number.
pub(crate) fn multipart_etag(receipts: &Receipts) -> Option<Etag> {
    let mut digest = md5::Context::new();
    for receipt in receipts.iter() {
        digest.consume(receipt.etag.as_str().to_ascii_uppercase());
    }
    Etag::new(format!("{:X}-{}", digest.finalize(), receipts.len())).ok()
}

const ROUNDING: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{CRC64, TYPE, head, receipt, second};
    use expect_test::expect;
    use http::header::{CONTENT_LENGTH, DATE, ETAG, HeaderName, LAST_MODIFIED};

    /// What is expected of an object, of which everything can be told.
    fn expected(not_before: NotBefore) -> Expected {
        let (crc64, etag) = (Some(Crc64::from_u64(7)), Etag::new("E").ok());
        Expected { size: 10, crc64, etag, object_type: "Multipart", not_before }
    }

    /// The reason why an object is not the one that was expected, 3 s after the upload began.
    fn refute(expected: &Expected, changes: &[(HeaderName, Option<&str>)]) -> Option<String> {
        match expected.prove(Ok(head(changes)), Duration::from_secs(3)).unwrap() {
            Proof::Confirmed(_) => None,
            Proof::Refuted(reason) => Some(reason),
        }
    }

    /// Rows: W14, R33, R45.
    #[test]
    fn each_difference_alone_refutes_an_object() {
        let expected = expected(NotBefore::Server(second(100)));
        let old = http_date::format(second(98));
        assert_eq!(refute(&expected, &[]), None);
        assert_eq!(refute(&expected, &[(TYPE, None)]), None);
        for (name, value) in [
            (CONTENT_LENGTH, Some("11")),
            (CONTENT_LENGTH, None),
            (TYPE, Some("Normal")),
            (CRC64, Some("8")),
            (LAST_MODIFIED, Some(&*old)),
            (LAST_MODIFIED, None),
        ] {
            assert!(refute(&expected, &[(name.clone(), value)]).is_some(), "{name}: {value:?}");
        }
    }

    /// Rows: W14, R45.
    #[test]
    fn without_crc_the_entity_tag_decides_if_it_could_be_foretold() {
        let expected = expected(NotBefore::Server(second(100)));
        assert_eq!(refute(&expected, &[(CRC64, None)]), None);
        assert!(refute(&expected, &[(CRC64, None), (ETAG, Some("\"F\""))]).is_some());
        assert!(refute(&Expected { etag: None, ..expected }, &[(CRC64, None), (ETAG, None)]).is_some());
    }

    /// Rows: W14, R45.
    #[test]
    fn an_object_may_be_as_old_as_the_upload_within_what_clocks_tell() {
        let server = expected(NotBefore::Server(second(100)));
        let local = expected(NotBefore::Local(Duration::from_secs(3)));
        for (seconds, by_server, by_local) in
            [(100, true, true), (99, true, true), (98, false, true), (97, false, false)]
        {
            let modified = http_date::format(second(seconds));
            let fits = |expected| refute(expected, &[(LAST_MODIFIED, Some(&*modified))]).is_none();
            assert_eq!((fits(&server), fits(&local)), (by_server, by_local), "{seconds}");
        }
        assert!(refute(&local, &[(DATE, None)]).is_some());
        assert!(refute(&expected(NotBefore::Unknown), &[]).is_some());
    }

    /// Rows: W20, W21, R54, R55.
    #[test]
    fn the_whole_is_verified_by_its_crc64_and_by_nothing_less_if_required() {
        let mut table = String::new();
        for crc64 in [Some(7), None] {
            for stored in [Some(7), Some(8), None] {
                for (trusted, parts_compared) in [(false, false), (false, true), (true, false)] {
                    let sent = SentContent { crc64: crc64.map(Crc64::from_u64), trusted, parts_compared };
                    let verify = |required| match sent.verify(stored.map(Crc64::from_u64), required) {
                        Ok(verified) => format!("{verified:?}"),
                        Err(kind) => format!("{kind:?}").split(' ').next().unwrap_or_default().to_owned(),
                    };
                    let number = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
                    table += &format!(
                        "sent {} stored {} trusted {trusted:5} parts compared {parts_compared:5}: {}, required: {}\n",
                        number(crc64),
                        number(stored),
                        verify(false),
                        verify(true)
                    );
                }
            }
        }
        expect![[r#"
            sent 7 stored 7 trusted false parts compared false: Crc64, required: Crc64
            sent 7 stored 7 trusted false parts compared true : Crc64, required: Crc64
            sent 7 stored 7 trusted true  parts compared false: PartsOnly, required: Unverified
            sent 7 stored 8 trusted false parts compared false: Corrupt, required: Corrupt
            sent 7 stored 8 trusted false parts compared true : Corrupt, required: Corrupt
            sent 7 stored 8 trusted true  parts compared false: Corrupt, required: Corrupt
            sent 7 stored - trusted false parts compared false: No, required: Unverified
            sent 7 stored - trusted false parts compared true : PartsOnly, required: Unverified
            sent 7 stored - trusted true  parts compared false: No, required: Unverified
            sent - stored 7 trusted false parts compared false: No, required: Unverified
            sent - stored 7 trusted false parts compared true : PartsOnly, required: Unverified
            sent - stored 7 trusted true  parts compared false: No, required: Unverified
            sent - stored 8 trusted false parts compared false: No, required: Unverified
            sent - stored 8 trusted false parts compared true : PartsOnly, required: Unverified
            sent - stored 8 trusted true  parts compared false: No, required: Unverified
            sent - stored - trusted false parts compared false: No, required: Unverified
            sent - stored - trusted false parts compared true : PartsOnly, required: Unverified
            sent - stored - trusted true  parts compared false: No, required: Unverified
        "#]]
        .assert_eq(&table);
    }

    /// The tags are those of a sample in the documentation of CompleteMultipartUpload.
    #[test]
    fn the_tag_of_a_multipart_object_follows_from_its_parts() {
        let tags = [
            "3349DC700140D7F86A078484278075A9",
            "8EFDA8BE206636A695359836FE0A0E0A",
            "8C315065167132444177411FDA149B92",
        ];
        let mut receipts = Receipts::default();
        for (number, tag) in [1, 5, 8].into_iter().zip(tags) {
            receipts.insert(crate::plan::PartReceipt { etag: Etag::new(tag).unwrap(), ..receipt(number, 1, 0) });
        }
        assert_eq!(multipart_etag(&receipts), Etag::new("B864DB6A936D376F9F8D3ED3BBE540DD-3").ok());
    }
}
