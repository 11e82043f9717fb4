//! Upload records of the official OSS SDKs V2 for Python and Go, as those write them.
//!
//! Both use one file name, `MD5(path)-MD5(oss://bucket/key).ucp`, and one JSON shape, but each takes the other's file
//! for damaged and deletes it. Here both are read; a file that does not fit is left alone, for its owner may be at work.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use oss_models::limits::{MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE};
use oss_models::{BucketName, ObjectKey, UploadId, percent};
use oss_transfer::checkpoint::files;
use oss_transfer::files::SystemFiles;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::spelling::clean;
use super::{CheckpointError, FoundSdkRecord, Loaded, SdkKind, SdkRecord, SourceStamp, UploadIdentity};

const MAGIC: &str = "92611BED-89E2-46B6-89E5-72F273D4B0A3";
const MAX_LEN: u64 = 1 << 20;

/// The folders in which the SDKs would keep their records for this value of `checkpoint_dir`, best guess first.
///
/// `variable` looks up the environment, `is_folder` the disk.
pub(super) fn folders(
    checkpoint_dir: &OsStr,
    variable: impl Fn(&str) -> Option<OsString>,
    is_folder: impl Fn(&Path) -> bool,
) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if checkpoint_dir.is_empty() {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let fixed = ["/tmp", "/var/tmp", "/usr/tmp", "."].map(PathBuf::from);
        let python = ["TMPDIR", "TEMP", "TMP"].iter().filter_map(set).chain(fixed).find(|folder| is_folder(folder));
        folders.extend(python);
        folders.push(set(&"TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp")));
    } else {
        folders.push(parent(checkpoint_dir));
        folders.push(PathBuf::from(checkpoint_dir));
    }
    folders.dedup_by(|later, earlier| later.components().eq(earlier.components()));
    folders
}

/// What precedes the last separator. [`Path::parent`] would not count a separator at the end.
fn parent(given: &OsStr) -> PathBuf {
    let with_name = Path::new(given).as_os_str().as_encoded_bytes();
    if with_name.last().is_some_and(|byte| std::path::is_separator(char::from(*byte))) {
        return PathBuf::from(given);
    }
    match Path::new(given).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Looks for a record of this upload: the first one that fits, else the first one that does not.
pub(super) fn find(folders: &[PathBuf], identity: &UploadIdentity, source: &SourceStamp) -> Loaded {
    let mut unusable = None;
    for folder in folders {
        for path in record_names(identity).map(|name| folder.join(name)) {
            let read = match read(&path) {
                Ok(None) => continue,
                Ok(Some(bytes)) => check(&bytes, identity, source),
                Err(reason) => Err(reason),
            };
            match read {
                Ok((kind, upload_id, part_size)) => {
                    return Loaded::SdkRecord(SdkRecord { kind, path, upload_id, part_size });
                }
                Err(reason) => _ = unusable.get_or_insert(Loaded::UnusableSdkRecord { path, reason }),
            }
        }
    }
    unusable.unwrap_or(Loaded::Nothing)
}

/// Every record in the folders.
pub(super) fn list(folders: &[PathBuf]) -> Result<Vec<FoundSdkRecord>, CheckpointError> {
    let mut found: Vec<FoundSdkRecord> = Vec::new();
    for folder in folders {
        let unreadable = |source| CheckpointError::Io { action: "list", path: folder.clone(), source };
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(unreadable)?,
        };
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "ucp") {
                found.extend(found_at(path));
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found.dedup_by(|one, other| one.path == other.path);
    Ok(found)
}

/// What a file says, if it is a record.
fn found_at(path: PathBuf) -> Option<FoundSdkRecord> {
    let data = parse(&read(&path).ok()??).ok()?;
    let (bucket, key) = data.object_info.name.strip_prefix("oss://")?.split_once('/')?;
    let kind = match data.file_meta.last_modified {
        Value::Number(_) => SdkKind::PythonSdkV2,
        Value::String(_) => SdkKind::GoSdkV2,
        _ => return None,
    };
    Some(FoundSdkRecord {
        kind,
        path,
        source: PathBuf::from(data.file_path),
        bucket: BucketName::new(bucket).ok()?,
        key: ObjectKey::new(key).ok()?,
        upload_id: UploadId::new(data.upload_info.upload_id).ok()?,
    })
}

/// Removes a record if its name is that of this upload and it names this upload id.
pub(super) fn remove(path: &Path, identity: &UploadIdentity, upload_id: &UploadId) -> io::Result<bool> {
    let named = path.file_name().is_some_and(|file| record_names(identity).any(|name| *file == *name));
    let holds_id = || {
        let bytes = read(path).ok().flatten()?;
        Some(parse(&bytes).ok()?.upload_info.upload_id == upload_id.as_str())
    };
    if !named || holds_id() != Some(true) {
        return Ok(false);
    }
    std::fs::remove_file(path).map(|()| true)
}

/// The names under which Go and Python file this upload; they differ only for a path that begins with two slashes.
fn record_names(identity: &UploadIdentity) -> impl Iterator<Item = String> + use<> {
    let target =
        md5_hex(format!("oss://{}/{}", identity.bucket, percent::encode_path(identity.key.as_str())).as_bytes());
    let (go, python) = (go_clean(&identity.path), python_clean(&identity.path));
    let python = Some(python).filter(|python| *python != go);
    std::iter::once(go).chain(python).map(move |path| format!("{}-{target}.ucp", md5_hex(&path)))
}

fn md5_hex(bytes: &[u8]) -> String {
    format!("{:x}", md5::compute(bytes))
}

/// The bytes of a record that this user wrote; `None` if there is no file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let system = SystemFiles::default();
    let file = match files::open_untrusted(&system, path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| format!("it cannot be opened: {error}"))?,
    };
    let metadata = file.metadata().map_err(|error| format!("it cannot be read: {error}"))?;
    // The Go SDK leaves its files writable by the group where the user's mask allows it, so that is no sign of anything.
    if let Some(reason) = files::distrust(&system, &metadata, files::WRITABLE_BY_OTHERS) {
        return Err(reason);
    }
    match files::read_at_most(file.as_ref(), MAX_LEN) {
        Ok(Some(bytes)) => Ok(Some(bytes)),
        Ok(None) => Err(format!("it is larger than {MAX_LEN} bytes")),
        Err(error) => Err(format!("it cannot be read: {error}")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    magic: String,
    #[serde(rename = "MD5")]
    md5: String,
    data: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    file_path: String,
    file_meta: FileMeta,
    object_info: ObjectInfo,
    part_size: u64,
    upload_info: UploadInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FileMeta {
    size: u64,
    /// The type tells who wrote the record: seconds since 1970 are Python's, text with the local time is Go's.
    last_modified: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectInfo {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UploadInfo {
    upload_id: String,
}

fn parse(bytes: &[u8]) -> Result<Data, String> {
    let envelope: Envelope =
        serde_json::from_slice(bytes).map_err(|error| format!("it is not a whole record: {error}"))?;
    if envelope.magic != MAGIC {
        return Err("it does not have the magic number of a record".to_owned());
    }
    // Both SDKs hash the data as serialised, which is as it stands in the file.
    if envelope.md5 != md5_hex(envelope.data.get().as_bytes()) {
        return Err("its MD5 does not match its data".to_owned());
    }
    serde_json::from_str(envelope.data.get()).map_err(|error| format!("its data: {error}"))
}

/// What a record says that belongs to this upload and this state of the file.
fn check(bytes: &[u8], identity: &UploadIdentity, source: &SourceStamp) -> Result<(SdkKind, UploadId, u64), String> {
    let data = parse(bytes)?;
    let require = |fits: bool, reason: &str| if fits { Ok(()) } else { Err(reason.to_owned()) };
    let name = format!("oss://{}/{}", identity.bucket, identity.key);
    require(data.object_info.name == name, "it is about another object")?;
    require(data.file_meta.size == source.len, "the file has another size now")?;
    let path = data.file_path.as_bytes();
    let kind = match data.file_meta.last_modified {
        Value::Number(seconds) => {
            let is_same_time = seconds.as_f64().is_some_and(|seconds| is_python_time(seconds, source.modified_ns));
            require(path == python_clean(&identity.path), "it is about another file")?;
            require(is_same_time, "the file was changed since")?;
            SdkKind::PythonSdkV2
        }
        Value::String(text) => {
            require(is_go_path(&data.file_path, &identity.path), "it is about another file")?;
            require(go_time(&text)? == source.modified_ns, "the file was changed since")?;
            SdkKind::GoSdkV2
        }
        _ => return Err("its time is neither a number nor text".to_owned()),
    };
    let part_size = data.part_size;
    let fits = (MIN_PART_SIZE..=MAX_PART_SIZE).contains(&part_size) && source.len.div_ceil(part_size) <= MAX_PARTS;
    require(fits, "its part size is impossible")?;
    let upload_id = UploadId::new(data.upload_info.upload_id).map_err(|_| "it has no upload id")?;
    Ok((kind, upload_id, part_size))
}

/// Whether a time that Python kept as a double is this one. A microsecond is more than the double loses and less than
/// what a file system's clock makes of two changes.
fn is_python_time(seconds: f64, unix_nanos: i128) -> bool {
    const PER_SECOND: i128 = 1_000_000_000;
    #[expect(clippy::cast_precision_loss, reason = "Python loses the same digits")]
    let kept = unix_nanos.div_euclid(PER_SECOND) as f64 + 1e-9 * unix_nanos.rem_euclid(PER_SECOND) as f64;
    (seconds - kept).abs() <= 1e-6
}

/// Reads `2023-11-15 06:13:20.1234567 +0800 CST`; the zone's name adds nothing to its offset.
fn go_time(text: &str) -> Result<i128, String> {
    let words: Vec<_> = text.splitn(4, ' ').take(3).collect();
    let parsed = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S%.f %z", words.join(" "));
    let timestamp = parsed.and_then(|parsed| parsed.to_timestamp());
    timestamp.map(|timestamp| timestamp.as_nanosecond()).map_err(|error| format!("its time {text:?}: {error}"))
}

/// Whether the path that Go was given names this file: whole, or its end if it was relative.
fn is_go_path(given: &str, absolute: &Path) -> bool {
    let absolute = go_json_text(&go_clean(absolute));
    let given_clean = go_json_text(&go_clean(Path::new(given)));
    if is_rooted(given) {
        return given_clean == absolute;
    }
    absolute.strip_suffix(&given_clean).is_some_and(|front| front.ends_with(std::path::is_separator))
}

fn is_rooted(path: &str) -> bool {
    Path::new(path).has_root()
}

/// Bytes as Go's JSON writes them: one replacement character for each byte that is not UTF-8.
fn go_json_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
    text
}

/// The path as Python's `os.path.abspath` leaves an absolute one: like Go's, but exactly two leading slashes stay.
fn python_clean(path: &Path) -> Vec<u8> {
    let clean = go_clean(path);
    let bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(unix) && bytes.starts_with(b"//") && !bytes.starts_with(b"///") {
        return [b"/", clean.as_slice()].concat();
    }
    clean
}

/// The path as Go's `filepath.Clean` leaves it.
fn go_clean(path: &Path) -> Vec<u8> {
    clean(path).into_os_string().into_encoded_bytes()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identity(path: &str, key: &str) -> UploadIdentity {
        let (bucket, key) = (BucketName::new("examplebucket").unwrap(), ObjectKey::new(key).unwrap());
        UploadIdentity::new("e", "virtual-host", bucket, key, path)
    }

    fn names(path: &str, key: &str) -> Vec<String> {
        record_names(&identity(path, key)).collect()
    }

    #[test]
    fn names_are_those_of_the_sdks() {
        assert_eq!(
            names("/data/movie.bin", "dir/movie.bin"),
            ["18a12a8556c78786bdf8ec1e256d3b9e-21593c3196941156ca9c23b86d94cb0d.ucp"]
        );
        assert_eq!(
            names("/data/видео <1>&.bin", "каталог/a b+c~(1)!*'.bin"),
            ["b0de3e813f8d203dc38a7abbd1468d60-1eb8a39701dee207677da686a947ac15.ucp"]
        );
        let escaped = "examplebucket/%D0%BA%D0%B0%D1%82%D0%B0%D0%BB%D0%BE%D0%B3/a%20b%2Bc~%281%29%21%2A%27.bin";
        assert_eq!(percent::encode_path("examplebucket/каталог/a b+c~(1)!*'.bin"), escaped);
    }

    #[test]
    fn paths_are_cleaned_but_links_not_resolved() {
        let clean = |path: &str| String::from_utf8(go_clean(Path::new(path))).unwrap();
        for (given, expected) in [
            ("/data//./x/../movie.bin", "/data/movie.bin"),
            ("/../a", "/a"),
            ("./a/b/../c/", "a/c"),
            ("../../a", "../../a"),
            ("a/../..", ".."),
            ("a/..", "."),
            ("///a", "/a"),
            ("//a", "/a"),
        ] {
            assert_eq!(clean(given), expected, "{given}");
        }
        assert_eq!(python_clean(Path::new("//a/./b")), b"//a/b");
        assert_eq!(python_clean(Path::new("///a")), b"/a");
        assert_eq!(names("/data/./movie.bin", "dir/movie.bin"), names("/data/movie.bin", "dir/movie.bin"));
        assert_eq!(names("//data/movie.bin", "dir/movie.bin").len(), 2);
    }

    /// Rows: W35, R24.
    #[test]
    fn folders_follow_the_sdks_parent_rule_and_the_value_as_given() {
        let none = |_: &str| None;
        let folders = |given: &str| folders(OsStr::new(given), none, |_| true);
        let expected = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(folders("/a/b/"), expected(&["/a/b/"]));
        assert_eq!(folders("/a/b"), expected(&["/a", "/a/b"]));
        assert_eq!(folders("/a"), expected(&["/", "/a"]));
        assert_eq!(folders("x"), expected(&[".", "x"]));
        assert_eq!(folders("x/"), expected(&["x/"]));
    }

    #[test]
    fn without_a_folder_it_is_the_temporary_one_of_each_sdk() {
        let find = |environment: &[(&str, &str)], missing: &str| {
            let variable = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into());
            folders(OsStr::new(""), variable, |path| path != Path::new(missing))
        };
        let expected = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(find(&[], ""), expected(&["/tmp"]));
        assert_eq!(find(&[], "/tmp"), expected(&["/var/tmp", "/tmp"]));
        assert_eq!(find(&[("TMPDIR", "/t")], ""), expected(&["/t"]));
        assert_eq!(find(&[("TMP", "/t")], ""), expected(&["/t", "/tmp"]));
        assert_eq!(find(&[("TMPDIR", "/gone"), ("TEMP", "/t")], "/gone"), expected(&["/t", "/gone"]));
    }

    /// Rows: W28, R29.
    #[test]
    fn go_times_are_instants_whatever_the_zone() {
        for (text, nanos) in [
            ("2023-11-14 22:13:20 +0000 UTC", 1_700_000_000_000_000_000),
            ("2023-11-14 22:13:20.25 +0000 UTC", 1_700_000_000_250_000_000),
            ("2023-11-15 06:13:20.1234567 +0800 CST", 1_700_000_000_123_456_700),
            ("2023-11-14 19:13:20.123456789 -0300 -03", 1_700_000_000_123_456_789),
            ("2023-11-14 17:13:20 -0500 EST", 1_700_000_000_000_000_000),
            ("1969-12-31 23:59:59.5 +0000 UTC", -500_000_000),
        ] {
            assert_eq!(go_time(text), Ok(nanos), "{text}");
        }
        for text in ["", "2023-11-14", "2023-11-14T22:13:20Z", "2023-11-14 22:13:20", "2023-13-14 22:13:20 +0000 UTC"] {
            assert!(go_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn python_times_are_doubles_that_may_lose_nanoseconds() {
        assert!(is_python_time(1_700_000_000.25, 1_700_000_000_250_000_000));
        assert!(is_python_time(1_700_000_000.123_456_7, 1_700_000_000_123_456_700));
        assert!(is_python_time(1_700_000_000.0, 1_700_000_000_000_000_000));
        assert!(!is_python_time(1_700_000_000.0, 1_700_000_000_000_002_000));
        assert!(!is_python_time(f64::NAN, 0));
    }

    #[test]
    fn a_relative_path_of_go_must_be_the_end_of_ours() {
        let ours = Path::new("/data/dir/movie.bin");
        for good in
            ["/data/dir/movie.bin", "/data//dir/./movie.bin", "movie.bin", "./dir/movie.bin", "x/../dir/movie.bin"]
        {
            assert!(is_go_path(good, ours), "{good}");
        }
        for bad in ["/dir/movie.bin", "ovie.bin", "../dir/movie.bin", "", ".", "movie.bin/x"] {
            assert!(!is_go_path(bad, ours), "{bad}");
        }
    }

    proptest! {
        /// Rows: R17.
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), data in ".{0,200}") {
            let (identity, source) = (identity("/a", "b"), SourceStamp::new(1, 1));
            let _ = check(&bytes, &identity, &source);
            let text = format!("{{\"Magic\":\"{MAGIC}\",\"MD5\":\"{}\",\"Data\":{data}}}", md5_hex(data.trim().as_bytes()));
            let _ = check(text.as_bytes(), &identity, &source);
            let _ = go_time(&data);
        }
    }
}
