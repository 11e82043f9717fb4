use std::collections::BTreeMap;
use std::fmt;
use std::fs::Metadata;
use std::path::PathBuf;
use std::time::SystemTime;

use oss_models::{BucketName, Crc64, Etag, InvalidRequest, ObjectKey, PartNumber, PutObjectRequest, Request, UploadId};

use crate::requests::Requests;

/// Which upload this is: one local file to one object at one service.
///
/// The access key is not part of it, since temporary credentials change from run to run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct UploadIdentity {
    /// The service's endpoint as configured, such as `https://oss-cn-hangzhou.aliyuncs.com`.
    pub endpoint: String,
    /// How requests address the bucket, such as `virtual-host`, `path` or `custom-domain`.
    pub address_style: String,
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: ObjectKey,
    /// Absolute path of the file, without `..` where its folder can be found.
    pub path: PathBuf,
}

impl UploadIdentity {
    /// An identity. `path` must be absolute for the same file to be found from another working directory.
    pub fn new(
        endpoint: impl Into<String>,
        address_style: impl Into<String>,
        bucket: BucketName,
        key: ObjectKey,
        path: impl Into<PathBuf>,
    ) -> Self {
        Self { endpoint: endpoint.into(), address_style: address_style.into(), bucket, key, path: path.into() }
    }

    /// MD5 over all fields, as 32 lower-case hexadecimal digits; the path by its raw bytes, whether text or not.
    ///
    /// A name, not a proof: a record also holds the identity itself, which is compared.
    pub fn digest(&self) -> String {
        let mut fields = FieldDigest::default();
        for text in [&self.endpoint, &self.address_style, self.bucket.as_str(), self.key.as_str()] {
            fields.add(text.as_bytes());
        }
        fields.add(self.path.as_os_str().as_encoded_bytes());
        fields.hex()
    }
}

/// What tells one state of a file from another. Times are integers of nanoseconds since 1970 (UTC).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SourceStamp {
    /// Length in bytes.
    pub len: u64,
    /// Time of the last change of content.
    pub modified_ns: i128,
    /// Time of the last change of content, name, owner or mode, where the platform keeps one.
    pub changed_ns: Option<i128>,
    /// Device, where the platform tells.
    pub device: Option<u64>,
    /// Inode, where the platform tells.
    pub inode: Option<u64>,
}

/// How a file differs from an earlier look at it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StampChange {
    /// Not at all.
    Same,
    /// Not in length and modification time, but in the time of the last change of attributes, the device or the inode: it
    /// was renamed, its mode changed, it was copied with its times, its file system was mounted again; or it was written
    /// to and its modification time set back. Only its bytes can tell.
    AttributesOnly,
    /// In length or modification time: it has other content.
    Different,
}

impl SourceStamp {
    /// A stamp of nothing but length and modification time.
    pub const fn new(len: u64, modified_ns: i128) -> Self {
        Self { len, modified_ns, changed_ns: None, device: None, inode: None }
    }

    /// The stamp of a file; `metadata` should come from the open handle, not from the path.
    pub fn of(metadata: &Metadata) -> Self {
        Self::from(&oss_transfer::files::Metadata::from(metadata))
    }

    /// How the file differs now, by the stamp `later`.
    pub fn compare(&self, later: &Self) -> StampChange {
        if self == later {
            StampChange::Same
        } else if (self.len, self.modified_ns) == (later.len, later.modified_ns) {
            StampChange::AttributesOnly
        } else {
            StampChange::Different
        }
    }
}

impl From<&oss_transfer::files::Metadata> for SourceStamp {
    fn from(metadata: &oss_transfer::files::Metadata) -> Self {
        let oss_transfer::files::Metadata { len, modified_ns, changed_ns, device, inode, .. } = *metadata;
        Self { len, modified_ns, changed_ns, device, inode }
    }
}

/// MD5 over everything that was sent when the upload was initiated: headers and query, sorted.
///
/// Metadata, storage class, encryption and tags are fixed at Initiate, so an upload started with others must not be
/// resumed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InitiateDigest(String);

impl InitiateDigest {
    /// The digest of an InitiateMultipartUpload request, before it is signed.
    pub fn of(request: &Request) -> Self {
        Self(digest_of(&sent(request)))
    }

    /// A digest as [`InitiateDigest::as_str`] gave it.
    pub fn from_hex(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// 32 lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InitiateDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an upload was asked to store with its object, and under which conditions: which headers say it, and a digest of
/// what they say, so that no value of theirs is in a record.
///
/// More than [`InitiateDigest`] covers: an ACL and a callback are first sent when the upload is completed, so that the
/// server knows nothing of them until then.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RequestedProperties {
    /// Names of the headers and query parameters, in lower case and in order.
    pub names: Vec<String>,
    /// MD5 over names and values, as 32 lower-case hexadecimal digits.
    pub digest: String,
}

impl RequestedProperties {
    /// What `request`, a PutObject before it is signed, asks for. `ignored` says which names ask for nothing.
    pub(crate) fn of(request: &Request, ignored: impl Fn(&str) -> bool) -> Self {
        let mut sent = sent(request);
        sent.retain(|(_, name, _)| !ignored(name));
        let mut names: Vec<_> = sent.iter().map(|(_, name, _)| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        Self { names, digest: digest_of(&sent) }
    }
}

/// Everything that is known about one unfinished upload. Holds no secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// Which upload.
    pub identity: UploadIdentity,
    /// The file when the upload began.
    pub source: SourceStamp,
    /// Size of each part in bytes; the last may be smaller.
    pub part_size: u64,
    /// What was, or is about to be, sent at Initiate.
    pub initiate: InitiateDigest,
    /// What was asked for when the upload began; `None` in records of versions that did not keep it.
    pub requested: Option<RequestedProperties>,
    /// Local time when the upload began; for people, and to find what a lost response to Initiate left behind.
    pub started: SystemTime,
    /// How far it got.
    pub phase: Phase,
    /// The record of another program that the upload was taken over from, still to be removed after success.
    pub imported_from: Option<PathBuf>,
    /// Parts that the server has acknowledged.
    pub parts: BTreeMap<PartNumber, StoredPart>,
}

impl Record {
    /// The record to be saved before Initiate is sent.
    pub fn intent(
        identity: UploadIdentity,
        source: SourceStamp,
        part_size: u64,
        initiate: InitiateDigest,
        started: SystemTime,
    ) -> Self {
        let (phase, requested, imported_from, parts) = (Phase::Intent, None, None, BTreeMap::new());
        Self { identity, source, part_size, initiate, requested, started, phase, imported_from, parts }
    }

    /// The upload got as far as `phase`. One that is about to be initiated has parts of `part_size`, and none is stored yet,
    /// whatever an earlier run had.
    pub(crate) fn enter(&mut self, phase: Phase, part_size: u64) {
        if phase == Phase::Intent {
            self.part_size = part_size;
            self.parts.clear();
        }
        self.phase = phase;
    }

    /// Whether an upload of its file with this request would continue it and store what was asked for when it began:
    /// with another metadata, storage class or the like it would begin again, with another ACL end otherwise.
    ///
    /// # Errors
    /// A field of the request breaks a rule.
    pub fn is_of_request(&self, request: &PutObjectRequest) -> Result<bool, InvalidRequest> {
        let requests = self.requests(request);
        let is_same_initiate = InitiateDigest::of(&requests.initiate_on_the_wire()?) == self.initiate;
        let requested = requests.requested()?;
        Ok(is_same_initiate && self.requested.as_ref().is_none_or(|earlier| *earlier == requested))
    }

    /// What an upload of its file with this request would have in its record as [`requested`](Self::requested).
    ///
    /// # Errors
    /// A field of the request breaks a rule.
    pub fn requested_by(&self, request: &PutObjectRequest) -> Result<RequestedProperties, InvalidRequest> {
        self.requests(request).requested()
    }

    fn requests(&self, request: &PutObjectRequest) -> Requests {
        Requests::new(request.clone(), self.identity.path.file_name().and_then(|name| name.to_str()))
    }

    /// The upload on the server, if one was initiated and its response arrived.
    pub fn upload(&self) -> Option<&OpenUpload> {
        match &self.phase {
            Phase::Intent => None,
            Phase::Uploading(upload) | Phase::Completing(upload) => Some(upload),
        }
    }
}

/// How far an upload got.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Phase {
    /// Initiate is about to be sent, or its response was never seen: there may be an empty upload with an unknown id.
    Intent,
    /// Parts are being sent.
    Uploading(OpenUpload),
    /// All parts are stored and Complete was, or is about to be, sent: the object may exist.
    Completing(OpenUpload),
}

/// A multipart upload that the server opened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OpenUpload {
    /// Its id.
    pub id: UploadId,
    /// Time of Initiate by the server's clock, from the response's `Date`; `None` if it had none.
    pub initiated: Option<SystemTime>,
}

impl OpenUpload {
    /// An upload that the server opened.
    pub const fn new(id: UploadId, initiated: Option<SystemTime>) -> Self {
        Self { id, initiated }
    }
}

/// A part that the server has acknowledged.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StoredPart {
    /// Part number.
    pub number: PartNumber,
    /// Length in bytes.
    pub len: u64,
    /// Entity tag that the server gave.
    pub etag: Etag,
    /// CRC64 of the bytes as they were sent.
    pub crc64: Option<Crc64>,
}

impl StoredPart {
    /// A part that the server has acknowledged.
    pub const fn new(number: PartNumber, len: u64, etag: Etag, crc64: Option<Crc64>) -> Self {
        Self { number, len, etag, crc64 }
    }
}

/// Headers and query of a request, sorted.
fn sent(request: &Request) -> Vec<(&'static str, &str, &[u8])> {
    let headers = request.headers.iter().map(|(name, value)| ("header", name.as_str(), value.as_bytes()));
    let query = request.query.iter().map(|(name, value)| ("query", name.as_str(), value.as_bytes()));
    let mut sent: Vec<_> = headers.chain(query).collect();
    sent.sort_unstable();
    sent
}

fn digest_of(sent: &[(&str, &str, &[u8])]) -> String {
    let mut fields = FieldDigest::default();
    for (kind, name, value) in sent {
        fields.add(kind.as_bytes());
        fields.add(name.as_bytes());
        fields.add(value);
    }
    fields.hex()
}

/// MD5 over fields, each preceded by its length so that no two lists of fields run into each other.
#[derive(Default)]
struct FieldDigest(md5::Context);

impl FieldDigest {
    fn add(&mut self, field: &[u8]) {
        self.0.consume((field.len() as u64).to_be_bytes());
        self.0.consume(field);
    }

    fn hex(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, Method};
    use oss_models::{Idempotency, OperationInfo, ResponseShape};
    use std::path::Path;

    fn identity(path: &str) -> UploadIdentity {
        UploadIdentity::new(
            "https://oss-cn-hangzhou.aliyuncs.com",
            "virtual-host",
            BucketName::new("demo").unwrap(),
            ObjectKey::new("dir/a.bin").unwrap(),
            path,
        )
    }

    /// Rows: R27.
    #[test]
    fn every_field_of_the_identity_changes_its_digest() {
        let one = identity("/a");
        let mut others = vec![identity("/b")];
        others.push(UploadIdentity { endpoint: "https://oss-cn-beijing.aliyuncs.com".into(), ..one.clone() });
        others.push(UploadIdentity { address_style: "path".into(), ..one.clone() });
        others.push(UploadIdentity { bucket: BucketName::new("demo2").unwrap(), ..one.clone() });
        others.push(UploadIdentity { key: ObjectKey::new("dir/b.bin").unwrap(), ..one.clone() });
        for other in others {
            assert_ne!(one.digest(), other.digest(), "{other:?}");
        }
        assert_eq!(one.digest(), identity("/a").digest());
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let one = UploadIdentity { endpoint: "ab".into(), address_style: "c".into(), ..identity("/a") };
        let other = UploadIdentity { endpoint: "a".into(), address_style: "bc".into(), ..identity("/a") };
        assert_ne!(one.digest(), other.digest());
    }

    /// Rows: W43.
    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_text_is_named_by_its_bytes() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let path = |bytes: &'static [u8]| UploadIdentity {
            path: Path::new(OsStr::from_bytes(bytes)).to_owned(),
            ..identity("/a")
        };
        assert_ne!(path(b"/a\xff").digest(), path(b"/a\xfe").digest());
        assert_eq!(path(b"/a\xff").digest(), path(b"/a\xff").digest());
    }

    fn initiate(headers: &[(&'static str, &'static str)]) -> InitiateDigest {
        static INFO: OperationInfo = OperationInfo::new(
            "InitiateMultipartUpload",
            Idempotency::Idempotent,
            ResponseShape::Xml("InitiateMultipartUploadResult"),
        );
        let mut request = Request::new(&INFO, Method::POST);
        request.query.push(("uploads".into(), String::new()));
        for (name, value) in headers {
            request.headers.append(*name, HeaderValue::from_static(value));
        }
        InitiateDigest::of(&request)
    }

    /// Rows: W39, R26.
    #[test]
    fn the_digest_of_initiate_sees_every_header_and_no_order() {
        let (class, meta) = (("x-oss-storage-class", "IA"), ("x-oss-meta-a", "1"));
        assert_eq!(initiate(&[class, meta]), initiate(&[meta, class]));
        for other in [&[class][..], &[meta], &[class, ("x-oss-meta-a", "2")], &[class, ("x-oss-meta-b", "1")], &[]] {
            assert_ne!(initiate(&[class, meta]), initiate(other), "{other:?}");
        }
    }

    #[test]
    fn a_new_upload_has_none_of_the_parts_of_an_earlier_one() {
        let upload = OpenUpload::new(UploadId::new("U").unwrap(), None);
        let part = StoredPart::new(PartNumber::MIN, 10, Etag::new("e").unwrap(), None);
        let (stamp, started) = (SourceStamp::new(25, 0), SystemTime::UNIX_EPOCH);
        let mut record = Record::intent(identity("/a"), stamp, 10, InitiateDigest::from_hex("d"), started);
        record.parts.insert(part.number, part);
        for phase in [Phase::Uploading(upload.clone()), Phase::Completing(upload)] {
            record.enter(phase.clone(), 20);
            assert_eq!((&record.phase, record.part_size, record.parts.len()), (&phase, 10, 1));
        }
        record.enter(Phase::Intent, 20);
        assert_eq!((&record.phase, record.part_size, record.parts.len()), (&Phase::Intent, 20, 0));
    }

    /// Rows: W26, W27, R28, R29.
    #[test]
    fn a_stamp_tells_other_content_from_other_attributes() {
        let old = SourceStamp {
            changed_ns: Some(5),
            device: Some(1),
            inode: Some(2),
            ..SourceStamp::new(10, 1_700_000_000_123_456_789)
        };
        assert_eq!(old.compare(&old), StampChange::Same);
        for other in [
            SourceStamp { changed_ns: Some(6), ..old },
            SourceStamp { inode: Some(3), ..old },
            SourceStamp { device: Some(3), changed_ns: None, ..old },
        ] {
            assert_eq!(old.compare(&other), StampChange::AttributesOnly, "{other:?}");
        }
        for other in [
            SourceStamp { modified_ns: old.modified_ns + 1, ..old },
            SourceStamp { len: 11, ..old },
            SourceStamp { len: 11, inode: Some(3), ..old },
        ] {
            assert_eq!(old.compare(&other), StampChange::Different, "{other:?}");
        }
    }
}
