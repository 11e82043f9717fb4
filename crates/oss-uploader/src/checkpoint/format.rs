//! The record as bytes.
//!
//! Lines of text, each `<checksum> <content>` with the CRC64 of the content as 16 hexadecimal digits:
//!
//! ```text
//! 5a… ossup-checkpoint 1 {"endpoint":"https://…","bucket":"demo",…}
//! 03… {"part":1,"len":6291456,"etag":"…","crc64":…}
//! 9c… {"part":7,…}
//! ```
//!
//! The first line is the record without its parts and is only ever replaced together with the whole file. Parts follow
//! in the order in which they finished, and the last line for a number counts. A line that was cut short by a crash, and
//! everything behind it, is left out: the server still knows those parts. The checksum finds accidents; it is no
//! protection against a user who may write the file; its owner and mode keep others out.
//!
//! What holds for all versions to come: the shape of a line, and the two words that the first one begins with.

use std::collections::BTreeMap;

use oss_models::{BucketName, Crc64, Etag, ObjectKey, PartNumber, UploadId};
use oss_transfer::checkpoint::{decode_line, encode_line, path_from_text, path_to_text, system_time, unix_nanos};
use serde::{Deserialize, Serialize};

use super::{
    CheckpointError, InitiateDigest, OpenUpload, Phase, Record, RequestedProperties, SourceStamp, StoredPart,
    UploadIdentity,
};
use crate::plan::{MAX_PART_SIZE, MIN_PART_SIZE};

/// The version that is written, and the latest that is understood.
pub(super) const VERSION: u32 = 1;

/// Longest first line in bytes.
const MAX_HEAD_LINE: usize = 64 << 10;

/// Longest line of a part in bytes. 10,000 of them need less than two thirds of [`MAX_RECORD_LEN`](oss_transfer::checkpoint::MAX_RECORD_LEN), and less than a quarter of it
/// with the entity tags that OSS gives.
const MAX_PART_LINE: usize = 512;

const MAGIC: &str = "ossup-checkpoint";

/// The phases by name.
const INTENT: &str = "intent";
const UPLOADING: &str = "uploading";
const COMPLETING: &str = "completing";

/// Why bytes are not a record.
#[derive(Debug, PartialEq)]
pub(super) enum Undecodable {
    /// They are damaged, or were never one.
    Damaged(String),
    /// They are one of a later version.
    Newer(u32),
}

/// The whole record.
pub(super) fn encode(record: &Record) -> Result<Vec<u8>, CheckpointError> {
    let head = serde_json::to_string(&Head::from(record)).map_err(|error| CheckpointError::Store(error.into()))?;
    let mut bytes = encode_line(&format!("{MAGIC} {VERSION} {head}"), MAX_HEAD_LINE)?;
    for part in record.parts.values() {
        bytes.extend(encode_part(part)?);
    }
    Ok(bytes)
}

/// The line of one part.
pub(super) fn encode_part(part: &StoredPart) -> Result<Vec<u8>, CheckpointError> {
    let json = serde_json::to_string(&PartLine::from(part)).map_err(|error| CheckpointError::Store(error.into()))?;
    encode_line(&json, MAX_PART_LINE)
}

/// Reads a record back; parts after the first damaged line are left out. What is read can be written again, so a line that
/// someone made longer than ours get counts as damaged.
pub(super) fn decode(bytes: &[u8]) -> Result<Record, Undecodable> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').map(decode_line);
    let head = lines.next().flatten().ok_or_else(|| damaged("its first line is damaged"))?;
    let mut record = decode_head(head)?;
    encode(&record).map_err(|_| damaged("its first line is too long"))?;
    let parts = lines.map_while(|line| serde_json::from_str::<PartLine>(line?).ok()?.into_part());
    let parts = parts.take_while(|part| encode_part(part).is_ok());
    record.parts = parts.map(|part| (part.number, part)).collect();
    Ok(record)
}

fn decode_head(content: &str) -> Result<Record, Undecodable> {
    let mut words = content.splitn(3, ' ');
    let (magic, version, json) = (words.next(), words.next(), words.next());
    if magic != Some(MAGIC) {
        return Err(damaged("it is not a checkpoint"));
    }
    match version.and_then(|version| version.parse().ok()) {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(Undecodable::Newer(version)),
        _ => return Err(damaged("it has no known version")),
    }
    let head: Head =
        serde_json::from_str(json.unwrap_or_default()).map_err(|error| damaged(&format!("its first line: {error}")))?;
    head.into_record().ok_or_else(|| damaged("a field of its first line has an impossible value"))
}

fn damaged(reason: &str) -> Undecodable {
    Undecodable::Damaged(reason.to_owned())
}

/// [`Record`] without its parts.
#[derive(Deserialize, Serialize)]
struct Head {
    endpoint: String,
    address_style: String,
    bucket: String,
    key: String,
    path: String,
    source: Stamp,
    part_size: u64,
    initiate: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested: Option<Requested>,
    begun_ns: i128,
    phase: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initiated_ns: Option<i128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_from: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Requested {
    names: Vec<String>,
    digest: String,
}

#[derive(Deserialize, Serialize)]
struct Stamp {
    len: u64,
    modified_ns: i128,
    changed_ns: Option<i128>,
    device: Option<u64>,
    inode: Option<u64>,
}

impl From<&Record> for Head {
    fn from(record: &Record) -> Self {
        let Record { identity, source, part_size, initiate, requested, started, phase, imported_from, parts: _ } =
            record;
        let SourceStamp { len, modified_ns, changed_ns, device, inode } = *source;
        let upload = record.upload();
        Self {
            endpoint: identity.endpoint.clone(),
            address_style: identity.address_style.clone(),
            bucket: identity.bucket.to_string(),
            key: identity.key.to_string(),
            path: path_to_text(&identity.path),
            source: Stamp { len, modified_ns, changed_ns, device, inode },
            part_size: *part_size,
            initiate: initiate.to_string(),
            requested: requested.clone().map(|RequestedProperties { names, digest }| Requested { names, digest }),
            begun_ns: unix_nanos(*started),
            phase: match phase {
                Phase::Intent => INTENT.into(),
                Phase::Uploading(_) => UPLOADING.into(),
                Phase::Completing(_) => COMPLETING.into(),
            },
            upload_id: upload.map(|upload| upload.id.to_string()),
            initiated_ns: upload.and_then(|upload| upload.initiated).map(unix_nanos),
            imported_from: imported_from.as_deref().map(path_to_text),
        }
    }
}

impl Head {
    fn into_record(self) -> Option<Record> {
        let Stamp { len, modified_ns, changed_ns, device, inode } = self.source;
        let initiated = match self.initiated_ns {
            Some(nanos) => Some(system_time(nanos)?),
            None => None,
        };
        let upload = self.upload_id.and_then(|id| UploadId::new(id).ok()).map(|id| OpenUpload::new(id, initiated));
        let phase = match (self.phase.as_str(), upload) {
            (INTENT, None) => Phase::Intent,
            (UPLOADING, Some(upload)) => Phase::Uploading(upload),
            (COMPLETING, Some(upload)) => Phase::Completing(upload),
            _ => return None,
        };
        let imported_from = match self.imported_from {
            Some(text) => Some(path_from_text(&text)?),
            None => None,
        };
        (MIN_PART_SIZE..=MAX_PART_SIZE).contains(&self.part_size).then_some(())?;
        Some(Record {
            identity: UploadIdentity {
                endpoint: self.endpoint,
                address_style: self.address_style,
                bucket: BucketName::new(self.bucket).ok()?,
                key: ObjectKey::new(self.key).ok()?,
                path: path_from_text(&self.path)?,
            },
            source: SourceStamp { len, modified_ns, changed_ns, device, inode },
            part_size: self.part_size,
            initiate: InitiateDigest::from_hex(self.initiate),
            requested: self.requested.map(|Requested { names, digest }| RequestedProperties { names, digest }),
            started: system_time(self.begun_ns)?,
            phase,
            imported_from,
            parts: BTreeMap::new(),
        })
    }
}

/// [`StoredPart`].
#[derive(Deserialize, Serialize)]
struct PartLine {
    part: u16,
    len: u64,
    etag: String,
    crc64: Option<u64>,
}

impl From<&StoredPart> for PartLine {
    fn from(part: &StoredPart) -> Self {
        Self {
            part: part.number.get(),
            len: part.len,
            etag: part.etag.to_string(),
            crc64: part.crc64.map(Crc64::to_u64),
        }
    }
}

impl PartLine {
    fn into_part(self) -> Option<StoredPart> {
        let number = PartNumber::new(self.part).ok()?;
        Some(StoredPart::new(number, self.len, Etag::new(&self.etag).ok()?, self.crc64.map(Crc64::from_u64)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect_file;
    use oss_transfer::checkpoint::MAX_RECORD_LEN as MAX_LEN;
    use proptest::prelude::*;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    fn sample(parts: u16) -> Record {
        let identity = UploadIdentity::new(
            "https://oss-cn-hangzhou.aliyuncs.com",
            "virtual-host",
            BucketName::new("demo").unwrap(),
            ObjectKey::new("dir/100% \"new\".bin").unwrap(),
            "/data/видео %.bin",
        );
        let source = SourceStamp {
            changed_ns: Some(1_700_000_001_000_000_001),
            device: Some(2049),
            inode: Some(77),
            ..SourceStamp::new(10 << 20, 1_700_000_000_123_456_789)
        };
        let started = system_time(1_700_000_002_000_000_000).unwrap();
        let mut record = Record::intent(identity, source, 1 << 20, InitiateDigest::from_hex("00ff"), started);
        let id = UploadId::new("0004B9895DBBB6EC98E36C51A1B2C3D4").unwrap();
        record.phase = Phase::Uploading(OpenUpload::new(id, system_time(1_700_000_003_000_000_000)));
        record.parts = (1..=parts).map(part).map(|part| (part.number, part)).collect();
        record
    }

    fn part(number: u16) -> StoredPart {
        let etag = Etag::new(format!("{number:032X}")).unwrap();
        StoredPart::new(PartNumber::new(number).unwrap(), 1 << 20, etag, Some(Crc64::of(&number.to_be_bytes())))
    }

    /// Rows: R21, W27.
    #[test]
    fn version_1_is_written_like_this() {
        let text = String::from_utf8(encode(&sample(1)).unwrap()).unwrap();
        expect_file!["../../tests/checkpoint/golden/version-1.ossup"].assert_eq(&text);
    }

    /// Rows: R21.
    #[test]
    fn version_1_is_read_for_ever() {
        let golden = include_bytes!("../../tests/checkpoint/golden/version-1.ossup");
        assert_eq!(decode(golden), Ok(sample(1)));
    }

    /// Rows: R21.
    #[test]
    fn a_later_version_is_recognised_and_not_read() {
        let later = encode_line(&format!("{MAGIC} 2 [whatever comes]"), MAX_HEAD_LINE).unwrap();
        assert_eq!(decode(&later), Err(Undecodable::Newer(2)));
    }

    #[test]
    fn every_phase_and_path_survives() {
        let mut record = sample(3);
        record.imported_from = Some("/tmp/x.ucp".into());
        record.requested =
            Some(RequestedProperties { names: vec!["x-oss-object-acl".to_owned()], digest: "00ff".to_owned() });
        assert_eq!(decode(&encode(&record).unwrap()), Ok(record.clone()));
        record.phase = Phase::Completing(record.upload().unwrap().clone());
        assert_eq!(decode(&encode(&record).unwrap()), Ok(record.clone()));
        record.phase = Phase::Intent;
        record.started = SystemTime::UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(decode(&encode(&record).unwrap()), Ok(record));
    }

    /// Rows: W43.
    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_text_survives() {
        use std::os::unix::ffi::OsStrExt;
        let mut record = sample(0);
        record.identity.path = Path::new(std::ffi::OsStr::from_bytes(b"/a\xff\n%41")).to_owned();
        assert_eq!(decode(&encode(&record).unwrap()), Ok(record));
    }

    #[test]
    fn ten_thousand_parts_fit_many_times() {
        assert!(encode(&sample(10_000)).unwrap().len() as u64 * 4 < MAX_LEN);
        assert!(((MAX_HEAD_LINE + 10_000 * MAX_PART_LINE) as u64) * 3 < MAX_LEN * 2);
    }

    #[test]
    fn what_would_not_be_read_back_is_not_written() {
        let mut record = sample(0);
        record.identity.endpoint = "x".repeat(MAX_HEAD_LINE);
        assert!(matches!(encode(&record), Err(CheckpointError::TooLarge { .. })));
        let long = StoredPart { etag: Etag::new("e".repeat(MAX_PART_LINE)).unwrap(), ..part(1) };
        assert!(matches!(encode_part(&long), Err(CheckpointError::TooLarge { .. })));
    }

    #[test]
    fn parts_of_a_size_that_no_service_takes_are_damage() {
        for (part_size, is_read) in
            [(MIN_PART_SIZE - 1, false), (MIN_PART_SIZE, true), (MAX_PART_SIZE, true), (MAX_PART_SIZE + 1, false)]
        {
            let record = Record { part_size, ..sample(0) };
            assert_eq!(decode(&encode(&record).unwrap()).is_ok(), is_read, "{part_size}");
        }
    }

    #[test]
    fn a_phase_that_does_not_go_with_its_upload_id_is_damage() {
        let head = serde_json::to_string(&Head::from(&sample(0))).unwrap();
        let written = r#","upload_id":"0004B9895DBBB6EC98E36C51A1B2C3D4""#;
        assert!(head.contains(written));
        for (phase, id, is_read) in [
            ("uploading", written, true),
            ("completing", written, true),
            ("intent", "", true),
            ("uploading", "", false),
            ("completing", r#","upload_id":"""#, false),
            ("intent", written, false),
            ("aborting", written, false),
        ] {
            let head = head.replace(written, id).replace("\"uploading\"", &format!("{phase:?}"));
            let decoded = decode(&encode_line(&format!("{MAGIC} {VERSION} {head}"), MAX_HEAD_LINE).unwrap());
            match decoded {
                Ok(_) => assert!(is_read, "{phase}"),
                Err(Undecodable::Damaged(reason)) => {
                    assert!(!is_read && reason.contains("impossible value"), "{reason}");
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_could_not_be_written_again_is_not_read() {
        let mut bytes = encode(&sample(1)).unwrap();
        let etag = "e".repeat(MAX_PART_LINE);
        bytes.extend(encode_line(&format!(r#"{{"part":2,"len":1,"etag":"{etag}"}}"#), 2 * MAX_PART_LINE).unwrap());
        assert_eq!(decode(&bytes), Ok(sample(1)));

        let head = serde_json::to_string(&Head::from(&sample(0))).unwrap();
        let endpoint = "x".repeat(MAX_HEAD_LINE);
        let head = head.replace("https://oss-cn-hangzhou.aliyuncs.com", &endpoint);
        let long = encode_line(&format!("{MAGIC} {VERSION} {head}"), 2 * MAX_HEAD_LINE).unwrap();
        assert!(matches!(decode(&long), Err(Undecodable::Damaged(_))));
    }

    #[test]
    fn the_last_line_for_a_part_counts() {
        let mut bytes = encode(&sample(2)).unwrap();
        let again = StoredPart { etag: Etag::new("again").unwrap(), ..part(1) };
        bytes.extend(encode_part(&again).unwrap());
        assert_eq!(decode(&bytes).unwrap().parts.values().cloned().collect::<Vec<_>>(), [again, part(2)]);
    }

    /// The record is `whole`, perhaps without the parts that finished last.
    fn is_a_beginning_of(record: &Record, whole: &Record) -> bool {
        let parts = whole.parts.clone().into_iter().take(record.parts.len()).collect();
        *record == Record { parts, ..whole.clone() }
    }

    /// Rows: W32, R17, R30.
    #[test]
    fn cut_anywhere_it_is_damaged_or_lacks_only_the_last_parts() {
        let whole = sample(4);
        let bytes = encode(&whole).unwrap();
        let mut kept = Vec::new();
        for len in 0..=bytes.len() {
            match decode(&bytes[..len]) {
                Ok(record) => {
                    assert!(is_a_beginning_of(&record, &whole), "cut at {len}");
                    kept.push(record.parts.len());
                }
                Err(error) => assert!(matches!(error, Undecodable::Damaged(_)), "cut at {len}: {error:?}"),
            }
        }
        kept.dedup();
        assert_eq!(kept, [0, 1, 2, 3, 4]);
    }

    /// Rows: R17.
    #[test]
    fn with_any_byte_flipped_it_is_damaged_or_lacks_only_the_last_parts() {
        let whole = sample(3);
        let bytes = encode(&whole).unwrap();
        for at in 0..bytes.len() {
            for flip in [0x01, 0x20, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                match decode(&bytes) {
                    Ok(record) => assert!(is_a_beginning_of(&record, &whole), "byte {at} ^ {flip:#x}"),
                    Err(error) => assert!(matches!(error, Undecodable::Damaged(_)), "byte {at} ^ {flip:#x}: {error:?}"),
                }
            }
        }
    }

    proptest! {
        /// Rows: R17.
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in ".{0,200}") {
            let _ = decode(&bytes);
            // With a right checksum the reader gets further.
            for content in [text.clone(), format!("{MAGIC} 1 {text}"), format!("{MAGIC} {text}")] {
                let _ = decode(&encode_line(&content.replace('\n', " "), MAX_HEAD_LINE).unwrap());
            }
        }
    }
}
