use std::time::{Duration, SystemTime};

use http::HeaderMap;
use oss_models::{Crc64, Etag, HeadObjectResult};
use tokio::time::Instant;

use super::context::{Context, server_time};
use crate::error::{Stage, UploadError};
use crate::plan::Receipts;

/// What an object must be to prove that an upload whose response was lost had succeeded.
///
/// That an object is there proves nothing: it may be older, or another's.
pub(super) struct Expected {
    pub(super) size: u64,
    pub(super) crc64: Option<Crc64>,
    /// The entity tag, if it can be foretold.
    pub(super) etag: Option<Etag>,
    /// `Normal` or `Multipart`.
    pub(super) object_type: &'static str,
    pub(super) not_before: NotBefore,
}

/// The earliest time, by the server's clock, at which the object can have been stored.
#[derive(Clone, Copy)]
pub(super) enum NotBefore {
    /// The server said this time when the upload began.
    Server(SystemTime),
    /// The upload began at this moment by our clock; the server's next response tells how the two compare.
    Local(Instant),
    /// Nobody knows.
    Unknown,
}

/// What HeadObject said.
pub(super) enum Proof {
    /// The object is the one that was uploaded.
    Confirmed(Box<HeadObjectResult>),
    /// It is not, for this reason.
    Refuted(String),
}

/// Asks the server for the object and compares it. An error means that it could not be asked.
pub(super) async fn look_at_object(context: &Context, stage: Stage, expected: &Expected) -> Result<Proof, UploadError> {
    let head = match context.persist(stage, context.requests.head()).await {
        Ok(head) => head,
        Err(error) if error.status() == Some(http::StatusCode::NOT_FOUND) => {
            return Ok(Proof::Refuted("there is no such object".to_owned()));
        }
        Err(error) => return Err(error),
    };
    Ok(match expected.refute(&head) {
        Some(reason) => Proof::Refuted(reason),
        None => Proof::Confirmed(Box::new(head)),
    })
}

impl Expected {
    fn refute(&self, head: &HeadObjectResult) -> Option<String> {
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
        match (self.earliest(&head.headers), head.last_modified) {
            (Some(earliest), Some(modified)) if modified >= earliest => None,
            (Some(_), Some(_)) => Some("the object there is older than this upload".to_owned()),
            _ => Some("nothing tells when the object there was stored".to_owned()),
        }
    }

    /// Times of the server have whole seconds, so its clock may show up to one less than it was.
    fn earliest(&self, headers: &HeaderMap) -> Option<SystemTime> {
        match self.not_before {
            NotBefore::Server(time) => time.checked_sub(ROUNDING),
            NotBefore::Local(began) => server_time(headers)?.checked_sub(began.elapsed() + 2 * ROUNDING),
            NotBefore::Unknown => None,
        }
    }
}

/// The entity tag that OSS gives to an object of these parts; a hint, since it is documented only by example: the MD5 of
/// the parts' tags, in upper case one after the other, and their number.
pub(super) fn multipart_etag(receipts: &Receipts) -> Option<Etag> {
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
    use crate::plan::{Part, PartReceipt};
    use http::header::{CONTENT_LENGTH, DATE, ETAG, HeaderName, LAST_MODIFIED};
    use oss_models::{HeadObjectRequest, Operation, PartNumber, Response, http_date};

    const TYPE: HeaderName = HeaderName::from_static("x-oss-object-type");
    const CRC64: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");

    fn second(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
    }

    /// What is expected of an object, of which everything can be told.
    fn expected(not_before: NotBefore) -> Expected {
        let (crc64, etag) = (Some(Crc64::from_u64(7)), Etag::new("E").ok());
        Expected { size: 10, crc64, etag, object_type: "Multipart", not_before }
    }

    /// The reason why an object is not the one that was expected; in its response some headers have other values, or are
    /// missing.
    fn refute(expected: &Expected, changes: &[(HeaderName, Option<&str>)]) -> Option<String> {
        let date = http_date::format(second(100));
        let mut headers = HeaderMap::new();
        let whole =
            [(CONTENT_LENGTH, "10"), (TYPE, "Multipart"), (CRC64, "7"), (ETAG, "\"E\""), (LAST_MODIFIED, &date)];
        for (name, value) in whole.into_iter().chain([(DATE, &*date)]) {
            headers.insert(name, value.try_into().unwrap());
        }
        for (name, value) in changes {
            match value {
                Some(value) => drop(headers.insert(name, (*value).try_into().unwrap())),
                None => drop(headers.remove(name)),
            }
        }
        let response = headers.into_iter().fold(Response::new(http::StatusCode::OK), |response, (name, value)| {
            response.with_header(name.unwrap(), value)
        });
        expected.refute(&HeadObjectRequest::read(response).unwrap())
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
    #[tokio::test(start_paused = true)]
    async fn an_object_may_be_as_old_as_the_upload_within_what_clocks_tell() {
        let server = expected(NotBefore::Server(second(100)));
        let local = expected(NotBefore::Local(Instant::now()));
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
            let part = Part { number: PartNumber::new(number).unwrap(), offset: 0, len: 1 };
            let etag = Etag::new(tag).unwrap();
            receipts.insert(PartReceipt { part, etag, crc64: None, compared: false, reused: false });
        }
        assert_eq!(multipart_etag(&receipts), Etag::new("B864DB6A936D376F9F8D3ED3BBE540DD-3").ok());
    }
}
