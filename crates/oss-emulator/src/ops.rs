//! The operations, one file for each family, and the checks that all of them share.

use crate::body::RequestBody;
use crate::error::{OssError, Outcome, code};
use crate::operation::{Grant, Operation};
use crate::response::OssResponse;
use crate::service::Call;
use crate::store::Tables as _;
use crate::store::records::{Acl, BucketRecord, VersionRecord};
use crate::verify::Caller;

mod acl;
mod append;
mod attributes;
mod bucket;
mod copy;
mod delete_many;
mod list;
mod multipart;
mod object;
mod post_form;
mod publish;
mod receive;
mod restore;
mod symlink;
mod tagging;

pub(crate) use bucket::create as create_bucket;

/// Carries an operation out.
///
/// # Errors
/// What the service answers.
pub(crate) async fn perform(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    use Operation as Op;
    let bucket = permit(call).await?;
    attributes::check_traffic_limit(&call.head)?;
    match call.operation {
        Op::ListBuckets => bucket::list(call).await,
        Op::PutBucket => bucket::put(call, body).await,
        Op::DeleteBucket => bucket::delete(call).await,
        Op::HeadBucket => Ok(OssResponse::ok().with("content-length", "0")),
        Op::GetBucketInfo => bucket::info(call, &existing(bucket)?),
        Op::GetBucketLocation => Ok(bucket::location(call)),
        Op::PutBucketVersioning => bucket::put_versioning(call, body).await,
        Op::GetBucketVersioning => Ok(bucket::versioning(&existing(bucket)?)),
        Op::PutBucketAcl => bucket::put_acl(call).await,
        Op::GetBucketAcl => Ok(acl::document(existing(bucket)?.acl)),
        Op::ListObjects => list::objects(call).await,
        Op::ListObjectsV2 => list::objects_v2(call).await,
        Op::ListObjectVersions => list::versions(call).await,
        Op::ListMultipartUploads => list::uploads(call).await,
        Op::DeleteMultipleObjects => delete_many::delete(call, body).await,
        Op::PostObject => post_form::post(call, body, &existing(bucket)?).await,
        Op::PutObject => object::put(call, body, &existing(bucket)?).await,
        Op::GetObject => object::get(call).await,
        Op::HeadObject => object::head(call).await,
        Op::GetObjectMeta => object::meta(call).await,
        Op::DeleteObject => object::delete(call).await,
        Op::AppendObject => append::append(call, body, &existing(bucket)?).await,
        Op::CopyObject => copy::copy(call, &existing(bucket)?).await,
        Op::PutObjectAcl => acl::put(call).await,
        Op::GetObjectAcl => acl::get(call).await,
        Op::PutObjectTagging => tagging::put(call, body).await,
        Op::GetObjectTagging => tagging::get(call).await,
        Op::DeleteObjectTagging => tagging::delete(call).await,
        Op::PutSymlink => symlink::put(call, &existing(bucket)?).await,
        Op::GetSymlink => symlink::get(call).await,
        Op::RestoreObject => restore::restore(call, body).await,
        Op::InitiateMultipartUpload => multipart::initiate(call, &existing(bucket)?).await,
        Op::UploadPart => multipart::upload_part(call, body).await,
        Op::UploadPartCopy => copy::upload_part_copy(call).await,
        Op::CompleteMultipartUpload => multipart::complete(call, body).await,
        Op::AbortMultipartUpload => multipart::abort(call).await,
        Op::ListParts => multipart::list_parts(call).await,
    }
}

fn existing(bucket: Option<BucketRecord>) -> Outcome<BucketRecord> {
    bucket.ok_or_else(|| code::NO_SUCH_BUCKET.into())
}

/// Checks that the bucket exists and that the caller may do this there.
async fn permit(call: &Call) -> Outcome<Option<BucketRecord>> {
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
                let bucket = txn.bucket(&name)?.ok_or_else(|| no_such_bucket(&name))?;
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

/// `NoSuchBucket` with the name.
fn no_such_bucket(name: &str) -> OssError {
    OssError::from(code::NO_SUCH_BUCKET).with("BucketName", name)
}
