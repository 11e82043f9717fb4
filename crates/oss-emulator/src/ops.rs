//! The operations, one file for each family, and the checks that all of them share.

use crate::body::RequestBody;
use crate::call::Call;
use crate::error::{Outcome, code};
use crate::operation::Operation;
use crate::response::OssResponse;
use crate::store::records::BucketRecord;

mod acl;
mod append;
mod attributes;
mod bucket;
mod copy;
mod cors;
mod delete_many;
mod interfere;
mod list;
mod multipart;
mod name_encoding;
mod object;
mod permit;
mod post_form;
mod publish;
mod receive;
mod restore;
mod symlink;
mod tagging;

pub(crate) use bucket::create as create_bucket;
pub(crate) use cors::add_headers as add_cors_headers;
pub(crate) use interfere::interfere;

/// Carries an operation out.
///
/// # Errors
/// Those of the service, by operation.
pub(crate) async fn perform(call: &Call, body: &mut RequestBody) -> Outcome<OssResponse> {
    use Operation as Op;
    let bucket = permit::permit(call).await?;
    attributes::check_traffic_limit(&call.head)?;
    if !call.operation.takes_encryption() {
        attributes::check_no_encryption(&call.head)?;
    }
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
        Op::PutBucketCors => cors::put(call, body).await,
        Op::GetBucketCors => cors::get(&existing(bucket)?),
        Op::DeleteBucketCors => cors::delete(call).await,
        Op::OptionObject => cors::preflight(call, bucket.as_ref()),
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
