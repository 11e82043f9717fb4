use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use oss_models::{BucketName, ObjectKey, PutObjectRequest, UploadId};
use oss_uploader::checkpoint::{CheckpointStore, DirectoryStore, Loaded, SdkKind, SourceStamp, UploadIdentity};
use oss_uploader::{MIN_PART_SIZE, Upload, UploadError, UploadEvent, UploadResult};
use tempfile::TempDir;

use crate::fixture::{identity, record, stamp};
use crate::server::Server;

const PYTHON: &str = include_str!("golden/python.ucp");
const PYTHON_NOT_ASCII: &str = include_str!("golden/python-not-ascii.ucp");
const PYTHON_WHOLE_SECOND: &str = include_str!("golden/python-whole-second.ucp");
const GO_UTC: &str = include_str!("golden/go-utc.ucp");
const GO_SHANGHAI_NOT_ASCII: &str = include_str!("golden/go-shanghai-not-ascii.ucp");

const NAME: &str = "18a12a8556c78786bdf8ec1e256d3b9e-21593c3196941156ca9c23b86d94cb0d.ucp";
const NAME_NOT_ASCII: &str = "b0de3e813f8d203dc38a7abbd1468d60-1eb8a39701dee207677da686a947ac15.ucp";
const UPLOAD_ID: &str = "0004B9895DBBB6EC98E36C51A1B2C3D4";

/// The MD5 that a record must have for its data, which begins with `{` and ends with the record's `end`.
fn md5_of_data(record: &str, end: &str) -> String {
    let data = record.split_once("\"Data\":").unwrap().1.trim_start().rsplit_once(end).unwrap().0;
    format!("{:x}", md5::compute(data))
}

fn identity_not_ascii() -> UploadIdentity {
    let key = ObjectKey::new("каталог/a b+c~(1)!*'.bin").unwrap();
    let bucket = BucketName::new("examplebucket").unwrap();
    UploadIdentity::new("https://e", "virtual-host", bucket, key, "/data/видео <1>&.bin")
}

/// A folder of an SDK with one record, and a store of ours that looks there.
struct Sdk {
    temporary: TempDir,
    record: PathBuf,
}

impl Sdk {
    fn new(name: &str, content: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let record = temporary.path().join("sdk").join(name);
        fs::create_dir(record.parent().unwrap()).unwrap();
        fs::write(&record, content).unwrap();
        Self { temporary, record }
    }

    fn checkpoint_dir(&self) -> PathBuf {
        self.temporary.path().join("sdk")
    }

    fn store(&self, checkpoint_dir: impl AsRef<Path>) -> DirectoryStore {
        DirectoryStore::new(self.temporary.path().join("ours")).import_sdk_records(checkpoint_dir.as_ref())
    }

    fn load(&self, identity: &UploadIdentity, source: &SourceStamp) -> Loaded {
        self.store(self.checkpoint_dir()).open(identity).unwrap().load(source).unwrap()
    }
}

fn assert_taken_over(loaded: Loaded, kind: SdkKind, path: &Path, upload_id: &str) {
    let Loaded::SdkRecord(sdk) = loaded else { panic!("{loaded:?}") };
    assert_eq!((sdk.kind, sdk.path.as_path()), (kind, path));
    assert_eq!((sdk.upload_id.as_str(), sdk.part_size), (upload_id, 6_291_456));
}

/// Rows: W42, R21.
#[test]
fn records_of_both_sdks_are_taken_over_byte_for_byte() {
    use SdkKind::{GoSdkV2, PythonSdkV2};
    let tenths = SourceStamp::new(26_214_400, 1_700_000_000_123_456_700);
    let whole = SourceStamp::new(26_214_400, 1_700_000_000_000_000_000);
    for (content, len, name, identity, source, kind, upload_id) in [
        (PYTHON, 342, NAME, identity(), stamp(), PythonSdkV2, UPLOAD_ID),
        (PYTHON_NOT_ASCII, 423, NAME_NOT_ASCII, identity_not_ascii(), tenths, PythonSdkV2, UPLOAD_ID),
        (PYTHON_WHOLE_SECOND, 310, NAME, identity(), whole, PythonSdkV2, "U"),
        (GO_UTC, 344, NAME, identity(), stamp(), GoSdkV2, UPLOAD_ID),
        (GO_SHANGHAI_NOT_ASCII, 392, NAME_NOT_ASCII, identity_not_ascii(), tenths, GoSdkV2, UPLOAD_ID),
    ] {
        assert_eq!(content.len(), len);
        let sdk = Sdk::new(name, content);
        assert_taken_over(sdk.load(&identity, &source), kind, &sdk.record, upload_id);
        assert_eq!(fs::read_to_string(&sdk.record).unwrap(), content, "it must stay until our upload succeeded");
    }
}

/// Rows: W35, R24.
#[test]
fn both_the_folder_and_its_parent_are_searched() {
    let sdk = Sdk::new(NAME, PYTHON);
    let found = |checkpoint_dir: PathBuf| sdk.store(checkpoint_dir).open(&identity()).unwrap().load(&stamp()).unwrap();
    let folder = sdk.checkpoint_dir();
    for checkpoint_dir in [folder.clone(), folder.join(""), folder.join("anything")] {
        assert_taken_over(found(checkpoint_dir), SdkKind::PythonSdkV2, &sdk.record, UPLOAD_ID);
    }
    assert_eq!(found(folder.join("anything/else")), Loaded::Nothing);
    assert_eq!(found(sdk.temporary.path().to_owned()), Loaded::Nothing);
}

#[test]
fn our_own_record_comes_first() {
    let sdk = Sdk::new(NAME, PYTHON);
    let store = sdk.store(sdk.checkpoint_dir());
    store.open(&identity()).unwrap().save(&record("OURS")).unwrap();
    let loaded = store.open(&identity()).unwrap().load(&stamp()).unwrap();
    assert_eq!(loaded, Loaded::Record(Box::new(record("OURS"))));
}

/// Rows: W36, R17, R21.
#[test]
fn a_record_that_does_not_fit_is_left_alone_and_reported() {
    let changed = |from: &str, to: &str| {
        // With the MD5 made to fit, so that only the change itself is wrong.
        let content = GO_UTC.replace(from, to);
        assert_ne!(content, GO_UTC);
        content.replace("0cf94f4ff0e7c9ecb13cef081aa6db90", &md5_of_data(&content, "}"))
    };
    let cases = [
        (PYTHON[..200].to_owned(), "whole record"),
        (String::new(), "whole record"),
        (PYTHON.replace("92611BED", "92611BEE"), "magic"),
        (PYTHON.replace("movie.bin\", \"FileMeta", "other.bin\", \"FileMeta"), "MD5"),
        (PYTHON.replace("6291456", "6291457"), "MD5"),
        (changed("dir/movie.bin", "dir/other.bin"), "another object"),
        (changed("/data/movie.bin", "/data2/movie.bin"), "another file"),
        (changed("/data/movie.bin", "other.bin"), "another file"),
        (changed("26214400", "26214401"), "another size"),
        (changed("22:13:20.25", "22:13:20.250000001"), "changed since"),
        (changed("22:13:20.25", "half past ten"), "time"),
        (changed("\"2023-11-14 22:13:20.25 +0000 UTC\"", "null"), "its time is neither a number nor text"),
        (changed("6291456", "102399"), "part size"),
        (changed("6291456", "5368709121"), "part size"),
        (changed("6291456", "-1"), "data"),
        (changed(UPLOAD_ID, ""), "upload id"),
        (" ".repeat(2 << 20), "larger than 1048576"),
    ];
    for (content, expected) in cases {
        let sdk = Sdk::new(NAME, &content);
        let loaded = sdk.load(&identity(), &stamp());
        let Loaded::UnusableSdkRecord { path, reason } = &loaded else { panic!("{expected}: {loaded:?}") };
        assert!(reason.contains(expected), "{reason:?} lacks {expected:?}");
        assert_eq!(*path, sdk.record);
        assert_eq!(fs::read_to_string(&sdk.record).unwrap(), content);
    }
    for good in [changed("/data/movie.bin", "movie.bin"), changed("/data/movie.bin", "./x/../movie.bin")] {
        let sdk = Sdk::new(NAME, &good);
        assert!(matches!(sdk.load(&identity(), &stamp()), Loaded::SdkRecord(_)), "{good}");
    }
}

/// Rows: W26, W27, W28.
#[test]
fn the_record_of_a_file_changed_since_is_not_used() {
    for content in [PYTHON, GO_UTC] {
        let sdk = Sdk::new(NAME, content);
        let later = SourceStamp::new(26_214_400, stamp().modified_ns + 2_000);
        assert!(matches!(sdk.load(&identity(), &later), Loaded::UnusableSdkRecord { .. }), "{content}");
    }
}

/// Rows: R18.
#[test]
fn a_record_that_other_users_may_write_or_own_is_refused() {
    let sdk = Sdk::new(NAME, PYTHON);
    fs::set_permissions(&sdk.record, Permissions::from_mode(0o664)).unwrap();
    assert!(matches!(sdk.load(&identity(), &stamp()), Loaded::SdkRecord(_)));
    fs::set_permissions(&sdk.record, Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(sdk.load(&identity(), &stamp()), Loaded::UnusableSdkRecord { .. }));
    fs::set_permissions(&sdk.record, Permissions::from_mode(0o644)).unwrap();
    if std::os::unix::fs::chown(&sdk.record, Some(12_345), None).is_ok() {
        assert!(matches!(sdk.load(&identity(), &stamp()), Loaded::UnusableSdkRecord { .. }));
    }
}

#[test]
fn it_is_removed_only_by_its_name_and_upload_id() {
    let sdk = Sdk::new(NAME, PYTHON);
    let (ours, other) = (UploadId::new(UPLOAD_ID).unwrap(), UploadId::new("OTHER").unwrap());
    let mut slot = sdk.store(sdk.checkpoint_dir()).open(&identity()).unwrap();
    assert!(!slot.remove_sdk_record(&sdk.record, &other).unwrap());
    let elsewhere = sdk.temporary.path().join("precious.ucp");
    fs::copy(&sdk.record, &elsewhere).unwrap();
    assert!(!slot.remove_sdk_record(&elsewhere, &ours).unwrap());
    assert!(sdk.record.exists() && elsewhere.exists());
    assert!(slot.remove_sdk_record(&sdk.record, &ours).unwrap());
    assert!(!sdk.record.exists());
    assert!(!slot.remove_sdk_record(&sdk.record, &ours).unwrap());
}

/// A file of three parts, an upload of it with the first part on the server, and the record that an SDK left.
struct Interrupted {
    folder: TempDir,
    record: PathBuf,
    server: Server,
    upload_id: String,
}

impl Interrupted {
    fn by_python() -> Self {
        Self::new(PYTHON, "418b81ef3a0b52d1ee85c251a0009837", ", \"MD5\"")
    }

    fn by_go() -> Self {
        Self::new(GO_UTC, "0cf94f4ff0e7c9ecb13cef081aa6db90", "}")
    }

    /// `md5` is that of the sample's data, which ends with `end`.
    fn new(sample: &str, md5: &str, end: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("movie.bin");
        fs::write(&file, content()).unwrap();
        let modified = std::time::UNIX_EPOCH + Duration::from_nanos(stamp().modified_ns.try_into().unwrap());
        fs::File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
        let server = Server::default();
        let upload_id = server.begin("dir/movie.bin", Duration::ZERO);
        let first = content().slice(..usize::try_from(MIN_PART_SIZE).unwrap());
        server.state().uploads.get_mut(&upload_id).unwrap().parts.insert(1, first);
        let text = sample
            .replace("/data/movie.bin", file.to_str().unwrap())
            .replace("26214400", &content().len().to_string())
            .replace("6291456", &MIN_PART_SIZE.to_string())
            .replace(UPLOAD_ID, &upload_id);
        let text = text.replace(md5, &md5_of_data(&text, end));
        let path_digest = md5::compute(file.to_str().unwrap());
        let record = folder.path().join(format!("{path_digest:x}-21593c3196941156ca9c23b86d94cb0d.ucp"));
        fs::write(&record, text).unwrap();
        Self { folder, record, server, upload_id }
    }

    async fn go_on(&self) -> Result<UploadResult, UploadError> {
        self.upload().await
    }

    fn upload(&self) -> Upload {
        let uploader = self.server.uploader().part_attempts(1_u32).part_size(5 * MIN_PART_SIZE);
        let request = PutObjectRequest::new("examplebucket", "dir/movie.bin");
        let upload = uploader.upload_file(request, self.folder.path().join("movie.bin"));
        // With a slash the SDK's folder is the one given, and records of ours go there too.
        upload.enable_checkpoint(true).checkpoint_dir(self.folder.path().join(""))
    }
}

fn content() -> Bytes {
    let len = usize::try_from(MIN_PART_SIZE).unwrap() * 2 + 5;
    (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

/// Rows: W42, R21.
#[tokio::test]
async fn an_upload_that_either_sdk_left_is_finished_and_its_record_removed() {
    for interrupted in [Interrupted::by_python(), Interrupted::by_go()] {
        let result = interrupted.go_on().await.unwrap();
        assert_eq!(result.upload_id.unwrap().as_str(), interrupted.upload_id);
        assert_eq!((result.parts_reused, result.parts_sent), (1, 2));
        assert_eq!(interrupted.server.count("UploadPart"), 2, "what was stored and is right is not sent again");
        assert_eq!(interrupted.server.state().objects["dir/movie.bin"], content());
        assert!(!interrupted.record.exists());
        assert_eq!(interrupted.server.count("InitiateMultipartUpload"), 0);
    }
}

/// Rows: W42, R18.
#[tokio::test]
async fn after_a_failure_of_ours_the_sdk_could_still_go_on_and_so_can_we() {
    let interrupted = Interrupted::by_python();
    let busy = ("UploadPart", StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
    interrupted.server.state().refuse = vec![busy];
    interrupted.go_on().await.unwrap_err();
    assert!(interrupted.record.exists());
    assert_eq!(interrupted.server.upload_ids(), [interrupted.upload_id.as_str()]);
    interrupted.server.state().refuse.clear();
    let result = interrupted.go_on().await.unwrap();
    assert_eq!(result.upload_id.unwrap().as_str(), interrupted.upload_id);
    assert!(!interrupted.record.exists(), "our own record remembers whose upload it was");
}

/// Rows: W31, R18, R28.
#[tokio::test]
async fn a_planted_record_does_not_bring_planted_bytes_into_the_object() {
    let interrupted = Interrupted::by_python();
    let planted = Bytes::from(vec![b'x'; usize::try_from(MIN_PART_SIZE).unwrap()]);
    interrupted.server.state().uploads.get_mut(&interrupted.upload_id).unwrap().parts.insert(1, planted);
    let result = interrupted.go_on().await.unwrap();
    assert_eq!((result.parts_reused, result.parts_sent), (0, 3));
    assert_eq!(interrupted.server.state().objects["dir/movie.bin"], content());
}

/// Rows: W36, R17.
#[tokio::test]
async fn a_record_that_is_not_taken_over_is_told() {
    let interrupted = Interrupted::by_python();
    fs::write(&interrupted.record, "rubbish").unwrap();
    let uploading = interrupted.upload().start();
    let mut events = uploading.events();
    assert_eq!(uploading.await.unwrap().parts_reused, 0);
    let mut warnings = Vec::new();
    while let Some(event) = events.next().await {
        if let UploadEvent::Warning(warning) = event {
            warnings.push(warning);
        }
    }
    assert!(
        warnings.len() == 1 && warnings[0].contains("was not taken over: it is not a whole record"),
        "{warnings:?}"
    );
    assert_eq!(fs::read_to_string(&interrupted.record).unwrap(), "rubbish");
}

/// Rows: W36.
#[tokio::test]
async fn an_id_that_the_server_does_not_know_ends_the_record_and_restarts() {
    let interrupted = Interrupted::by_python();
    interrupted.server.state().uploads.clear();
    let result = interrupted.go_on().await.unwrap();
    assert_ne!(result.upload_id.map(|id| id.to_string()), Some(interrupted.upload_id.clone()));
    assert_eq!(interrupted.server.state().objects["dir/movie.bin"], content());
    assert!(!interrupted.record.exists());
}
