//! Symbolic links between objects of one bucket.

use oss_auth::encoding;
use oss_models::ObjectKey;

use super::object::{self, names};
use super::{attributes, permit, publish};
use crate::call::Call;
use crate::clock;
use crate::error::{OssError, Outcome, code};
use crate::response::OssResponse;
use crate::store::latin1_bytes;
use crate::store::records::{BucketRecord, ObjectRecord, ObjectType};

const TARGET: &str = "x-oss-symlink-target";

/// PutSymlink.
pub(super) async fn put(call: &Call, bucket_record: &BucketRecord) -> Outcome<OssResponse> {
    let (bucket, key) = names(call)?;
    let raw =
        call.head.header(TARGET).ok_or_else(|| OssError::from(code::MISSING_ARGUMENT).with("ArgumentName", TARGET))?;
    let target = encoding::decode(raw)
        .ok()
        .filter(|target| ObjectKey::new(target.as_str()).is_ok())
        .ok_or_else(|| OssError::invalid_argument(TARGET, raw))?;
    let forbid = attributes::forbid_overwrite(&call.head)?;
    let object = ObjectRecord {
        object_type: ObjectType::Symlink,
        size: 0,
        etag: format!("{:016X}{:016X}", fastrand::u64(..), fastrand::u64(..)),
        crc64: None,
        content_md5: None,
        segments: Vec::new(),
        attributes: attributes::attributes(&call.head, bucket_record)?,
        symlink_target: Some(target.clone()),
        restore: None,
    };
    let etag = object.etag.clone();
    let (caller, now) = (call.caller, call.core.clock.now_ms());
    let version_id = call
        .core
        .store
        .run(move |store| {
            store.write(|txn| {
                // That a link to what the caller may not read is refused here already is *(unconfirmed)*; a target that does
                // not exist is judged by the bucket.
                permit::check_read(txn, caller, &bucket, &target, None)?;
                let is_link = txn
                    .newest(&bucket, &target)?
                    .as_ref()
                    .and_then(|(_, version)| version.object())
                    .is_some_and(|object| object.symlink_target.is_some());
                if is_link {
                    return Err(code::INVALID_TARGET_TYPE.into());
                }
                publish::publish(txn, &bucket, &key, object, now, forbid)
            })
        })
        .await?;
    Ok(OssResponse::ok().etag(&etag).with_optional("x-oss-version-id", version_id))
}

/// GetSymlink.
pub(super) async fn get(call: &Call) -> Outcome<OssResponse> {
    let found = object::find(call).await?;
    let Some(target) = &found.object.symlink_target else { return Err(code::NOT_SYMLINK.into()) };
    let mut response = OssResponse::ok();
    for (name, value) in &found.object.attributes.headers {
        response.set(name, latin1_bytes(value));
    }
    Ok(response
        .etag(&found.object.etag)
        .with(TARGET, encoding::encode(target))
        .with("last-modified", clock::http_date_ms(found.last_modified_ms))
        .with_optional("x-oss-version-id", found.version_id))
}
