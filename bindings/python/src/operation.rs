//! Operations by their names.

use ossup::models::{self, Operation, OperationInfo};

macro_rules! table {
    ($($name:literal => $request:ident,)+) => {
        /// Facts about an operation; `None` if there is none of that name.
        pub(crate) fn info(name: &str) -> Option<&'static OperationInfo> {
            match name {
                $($name => Some(<models::$request as Operation>::INFO),)+
                _ => None,
            }
        }
    };
}

table! {
    "AbortMultipartUpload" => AbortMultipartUploadRequest,
    "AppendObject" => AppendObjectRequest,
    "CompleteMultipartUpload" => CompleteMultipartUploadRequest,
    "CopyObject" => CopyObjectRequest,
    "DeleteBucket" => DeleteBucketRequest,
    "DeleteMultipleObjects" => DeleteMultipleObjectsRequest,
    "DeleteObject" => DeleteObjectRequest,
    "DeleteObjectTagging" => DeleteObjectTaggingRequest,
    "GetBucketInfo" => GetBucketInfoRequest,
    "GetBucketLocation" => GetBucketLocationRequest,
    "GetBucketStat" => GetBucketStatRequest,
    "GetBucketVersioning" => GetBucketVersioningRequest,
    "GetObject" => GetObjectRequest,
    "GetObjectAcl" => GetObjectAclRequest,
    "GetObjectMeta" => GetObjectMetaRequest,
    "GetObjectTagging" => GetObjectTaggingRequest,
    "GetSymlink" => GetSymlinkRequest,
    "HeadObject" => HeadObjectRequest,
    "InitiateMultipartUpload" => InitiateMultipartUploadRequest,
    "ListBuckets" => ListBucketsRequest,
    "ListMultipartUploads" => ListMultipartUploadsRequest,
    "ListObjectVersions" => ListObjectVersionsRequest,
    "ListObjects" => ListObjectsRequest,
    "ListObjectsV2" => ListObjectsV2Request,
    "ListParts" => ListPartsRequest,
    "PutBucket" => PutBucketRequest,
    "PutBucketVersioning" => PutBucketVersioningRequest,
    "PutObject" => PutObjectRequest,
    "PutObjectAcl" => PutObjectAclRequest,
    "PutObjectTagging" => PutObjectTaggingRequest,
    "PutSymlink" => PutSymlinkRequest,
    "RestoreObject" => RestoreObjectRequest,
    "UploadPart" => UploadPartRequest,
    "UploadPartCopy" => UploadPartCopyRequest,
}
