//! A method for each operation, in the order of the OSS API reference.

use oss_models::{
    AbortMultipartUploadRequest, AbortMultipartUploadResult, AppendObjectRequest, AppendObjectResult, CallError,
    CompleteMultipartUploadRequest, CompleteMultipartUploadResult, CopyObjectRequest, CopyObjectResult,
    DeleteBucketCorsRequest, DeleteBucketCorsResult, DeleteBucketLifecycleRequest, DeleteBucketLifecycleResult,
    DeleteBucketRequest, DeleteBucketResult, DeleteMultipleObjectsRequest, DeleteMultipleObjectsResult,
    DeleteObjectRequest, DeleteObjectResult, DeleteObjectTaggingRequest, DeleteObjectTaggingResult,
    GetBucketCorsRequest, GetBucketCorsResult, GetBucketInfoRequest, GetBucketInfoResult, GetBucketLifecycleRequest,
    GetBucketLifecycleResult, GetBucketLocationRequest, GetBucketLocationResult, GetBucketStatRequest,
    GetBucketStatResult, GetBucketVersioningRequest, GetBucketVersioningResult, GetObjectAclRequest,
    GetObjectAclResult, GetObjectMetaRequest, GetObjectMetaResult, GetObjectRequest, GetObjectResult,
    GetObjectTaggingRequest, GetObjectTaggingResult, GetSymlinkRequest, GetSymlinkResult, HeadObjectRequest,
    HeadObjectResult, InitiateMultipartUploadRequest, InitiateMultipartUploadResult, ListBucketsRequest,
    ListBucketsResult, ListMultipartUploadsRequest, ListMultipartUploadsResult, ListObjectVersionsRequest,
    ListObjectVersionsResult, ListObjectsRequest, ListObjectsResult, ListObjectsV2Request, ListObjectsV2Result,
    ListPartsRequest, ListPartsResult, PutBucketCorsRequest, PutBucketCorsResult, PutBucketLifecycleRequest,
    PutBucketLifecycleResult, PutBucketRequest, PutBucketResult, PutBucketVersioningRequest, PutBucketVersioningResult,
    PutObjectAclRequest, PutObjectAclResult, PutObjectRequest, PutObjectResult, PutObjectTaggingRequest,
    PutObjectTaggingResult, PutSymlinkRequest, PutSymlinkResult, RestoreObjectRequest, RestoreObjectResult,
    UploadPartCopyRequest, UploadPartCopyResult, UploadPartRequest, UploadPartResult,
};

use crate::Client;

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $method:ident: $request:ident -> $result:ident;)+) => {
        impl Client {$(
            $(#[doc = $doc])+
            ///
            /// # Errors
            /// [`CallError`] names the operation, its target and the cause.
            pub async fn $method(&self, request: $request) -> Result<$result, CallError> {
                self.call(request).await
            }
        )+}
    };
}

operations! {
    /// Returns one page of the account's buckets.
    list_buckets: ListBucketsRequest -> ListBucketsResult;
    /// Creates a bucket.
    put_bucket: PutBucketRequest -> PutBucketResult;
    /// Deletes an empty bucket.
    delete_bucket: DeleteBucketRequest -> DeleteBucketResult;
    /// Returns information about a bucket.
    get_bucket_info: GetBucketInfoRequest -> GetBucketInfoResult;
    /// Returns the region of a bucket.
    get_bucket_location: GetBucketLocationRequest -> GetBucketLocationResult;
    /// Enables or suspends versioning for a bucket.
    put_bucket_versioning: PutBucketVersioningRequest -> PutBucketVersioningResult;
    /// Returns the versioning status of a bucket.
    get_bucket_versioning: GetBucketVersioningRequest -> GetBucketVersioningResult;
    /// Returns how many objects and bytes a bucket holds.
    get_bucket_stat: GetBucketStatRequest -> GetBucketStatResult;
    /// Replaces the lifecycle rules of a bucket.
    put_bucket_lifecycle: PutBucketLifecycleRequest -> PutBucketLifecycleResult;
    /// Returns the lifecycle rules of a bucket.
    get_bucket_lifecycle: GetBucketLifecycleRequest -> GetBucketLifecycleResult;
    /// Removes the lifecycle rules of a bucket.
    delete_bucket_lifecycle: DeleteBucketLifecycleRequest -> DeleteBucketLifecycleResult;
    /// Replaces the CORS rules of a bucket.
    put_bucket_cors: PutBucketCorsRequest -> PutBucketCorsResult;
    /// Returns the CORS rules of a bucket.
    get_bucket_cors: GetBucketCorsRequest -> GetBucketCorsResult;
    /// Removes the CORS rules of a bucket.
    delete_bucket_cors: DeleteBucketCorsRequest -> DeleteBucketCorsResult;
    /// Returns one page of the objects in a bucket; [`pages`](oss_models::pages) and [`items`](oss_models::items) return all.
    list_objects_v2: ListObjectsV2Request -> ListObjectsV2Result;
    /// Returns one page of the objects in a bucket, as the first version of the API does.
    list_objects: ListObjectsRequest -> ListObjectsResult;
    /// Returns one page of the object versions and delete markers in a bucket.
    list_object_versions: ListObjectVersionsRequest -> ListObjectVersionsResult;

    /// Uploads an object in one request, without the upload manager.
    put_object: PutObjectRequest -> PutObjectResult;
    /// Returns an object, or a range of it, as a stream.
    get_object: GetObjectRequest -> GetObjectResult;
    /// Appends bytes to an appendable object.
    append_object: AppendObjectRequest -> AppendObjectResult;
    /// Copies an object on the server.
    copy_object: CopyObjectRequest -> CopyObjectResult;
    /// Deletes an object, or a version of it; in a versioned bucket without a version id, adds a delete marker.
    delete_object: DeleteObjectRequest -> DeleteObjectResult;
    /// Deletes up to 1,000 objects in one request.
    delete_multiple_objects: DeleteMultipleObjectsRequest -> DeleteMultipleObjectsResult;
    /// Returns the metadata of an object.
    head_object: HeadObjectRequest -> HeadObjectResult;
    /// Returns the size, ETag and last-modified time of an object.
    get_object_meta: GetObjectMetaRequest -> GetObjectMetaResult;
    /// Restores an archived object, so that it can be read for a number of days.
    restore_object: RestoreObjectRequest -> RestoreObjectResult;

    /// Initiates a multipart upload.
    initiate_multipart_upload: InitiateMultipartUploadRequest -> InitiateMultipartUploadResult;
    /// Uploads one part.
    upload_part: UploadPartRequest -> UploadPartResult;
    /// Uploads a part by copying a range of an existing object.
    upload_part_copy: UploadPartCopyRequest -> UploadPartCopyResult;
    /// Completes a multipart upload: its parts become the object.
    complete_multipart_upload: CompleteMultipartUploadRequest -> CompleteMultipartUploadResult;
    /// Aborts a multipart upload and deletes its parts.
    abort_multipart_upload: AbortMultipartUploadRequest -> AbortMultipartUploadResult;
    /// Returns one page of the multipart uploads in progress in a bucket.
    list_multipart_uploads: ListMultipartUploadsRequest -> ListMultipartUploadsResult;
    /// Returns one page of the parts of a multipart upload.
    list_parts: ListPartsRequest -> ListPartsResult;

    /// Sets the ACL of an object.
    put_object_acl: PutObjectAclRequest -> PutObjectAclResult;
    /// Returns the ACL of an object.
    get_object_acl: GetObjectAclRequest -> GetObjectAclResult;
    /// Sets the tags of an object.
    put_object_tagging: PutObjectTaggingRequest -> PutObjectTaggingResult;
    /// Returns the tags of an object.
    get_object_tagging: GetObjectTaggingRequest -> GetObjectTaggingResult;
    /// Deletes the tags of an object.
    delete_object_tagging: DeleteObjectTaggingRequest -> DeleteObjectTaggingResult;
    /// Creates a symbolic link to an object.
    put_symlink: PutSymlinkRequest -> PutSymlinkResult;
    /// Returns the target of a symbolic link.
    get_symlink: GetSymlinkRequest -> GetSymlinkResult;
}
