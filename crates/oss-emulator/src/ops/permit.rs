//! Who may do what: the owner everything, anyone else what an ACL grants.

use crate::call::{Call, Caller};
use crate::error::{OssError, Outcome, code};
use crate::operation::{Grant, Operation};
use crate::store::Tables as _;
use crate::store::records::{Acl, BucketRecord, VersionRecord};

/// Checks that the bucket exists and that the caller may do this there.
pub(super) async fn permit(call: &Call) -> Outcome<Option<BucketRecord>> {
    let denied = || OssError::from(code::ACCESS_DENIED);
    let is_owner = call.caller == Caller::Owner;
    let Some(name) = call.head.bucket.clone() else {
        return if is_owner { Ok(None) } else { Err(denied()) };
    };
    if call.operation == Operation::PutBucket {
        return if is_owner { Ok(None) } else { Err(denied()) };
    }
    let key = call.head.key.clone();
    let version = call.head.query.first("versionId").map(str::to_owned);
    let (bucket, object_acl) = call
        .core
        .store
        .run(move |store| {
            store.read(|txn| {
                let bucket = txn.bucket(&name)?.ok_or_else(|| OssError::no_such_bucket(&name))?;
                let object = match (&key, &version) {
                    _ if is_owner => None,
                    (None, _) => None,
                    (Some(key), None) => txn.newest(&name, key)?,
                    (Some(key), Some(version)) => txn.version(&name, key, version)?.map(|(_, record)| record),
                };
                let acl = object.as_ref().and_then(VersionRecord::object).map(|object| object.attributes.acl);
                Ok((bucket, acl))
            })
        })
        .await?;
    if is_owner {
        return Ok(Some(bucket));
    }
    if call.head.query.pairs().iter().any(|(name, _)| name.starts_with("response-")) {
        return Err(denied().message("Overriding response headers needs a signature."));
    }
    let acl = match object_acl {
        Some(Acl::Default) | None => bucket.acl,
        Some(own) => own,
    };
    // Writing a new object is a matter of the bucket; a form brings its own signature.
    let granted = match call.operation.grant() {
        _ if call.operation == Operation::PostObject => true,
        Grant::Read => matches!(acl, Acl::PublicRead | Acl::PublicReadWrite),
        Grant::Write => bucket.acl == Acl::PublicReadWrite,
        Grant::Owner => false,
    };
    if granted { Ok(Some(bucket)) } else { Err(denied()) }
}
