//! Download records of the official OSS SDKs V2 for Python and Go (`….dcp`), as those write them.
//!
//! Both use one file name, `MD5(oss://bucket/key \n version \n range)-MD5(path).dcp`, and one JSON shape. They know a
//! contiguous prefix only, which lies in `PATH.temp` (always in Go) or in the file itself (the default of Python). What
//! fits is copied and checked; the files are left alone until the download succeeded.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use oss_models::{Crc64, Etag, http_date};
use oss_transfer::checkpoint::files::{WRITABLE_BY_OTHERS, distrust, open_untrusted, read_at_most};
use oss_transfer::files::FileSystem;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Identity, range_text};
use crate::plan::Object;

/// What the SDKs call all of their records.
const MAGIC: &str = "92611BED-89E2-46B6-89E5-72F273D4B0A3";
const MAX_LEN: u64 = 1 << 20;
const TEMP_SUFFIX: &str = ".temp";

/// A record that fits, and where its bytes are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SdkRecord {
    /// The record's file.
    pub(crate) path: PathBuf,
    /// The file with the first bytes.
    pub(crate) data: PathBuf,
    /// The object as it was.
    pub(crate) object: Object,
    pub(crate) part_size: u64,
    /// Up to this position of the object, its bytes are there.
    pub(crate) offset: u64,
    /// CRC64 of these bytes; `None` if the SDK did not compute it.
    pub(crate) crc64: Option<Crc64>,
}

impl SdkRecord {
    /// Whether the file with the bytes is a temporary one.
    pub(crate) fn has_temp_file(&self) -> bool {
        self.data.as_os_str().as_encoded_bytes().ends_with(TEMP_SUFFIX.as_bytes())
    }
}

/// The record that one of the SDKs left for this download where it would have put it for this `checkpoint_dir`: without a
/// slash at its end that is its parent folder; empty means the temporary folder. The folder as given is searched too.
pub(crate) fn find(
    files: &dyn FileSystem,
    identity: &Identity,
    checkpoint_dir: &Path,
    temp: &Path,
) -> Option<SdkRecord> {
    for folder in folders(checkpoint_dir, temp) {
        for data in data_files(&identity.path) {
            let path = folder.join(name(identity, &data));
            match read(files, &path).and_then(|bytes| parse(&bytes, identity, &data)) {
                Ok((object, part_size, offset, crc64)) => {
                    return Some(SdkRecord { path, data, object, part_size, offset, crc64 });
                }
                Err(None) => {}
                Err(Some(reason)) => {
                    tracing::warn!(record = %path.display(), reason, "the record of an SDK was not taken over");
                }
            }
        }
    }
    None
}

fn folders(checkpoint_dir: &Path, temp: &Path) -> Vec<PathBuf> {
    if checkpoint_dir.as_os_str().is_empty() {
        return vec![temp.to_owned()];
    }
    let given = checkpoint_dir.as_os_str().as_encoded_bytes();
    let mut folders = vec![checkpoint_dir.to_owned()];
    if !given.ends_with(b"/") {
        let parent = checkpoint_dir.parent().unwrap_or(Path::new(""));
        folders.insert(0, if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() });
    }
    folders
}

/// Where the SDKs keep the bytes that go to this file.
fn data_files(path: &Path) -> [PathBuf; 2] {
    let mut temp = path.as_os_str().to_owned();
    temp.push(OsStr::new(TEMP_SUFFIX));
    [temp.into(), path.to_owned()]
}

fn name(identity: &Identity, data: &Path) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    let object = format!("{}/{}", identity.bucket, identity.key);
    let escaped = percent_encode(object.as_bytes(), ESCAPED).to_string();
    let (version, range) = (identity.version_id.as_deref().unwrap_or_default(), range_text(identity.range));
    let source = md5_hex(format!("oss://{escaped}\n{version}\n{range}").as_bytes());
    let target = md5_hex(data.as_os_str().as_encoded_bytes());
    format!("{source}-{target}.dcp")
}

fn md5_hex(bytes: &[u8]) -> String {
    format!("{:x}", md5::compute(bytes))
}

/// The bytes of a record that this user wrote; an error without a reason if there is no file.
fn read(files: &dyn FileSystem, path: &Path) -> Result<Vec<u8>, Option<String>> {
    let file = match open_untrusted(files, path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(None),
        file => file.map_err(|error| Some(format!("it cannot be opened: {error}")))?,
    };
    let metadata = file.metadata().map_err(|error| Some(format!("it cannot be read: {error}")))?;
    // The Go SDK leaves its files writable by the group where the user's mask allows it, so that is no sign of anything.
    if let Some(reason) = distrust(files, &metadata, WRITABLE_BY_OTHERS) {
        return Err(Some(reason));
    }
    match read_at_most(file.as_ref(), MAX_LEN) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Some(format!("it is larger than {MAX_LEN} bytes"))),
        Err(error) => Err(Some(format!("it cannot be read: {error}"))),
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
    object_info: ObjectInfo,
    object_meta: ObjectMeta,
    file_path: String,
    part_size: u64,
    download_info: DownloadInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectInfo {
    name: String,
    version_id: String,
    range: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectMeta {
    size: u64,
    last_modified: String,
    #[serde(rename = "ETag")]
    etag: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DownloadInfo {
    offset: u64,
    #[serde(rename = "CRC64")]
    crc64: u64,
}

type Parsed = (Object, u64, u64, Option<Crc64>);

fn parse(bytes: &[u8], identity: &Identity, data_file: &Path) -> Result<Parsed, Option<String>> {
    let refuse = |reason: &str| Err(Some(reason.to_owned()));
    let envelope: Envelope = serde_json::from_slice(bytes).map_err(|error| Some(format!("it is damaged: {error}")))?;
    if envelope.magic != MAGIC {
        return refuse("it is not the record of an SDK");
    }
    // Both hash what they write, each with its own spaces.
    if !envelope.md5.eq_ignore_ascii_case(&md5_hex(envelope.data.get().as_bytes())) {
        return refuse("its MD5 does not match");
    }
    let data: Data =
        serde_json::from_str(envelope.data.get()).map_err(|error| Some(format!("it is damaged: {error}")))?;
    let Data { object_info, object_meta, file_path, part_size, download_info } = data;
    let same = object_info.name == format!("oss://{}/{}", identity.bucket, identity.key)
        && object_info.version_id == identity.version_id.as_deref().unwrap_or_default()
        && object_info.range == range_text(identity.range)
        && Path::new(&file_path) == data_file;
    if !same {
        return refuse("it is about another download");
    }
    let object = Object {
        size: object_meta.size,
        etag: Etag::new(&object_meta.etag).ok(),
        version_id: None,
        last_modified: http_date::parse(&object_meta.last_modified),
        crc64: None,
    };
    if object.etag.is_none() {
        return refuse("it has no entity tag, so nothing tells whether the object is the same");
    }
    if part_size == 0 || download_info.offset == 0 || download_info.offset > object_meta.size {
        return refuse("it has no bytes, or more than the object");
    }
    let crc64 = Some(download_info.crc64).filter(|crc64| *crc64 != 0).map(Crc64::from_u64);
    Ok((object, part_size, download_info.offset, crc64))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use oss_models::{BucketName, ByteRange, ObjectKey};
    use oss_transfer::files::{MemoryFiles, OpenMode};

    fn identity(range: Option<ByteRange>) -> Identity {
        Identity {
            endpoint: Arc::default(),
            address_style: Arc::default(),
            bucket: BucketName::new("demo").unwrap(),
            key: ObjectKey::new("dir/a b~.bin").unwrap(),
            version_id: None,
            range,
            path: "/d/a.bin".into(),
        }
    }

    /// As the SDK for Python 1.4.1 writes it.
    fn python(file: &str, range: &str, offset: u64) -> String {
        python_of(file, range, offset, r#"\"AB\""#)
    }

    fn python_of(file: &str, range: &str, offset: u64, etag: &str) -> String {
        let data = format!(
            r#"{{"ObjectInfo": {{"Name": "oss://demo/dir/a b~.bin", "VersionId": "", "Range": "{range}"}}, "ObjectMeta": {{"Size": 30, "LastModified": "Sun, 06 Nov 1994 08:49:37 GMT", "ETag": "{etag}"}}, "FilePath": "{file}", "PartSize": 10, "DownloadInfo": {{"Offset": {offset}, "CRC64": 7}}}}"#
        );
        let md5 = md5_hex(data.as_bytes());
        format!(r#"{{"Magic": "{MAGIC}", "Data": {data}, "MD5": "{md5}"}}"#)
    }

    fn record_name(range: &str, file: &str) -> String {
        let source = md5_hex(format!("oss://demo/dir/a%20b~.bin\n\n{range}").as_bytes());
        format!("{source}-{}.dcp", md5_hex(file.as_bytes()))
    }

    fn found(files: &MemoryFiles, range: Option<ByteRange>, dir: &str) -> Option<SdkRecord> {
        find(files, &identity(range), dir.as_ref(), "/tmp".as_ref())
    }

    /// Rows: W42.
    #[test]
    fn records_are_found_where_the_sdks_put_them() {
        for (dir, folder) in [("", "/tmp"), ("/c/d", "/c"), ("/c/d/", "/c/d"), ("/c/d", "/c/d")] {
            for (file, temp) in [("/d/a.bin.temp", true), ("/d/a.bin", false)] {
                let files = MemoryFiles::new();
                files.plant(format!("{folder}/{}", record_name("", file)), python(file, "", 20));
                let record = found(&files, None, dir).unwrap();
                assert_eq!((record.offset, record.part_size, record.object.size), (20, 10, 30));
                assert_eq!((record.crc64, record.has_temp_file()), (Some(Crc64::from_u64(7)), temp));
                assert_eq!(record.object.etag, Etag::new("ab").ok());
            }
        }
    }

    #[test]
    fn why_a_record_is_not_taken_over_is_said() {
        let path = format!("/tmp/{}", record_name("", "/d/a.bin"));
        let reason = |files: &MemoryFiles| {
            let parsed = read(files, path.as_ref());
            parsed.and_then(|bytes| parse(&bytes, &identity(None), "/d/a.bin".as_ref())).unwrap_err()
        };
        let files = MemoryFiles::new();
        assert_eq!(reason(&files), None, "there is none");
        files.plant(&path, python("/d/a.bin", "", 20));
        files.open(path.as_ref(), OpenMode::UPDATE).unwrap().set_mode(0o666).unwrap();
        assert_eq!(reason(&files).as_deref(), Some("others than its owner may write it (mode 666)"));
        let unknown = MemoryFiles::new().without_owners();
        unknown.plant(&path, python("/d/a.bin", "", 20));
        assert_eq!(reason(&unknown).as_deref(), Some("it belongs to user 0, not to 1000"));
        assert_eq!(found(&files, None, "").or(found(&unknown, None, "")), None);

        for (written, text) in [
            (
                python_of("/d/a.bin", "", 20, ""),
                "it has no entity tag, so nothing tells whether the object is the same",
            ),
            (python("/d/a.bin", "", 31), "it has no bytes, or more than the object"),
            (python("/d/b.bin", "", 20), "it is about another download"),
            (python("/d/a.bin", "", 20).replace("92611BED", "0"), "it is not the record of an SDK"),
        ] {
            let files = MemoryFiles::new();
            files.plant(&path, written);
            assert_eq!(reason(&files).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_record_that_does_not_fit_is_left_alone() {
        let file = "/d/a.bin";
        let range = Some(ByteRange::from(10..30));
        let good = python(file, "", 20);
        for (text, range) in [
            (good.replace("\"Size\": 30", "\"Size\": 31"), None),
            (good.replace("92611BED", "00000000"), None),
            (good[..good.len() - 1].to_owned(), None),
            (python("/d/b.bin", "", 20), None),
            (python(file, "", 0), None),
            (python(file, "", 31), None),
            (good.clone(), range),
        ] {
            let files = MemoryFiles::new();
            files.plant(format!("/tmp/{}", record_name(&range_text(range), file)), text.clone());
            assert_eq!(found(&files, range, ""), None, "{text}");
        }
        let files = MemoryFiles::new();
        files.plant(format!("/tmp/{}", record_name("bytes=10-29", file)), python(file, "bytes=10-29", 20));
        assert!(found(&files, range, "").is_some());
    }
}
