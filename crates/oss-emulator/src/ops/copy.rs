//! CopyObject and UploadPartCopy: no byte is written twice, the copy refers to the same blobs.

use md5::{Digest as _, Md5};
use oss_auth::encoding;
use oss_models::{BucketName, Crc64Digest, ObjectKey};

use super::attributes::{self, enumerated};
use super::multipart::{self, PartTarget};
use super::object::{self, names};
use super::permit;
use super::publish::{self, Found, VersionHeader};
use super::receive::hex;
use crate::call::{Call, Caller};
use crate::error::{OssError, Outcome, code};
use crate::range::{self, Selection};
use crate::request::RequestHead;
use crate::response::OssResponse;
use crate::settings::MAX_PUT;
use crate::store::records::{BucketRecord, ObjectRecord, ObjectType, PartRecord, cut};
use crate::store::{Store, Tables, Writing};
use crate::xml::XmlWriter;
use crate::{clock, conditions};

const SOURCE: &str = "x-oss-copy-source";

/// What `x-oss-copy-source` names.
#[derive(Debug, PartialEq)]
struct Source {
    bucket: String,
    key: String,
    version: Option<String>,
}

impl Source {
    /// Reads `/bucket/key?versionId=id`, key percent-encoded.
    fn parse(text: &str) -> Option<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let decoded = encoding::decode(path).ok()?;
        let (bucket, key) = decoded.strip_prefix('/').unwrap_or(&decoded).split_once('/')?;
        BucketName::new(bucket).ok()?;
        ObjectKey::new(key).ok()?;
        let version = match query {
            "" => None,
            query => Some(query.strip_prefix("versionId=").filter(|id| !id.is_empty())?.to_owned()),
        };
        Some(Self { bucket: bucket.to_owned(), key: key.to_owned(), version })
    }
}

/// A source and what a request says about it.
#[derive(Debug)]
struct SourceRequest {
    source: Source,
    head: RequestHead,
    caller: Caller,
    now_ms: i64,
    /// What is copied has no CRC64.
    without_crc: bool,
}

impl SourceRequest {
    fn of(call: &Call) -> Outcome<Self> {
        let text = call.head.header(SOURCE).unwrap_or_default();
        let source = Source::parse(text).ok_or_else(|| OssError::invalid_argument(SOURCE, text))?;
        let (head, caller, now_ms) = (call.head.clone(), call.caller, call.core.clock.now_ms());
        Ok(Self { source, head, caller, now_ms, without_crc: call.core.settings.copy_without_crc })
    }

    /// Finds the source and checks the caller's right to read it, and its conditions.
    fn find(&self, txn: &dyn Tables) -> Outcome<Found> {
        let Source { bucket, key, version } = &self.source;
        permit::check_read(txn, self.caller, bucket, key, version.as_deref())?;
        let found = publish::find(txn, bucket, key, version.as_deref())?;
        let last_modified_ms = found.last_modified_ms;
        conditions::check(&self.head, &conditions::COPY_SOURCE, &found.object.etag, last_modified_ms)?;
        object::check_restored(&found.object, self.now_ms)?;
        Ok(found)
    }
}

/// Whether a directive asks for what the request says instead of what the source has.
fn replaces(call: &Call, header: &str) -> Outcome<bool> {
    let replaces = enumerated(&call.head, header, |text| match text.to_ascii_uppercase().as_str() {
        "COPY" => Some(false),
        "REPLACE" => Some(true),
        _ => None,
    })?;
    Ok(replaces.unwrap_or(false))
}

/// CopyObject.
pub(super) async fn copy(call: &Call, bucket_record: &BucketRecord) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let given = attributes::attributes(&call.head, bucket_record)?;
    let forbid = attributes::forbid_overwrite(&call.head)?;
    let (replace_meta, replace_tags) =
        (replaces(call, "x-oss-metadata-directive")?, replaces(call, "x-oss-tagging-directive")?);
    let source = SourceRequest::of(call)?;
    let (max_size, now) = (call.core.settings.max_copy_size, source.now_ms);
    // One transaction, so that the source is still there when the copy refers to its bytes.
    let copy = move |txn: &mut Writing| {
        let found = source.find(txn)?;
        if found.object.size > max_size {
            return Err(code::ENTITY_TOO_LARGE.into());
        }
        let mut attributes = given;
        if !replace_meta {
            attributes.headers.clone_from(&found.object.attributes.headers);
        }
        if !replace_tags {
            attributes.tags.clone_from(&found.object.attributes.tags);
        }
        let is_link = found.object.symlink_target.is_some();
        let object = ObjectRecord {
            object_type: if is_link { ObjectType::Symlink } else { ObjectType::Normal },
            crc64: found.object.crc64.filter(|_| !source.without_crc),
            attributes,
            restore: None,
            ..found.object
        };
        let version_id = publish::publish(txn, &bucket, &key, object.clone(), now, forbid)?;
        Ok((object, version_id, found.version_id))
    };
    let (copied, version_id, source_version_id) = call.core.store.run(move |store| store.write(copy)).await?;
    let mut xml = XmlWriter::document();
    xml.open("CopyObjectResult");
    xml.etag(&copied.etag);
    xml.text("LastModified", &clock::iso_ms(now));
    xml.close("CopyObjectResult");
    let response = OssResponse::xml(xml.finish())
        .etag(&copied.etag)
        .crc64(copied.crc64)
        .with_optional("x-oss-version-id", version_id)
        .with_optional("x-oss-copy-source-version-id", source_version_id);
    Ok(object::with_encryption(response, &copied.attributes.encryption))
}

/// UploadPartCopy.
pub(super) async fn upload_part_copy(call: &Call) -> Outcome<OssResponse> {
    let (id, number) = multipart::part_address(call)?;
    multipart::check_open(call, &id).await?;
    let (source, target) = (SourceRequest::of(call)?, PartTarget::of(call, &id, number)?);
    let CopiedPart { selection, size, part, version_id } =
        call.core.store.run(move |store| copy_part(store, &source, &target)).await?;
    let mut xml = XmlWriter::document();
    xml.open("CopyPartResult");
    xml.text("LastModified", &clock::iso_ms(part.last_modified_ms));
    xml.etag(&part.etag);
    xml.close("CopyPartResult");
    let mut response =
        OssResponse::xml(xml.finish()).etag(&part.etag).with_optional("x-oss-copy-source-version-id", version_id);
    if let Selection::Piece { start, len } = selection {
        response.set("content-range", format!("bytes {start}-{}/{size}", start + len - 1));
    }
    Ok(response)
}

/// A part and what it was copied from.
struct CopiedPart {
    selection: Selection,
    /// Of the source.
    size: u64,
    part: PartRecord,
    /// Of the source.
    version_id: VersionHeader,
}

/// Attempts to read the source while other writers go on.
const ATTEMPTS: usize = 3;

/// Reads the source and stores it as a part: of one version, and only while an object still refers to its bytes.
fn copy_part(store: &Store, source: &SourceRequest, target: &PartTarget) -> Outcome<CopiedPart> {
    for _ in 0..ATTEMPTS {
        let (found, _pin) = store.read_pinned(|txn| {
            let found = source.find(txn)?;
            let pin = store.blobs.pin(&found.object.segments);
            Ok((found, pin))
        })?;
        let copied = read_part(store, source, &found)?;
        let is_stored = store.write(|txn| {
            let is_same = source.find(txn)?.object.segments == found.object.segments;
            if is_same {
                target.store(txn, &copied.part)?;
            }
            Ok(is_same)
        })?;
        if is_stored {
            return Ok(copied);
        }
    }
    // The source was replaced each time, so now its writers wait.
    store.write(|txn| {
        let copied = read_part(store, source, &source.find(txn)?)?;
        target.store(txn, &copied.part)?;
        Ok(copied)
    })
}

/// Reads the range that was asked for once, for its MD5 and CRC64.
fn read_part(store: &Store, source: &SourceRequest, found: &Found) -> Outcome<CopiedPart> {
    let size = found.object.size;
    // An invalid range copies everything, as it does on a read.
    let selection = range::select(source.head.header("x-oss-copy-source-range"), false, size)?;
    let (start, len) = match selection {
        Selection::Whole => (0, size),
        Selection::Piece { start, len } => (start, len),
    };
    if len > MAX_PUT {
        return Err(code::ENTITY_TOO_LARGE.into());
    }
    let segments = cut(&found.object.segments, start, len);
    if len > 0 && segments.is_empty() {
        return Err(object::discarded());
    }
    let (mut md5, mut crc) = (Md5::new(), Crc64Digest::new());
    let mut reader = store.blobs.reader(segments.clone());
    while let Some(piece) = reader.read()? {
        md5.update(&piece);
        crc.update(&piece);
    }
    let part = PartRecord {
        size: crc.len(),
        etag: hex(&md5.finalize()),
        crc64: (!source.without_crc).then(|| crc.value().to_u64()),
        last_modified_ms: source.now_ms,
        segments,
    };
    Ok(CopiedPart { selection, size, part, version_id: found.version_id.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_in_the_forms_that_clients_write() {
        let source = |key: &str, version: Option<&str>| {
            Some(Source { bucket: "src".into(), key: key.into(), version: version.map(Into::into) })
        };
        assert_eq!(Source::parse("/src/a%20b/c"), source("a b/c", None));
        assert_eq!(Source::parse("src/a?versionId=v"), source("a", Some("v")));
        assert_eq!(Source::parse("/src/a%3Fb"), source("a?b", None));
        for bad in ["", "/", "/src", "/src/", "/SRC/a", "/src/a?x=y", "/src/%ff"] {
            assert_eq!(Source::parse(bad), None, "{bad}");
        }
    }
}
