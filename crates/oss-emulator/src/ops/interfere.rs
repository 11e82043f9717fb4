//! What another client does to an object while a request is on its way, as a fault asks for it.

use std::sync::Arc;

use bytes::Bytes;

use super::publish;
use super::receive::{Intake, Promised};
use crate::core::Core;
use crate::error::Outcome;
use crate::fault::FaultObject;
use crate::request::RequestHead;
use crate::store::records::{Acl, Attributes, Encryption, ObjectRecord, ObjectType, StorageClass};

/// Replaces or deletes an object: the one that the fault names, else the one that the request names.
///
/// # Errors
/// When there is no such bucket, or the store fails.
pub(crate) async fn interfere(core: &Arc<Core>, head: &RequestHead, fault: &FaultObject) -> Outcome<()> {
    let name = |of_fault: &Option<String>, of_request: &Option<String>| {
        of_fault.as_ref().or(of_request.as_ref()).cloned().unwrap_or_default()
    };
    let (bucket, key) = (name(&fault.bucket, &head.bucket), name(&fault.key, &head.key));
    let now = core.clock.now_ms();
    let Some(content) = fault.content.clone() else {
        return core
            .store
            .run(move |store| store.write(|txn| publish::delete(txn, &bucket, &key, None, now).map(|_| ())))
            .await;
    };
    let mut intake = Intake::new(core, Promised::default())?;
    intake.push(Bytes::from(content)).await?;
    let mut received = intake.finish().await?;
    let object = ObjectRecord {
        object_type: ObjectType::Normal,
        size: received.size,
        etag: received.etag(),
        crc64: Some(received.crc64.to_u64()),
        content_md5: received.content_md5(),
        segments: received.segments.clone(),
        attributes: Attributes {
            headers: vec![("content-type".to_owned(), "application/octet-stream".to_owned())],
            storage_class: StorageClass::Standard,
            acl: Acl::Default,
            tags: Vec::new(),
            encryption: Encryption::default(),
        },
        symlink_target: None,
        restore: None,
    };
    core.store
        .run(move |store| {
            store.write(|txn| publish::publish(txn, &bucket, &key, object, now, false))?;
            received.claimed();
            Ok(())
        })
        .await
}
