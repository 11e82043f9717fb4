//! What proves that an object is in place, and that its content is what was sent.

use std::time::{Duration, SystemTime};

use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES, HeaderName,
    HeaderValue,
};
use http::{HeaderMap, StatusCode};
use oss_models::{
    CompleteMultipartUploadResult, Crc64, Etag, HeadObjectResult, PutObjectResult, RetryClass, ServiceError,
    StoredObject, http_date,
};

use super::Receipts;
use super::attempts::{Failure, PartFailure};
use crate::Verified;
use crate::checkpoint::Record;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::requests::Requests;

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
pub(super) fn compare_part(sent: Crc64, stored: Option<Crc64>) -> Result<bool, PartFailure> {
    match stored {
        Some(stored) if stored != sent => {
            let next = Failure::of_class(RetryClass::Damaged);
            Err(PartFailure { next, kind: UploadErrorKind::Corrupt { sent, stored } })
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
    /// How it was asked to be stored; `None` if another program asked.
    pub(crate) asked: Option<Asked>,
    pub(crate) not_before: NotBefore,
}

/// How an object was asked to be stored, as far as HeadObject shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked(HeaderMap);

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

/// When HeadObject was sent and when its response came, since the upload began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    pub(crate) sent: Duration,
    pub(crate) responded: Duration,
}

/// What HeadObject said.
#[derive(Debug)]
pub(crate) enum Proof {
    /// The object is the one that was uploaded.
    Confirmed(Box<HeadObjectResult>),
    /// It is the same in all that is shown, but clocks do not tell whether it is older than the upload.
    Doubtful(Box<HeadObjectResult>),
    /// It is not, for this reason.
    Refuted(String),
}

/// How old an object is beside an upload.
#[derive(Clone, Copy, Debug)]
enum Age {
    Younger,
    Doubtful,
    Older,
}

impl Asked {
    /// What is shown of the headers of a PutObject or InitiateMultipartUpload.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let shown = headers.iter().filter(|(name, _)| SHOWN.contains(name) || is_metadata(name));
        Self(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// What is shown of an upload in parts; not known of one that another program initiated, as its `record` says.
    pub(crate) fn of_parts(requests: &Requests, record: Option<&Record>) -> Option<Self> {
        let is_taken_over = record.is_some_and(|record| record.imported_from.is_some());
        let request = requests.initiate_on_the_wire().ok().filter(|_| !is_taken_over)?;
        Some(Self::of(&request.headers))
    }

    /// What is shown of a copy: what its `source` shows but for the storage class, or what CopyObject gives instead.
    pub(crate) fn of_copy(copy: &HeaderMap, source: &HeaderMap) -> Self {
        let given = Self::of(copy);
        let replaces = copy.get(METADATA_DIRECTIVE).is_some_and(|is| is.as_bytes().eq_ignore_ascii_case(b"REPLACE"));
        if replaces {
            return given;
        }
        let mut taken = Self::of(source);
        taken.0.remove(STORAGE_CLASS);
        taken.0.extend(given.0.get(STORAGE_CLASS).map(|class| (STORAGE_CLASS, class.clone())));
        taken
    }

    /// The first header of an object that is not what was asked for.
    fn difference(&self, object: &HeaderMap) -> Option<HeaderName> {
        let unasked = object.keys().find(|name| is_metadata(name) && !self.0.contains_key(*name));
        let differs = |(name, asked): &(&HeaderName, &HeaderValue)| match object.get(*name) {
            Some(shown) => shown.as_bytes().trim_ascii() != asked.as_bytes().trim_ascii(),
            // Every object has these, so they were left out on the way.
            None => ![CONTENT_TYPE, STORAGE_CLASS].contains(name),
        };
        unasked.or_else(|| self.0.iter().find(differs).map(|(name, _)| name)).cloned()
    }
}

fn is_metadata(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-oss-meta-")
}

impl Expected {
    /// Compares the response to HeadObject. An error means that the server could not be asked.
    pub(crate) fn prove(
        &self,
        head: Result<HeadObjectResult, UploadError>,
        asking: Asking,
    ) -> Result<Proof, UploadError> {
        match head {
            Ok(head) => Ok(match self.age(&head, asking) {
                Ok(Age::Younger) => Proof::Confirmed(Box::new(head)),
                Ok(Age::Doubtful) => Proof::Doubtful(Box::new(head)),
                Ok(Age::Older) => Proof::Refuted("the object there is older than this upload".to_owned()),
                Err(reason) => Proof::Refuted(reason),
            }),
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                Ok(Proof::Refuted("there is no such object".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    /// What can be said about the object if it is what was expected, but for its content, which has one of these CRC64s.
    pub(crate) fn stored_as_any(&self, crc64s: &[Crc64], head: &HeadObjectResult, asking: Asking) -> Option<Stored> {
        crc64s.iter().find_map(|crc64| match (Self { crc64: Some(*crc64), ..self.clone() }).age(head, asking) {
            Ok(Age::Younger) => Some(Stored::Yes),
            Ok(Age::Doubtful) => Some(Stored::Unknown),
            Ok(Age::Older) | Err(_) => None,
        })
    }

    /// The age of an object that is the same in all that is shown.
    fn age(&self, head: &HeadObjectResult, asking: Asking) -> Result<Age, String> {
        if head.content_length != Some(self.size) {
            let found = head.content_length.map_or("an unknown number of".to_owned(), |found| found.to_string());
            return Err(format!("the object there has {found} bytes, not {}", self.size));
        }
        if head.object_type.as_deref().is_some_and(|found| found != self.object_type) {
            return Err(format!("the object there is not of type {}", self.object_type));
        }
        let same_content = match (head.hash_crc64, self.crc64) {
            (Some(found), Some(ours)) => found == ours,
            _ => self.etag.is_some() && head.etag == self.etag,
        };
        if !same_content {
            return Err("the object there has other content, as far as can be told".to_owned());
        }
        if let Some(name) = self.asked.as_ref().and_then(|asked| asked.difference(&head.headers)) {
            return Err(format!("the object there has another `{name}`"));
        }
        match (self.began(&head.headers, asking), head.last_modified) {
            // Times of an object have whole seconds, so one that was stored in the second of the begin counts.
            (Some((_, latest)), Some(modified)) if modified >= whole_seconds(latest) => Ok(Age::Younger),
            (Some((earliest, _)), Some(modified)) if modified >= whole_seconds(earliest) => Ok(Age::Doubtful),
            (Some(_), Some(_)) => Ok(Age::Older),
            _ => Err("nothing tells when the object there was stored".to_owned()),
        }
    }

    /// The earliest and the latest time, by the server's clock, at which the upload began.
    fn began(&self, headers: &HeaderMap, asking: Asking) -> Option<(SystemTime, SystemTime)> {
        match self.not_before {
            NotBefore::Server(time) => Some((time, time)),
            NotBefore::Local(began) => {
                // The server wrote the date, in whole seconds, between the question and its response.
                let date = server_time(headers)?;
                let earliest = date.checked_sub(asking.responded.saturating_sub(began))?;
                let latest = date.checked_add(RESOLUTION)?.checked_sub(asking.sent.saturating_sub(began))?;
                Some((earliest, latest))
            }
            NotBefore::Unknown => None,
        }
    }
}

fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
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

/// That of times in headers.
const RESOLUTION: Duration = Duration::from_secs(1);
const METADATA_DIRECTIVE: HeaderName = HeaderName::from_static("x-oss-metadata-directive");
const STORAGE_CLASS: HeaderName = HeaderName::from_static("x-oss-storage-class");
/// Headers of a request that HeadObject shows as they were sent, beside the metadata.
const SHOWN: [HeaderName; 7] =
    [CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES, STORAGE_CLASS];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{CRC64, TYPE, head, receipt, second};
    use expect_test::expect;
    use http::header::{CONTENT_LENGTH, DATE, ETAG, LAST_MODIFIED};

    /// What is expected of an object, of which everything can be told.
    fn expected(not_before: NotBefore) -> Expected {
        let (crc64, etag) = (Some(Crc64::from_u64(7)), Etag::new("E").ok());
        Expected { size: 10, crc64, etag, object_type: "Multipart", asked: Some(Asked::default()), not_before }
    }

    /// The upload began 3 s before its clock; HeadObject was sent half a second later.
    const ASKING: Asking = Asking { sent: Duration::from_millis(3_500), responded: Duration::from_millis(3_600) };

    fn prove(expected: &Expected, changes: &[(HeaderName, Option<&str>)]) -> Proof {
        expected.prove(Ok(head(changes)), ASKING).unwrap()
    }

    /// The reason why an object is not the one that was expected.
    fn refute(expected: &Expected, changes: &[(HeaderName, Option<&str>)]) -> Option<String> {
        match prove(expected, changes) {
            Proof::Confirmed(_) => None,
            Proof::Doubtful(_) => Some("doubtful".to_owned()),
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
    fn an_object_of_an_earlier_second_than_the_upload_proves_nothing() {
        let server = expected(NotBefore::Server(second(100)));
        // Between second 99.4, if all of the time went into the response, and 100.5.
        let local = expected(NotBefore::Local(Duration::from_secs(3)));
        let mut table = String::new();
        for seconds in [101, 100, 99, 98] {
            let modified = http_date::format(second(seconds));
            let age = |expected| match prove(expected, &[(LAST_MODIFIED, Some(&*modified))]) {
                Proof::Confirmed(_) => "confirmed",
                Proof::Doubtful(_) => "doubtful",
                Proof::Refuted(_) => "refuted",
            };
            table += &format!("stored at {seconds}: {}, by our clock {}\n", age(&server), age(&local));
        }
        expect![[r#"
            stored at 101: confirmed, by our clock confirmed
            stored at 100: confirmed, by our clock confirmed
            stored at 99: refuted, by our clock doubtful
            stored at 98: refuted, by our clock refuted
        "#]]
        .assert_eq(&table);
        assert!(refute(&local, &[(DATE, None)]).is_some());
        assert!(refute(&expected(NotBefore::Unknown), &[]).is_some());
    }

    /// Rows: W14, R45.
    #[test]
    fn an_object_that_was_asked_to_be_stored_otherwise_proves_nothing() {
        const META: HeaderName = HeaderName::from_static("x-oss-meta-made-by");
        let sent: [(HeaderName, &str); 5] = [
            (CONTENT_TYPE, "text/html"),
            (CACHE_CONTROL, "no-cache"),
            (STORAGE_CLASS, "IA"),
            (META, "us"),
            (ETAG, "not shown"),
        ];
        let headers = sent.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        let expected = Expected { asked: Some(Asked::of(&headers)), ..expected(NotBefore::Server(second(100))) };
        let same = [(CONTENT_TYPE, Some("text/html")), (CACHE_CONTROL, Some("no-cache")), (META, Some("us"))];
        let with = |name: HeaderName, value| [&same[..], &[(name, value)]].concat();
        let mut table = String::new();
        for (name, value) in [
            (STORAGE_CLASS, Some("IA")),
            (STORAGE_CLASS, Some("Standard")),
            (STORAGE_CLASS, None),
            (CONTENT_TYPE, Some("text/plain")),
            (CONTENT_TYPE, None),
            (CACHE_CONTROL, Some("no-store")),
            (CACHE_CONTROL, None),
            (META, Some("them")),
            (META, None),
            (HeaderName::from_static("x-oss-meta-more"), Some("of it")),
            (EXPIRES, Some("never asked for")),
        ] {
            let reason = refute(&expected, &with(name.clone(), value));
            table += &format!("{name}: {value:?} -> {}\n", reason.as_deref().unwrap_or("confirmed"));
        }
        expect![[r#"
            x-oss-storage-class: Some("IA") -> confirmed
            x-oss-storage-class: Some("Standard") -> the object there has another `x-oss-storage-class`
            x-oss-storage-class: None -> confirmed
            content-type: Some("text/plain") -> the object there has another `content-type`
            content-type: None -> confirmed
            cache-control: Some("no-store") -> the object there has another `cache-control`
            cache-control: None -> the object there has another `cache-control`
            x-oss-meta-made-by: Some("them") -> the object there has another `x-oss-meta-made-by`
            x-oss-meta-made-by: None -> the object there has another `x-oss-meta-made-by`
            x-oss-meta-more: Some("of it") -> the object there has another `x-oss-meta-more`
            expires: Some("never asked for") -> confirmed
        "#]]
        .assert_eq(&table);
        // What another program asked for is not known.
        let theirs = Expected { asked: None, ..expected };
        assert_eq!(refute(&theirs, &[(META, Some("them"))]), None);
    }

    /// Rows: W14, R45.
    #[test]
    fn a_copy_shows_what_its_source_does_or_what_its_request_gives() {
        const META: HeaderName = HeaderName::from_static("x-oss-meta-made-by");
        let headers = |headers: &[(HeaderName, &'static str)]| {
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect::<HeaderMap>()
        };
        let source = headers(&[(CONTENT_TYPE, "text/html"), (META, "us"), (STORAGE_CLASS, "IA"), (ETAG, "\"E\"")]);
        let mut table = String::new();
        for copy in [
            headers(&[]),
            headers(&[(METADATA_DIRECTIVE, "COPY"), (CONTENT_TYPE, "text/plain"), (META, "ignored")]),
            headers(&[(STORAGE_CLASS, "Archive")]),
            headers(&[(METADATA_DIRECTIVE, "replace"), (CONTENT_TYPE, "text/plain"), (STORAGE_CLASS, "Archive")]),
        ] {
            let Asked(asked) = Asked::of_copy(&copy, &source);
            let mut asked: Vec<_> = asked.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            asked.sort();
            table += &format!("{}\n", asked.join(", "));
        }
        expect![[r#"
            content-type: "text/html", x-oss-meta-made-by: "us"
            content-type: "text/html", x-oss-meta-made-by: "us"
            content-type: "text/html", x-oss-meta-made-by: "us", x-oss-storage-class: "Archive"
            content-type: "text/plain", x-oss-storage-class: "Archive"
        "#]]
        .assert_eq(&table);
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
