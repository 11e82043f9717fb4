//! Records of unfinished uploads, our own and those of two SDKs, in files that any process may have written.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use oss_models::{BucketName, Crc64, ObjectKey, UploadId};
use oss_uploader::checkpoint::{
    CheckpointError, CheckpointSlot, CheckpointStore as _, DirectoryStore, Loaded, SourceStamp, UploadIdentity,
};
use oss_uploader::{MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE};
use tempfile::TempDir;

/// A record as [`load`] takes it, which is looked at, written back, and removed.
pub fn checkpoint(bytes: &[u8]) {
    FOLDERS.with(|folders| {
        let found = folders.put(bytes);
        let mut slot = folders.store().open(&found.identity).expect("no other process has the slot");
        match slot.load(&found.source) {
            Ok(loaded) => check(folders, &found, slot, loaded),
            Err(CheckpointError::NewerVersion { version, supported, .. }) => {
                assert!(version > supported && found.is_untouched(), "the record of a later version was changed");
            }
            Err(error) => panic!("{error}"),
        }
    });
}

/// Reads a record. Its first byte says whose it is: 0 and 1 (the digits will do) are ours, 2 and 3 another program's; with
/// an odd one its checksums are made to fit first.
pub(super) fn load(bytes: &[u8]) -> Option<Loaded> {
    FOLDERS.with(|folders| {
        let found = folders.put(bytes);
        let mut slot = folders.store().open(&found.identity).expect("no other process has the slot");
        slot.load(&found.source).ok()
    })
}

fn check(folders: &Folders, found: &Found, mut slot: Box<dyn CheckpointSlot>, loaded: Loaded) {
    match loaded {
        Loaded::Record(record) => {
            assert_eq!(record.identity, found.identity);
            assert!(record.parts.len() as u64 <= MAX_PARTS);
            let listed = folders.store().list().expect("a readable folder");
            assert!(listed.iter().any(|stored| stored.record == *record), "{listed:?}");
            slot.save(&record).expect("what was read can be written");
            assert_eq!(slot.load(&found.source).expect("a readable file"), Loaded::Record(record));
            slot.remove().expect("a removable file");
        }
        Loaded::Quarantined { moved_to, .. } => {
            assert!(!found.record.exists(), "the record is still there");
            assert_eq!(fs::read(moved_to).expect("the record that was quarantined"), found.content);
        }
        Loaded::SdkRecord(sdk) => {
            assert!(found.is_untouched(), "it is to stay until the upload succeeded");
            assert!((MIN_PART_SIZE..=MAX_PART_SIZE).contains(&sdk.part_size), "{sdk:?}");
            assert!(found.source.len.div_ceil(sdk.part_size) <= MAX_PARTS, "{sdk:?}");
            let other = UploadId::new(format!("{} ", sdk.upload_id)).expect("an upload id");
            for (id, is_its) in [(&other, false), (&sdk.upload_id, true)] {
                assert_eq!(slot.remove_sdk_record(&sdk.path, id).expect("a removable file"), is_its);
            }
            assert!(!found.record.exists(), "the record is still there");
        }
        Loaded::UnusableSdkRecord { path, .. } => assert!(path == found.record && found.is_untouched()),
        other => panic!("{other:?} where there is a record"),
    }
}

thread_local!(static FOLDERS: Folders = Folders::new());

/// Where our records are, and those of the SDKs.
struct Folders(TempDir);

/// A record that was put in its place.
struct Found {
    identity: UploadIdentity,
    source: SourceStamp,
    record: PathBuf,
    content: Vec<u8>,
}

impl Found {
    fn is_untouched(&self) -> bool {
        fs::read(&self.record).is_ok_and(|content| content == self.content)
    }
}

impl Folders {
    fn new() -> Self {
        // Records are synced, which only costs time here.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folders = Self(folder.expect("a folder"));
        for folder in [folders.ours(), folders.sdk()] {
            fs::create_dir(folder).expect("a folder");
        }
        folders
    }

    fn ours(&self) -> PathBuf {
        self.0.path().join("ours")
    }

    fn sdk(&self) -> PathBuf {
        self.0.path().join("sdk")
    }

    fn store(&self) -> DirectoryStore {
        DirectoryStore::new(self.ours()).import_sdk_records(self.sdk().join(""))
    }

    /// Puts a record where it is looked for, and takes away any other.
    fn put(&self, bytes: &[u8]) -> Found {
        let (kind, content) = bytes.split_first().unwrap_or((&0, &[]));
        let with_checksums = kind & 1 == 1;
        let (identity, source, record, content) = if kind & 2 == 0 {
            let identity = identity("demo", "dir/100% \"new\".bin", "/data/видео %.bin");
            let record = self.ours().join(format!("{}.ossup", identity.digest()));
            let content = if with_checksums { lines_with_crc64(content) } else { content.to_vec() };
            (identity, SourceStamp::new(10 << 20, 1_700_000_000_123_456_789), record, content)
        } else {
            let identity = identity("examplebucket", "dir/movie.bin", "/data/movie.bin");
            let md5 = |text: &str| format!("{:x}", md5::compute(text));
            let record = format!("{}-{}.ucp", md5("/data/movie.bin"), md5("oss://examplebucket/dir/movie.bin"));
            let content = if with_checksums { data_with_md5(content) } else { content.to_vec() };
            (identity, SourceStamp::new(26_214_400, 1_700_000_000_250_000_000), self.sdk().join(record), content)
        };
        for folder in [self.ours(), self.sdk()] {
            for entry in fs::read_dir(folder).expect("a readable folder") {
                let _ = fs::remove_file(entry.expect("a readable folder").path());
            }
        }
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&record);
        std::io::Write::write_all(&mut file.expect("a new file"), &content).expect("a writable file");
        Found { identity, source, record, content }
    }
}

fn identity(bucket: &str, key: &str, path: &str) -> UploadIdentity {
    let (bucket, key) = (BucketName::new(bucket).expect("a bucket"), ObjectKey::new(key).expect("a key"));
    UploadIdentity::new("https://oss-cn-hangzhou.aliyuncs.com", "virtual-host", bucket, key, path)
}

/// Each line behind its CRC64, as in our records.
fn lines_with_crc64(content: &[u8]) -> Vec<u8> {
    let line = |line: &[u8]| [format!("{:016x} ", Crc64::of(line).to_u64()).as_bytes(), line, b"\n"].concat();
    content.split(|byte| *byte == b'\n').flat_map(line).collect()
}

/// Data within an envelope, as the SDKs write them.
fn data_with_md5(data: &[u8]) -> Vec<u8> {
    let magic = "92611BED-89E2-46B6-89E5-72F273D4B0A3";
    let head = format!("{{\"Magic\":\"{magic}\",\"MD5\":\"{:x}\",\"Data\":", md5::compute(data));
    [head.as_bytes(), data, b"}"].concat()
}
