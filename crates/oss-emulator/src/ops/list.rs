//! The four lists: objects (both versions of the call), object versions, unfinished uploads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::name_encoding::NameEncoding;
use crate::call::Call;
use crate::clock;
use crate::error::{OssError, Outcome};
use crate::fault::{FaultEffect, FaultScript};
use crate::response::OssResponse;
use crate::store::Walk;
use crate::store::records::{Content, ObjectRecord, Restore, StorageClass, VersionRecord};
use crate::xml::XmlWriter;

mod page;

use page::{Listed, Page, start_after};

/// What all lists are asked.
struct Request {
    bucket: String,
    prefix: String,
    delimiter: Option<String>,
    limit: usize,
    encoding: NameEncoding,
}

/// How many entries a page has, as the query says it.
struct Limit {
    name: &'static str,
    default: u64,
    min: u64,
}

/// The documents refuse less than 0, so 0 is an empty page.
const MAX_KEYS: Limit = Limit { name: "max-keys", default: 100, min: 0 };
const MAX_UPLOADS: Limit = Limit { name: "max-uploads", default: 1000, min: 1 };

impl Request {
    fn of(call: &Call, limit: Limit) -> Outcome<Self> {
        let query = &call.head.query;
        let limit = query.number(limit.name, limit.default, limit.min..=1000)?;
        Ok(Self {
            bucket: call.head.bucket()?.to_owned(),
            prefix: query.name("prefix")?.unwrap_or_default().to_owned(),
            delimiter: query.name("delimiter")?.map(str::to_owned),
            limit: usize::try_from(limit).unwrap_or(1000),
            encoding: NameEncoding::from_query(query.first("encoding-type"))?,
        })
    }

    fn page<T>(&self) -> Page<T> {
        Page::new(&self.prefix, self.delimiter.as_deref(), self.limit)
    }

    fn name(&self, xml: &mut XmlWriter, element: &str, name: &str) {
        xml.text(element, &self.encoding.apply(name));
    }

    fn common_prefixes<T>(&self, xml: &mut XmlWriter, page: &Page<T>) {
        for listed in &page.listed {
            if let Listed::Prefix(prefix) = listed {
                xml.open("CommonPrefixes");
                self.name(xml, "Prefix", prefix);
                xml.close("CommonPrefixes");
            }
        }
    }
}

/// One current object.
struct Current {
    key: String,
    last_modified_ms: i64,
    object: ObjectRecord,
}

/// Current objects with names greater than `after`.
async fn current_objects(call: &Call, request: &Request, after: Option<&str>) -> Outcome<Page<Current>> {
    let mut page = request.page();
    let (bucket, from) = (request.bucket.clone(), start_after(&request.prefix, request.delimiter.as_deref(), after));
    if let Some(synthetic) = call.core.synthetic.of(&bucket) {
        synthetic.walk(&from, |key, version| match version.content {
            Content::Object(object) => {
                let last_modified_ms = version.last_modified_ms;
                page.offer(key, |key| Current { key, last_modified_ms, object: *object })
            }
            Content::DeleteMarker => Ok(Walk::Next),
        })?;
        return Ok(page);
    }
    call.core
        .store
        .run(move |store| {
            store.read(|txn| {
                let mut last: Vec<u8> = Vec::new();
                txn.walk_versions(&bucket, (from, 0), &mut |key, _, version| {
                    if last == key {
                        return Ok(Walk::Next);
                    }
                    last = key.to_owned();
                    let VersionRecord { last_modified_ms, content, .. } = version;
                    match content {
                        Content::Object(object) => {
                            page.offer(key, |key| Current { key, last_modified_ms, object: *object })
                        }
                        Content::DeleteMarker => Ok(Walk::Next),
                    }
                })?;
                Ok(page)
            })
        })
        .await
}

fn contents(call: &Call, request: &Request, xml: &mut XmlWriter, page: &Page<Current>, with_owner: bool) {
    let mut listed: Vec<_> = page.listed.iter().collect();
    disturb(&mut listed, &call.faults);
    for listed in listed {
        if let Listed::Entry(current) = listed {
            xml.open("Contents");
            request.name(xml, "Key", &current.key);
            describe(xml, &current.object, current.last_modified_ms, call.core.clock.now_ms());
            if with_owner {
                xml.owner();
            }
            xml.close("Contents");
        }
    }
}

/// Does to the entries of a page what a fault asks for.
fn disturb<T>(listed: &mut Vec<&T>, faults: &FaultScript) {
    let count = listed.len();
    if faults.has(&FaultEffect::ListUnordered) && count > 1 {
        listed.swap(0, count - 1);
    }
    if faults.has(&FaultEffect::ListRepeated) {
        listed.extend(listed.first().copied());
        listed.rotate_right(usize::from(count > 0));
    }
    if faults.has(&FaultEffect::ListShort) {
        listed.truncate(count / 2);
    }
}

fn describe(xml: &mut XmlWriter, object: &ObjectRecord, last_modified_ms: i64, now_ms: i64) {
    xml.text("LastModified", &clock::iso_ms(last_modified_ms));
    xml.etag(&object.etag);
    xml.text("Type", object.object_type.as_str());
    xml.display("Size", object.size);
    xml.text("StorageClass", object.attributes.storage_class.as_str());
    if let Some(Restore { ready_ms, expiry_ms }) = object.restore.filter(|restore| restore.expiry_ms > now_ms) {
        let info = if now_ms < ready_ms {
            "ongoing-request=\"true\"".to_owned()
        } else {
            format!("ongoing-request=\"false\", expiry-date=\"{}\"", clock::http_date_ms(expiry_ms))
        };
        xml.text("RestoreInfo", &info);
    }
}

/// ListObjectsV2.
pub(super) async fn objects_v2(call: &Call) -> Outcome<OssResponse> {
    let query = &call.head.query;
    let request = Request::of(call, MAX_KEYS)?;
    let start = query.name("start-after")?;
    let token = query.first("continuation-token").filter(|token| !token.is_empty());
    let from_token = token.map(read_token).transpose()?;
    let with_owner = query.first("fetch-owner") == Some("true");
    let page = current_objects(call, &request, from_token.as_deref().or(start)).await?;

    let mut xml = XmlWriter::document();
    xml.open("ListBucketResult");
    xml.text("Name", &request.bucket);
    request.name(&mut xml, "Prefix", &request.prefix);
    if let Some(start) = start {
        request.name(&mut xml, "StartAfter", start);
    }
    if let Some(token) = token {
        request.name(&mut xml, "ContinuationToken", token);
    }
    xml.display("MaxKeys", request.limit);
    request.name(&mut xml, "Delimiter", request.delimiter.as_deref().unwrap_or_default());
    xml.display("IsTruncated", page.truncated);
    request.encoding.write(&mut xml);
    if let Some(last) = page.last_name(|current| &current.key).filter(|_| page.truncated) {
        let next = match call.faults.has(&FaultEffect::ListSameToken) {
            true => token.map_or_else(|| write_token(""), str::to_owned),
            false => write_token(last),
        };
        if !call.faults.has(&FaultEffect::ListWithoutToken) {
            request.name(&mut xml, "NextContinuationToken", &next);
        }
    }
    contents(call, &request, &mut xml, &page, with_owner);
    request.common_prefixes(&mut xml, &page);
    xml.display("KeyCount", page.listed.len());
    xml.close("ListBucketResult");
    Ok(OssResponse::xml(xml.finish()))
}

/// ListObjects, the first version of the call.
pub(super) async fn objects(call: &Call) -> Outcome<OssResponse> {
    let request = Request::of(call, MAX_KEYS)?;
    let marker = call.head.query.name("marker")?;
    let page = current_objects(call, &request, marker).await?;

    let mut xml = XmlWriter::document();
    xml.open("ListBucketResult");
    xml.text("Name", &request.bucket);
    request.name(&mut xml, "Prefix", &request.prefix);
    request.name(&mut xml, "Marker", marker.unwrap_or_default());
    xml.display("MaxKeys", request.limit);
    request.name(&mut xml, "Delimiter", request.delimiter.as_deref().unwrap_or_default());
    xml.display("IsTruncated", page.truncated);
    request.encoding.write(&mut xml);
    if let Some(last) = page.last_name(|current| &current.key).filter(|_| page.truncated) {
        request.name(&mut xml, "NextMarker", last);
    }
    contents(call, &request, &mut xml, &page, true);
    request.common_prefixes(&mut xml, &page);
    xml.close("ListBucketResult");
    Ok(OssResponse::xml(xml.finish()))
}

/// A tiny protobuf message: field 1 is the last name given. Clients must not look inside.
fn write_token(last: &str) -> String {
    let mut message = vec![0x0A];
    let mut len = last.len();
    while len >= 0x80 {
        message.push(0x80 | u8::try_from(len & 0x7F).unwrap_or_default());
        len >>= 7;
    }
    message.push(u8::try_from(len).unwrap_or_default());
    message.extend_from_slice(last.as_bytes());
    STANDARD.encode(message).replace('=', "-")
}

fn read_token(token: &str) -> Outcome<String> {
    let read = || -> Option<String> {
        let message = STANDARD.decode(token.replace('-', "=")).ok()?;
        let mut bytes = message.strip_prefix(&[0x0A])?.iter();
        let mut len = 0_usize;
        for shift in [0, 7, 14] {
            let byte = *bytes.next()?;
            len |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let rest = bytes.as_slice();
        (rest.len() == len).then(|| String::from_utf8(rest.to_vec()).ok())?
    };
    read().ok_or_else(|| OssError::invalid_argument("continuation-token", token))
}

/// One version or delete marker.
struct Version {
    key: String,
    record: VersionRecord,
    is_latest: bool,
}

/// ListObjectVersions.
pub(super) async fn versions(call: &Call) -> Outcome<OssResponse> {
    let query = &call.head.query;
    let request = Request::of(call, MAX_KEYS)?;
    let key_marker = query.name("key-marker")?.map(str::to_owned);
    let id_marker = query.name("version-id-marker")?.map(str::to_owned);
    if id_marker.is_some() && key_marker.is_none() {
        return Err(OssError::invalid_argument("version-id-marker", id_marker.as_deref().unwrap_or_default())
            .message("version-id-marker needs key-marker."));
    }
    let mut page = request.page();
    let (bucket, prefix, delimiter) = (request.bucket.clone(), request.prefix.clone(), request.delimiter.clone());
    let (key, id) = (key_marker.clone(), id_marker.clone());
    if let Some(synthetic) = call.core.synthetic.of(&bucket) {
        let from = start_after(&prefix, delimiter.as_deref(), key.as_deref());
        synthetic.walk(&from, |key, record| page.offer(key, |key| Version { key, record, is_latest: true }))?;
        return Ok(versions_document(call, &request, (key.as_deref(), id.as_deref()), &page));
    }
    let page = call
        .core
        .store
        .run(move |store| {
            store.read(|txn| {
                let mut last: Vec<u8> = Vec::new();
                let given = match (&key, &id) {
                    (Some(key), Some(id)) => txn.version(&bucket, key, id)?.map(|(age, _)| (key, age)),
                    _ => None,
                };
                let from = match (given, &key, &id) {
                    (Some((key, age)), ..) => {
                        last = key.clone().into_bytes();
                        (last.clone(), age + 1)
                    }
                    // A client that deletes as it lists names a version that no longer exists: no other version of the key may be skipped.
                    (None, Some(key), Some(_)) => (key.clone().into_bytes(), 0),
                    _ => (start_after(&prefix, delimiter.as_deref(), key.as_deref()), 0),
                };
                txn.walk_versions(&bucket, from, &mut |key, _, record| {
                    let is_latest = last != key;
                    last = key.to_owned();
                    page.offer(key, |key| Version { key, record, is_latest })
                })?;
                Ok(page)
            })
        })
        .await?;

    Ok(versions_document(call, &request, (key_marker.as_deref(), id_marker.as_deref()), &page))
}

fn versions_document(
    call: &Call,
    request: &Request,
    (key_marker, id_marker): (Option<&str>, Option<&str>),
    page: &Page<Version>,
) -> OssResponse {
    let mut xml = XmlWriter::document();
    xml.open("ListVersionsResult");
    xml.text("Name", &request.bucket);
    request.name(&mut xml, "Prefix", &request.prefix);
    request.name(&mut xml, "KeyMarker", key_marker.unwrap_or_default());
    xml.text("VersionIdMarker", id_marker.unwrap_or_default());
    xml.display("MaxKeys", request.limit);
    request.name(&mut xml, "Delimiter", request.delimiter.as_deref().unwrap_or_default());
    xml.display("IsTruncated", page.truncated);
    request.encoding.write(&mut xml);
    if page.truncated {
        match page.listed.last() {
            Some(Listed::Entry(version)) => {
                request.name(&mut xml, "NextKeyMarker", &version.key);
                xml.text("NextVersionIdMarker", version.record.wire_id());
            }
            Some(Listed::Prefix(prefix)) => request.name(&mut xml, "NextKeyMarker", prefix),
            None => {}
        }
    }
    for listed in &page.listed {
        let Listed::Entry(version) = listed else { continue };
        let element = if version.record.is_delete_marker() { "DeleteMarker" } else { "Version" };
        xml.open(element);
        request.name(&mut xml, "Key", &version.key);
        xml.text("VersionId", version.record.wire_id());
        xml.display("IsLatest", version.is_latest);
        match version.record.object() {
            Some(object) => describe(&mut xml, object, version.record.last_modified_ms, call.core.clock.now_ms()),
            None => xml.text("LastModified", &clock::iso_ms(version.record.last_modified_ms)),
        }
        xml.owner();
        xml.close(element);
    }
    request.common_prefixes(&mut xml, page);
    xml.close("ListVersionsResult");
    OssResponse::xml(xml.finish())
}

/// One unfinished upload.
struct Upload {
    key: String,
    id: String,
    storage_class: StorageClass,
    initiated_ms: i64,
}

/// ListMultipartUploads.
pub(super) async fn uploads(call: &Call) -> Outcome<OssResponse> {
    let query = &call.head.query;
    let request = Request::of(call, MAX_UPLOADS)?;
    let key_marker = query.name("key-marker")?.map(str::to_owned);
    // Without a key the id says nothing and is ignored.
    let id_marker = query.name("upload-id-marker")?.map(str::to_owned).filter(|_| key_marker.is_some());
    let from = match (&key_marker, &id_marker) {
        (Some(key), Some(id)) => (key.clone().into_bytes(), format!("{id}\0")),
        _ => (start_after(&request.prefix, request.delimiter.as_deref(), key_marker.as_deref()), String::new()),
    };
    let mut page = request.page();
    let bucket = request.bucket.clone();
    let page = call
        .core
        .store
        .run(move |store| {
            store.read(|txn| {
                txn.walk_uploads(&bucket, from, &mut |key, id, upload| {
                    if upload.aborted {
                        return Ok(Walk::Next);
                    }
                    let (storage_class, initiated_ms) = (upload.attributes.storage_class, upload.initiated_ms);
                    page.offer(key, |key| Upload { key, id: id.to_owned(), storage_class, initiated_ms })
                })?;
                Ok(page)
            })
        })
        .await?;

    let mut xml = XmlWriter::document();
    xml.open("ListMultipartUploadsResult");
    request.encoding.write(&mut xml);
    xml.text("Bucket", &request.bucket);
    request.name(&mut xml, "KeyMarker", key_marker.as_deref().unwrap_or_default());
    xml.text("UploadIdMarker", id_marker.as_deref().unwrap_or_default());
    let (next_key, next_id) = match page.listed.last() {
        Some(Listed::Entry(upload)) => (upload.key.as_str(), upload.id.as_str()),
        Some(Listed::Prefix(prefix)) => (prefix.as_str(), ""),
        None => ("", ""),
    };
    request.name(&mut xml, "NextKeyMarker", next_key);
    xml.text("NextUploadIdMarker", next_id);
    request.name(&mut xml, "Delimiter", request.delimiter.as_deref().unwrap_or_default());
    request.name(&mut xml, "Prefix", &request.prefix);
    xml.display("MaxUploads", request.limit);
    xml.display("IsTruncated", page.truncated);
    for listed in &page.listed {
        if let Listed::Entry(upload) = listed {
            xml.open("Upload");
            request.name(&mut xml, "Key", &upload.key);
            xml.text("UploadId", &upload.id);
            xml.text("StorageClass", upload.storage_class.as_str());
            xml.text("Initiated", &clock::iso_ms(upload.initiated_ms));
            xml.close("Upload");
        }
    }
    request.common_prefixes(&mut xml, &page);
    xml.close("ListMultipartUploadsResult");
    Ok(OssResponse::xml(xml.finish()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_written_as_in_the_official_sample() {
        assert_eq!(write_token("bc"), "CgJiYw--");
        assert_eq!(read_token("CgJiYw--").unwrap(), "bc");
        for bad in ["", "x", "CgJi", "CgNiYw--"] {
            assert_eq!(read_token(bad).unwrap_err().code, "InvalidArgument", "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_name_survives_a_token(name in "\\PC{0,300}") {
            prop_assert_eq!(read_token(&write_token(&name)).unwrap(), name);
        }

        #[test]
        fn no_token_makes_the_reader_panic(token in "[A-Za-z0-9+/=-]{0,40}") {
            let _ = read_token(&token);
        }
    }
}
