//! A method for each operation, in the order of the OSS API reference.

use oss_models::*;

use crate::Client;

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $method:ident: $request:ident -> $result:ident;)+) => {
        impl Client {$(
            $(#[doc = $doc])+
            ///
            /// # Errors
            /// [`CallError`] names the operation, its target, and who said no.
            pub async fn $method(&self, request: $request) -> Result<$result, CallError> {
                self.call(request).await
            }
        )+}
    };
}

operations! {
    /// Lists the buckets of the account.
    list_buckets: ListBucketsRequest -> ListBucketsResult;
    /// Makes a bucket.
    put_bucket: PutBucketRequest -> PutBucketResult;
    /// Removes an empty bucket.
    delete_bucket: DeleteBucketRequest -> DeleteBucketResult;
    /// Tells all about a bucket.
    get_bucket_info: GetBucketInfoRequest -> GetBucketInfoResult;
    /// Tells in which region a bucket is.
    get_bucket_location: GetBucketLocationRequest -> GetBucketLocationResult;
    /// Switches the versioning of a bucket.
    put_bucket_versioning: PutBucketVersioningRequest -> PutBucketVersioningResult;
    /// Tells whether a bucket keeps versions.
    get_bucket_versioning: GetBucketVersioningRequest -> GetBucketVersioningResult;
    /// Lists one page of the objects of a bucket; [`pages`](oss_models::pages) lists all.
    list_objects_v2: ListObjectsV2Request -> ListObjectsV2Result;
    /// Lists one page of the versions of a bucket's objects.
    list_object_versions: ListObjectVersionsRequest -> ListObjectVersionsResult;

    /// Stores an object by one request, without the upload manager.
    put_object: PutObjectRequest -> PutObjectResult;
    /// Reads an object or a range of it, as a stream.
    get_object: GetObjectRequest -> GetObjectResult;
    /// Adds bytes to an appendable object.
    append_object: AppendObjectRequest -> AppendObjectResult;
    /// Copies an object within OSS.
    copy_object: CopyObjectRequest -> CopyObjectResult;
    /// Removes an object, or puts a delete marker on top of it.
    delete_object: DeleteObjectRequest -> DeleteObjectResult;
    /// Removes up to 1,000 objects.
    delete_multiple_objects: DeleteMultipleObjectsRequest -> DeleteMultipleObjectsResult;
    /// Tells all about an object but its content.
    head_object: HeadObjectRequest -> HeadObjectResult;
    /// Tells the size, entity tag and time of an object.
    get_object_meta: GetObjectMetaRequest -> GetObjectMetaResult;
    /// Makes an archived object readable.
    restore_object: RestoreObjectRequest -> RestoreObjectResult;

    /// Begins a multipart upload.
    initiate_multipart_upload: InitiateMultipartUploadRequest -> InitiateMultipartUploadResult;
    /// Sends one part.
    upload_part: UploadPartRequest -> UploadPartResult;
    /// Makes a part of another object's bytes.
    upload_part_copy: UploadPartCopyRequest -> UploadPartCopyResult;
    /// Puts the parts together.
    complete_multipart_upload: CompleteMultipartUploadRequest -> CompleteMultipartUploadResult;
    /// Gives a multipart upload up.
    abort_multipart_upload: AbortMultipartUploadRequest -> AbortMultipartUploadResult;
    /// Lists one page of the unfinished uploads of a bucket.
    list_multipart_uploads: ListMultipartUploadsRequest -> ListMultipartUploadsResult;
    /// Lists one page of the parts of an upload.
    list_parts: ListPartsRequest -> ListPartsResult;

    /// Sets who may read and write an object.
    put_object_acl: PutObjectAclRequest -> PutObjectAclResult;
    /// Tells who may read and write an object.
    get_object_acl: GetObjectAclRequest -> GetObjectAclResult;
    /// Sets the tags of an object.
    put_object_tagging: PutObjectTaggingRequest -> PutObjectTaggingResult;
    /// Tells the tags of an object.
    get_object_tagging: GetObjectTaggingRequest -> GetObjectTaggingResult;
    /// Removes the tags of an object.
    delete_object_tagging: DeleteObjectTaggingRequest -> DeleteObjectTaggingResult;
    /// Makes a symbolic link to an object.
    put_symlink: PutSymlinkRequest -> PutSymlinkResult;
    /// Tells where a symbolic link leads.
    get_symlink: GetSymlinkRequest -> GetSymlinkResult;
}
