//! Who may do what: the owner everything, anyone else what an ACL grants.

use crate::call::{Call, Caller};
use crate::error::{OssError, Outcome, code};
use crate::operation::{Grant, Operation};
use crate::store::Tables;
use crate::store::records::{Acl, BucketRecord};

/// Checks that the bucket exists and that the caller may do this there.
pub(super) async fn permit(call: &Call) -> Outcome<Option<BucketRecord>> {
    let denied = || OssError::from(code::ACCESS_DENIED);
    let is_owner = call.caller == Caller::Owner;
    let grant = call.operation.grant();
    let Some(name) = call.head.bucket.clone() else {
        return if is_owner || grant == Grant::None { Ok(None) } else { Err(denied()) };
    };
    if call.operation == Operation::PutBucket {
        return if is_owner { Ok(None) } else { Err(denied()) };
    }
    let key = call.head.key.clone();
    let version = call.head.query.first("versionId").map(str::to_owned);
    let (bucket, acl) = call
        .core
        .store
        .run(move |store| {
            store.read(|txn| {
                let bucket = txn.bucket(&name)?.ok_or_else(|| OssError::no_such_bucket(&name))?;
                let acl = match &key {
                    Some(key) if !is_owner => effective_acl(txn, (&name, &bucket), key, version.as_deref())?,
                    _ => bucket.acl,
                };
                Ok((bucket, acl))
            })
        })
        .await?;
    if is_owner || grant == Grant::None {
        return Ok(Some(bucket));
    }
    if call.head.query.pairs().iter().any(|(name, _)| name.starts_with("response-")) {
        return Err(denied().message("Overriding response headers needs a signature."));
    }
    // Writing a new object is a matter of the bucket.
    let granted = match grant {
        Grant::Read => grants_read(acl),
        Grant::Write => bucket.acl == Acl::PublicReadWrite,
        Grant::Owner => false,
        Grant::None => true,
    };
    if granted { Ok(Some(bucket)) } else { Err(denied()) }
}

/// Checks that the caller may read an object that a request names besides its own: the source of a copy, the target of a link.
///
/// # Errors
/// `AccessDenied`, `NoSuchBucket`.
pub(super) fn check_read(
    txn: &dyn Tables,
    caller: Caller,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Outcome<()> {
    if caller == Caller::Owner {
        return Ok(());
    }
    let record = txn.bucket(bucket)?.ok_or_else(|| OssError::no_such_bucket(bucket))?;
    if grants_read(effective_acl(txn, (bucket, &record), key, version)?) {
        Ok(())
    } else {
        Err(code::ACCESS_DENIED.into())
    }
}

/// The object's own ACL, or that of the bucket if it has none or does not exist.
fn effective_acl(
    txn: &dyn Tables,
    (name, bucket): (&str, &BucketRecord),
    key: &str,
    version: Option<&str>,
) -> Outcome<Acl> {
    let record = match version {
        None => txn.newest(name, key)?,
        Some(version) => txn.version(name, key, version)?,
    };
    Ok(match record.as_ref().and_then(|(_, record)| record.object()).map(|object| object.attributes.acl) {
        Some(Acl::Default) | None => bucket.acl,
        Some(own) => own,
    })
}

fn grants_read(acl: Acl) -> bool {
    matches!(acl, Acl::PublicRead | Acl::PublicReadWrite)
}
