//! CopyObject and UploadPartCopy: no byte is written twice, the copy refers to the same blobs.

use md5::{Digest as _, Md5};
use oss_auth::encoding;
use oss_models::{BucketName, Crc64Digest, ObjectKey};

use super::attributes::{self, enumerated};
use super::object::{self, names};
use super::publish::{self, Found};
use super::receive::hex;
use super::{multipart, permit};
use crate::call::Call;
use crate::error::{OssError, Outcome, code};
use crate::range::{self, Selection};
use crate::response::OssResponse;
use crate::settings::MAX_PUT;
use crate::store::Store;
use crate::store::records::{BucketRecord, ObjectRecord, ObjectType, PartRecord, Segment, cut};
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

/// Finds the source and checks the caller's right to read it, and its conditions.
async fn source(call: &Call) -> Outcome<Found> {
    let text = call.head.header(SOURCE).unwrap_or_default();
    let source = Source::parse(text).ok_or_else(|| OssError::invalid_argument(SOURCE, text))?;
    let caller = call.caller;
    let found = call
        .core
        .store
        .run(move |store| {
            store.read(|txn| {
                let version = source.version.as_deref();
                permit::check_read(txn, caller, &source.bucket, &source.key, version)?;
                publish::find(txn, &source.bucket, &source.key, version)
            })
        })
        .await?;
    conditions::check(&call.head, &conditions::COPY_SOURCE, &found.object.etag, found.version.last_modified_ms)?;
    object::check_restored(&found.object, call.core.clock.now_ms())?;
    Ok(found)
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
    let found = source(call).await?;
    if found.object.size > call.core.settings.max_copy_size {
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
        crc64: found.object.crc64.filter(|_| !call.core.settings.copy_without_crc),
        attributes,
        restore: None,
        ..found.object
    };
    let copied = object.clone();
    let now = call.core.clock.now_ms();
    let version_id = call
        .core
        .store
        .run(move |store| store.write(|txn| publish::publish(txn, &bucket, &key, object, now, forbid)))
        .await?;
    let mut xml = XmlWriter::document();
    xml.open("CopyObjectResult");
    xml.etag(&copied.etag);
    xml.text("LastModified", &clock::iso_ms(now));
    xml.close("CopyObjectResult");
    let response = OssResponse::xml(xml.finish())
        .etag(&copied.etag)
        .crc64(copied.crc64)
        .with_optional("x-oss-version-id", version_id)
        .with_optional("x-oss-copy-source-version-id", found.version_id);
    Ok(object::with_encryption(response, &copied.attributes.encryption))
}

/// UploadPartCopy.
pub(super) async fn upload_part_copy(call: &Call) -> Outcome<OssResponse> {
    let (id, number) = multipart::part_address(call)?;
    multipart::check_open(call, &id).await?;
    let found = source(call).await?;
    let size = found.object.size;
    // An invalid range copies everything, as it does on a read.
    let selection = range::select(call.head.header("x-oss-copy-source-range"), false, size)?;
    let (start, len) = match selection {
        Selection::Whole => (0, size),
        Selection::Piece { start, len } => (start, len),
    };
    if len > MAX_PUT {
        return Err(code::ENTITY_TOO_LARGE.into());
    }
    let segments = cut(&found.object.segments, start, len);
    let now = call.core.clock.now_ms();
    let part = call.core.store.run(move |store| digest(store, segments, now)).await?;
    let etag = part.etag.clone();
    multipart::store_part(call, &id, number, part, || ()).await?;

    let mut xml = XmlWriter::document();
    xml.open("CopyPartResult");
    xml.text("LastModified", &clock::iso_ms(now));
    xml.etag(&etag);
    xml.close("CopyPartResult");
    let mut response =
        OssResponse::xml(xml.finish()).etag(&etag).with_optional("x-oss-copy-source-version-id", found.version_id);
    if let Selection::Piece { start, len } = selection {
        response.set("content-range", format!("bytes {start}-{}/{size}", start + len - 1));
    }
    Ok(response)
}

/// Reads the copied bytes once, for their MD5 and CRC64.
fn digest(store: &Store, segments: Vec<Segment>, now_ms: i64) -> Outcome<PartRecord> {
    let (mut md5, mut crc) = (Md5::new(), Crc64Digest::new());
    let mut reader = store.blobs.reader(segments.clone());
    while let Some(piece) = reader.read()? {
        md5.update(&piece);
        crc.update(&piece);
    }
    Ok(PartRecord {
        size: crc.len(),
        etag: hex(&md5.finalize()),
        crc64: Some(crc.value().to_u64()),
        last_modified_ms: now_ms,
        segments,
    })
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
