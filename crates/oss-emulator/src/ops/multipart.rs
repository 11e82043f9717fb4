//! Multipart uploads: initiate, parts, complete, abort, and the list of parts.

use std::cmp::Ordering;

use md5::{Digest as _, Md5};
use oss_models::{Crc64, Etag, PartNumber};

use super::attributes;
use super::name_encoding::NameEncoding;
use super::object::{self, names};
use super::publish::{self, VersionHeader};
use super::receive::{self, Promised, hex};
use crate::body::RequestBody;
use crate::call::Call;
use crate::callback::{self, Callback, Uploaded};
use crate::clock;
use crate::core::Completed;
use crate::error::{OssError, Outcome, code};
use crate::fault::FaultEffect;
use crate::response::OssResponse;
use crate::settings::{MAX_PUT, MIN_PART};
use crate::store::records::{Acl, BucketRecord, ObjectRecord, ObjectType, PartRecord, UploadRecord};
use crate::store::{Store, Tables, Writing};
use crate::xml::XmlWriter;
use crate::xml_body::{Element, malformed};

/// 10,000 parts with their ETags fit several times over.
const MAX_COMPLETE_BODY: usize = 4 * 1024 * 1024;

/// InitiateMultipartUpload.
pub(super) async fn initiate(call: &Call, bucket_record: &BucketRecord) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let encoding = NameEncoding::from_query(call.head.query.first("encoding-type"))?;
    let attributes = attributes::attributes(&call.head, bucket_record)?;
    let forbid = attributes::forbid_overwrite(&call.head)?;
    let now = call.core.clock.now();
    let upload_id = new_upload_id(now.as_microsecond());
    let record = UploadRecord { initiated_ms: now.as_millisecond(), attributes, aborted: false };
    let encryption = record.attributes.encryption.clone();
    let mut xml = XmlWriter::document();
    xml.open("InitiateMultipartUploadResult");
    encoding.write(&mut xml);
    xml.text("Bucket", &bucket);
    xml.text("Key", &encoding.apply(&key));
    xml.text("UploadId", &upload_id);
    xml.close("InitiateMultipartUploadResult");
    call.core
        .store
        .run(move |store| {
            store.write(|txn| {
                if txn.bucket(&bucket)?.is_none() {
                    return Err(OssError::no_such_bucket(&bucket));
                }
                if forbid {
                    publish::check_overwrite(txn, &bucket, &key)?;
                }
                txn.put_upload(&bucket, &key, &upload_id, &record)
            })
        })
        .await?;
    Ok(object::with_encryption(OssResponse::xml(xml.finish()), &encryption))
}

/// 16 hex digits of the microseconds since 1970, then 16 random ones.
fn new_upload_id(micros: i64) -> String {
    format!("{micros:016X}{:016X}", fastrand::u64(..))
}

fn no_such_upload(id: &str) -> OssError {
    OssError::from(code::NO_SUCH_UPLOAD).with("UploadId", id)
}

/// EC of `NoSuchUpload` in responses to UploadPart.
const NO_SUCH_UPLOAD_ON_PART: &str = "0017-00000244";

/// An upload that takes parts and can be completed.
fn open_upload(txn: &dyn Tables, bucket: &str, key: &str, id: &str) -> Outcome<UploadRecord> {
    txn.upload(bucket, key, id)?.filter(|upload| !upload.aborted).ok_or_else(|| no_such_upload(id))
}

/// Upload id and part number of a request.
///
/// # Errors
/// `InvalidArgument` for a number outside 1 to 10,000.
pub(super) fn part_address(call: &Call) -> Outcome<(String, PartNumber)> {
    let id = call.head.query.first("uploadId").unwrap_or_default().to_owned();
    let text = call.head.query.first("partNumber").unwrap_or_default();
    let number = text.parse().ok().and_then(|number| PartNumber::new(number).ok());
    match number {
        Some(number) => Ok((id, number)),
        None => Err(OssError::invalid_argument("PartNumber", text)
            .ec("0017-00000220")
            .message("Part number must be an integer between 1 and 10000, inclusive.")),
    }
}

/// The upload, or an early refusal when it is not there.
pub(super) async fn check_open(call: &Call, id: &str) -> Outcome<UploadRecord> {
    let (bucket, key) = names(call)?;
    let id = id.to_owned();
    let opened = call.core.store.run(move |store| store.read(|txn| open_upload(txn, &bucket, &key, &id))).await;
    opened.map_err(|error| if error.code == "NoSuchUpload" { error.ec(NO_SUCH_UPLOAD_ON_PART) } else { error })
}

/// UploadPart.
pub(super) async fn upload_part(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    let (id, number) = part_address(call)?;
    let promised = Promised::from_head(&call.head)?;
    body.announce(MAX_PUT)?;
    let upload = check_open(call, &id).await?;
    let mut received = receive::receive(&call.core, body, MAX_PUT, promised).await?;
    let part = PartRecord {
        size: received.size,
        etag: received.etag(),
        crc64: Some(received.crc64.to_u64()),
        last_modified_ms: call.core.clock.now_ms(),
        segments: received.segments.clone(),
    };
    let response =
        OssResponse::ok().etag(&part.etag).crc64(part.crc64).with_optional("content-md5", received.content_md5());
    let target = PartTarget::of(call, &id, number)?;
    let store = move |store: &Store| {
        store.write(|txn| target.store(txn, &part))?;
        received.claimed();
        Ok(())
    };
    call.core.store.run(store).await?;
    Ok(object::with_encryption(response, &upload.attributes.encryption))
}

/// Where a part goes.
#[derive(Debug)]
pub(super) struct PartTarget {
    bucket: String,
    key: String,
    upload_id: String,
    number: PartNumber,
    /// A part of an aborted upload is kept.
    late_is_kept: bool,
}

impl PartTarget {
    pub(super) fn of(call: &Call, upload_id: &str, number: PartNumber) -> Outcome<Self> {
        let (bucket, key) = names(call)?;
        let late_is_kept = call.core.settings.late_part_after_abort;
        Ok(Self { bucket, key, upload_id: upload_id.to_owned(), number, late_is_kept })
    }

    /// Stores a part if its upload is still open.
    pub(super) fn store(&self, txn: &mut Writing, part: &PartRecord) -> Outcome<()> {
        let open = txn.upload(&self.bucket, &self.key, &self.upload_id)?;
        if !open.is_some_and(|upload| self.late_is_kept || !upload.aborted) {
            return Err(no_such_upload(&self.upload_id).ec(NO_SUCH_UPLOAD_ON_PART));
        }
        txn.retain(&part.segments)?;
        txn.put_part(&self.upload_id, self.number.get(), part)
    }
}

/// One line of a Complete.
#[derive(Clone, Debug)]
struct ListedPart {
    number: PartNumber,
    etag: String,
}

/// CompleteMultipartUpload.
pub(super) async fn complete(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let head = &call.head;
    let id = head.query.first("uploadId").unwrap_or_default().to_owned();
    let encoding = NameEncoding::from_query(head.query.first("encoding-type"))?;
    let forbid = attributes::forbid_overwrite(head)?;
    let acl = attributes::object_acl(head)?;
    let callback = Callback::from_head(head)?;
    let promised = Promised::from_head(head)?;
    let all = complete_all(call)?;
    let document = body.document(MAX_COMPLETE_BODY).await?;
    promised.check_bytes(&document)?;

    let result = {
        let (bucket, key, id) = (bucket.clone(), key.clone(), id.clone());
        let now = call.core.clock.now_ms();
        let work = Completion { bucket, key, id, all, document: document.to_vec(), acl, forbid, now };
        call.core.store.run(move |store| store.write(|txn| work.run(txn))).await
    };
    let (object, version_id) = match result {
        Ok(done) => done,
        Err(error) if error.code == "NoSuchUpload" => {
            let remembered = call
                .core
                .completed
                .find(&id, call.core.clock.now_ms())
                .filter(|done| done.bucket == bucket && done.key == key);
            let done = remembered.ok_or(error)?;
            let xml = completed_xml(call, encoding, &bucket, &key, &done.etag);
            return Ok(OssResponse::xml(xml)
                .etag(&done.etag)
                .crc64(done.crc64)
                .with_optional("x-oss-version-id", done.version_id));
        }
        Err(error) => return Err(error),
    };
    if let Some(memory) = call.core.settings.remember_completed {
        let now_ms = call.core.clock.now_ms();
        let completed = Completed {
            bucket: bucket.clone(),
            key: key.clone(),
            until_ms: now_ms.saturating_add(i64::try_from(memory.as_millis()).unwrap_or(i64::MAX)),
            etag: object.etag.clone(),
            crc64: object.crc64,
            version_id: version_id.clone(),
        };
        call.core.completed.insert(id, completed, now_ms);
    }
    let response = OssResponse::xml(completed_xml(call, encoding, &bucket, &key, &object.etag))
        .etag(&object.etag)
        .crc64(object.crc64)
        .with_optional("x-oss-version-id", version_id);
    let response = object::with_encryption(response, &object.attributes.encryption);
    match callback {
        Some(callback) => Ok(callback::deliver(call, &callback, &Uploaded::of(&object), response).await),
        None => Ok(response),
    }
}

fn complete_all(call: &Call) -> Outcome<bool> {
    match call.head.header("x-oss-complete-all") {
        None => Ok(false),
        Some("yes") => Ok(true),
        Some(other) => Err(OssError::invalid_argument("x-oss-complete-all", other)),
    }
}

fn completed_xml(call: &Call, encoding: NameEncoding, bucket: &str, key: &str, etag: &str) -> String {
    let mut xml = XmlWriter::document();
    xml.open("CompleteMultipartUploadResult");
    encoding.write(&mut xml);
    let scheme = if call.core.endpoint().starts_with("https") { "https" } else { "http" };
    let host = call.head.host.strip_prefix(&format!("{bucket}.")).unwrap_or(&call.head.host);
    xml.text("Location", &format!("{scheme}://{bucket}.{host}/{}", oss_auth::encoding::encode_path(key)));
    xml.text("Bucket", bucket);
    xml.text("Key", &encoding.apply(key));
    xml.etag(etag);
    xml.close("CompleteMultipartUploadResult");
    xml.finish()
}

/// Everything a Complete needs, so that it can run in one transaction.
struct Completion {
    bucket: String,
    key: String,
    id: String,
    all: bool,
    document: Vec<u8>,
    acl: Option<Acl>,
    forbid: bool,
    now: i64,
}

impl Completion {
    fn run(self, txn: &mut Writing) -> Outcome<(ObjectRecord, VersionHeader)> {
        let upload = open_upload(txn, &self.bucket, &self.key, &self.id)?;
        let listed = self.listed(txn)?;
        let parts = self.matching(txn, &listed)?;
        if parts.iter().rev().skip(1).any(|part| part.size < MIN_PART) {
            return Err(code::ENTITY_TOO_SMALL.into());
        }
        let mut attributes = upload.attributes;
        attributes.acl = self.acl.unwrap_or(Acl::Default);
        let object = ObjectRecord {
            object_type: ObjectType::Multipart,
            size: parts.iter().map(|part| part.size).sum(),
            etag: multipart_etag(&parts),
            crc64: combined_crc(&parts),
            content_md5: None,
            segments: parts.into_iter().flat_map(|part| part.segments).collect(),
            attributes,
            symlink_target: None,
            restore: None,
        };
        let version = publish::publish(txn, &self.bucket, &self.key, object.clone(), self.now, self.forbid)?;
        txn.remove_upload(&self.bucket, &self.key, &self.id)?;
        Ok((object, version))
    }

    fn listed(&self, txn: &Writing) -> Outcome<Vec<ListedPart>> {
        if !self.all {
            return parse_listed(&self.document);
        }
        if !self.document.is_empty() {
            return Err(OssError::invalid_argument("x-oss-complete-all", "yes")
                .ec("0042-00000216")
                .message("Should not specify both complete all header and http body."));
        }
        let stored = txn.parts(&self.id, 0, usize::MAX)?;
        if stored.is_empty() {
            return Err(OssError::from(code::INVALID_PART).with("UploadId", &self.id));
        }
        let listed = stored.into_iter().map(|(number, part)| {
            let number = PartNumber::new(number).map_err(OssError::internal)?;
            Ok(ListedPart { number, etag: part.etag })
        });
        listed.collect()
    }

    /// The stored parts of the list, in its order.
    fn matching(&self, txn: &Writing, listed: &[ListedPart]) -> Outcome<Vec<PartRecord>> {
        let mut stored = txn.parts(&self.id, 0, usize::MAX)?.into_iter().peekable();
        let mut parts = Vec::with_capacity(listed.len());
        for want in listed {
            while stored.next_if(|(number, _)| number.cmp(&want.number.get()) == Ordering::Less).is_some() {}
            let found = stored.next_if(|(number, part)| {
                *number == want.number.get() && Etag::new(&want.etag) == Etag::new(&part.etag)
            });
            let Some((_, part)) = found else {
                return Err(OssError::from(code::INVALID_PART)
                    .with("ETag", &want.etag)
                    .with("PartNumber", want.number.to_string())
                    .with("UploadId", &self.id));
            };
            parts.push(part);
        }
        Ok(parts)
    }
}

fn parse_listed(document: &[u8]) -> Outcome<Vec<ListedPart>> {
    if document.is_empty() {
        return Err(malformed("the body is empty").ec("0042-00000205"));
    }
    let root = Element::parse(document, "CompleteMultipartUpload")?;
    let mut listed: Vec<ListedPart> = Vec::new();
    for part in root.named("Part") {
        let number = part.child_text("PartNumber")?.trim();
        let number = number
            .parse()
            .ok()
            .and_then(|number| PartNumber::new(number).ok())
            .ok_or_else(|| OssError::invalid_argument("PartNumber", number).ec("0017-00000220"))?;
        let etag = part.child_text("ETag")?.trim().to_owned();
        if listed.last().is_some_and(|last| last.number >= number) {
            return Err(code::INVALID_PART_ORDER.into());
        }
        listed.push(ListedPart { number, etag });
    }
    if listed.is_empty() {
        return Err(malformed("there is no Part").ec("0042-00000205"));
    }
    Ok(listed)
}

/// MD5 over the parts' ETag texts (upper-case hex, not the binary digests), and the number of parts.
fn multipart_etag(parts: &[PartRecord]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part.etag.as_bytes());
    }
    format!("{}-{}", hex(&md5.finalize()), parts.len())
}

fn combined_crc(parts: &[PartRecord]) -> Option<u64> {
    let combined = parts
        .iter()
        .try_fold(Crc64::EMPTY, |crc, part| part.crc64.map(|next| crc.combine(Crc64::from_u64(next), part.size)));
    combined.map(Crc64::to_u64)
}

/// AbortMultipartUpload.
pub(super) async fn abort(call: &Call) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let id = call.head.query.first("uploadId").unwrap_or_default().to_owned();
    let keep_open = call.core.settings.late_part_after_abort;
    call.core
        .store
        .run(move |store| {
            store.write(|txn| {
                let upload = txn.upload(&bucket, &key, &id)?;
                match upload {
                    Some(upload) if keep_open => {
                        // After the first abort a late part is still accepted; the second abort removes the upload.
                        if upload.aborted && txn.parts(&id, 0, 1)?.is_empty() {
                            return Err(no_such_upload(&id));
                        }
                        txn.remove_parts(&id)?;
                        txn.put_upload(&bucket, &key, &id, &UploadRecord { aborted: true, ..upload })
                    }
                    Some(_) => txn.remove_upload(&bucket, &key, &id),
                    None => Err(no_such_upload(&id)),
                }
            })
        })
        .await?;
    Ok(OssResponse::no_content())
}

/// ListParts.
pub(super) async fn list_parts(call: &Call) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let query = &call.head.query;
    let id = query.first("uploadId").unwrap_or_default().to_owned();
    let encoding = NameEncoding::from_query(query.first("encoding-type"))?;
    let max_parts = query.number("max-parts", 1000, 1..=1000)?;
    let marker = query.number("part-number-marker", 0, 0..=u64::from(u16::MAX))?;
    let (after, limit) = (u16::try_from(marker).unwrap_or(u16::MAX), usize::try_from(max_parts).unwrap_or(1000));
    let (upload, mut parts) = {
        let (bucket, key, id) = (bucket.clone(), key.clone(), id.clone());
        call.core
            .store
            .run(move |store| {
                store.read(|txn| {
                    let upload = txn.upload(&bucket, &key, &id)?.ok_or_else(|| no_such_upload(&id))?;
                    let parts = txn.parts(&id, after, limit + 1)?;
                    if upload.aborted && parts.is_empty() {
                        return Err(no_such_upload(&id));
                    }
                    Ok((upload, parts))
                })
            })
            .await?
    };
    let truncated = parts.len() > limit;
    parts.truncate(limit);
    let without_crc = call.core.settings.list_parts_without_crc || call.faults.has(&FaultEffect::DropPartCrc);

    let mut xml = XmlWriter::document();
    xml.open("ListPartsResult");
    encoding.write(&mut xml);
    xml.text("Bucket", &bucket);
    xml.text("Key", &encoding.apply(&key));
    xml.text("UploadId", &id);
    xml.text("StorageClass", upload.attributes.storage_class.as_str());
    xml.display("PartNumberMarker", marker);
    xml.display("NextPartNumberMarker", parts.last().map_or(u64::from(after), |(number, _)| u64::from(*number)));
    xml.display("MaxParts", max_parts);
    xml.display("IsTruncated", truncated);
    for (number, part) in &parts {
        xml.open("Part");
        xml.display("PartNumber", number);
        xml.text("LastModified", &clock::iso_ms(part.last_modified_ms));
        xml.etag(&part.etag);
        if let Some(crc64) = part.crc64.filter(|_| !without_crc) {
            xml.display("HashCrc64ecma", crc64);
        }
        xml.display("Size", part.size);
        xml.close("Part");
    }
    xml.close("ListPartsResult");
    Ok(OssResponse::xml(xml.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(etag: &str) -> PartRecord {
        PartRecord { size: 1, etag: etag.to_owned(), crc64: None, last_modified_ms: 0, segments: Vec::new() }
    }

    #[test]
    fn the_etag_of_an_official_sample_is_reproduced() {
        let parts = [
            "3349DC700140D7F86A078484278075A9",
            "8EFDA8BE206636A695359836FE0A0E0A",
            "8C315065167132444177411FDA149B92",
        ];
        assert_eq!(multipart_etag(&parts.map(part)), "B864DB6A936D376F9F8D3ED3BBE540DD-3");
    }

    #[test]
    fn upload_ids_begin_with_the_time() {
        let id = new_upload_id(1_329_899_543_083_884);
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)), "{id}");
        assert_eq!(u64::from_str_radix(&id[..16], 16).unwrap(), 1_329_899_543_083_884);
    }

    #[test]
    fn a_whole_crc_needs_the_crc_of_every_part() {
        assert_eq!(combined_crc(&[part("A")]), None);
        assert_eq!(combined_crc(&[]), Some(0));
    }
}
