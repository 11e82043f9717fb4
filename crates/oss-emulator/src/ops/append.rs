//! AppendObject.

use md5::{Digest as _, Md5};
use oss_models::Crc64;

use super::object::{self, names};
use super::receive::{self, Promised, Received, hex};
use super::{attributes, publish};
use crate::body::RequestBody;
use crate::call::Call;
use crate::error::{OssError, Outcome, code};
use crate::response::OssResponse;
use crate::settings::MAX_PUT;
use crate::store::records::{Attributes, BucketRecord, Content, ObjectRecord, ObjectType, VersionRecord};
use crate::store::{Tables, Writing};

/// Appends a body at `position`.
pub(super) async fn append(call: &Call, body: &mut RequestBody, bucket_record: &BucketRecord) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let text = call.head.query.first("position").unwrap_or_default();
    let position: u64 = text.parse().map_err(|_| OssError::invalid_argument("position", text))?;
    let attributes = attributes::attributes(&call.head, bucket_record)?;
    let forbid = attributes::forbid_overwrite(&call.head)? && position == 0;
    let promised = Promised::from_head(&call.head)?;
    body.announce(MAX_PUT)?;
    {
        let (bucket, key) = (bucket.clone(), key.clone());
        call.core
            .store
            .run(move |store| store.read(|txn| place(txn, &bucket, &key, position, forbid).map(drop)))
            .await?;
    }
    let mut received = receive::receive(&call.core, body, MAX_PUT, promised).await?;
    let content_md5 = received.content_md5();
    let now = call.core.clock.now_ms();
    let (object, version_id) = call
        .core
        .store
        .run(move |store| {
            let appended = store.write(|txn| {
                let place = place(txn, &bucket, &key, position, forbid)?;
                write(txn, &bucket, &key, place, attributes, &received, now)
            })?;
            received.claimed();
            Ok(appended)
        })
        .await?;
    let response = OssResponse::ok()
        .etag(&object.etag)
        .crc64(object.crc64)
        .with("x-oss-next-append-position", object.size.to_string())
        .with_optional("content-md5", content_md5)
        .with_optional("x-oss-version-id", version_id);
    Ok(object::with_encryption(response, &object.attributes.encryption))
}

/// Where an append goes: onto an existing object, or nowhere yet.
type Place = Option<(u64, VersionRecord, ObjectRecord)>;

fn place(txn: &dyn Tables, bucket: &str, key: &str, position: u64, forbid: bool) -> Outcome<Place> {
    if forbid {
        publish::check_overwrite(txn, bucket, key)?;
    }
    let place = match txn.newest(bucket, key)? {
        Some((age, version)) => version.object().cloned().map(|object| (age, version, object)),
        None => None,
    };
    if place.as_ref().is_some_and(|(_, _, object)| object.object_type != ObjectType::Appendable) {
        return Err(code::OBJECT_NOT_APPENDABLE.into());
    }
    let len = place.as_ref().map_or(0, |(_, _, object)| object.size);
    if position != len {
        return Err(
            OssError::from(code::POSITION_NOT_EQUAL_TO_LENGTH).header("x-oss-next-append-position", &len.to_string())
        );
    }
    Ok(place)
}

fn write(
    txn: &mut Writing,
    bucket: &str,
    key: &str,
    place: Place,
    attributes: Attributes,
    received: &Received,
    now_ms: i64,
) -> Outcome<(ObjectRecord, publish::VersionHeader)> {
    let size = place.as_ref().map_or(0, |(_, _, object)| object.size).saturating_add(received.size);
    if size > MAX_PUT {
        return Err(code::ENTITY_TOO_LARGE.into());
    }
    let piece_crc = received.crc64;
    let Some((age, version, mut object)) = place else {
        let object = ObjectRecord {
            object_type: ObjectType::Appendable,
            size,
            etag: append_etag(None, &received.etag()),
            crc64: Some(piece_crc.to_u64()),
            content_md5: None,
            segments: received.segments.clone(),
            attributes,
            symlink_target: None,
            restore: None,
        };
        let version_id = publish::publish_null(txn, bucket, key, object.clone(), now_ms)?;
        return Ok((object, version_id));
    };
    txn.retain(&received.segments)?;
    object.etag = append_etag(Some(&object.etag), &received.etag());
    object.crc64 = object.crc64.map(|crc| Crc64::from_u64(crc).combine(piece_crc, received.size).to_u64());
    object.size = size;
    object.segments.extend_from_slice(&received.segments);
    let versioning = txn.bucket(bucket)?.and_then(|bucket| bucket.versioning);
    let version_id = versioning.map(|_| version.wire_id().to_owned());
    let version =
        VersionRecord { last_modified_ms: now_ms, content: Content::Object(Box::new(object.clone())), ..version };
    txn.write_version(bucket, key, age, version)?;
    Ok((object, version_id))
}

/// 24 digits and eight zeros, as the samples look; OSS does not document how it is made. The first piece gives its MD5, later ones are chained.
fn append_etag(before: Option<&str>, piece: &str) -> String {
    let digits = match before {
        None => piece.to_owned(),
        Some(before) => hex(&Md5::digest(format!("{before}{piece}"))),
    };
    format!("{}00000000", digits.get(..24).unwrap_or(&digits))
}
