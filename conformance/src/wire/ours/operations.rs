//! Every operation by itself, with the arguments of `every_operation` in `theirs.py`.

use anyhow::Result;
use ossup::{
    AbortMultipartUploadRequest, AppendObjectRequest, CallError, Client, CompleteMultipartUploadRequest, CompletedPart,
    CopyObjectRequest, CopySource, CorsConfiguration, CorsMethod, CorsRule, CreateBucketConfiguration, Delete,
    DeleteBucketCorsRequest, DeleteBucketLifecycleRequest, DeleteBucketRequest, DeleteMultipleObjectsRequest,
    DeleteObjectRequest, DeleteObjectTaggingRequest, Etag, GetBucketCorsRequest, GetBucketInfoRequest,
    GetBucketLifecycleRequest, GetBucketLocationRequest, GetBucketStatRequest, GetBucketVersioningRequest,
    GetObjectAclRequest, GetObjectMetaRequest, GetObjectRequest, GetObjectTaggingRequest, GetSymlinkRequest,
    HeadObjectRequest, InitiateMultipartUploadRequest, LifecycleAge, LifecycleConfiguration, LifecycleRule,
    ListBucketsRequest, ListMultipartUploadsRequest, ListObjectVersionsRequest, ListObjectsRequest,
    ListObjectsV2Request, ListPartsRequest, Metadata, PartNumber, PutBucketCorsRequest, PutBucketLifecycleRequest,
    PutBucketRequest, PutBucketVersioningRequest, PutObjectAclRequest, PutObjectRequest, PutObjectTaggingRequest,
    PutSymlinkRequest, RestoreConfiguration, RestoreObjectRequest, Tagging, UploadPartCopyRequest, UploadPartRequest,
};

use super::with_fields;
use crate::wire::scenario::{BUCKET, PART};

const OTHER: &str = "wire-bucket-2";
const PAYER: &str = "requester";
const ODD_KEY: &str = "dir/é +&%?.txt";

/// Calls every operation, in an order in which each finds what it needs.
///
/// # Errors
/// If one of them fails.
pub(super) async fn every(client: &Client) -> Result<()> {
    buckets(client).await?;
    objects(client).await?;
    attributes(client).await?;
    parts(client).await?;
    deletions(client).await
}

async fn buckets(client: &Client) -> Result<()> {
    let configuration = CreateBucketConfiguration::new().storage_class("IA").data_redundancy_type("LRS");
    client.put_bucket(PutBucketRequest::new(OTHER).acl("private").configuration(configuration)).await?;
    client.get_bucket_info(GetBucketInfoRequest::new(OTHER)).await?;
    client.get_bucket_location(GetBucketLocationRequest::new(OTHER)).await?;
    client.put_bucket_versioning(PutBucketVersioningRequest::new(OTHER, "Enabled")).await?;
    client.get_bucket_versioning(GetBucketVersioningRequest::new(OTHER)).await?;
    let versions = ListObjectVersionsRequest::new(OTHER)
        .prefix("a b/")
        .delimiter("/")
        .key_marker("a b/c+")
        .version_id_marker("null")
        .max_keys(5);
    client.list_object_versions(versions).await?;
    let rule = CorsRule::new(["https://example.com"], [CorsMethod::Put, CorsMethod::Get])
        .allowed_headers(["*"])
        .expose_headers(["ETag"])
        .max_age_seconds(600);
    let cors = CorsConfiguration::new([rule]).response_vary(true);
    tried(client.put_bucket_cors(PutBucketCorsRequest::new(OTHER, cors)).await)?;
    tried(client.get_bucket_cors(GetBucketCorsRequest::new(OTHER)).await)?;
    tried(client.delete_bucket_cors(DeleteBucketCorsRequest::new(OTHER)).await)?;
    let rule = LifecycleRule::new("parts").prefix("a b/").abort_multipart_upload(LifecycleAge::Days(7));
    let lifecycle = LifecycleConfiguration::new([rule]);
    tried(client.put_bucket_lifecycle(PutBucketLifecycleRequest::new(OTHER, lifecycle)).await)?;
    tried(client.get_bucket_lifecycle(GetBucketLifecycleRequest::new(OTHER)).await)?;
    tried(client.delete_bucket_lifecycle(DeleteBucketLifecycleRequest::new(OTHER)).await)?;
    tried(client.get_bucket_stat(GetBucketStatRequest::new(OTHER)).await)?;
    let list = ListObjectsRequest::new(OTHER).prefix("a b/").delimiter("/").marker("a b/c+").max_keys(5);
    client.list_objects(list).await?;
    client.delete_bucket(DeleteBucketRequest::new(OTHER)).await?;
    client.list_buckets(ListBucketsRequest::new().prefix("wire").marker("a").max_keys(10)).await?;
    Ok(())
}

/// What is compared is the request: the server may not have the operation.
fn tried<T>(result: Result<T, CallError>) -> Result<()> {
    match result {
        Err(error) if error.service().is_none() => Err(error.into()),
        _ => Ok(()),
    }
}

async fn objects(client: &Client) -> Result<()> {
    let colour = Metadata::from([("colour", "blue")]);
    client.put_object(PutObjectRequest::new(BUCKET, "plain").body("abc")).await?;
    client.put_object(with_fields(PutObjectRequest::new(BUCKET, ODD_KEY).body("abc"))).await?;
    client.append_object(AppendObjectRequest::new(BUCKET, "log.txt", 0, "abc").metadata(colour)).await?;
    let other = Etag::new("00")?;
    let head = HeadObjectRequest::new(BUCKET, "plain").if_none_match(other).request_payer(PAYER);
    client.head_object(head).await?;
    let meta = GetObjectMetaRequest::new(BUCKET, "plain").request_payer(PAYER);
    client.get_object_meta(meta).await?;
    let get = GetObjectRequest::new(BUCKET, ODD_KEY)
        .range(0..=1)
        .range_behavior("standard")
        .response_content_disposition("attachment; filename=\"a b\"")
        .request_payer(PAYER);
    client.get_object(get).await?;
    let copy = CopyObjectRequest::new(BUCKET, "copy", CopySource::new(BUCKET, ODD_KEY))
        .metadata_directive("REPLACE")
        .metadata(Metadata::from([("colour", "red")]))
        .tagging_directive("Replace")
        .tagging(Tagging::new().tag("a", "b"))
        .storage_class("IA")
        .request_payer(PAYER);
    client.copy_object(copy).await?;
    Ok(())
}

async fn attributes(client: &Client) -> Result<()> {
    let acl = PutObjectAclRequest::new(BUCKET, "copy", "public-read").request_payer(PAYER);
    client.put_object_acl(acl).await?;
    client.get_object_acl(GetObjectAclRequest::new(BUCKET, "copy").request_payer(PAYER)).await?;
    let tags = Tagging::new().tag("a", "1 + 2:/").tag("b", "");
    let tagging = PutObjectTaggingRequest::new(BUCKET, "copy", tags).request_payer(PAYER);
    client.put_object_tagging(tagging).await?;
    client.get_object_tagging(GetObjectTaggingRequest::new(BUCKET, "copy").request_payer(PAYER)).await?;
    client.delete_object_tagging(DeleteObjectTaggingRequest::new(BUCKET, "copy").request_payer(PAYER)).await?;
    let link = PutSymlinkRequest::new(BUCKET, "link", "plain").metadata(Metadata::from([("colour", "blue")]));
    client.put_symlink(link.request_payer(PAYER)).await?;
    client.get_symlink(GetSymlinkRequest::new(BUCKET, "link").request_payer(PAYER)).await?;
    let cold = PutObjectRequest::new(BUCKET, "cold").body("abc").storage_class("Archive");
    client.put_object(cold).await?;
    let restore = RestoreObjectRequest::new(BUCKET, "cold").configuration(RestoreConfiguration::new(2));
    client.restore_object(restore.request_payer(PAYER)).await?;
    let list = ListObjectsV2Request::new(BUCKET)
        .prefix("dir/é ")
        .delimiter("/")
        .start_after("dir/")
        .max_keys(10)
        .fetch_owner(true)
        .request_payer(PAYER);
    client.list_objects_v2(list).await?;
    Ok(())
}

async fn parts(client: &Client) -> Result<()> {
    const KEY: &str = "parts.bin";
    let initiate = InitiateMultipartUploadRequest::new(BUCKET, KEY)
        .metadata(Metadata::from([("colour", "blue")]))
        .storage_class("IA")
        .request_payer(PAYER);
    let upload_id = client.initiate_multipart_upload(initiate).await?.upload_id;
    let one = PartNumber::try_from(1)?;
    let two = PartNumber::try_from(2)?;
    let content = vec![b'x'; usize::try_from(PART)?];
    let upload = UploadPartRequest::new(BUCKET, KEY, upload_id.clone(), one, content).request_payer(PAYER);
    let first = client.upload_part(upload).await?;
    let copy = UploadPartCopyRequest::new(BUCKET, KEY, upload_id.clone(), two, CopySource::new(BUCKET, "plain"))
        .copy_source_range(0..=1)
        .request_payer(PAYER);
    let second = client.upload_part_copy(copy).await?;
    let list = ListPartsRequest::new(BUCKET, KEY, upload_id.clone()).max_parts(10).request_payer(PAYER);
    client.list_parts(list).await?;
    let uploads = ListMultipartUploadsRequest::new(BUCKET)
        .prefix("p")
        .delimiter("/")
        .key_marker("a")
        .upload_id_marker("0")
        .max_uploads(10)
        .request_payer(PAYER);
    client.list_multipart_uploads(uploads).await?;
    let parts = vec![CompletedPart::new(one, first.etag), CompletedPart::new(two, second.etag)];
    let complete =
        CompleteMultipartUploadRequest::new(BUCKET, KEY, upload_id, parts).acl("private").request_payer(PAYER);
    client.complete_multipart_upload(complete).await?;
    let initiate = InitiateMultipartUploadRequest::new(BUCKET, "given-up").request_payer(PAYER);
    let given_up = client.initiate_multipart_upload(initiate).await?.upload_id;
    client
        .abort_multipart_upload(AbortMultipartUploadRequest::new(BUCKET, "given-up", given_up).request_payer(PAYER))
        .await?;
    Ok(())
}

async fn deletions(client: &Client) -> Result<()> {
    client.delete_object(DeleteObjectRequest::new(BUCKET, "copy").request_payer(PAYER)).await?;
    let many: Delete = ["link", "a & <b> \"c\" é"].into_iter().collect();
    let many = DeleteMultipleObjectsRequest::new(BUCKET, many.quiet(true)).request_payer(PAYER);
    client.delete_multiple_objects(many).await?;
    Ok(())
}
