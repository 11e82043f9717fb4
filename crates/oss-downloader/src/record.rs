//! The record of an unfinished download.
//!
//! ```text
//! 5a… ossup-download 1 {"endpoint":"https://…","bucket":"demo",…}
//! 03… {"start":0,"end":6291456,"crc64":"…"}
//! 9c… {"start":31457280,"end":37748736,"crc64":"…"}
//! ```
//!
//! Each line begins with a checksum. The first one is only ever replaced together with the whole file; finished parts
//! follow in the order in which they finished. A line that was cut short by a crash, and everything behind it, is left
//! out: those parts are fetched again.

mod sdk;

pub(crate) use sdk::{SdkRecord, find as find_sdk_record};

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use oss_models::{BucketName, ByteRange, Crc64, Etag, ObjectKey};
use oss_transfer::checkpoint::{
    CheckpointError, decode_line, encode_line, path_from_text, path_to_text, system_time, unix_nanos,
};
use serde::{Deserialize, Serialize};

use crate::plan::{Earlier, Object, Span};

/// What a download is known by: an object, what of it is wanted, and the file it goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Identity {
    pub(crate) endpoint: Arc<str>,
    pub(crate) address_style: Arc<str>,
    pub(crate) bucket: BucketName,
    pub(crate) key: ObjectKey,
    /// The version that was asked for.
    pub(crate) version_id: Option<String>,
    /// The range that was asked for.
    pub(crate) range: Option<ByteRange>,
    /// The file, links resolved.
    pub(crate) path: PathBuf,
}

impl Identity {
    /// 32 lower-case hexadecimal digits.
    pub(crate) fn digest(&self) -> String {
        let Self { endpoint, address_style, bucket, key, version_id, range, path } = self;
        let mut digest = md5::Context::new();
        let range = range_text(*range);
        let fields = [
            endpoint.as_bytes(),
            address_style.as_bytes(),
            bucket.as_str().as_bytes(),
            key.as_str().as_bytes(),
            version_id.as_deref().unwrap_or_default().as_bytes(),
            range.as_bytes(),
            path.as_os_str().as_encoded_bytes(),
        ];
        // Each preceded by its length, so that no two lists of fields run into each other.
        for field in fields {
            digest.consume((field.len() as u64).to_be_bytes());
            digest.consume(field);
        }
        hex(digest.finalize())
    }
}

/// 32 lower-case hexadecimal digits: as one number, since the digest's own format asks for each byte by itself.
pub(crate) fn hex(digest: md5::Digest) -> String {
    format!("{:032x}", u128::from_be_bytes(digest.0))
}

/// The `Range` header of a request, empty for the whole object.
pub(crate) fn range_text(range: Option<ByteRange>) -> String {
    match range {
        Some(ByteRange::Between { first, last: Some(last) }) => format!("bytes={first}-{last}"),
        Some(ByteRange::Between { first, last: None }) => format!("bytes={first}-"),
        Some(ByteRange::Last(count)) => format!("bytes=-{count}"),
        _ => String::new(),
    }
}

/// Why bytes are not a record.
#[derive(Debug, PartialEq)]
pub(crate) enum Undecodable {
    /// They are damaged, or were never one, or are about another download.
    Damaged(String),
    /// They are one of a later version.
    Newer(u32),
}

/// The version that is written, and the latest that is understood.
pub(crate) const VERSION: u32 = 1;
const MAGIC: &str = "ossup-download";
/// Longest first line in bytes.
const MAX_HEAD_LINE: usize = 64 << 10;
/// Longest line of a part in bytes.
const MAX_PART_LINE: usize = 128;

#[derive(Deserialize, Serialize)]
struct Head {
    endpoint: String,
    address_style: String,
    bucket: String,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    range: String,
    path: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified_ns: Option<i128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crc64: Option<String>,
    start: u64,
    end: u64,
    part_size: u64,
    begun_ns: i128,
}

#[derive(Deserialize, Serialize)]
struct Line {
    start: u64,
    end: u64,
    crc64: String,
}

/// The whole record.
pub(crate) fn encode(identity: &Identity, earlier: &Earlier, started: SystemTime) -> Result<Vec<u8>, CheckpointError> {
    let Earlier { object, target, part_size, finished } = earlier;
    let head = Head {
        endpoint: identity.endpoint.to_string(),
        address_style: identity.address_style.to_string(),
        bucket: identity.bucket.to_string(),
        key: identity.key.to_string(),
        version_id: identity.version_id.clone(),
        range: range_text(identity.range),
        path: path_to_text(&identity.path),
        size: object.size,
        etag: object.etag.as_ref().map(ToString::to_string),
        object_version: object.version_id.clone(),
        last_modified_ns: object.last_modified.map(unix_nanos),
        crc64: object.crc64.map(|crc64| crc64.to_string()),
        start: target.start,
        end: target.end,
        part_size: *part_size,
        begun_ns: unix_nanos(started),
    };
    let json = serde_json::to_string(&head).map_err(|error| CheckpointError::Store(error.into()))?;
    let mut bytes = encode_line(&format!("{MAGIC} {VERSION} {json}"), MAX_HEAD_LINE)?;
    for (span, crc64) in finished {
        bytes.extend(encode_part(*span, *crc64)?);
    }
    Ok(bytes)
}

/// The line of one part.
pub(crate) fn encode_part(span: Span, crc64: Crc64) -> Result<Vec<u8>, CheckpointError> {
    let line = Line { start: span.start, end: span.end, crc64: crc64.to_string() };
    let json = serde_json::to_string(&line).map_err(|error| CheckpointError::Store(error.into()))?;
    encode_line(&json, MAX_PART_LINE)
}

/// Reads the record of `identity` back; parts after the first damaged line are left out.
pub(crate) fn decode(identity: &Identity, bytes: &[u8]) -> Result<Earlier, Undecodable> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').map(decode_line);
    let head = lines.next().flatten().ok_or_else(|| damaged("its first line is damaged"))?;
    let mut words = head.splitn(3, ' ');
    let (magic, version, json) = (words.next(), words.next(), words.next());
    if magic != Some(MAGIC) {
        return Err(damaged("it is not the record of a download"));
    }
    match version.and_then(|version| version.parse().ok()) {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(Undecodable::Newer(version)),
        _ => return Err(damaged("it has no known version")),
    }
    let head: Head = serde_json::from_str(json.unwrap_or_default())
        .map_err(|error| Undecodable::Damaged(format!("its first line: {error}")))?;
    let mut earlier = head.check(identity).ok_or_else(|| damaged("it is about another download"))?;
    let line = |line: Option<&str>| {
        let line: Line = serde_json::from_str(line?).ok()?;
        let span = Span { start: line.start, end: line.end };
        (!span.is_empty()).then_some((span, line.crc64.parse().ok()?))
    };
    earlier.finished = lines.map_while(line).collect();
    Ok(earlier)
}

impl Head {
    fn check(self, identity: &Identity) -> Option<Earlier> {
        let same = *self.endpoint == *identity.endpoint
            && *self.address_style == *identity.address_style
            && self.bucket == identity.bucket.as_str()
            && self.key == identity.key.as_str()
            && self.version_id == identity.version_id
            && self.range == range_text(identity.range)
            && path_from_text(&self.path).as_deref() == Some(Path::new(&identity.path));
        let target = Span { start: self.start, end: self.end };
        let possible = self.part_size > 0 && target.start <= target.end && target.end <= self.size;
        let parsed = |text: Option<String>| text.map(|text| text.parse().ok());
        let object = Object {
            size: self.size,
            etag: self.etag.map(|etag| Etag::new(etag).ok()).unwrap_or_default(),
            version_id: self.object_version,
            last_modified: self.last_modified_ns.and_then(system_time),
            crc64: parsed(self.crc64).unwrap_or_default(),
        };
        (same && possible).then_some(Earlier { object, target, part_size: self.part_size, finished: Vec::new() })
    }
}

fn damaged(reason: &str) -> Undecodable {
    Undecodable::Damaged(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn identity() -> Identity {
        Identity {
            endpoint: "https://oss-cn-hangzhou.aliyuncs.com".into(),
            address_style: "virtual-host".into(),
            bucket: BucketName::new("demo").unwrap(),
            key: ObjectKey::new("dir/100% \"new\".bin").unwrap(),
            version_id: None,
            range: Some(ByteRange::from(5..40)),
            path: "/data/видео %.bin".into(),
        }
    }

    fn earlier(parts: u64) -> Earlier {
        let object = Object {
            size: 100_000_000,
            etag: Etag::new("0123456789ABCDEF0123456789ABCDEF").ok(),
            version_id: Some("v".to_owned()),
            last_modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            crc64: Some(Crc64::from_u64(u64::MAX)),
        };
        let finished = (0..parts).map(|n| (Span::new(n * 10, 10), Crc64::from_u64(n))).collect();
        Earlier { object, target: Span { start: 0, end: 100_000_000 }, part_size: 10, finished }
    }

    const STARTED: SystemTime = SystemTime::UNIX_EPOCH;

    #[test]
    fn version_1_is_written_like_this_and_read_for_ever() {
        let text = String::from_utf8(encode(&identity(), &earlier(1), STARTED).unwrap()).unwrap();
        expect_test::expect_file!["../tests/golden/version-1.ossup-download"].assert_eq(&text);
        let golden = include_bytes!("../tests/golden/version-1.ossup-download");
        assert_eq!(decode(&identity(), golden), Ok(earlier(1)));
    }

    #[test]
    fn a_record_of_another_download_is_not_taken_for_this_one() {
        let bytes = encode(&identity(), &earlier(2), STARTED).unwrap();
        for other in [
            Identity { endpoint: "e".into(), ..identity() },
            Identity { address_style: "path".into(), ..identity() },
            Identity { bucket: BucketName::new("demo2").unwrap(), ..identity() },
            Identity { key: ObjectKey::new("b").unwrap(), ..identity() },
            Identity { version_id: Some("v".to_owned()), ..identity() },
            Identity { range: None, ..identity() },
            Identity { path: "/data/b".into(), ..identity() },
        ] {
            assert_ne!(other.digest(), identity().digest(), "{other:?}");
            assert!(matches!(decode(&other, &bytes), Err(Undecodable::Damaged(_))), "{other:?}");
        }
    }

    #[test]
    fn a_later_version_is_recognised_and_not_read() {
        let later = encode_line(&format!("{MAGIC} 2 [whatever comes]"), 100).unwrap();
        assert_eq!(decode(&identity(), &later), Err(Undecodable::Newer(2)));
    }

    #[test]
    fn a_first_line_of_something_else_is_damage_and_says_what() {
        let line = |content: &str| encode_line(content, MAX_HEAD_LINE).unwrap();
        for (bytes, reason) in [
            (b"not even a checksum\n".to_vec(), "its first line is damaged"),
            (line("ossup-checkpoint 1 {}"), "it is not the record of a download"),
            (line(MAGIC), "it has no known version"),
            (line(&format!("{MAGIC} one {{}}")), "it has no known version"),
            (line(&format!("{MAGIC} 0 {{}}")), "it has no known version"),
        ] {
            assert_eq!(decode(&identity(), &bytes), Err(damaged(reason)));
        }
    }

    proptest! {
        /// Rows: W32.
        #[test]
        fn cut_anywhere_it_is_damaged_or_lacks_only_the_last_parts(parts in 0..5_u64, cut in any::<prop::sample::Index>()) {
            let bytes = encode(&identity(), &earlier(parts), STARTED).unwrap();
            let cut = cut.index(bytes.len() + 1);
            match decode(&identity(), &bytes[..cut]) {
                Ok(read) => {
                    let whole = earlier(parts);
                    prop_assert_eq!(&read.finished[..], &whole.finished[..read.finished.len()]);
                    prop_assert_eq!(Earlier { finished: whole.finished.clone(), ..read }, whole);
                }
                Err(error) => prop_assert!(matches!(error, Undecodable::Damaged(_))),
            }
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&identity(), &bytes);
        }
    }
}
