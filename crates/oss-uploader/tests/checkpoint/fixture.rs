use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use oss_models::{BucketName, Crc64, Etag, ObjectKey, PartNumber, UploadId};
use oss_uploader::checkpoint::{
    CheckpointSlot, CheckpointStore, DirectoryStore, InitiateDigest, OpenUpload, Phase, Record, SourceStamp,
    StoredPart, UploadIdentity,
};
use tempfile::TempDir;

/// A store in a fresh folder.
pub(crate) struct Fixture {
    pub(crate) temporary: TempDir,
    pub(crate) store: DirectoryStore,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let store = DirectoryStore::new(temporary.path().join("state/uploads"));
        Self { temporary, store }
    }

    pub(crate) fn open(&self) -> Box<dyn CheckpointSlot> {
        self.store.open(&identity()).unwrap()
    }

    /// A file of the store by what its name ends in.
    pub(crate) fn file(&self, ending: &str) -> PathBuf {
        self.store.folder().join(format!("{}.{ending}", identity().digest()))
    }

    /// The names in the store's folder.
    pub(crate) fn names(&self) -> Vec<String> {
        names(self.store.folder())
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

pub(crate) fn identity() -> UploadIdentity {
    identity_of("dir/movie.bin")
}

pub(crate) fn identity_of(key: &str) -> UploadIdentity {
    let (bucket, key) = (BucketName::new("examplebucket").unwrap(), ObjectKey::new(key).unwrap());
    UploadIdentity::new("https://oss-cn-hangzhou.aliyuncs.com", "virtual-host", bucket, key, "/data/movie.bin")
}

pub(crate) fn stamp() -> SourceStamp {
    SourceStamp::new(26_214_400, 1_700_000_000_250_000_000)
}

pub(crate) fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(crate) fn record(upload_id: &str) -> Record {
    record_of(identity(), upload_id)
}

pub(crate) fn record_of(identity: UploadIdentity, upload_id: &str) -> Record {
    let digest = InitiateDigest::from_hex("d41d8cd98f00b204e9800998ecf8427e");
    let mut record = Record::intent(identity, stamp(), 6_291_456, digest, time(1_700_000_100));
    record.phase = Phase::Uploading(OpenUpload::new(UploadId::new(upload_id).unwrap(), Some(time(1_700_000_101))));
    record
}

pub(crate) fn part(number: u16) -> StoredPart {
    let etag = Etag::new(format!("{number:032X}")).unwrap();
    StoredPart::new(
        PartNumber::new(number).unwrap(),
        6_291_456,
        etag,
        Some(Crc64::from_u64(u64::MAX - u64::from(number))),
    )
}
