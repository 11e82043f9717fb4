//! Every operation: its request, its result, and where their fields are on the wire.

mod append_object;
mod bucket;
mod bucket_cors;
mod bucket_lifecycle;
mod bucket_list;
mod bucket_stat;
mod carry;
mod carry_copy;
mod copy_object;
mod delete_object;
mod get_object;
mod list_objects;
mod multipart;
mod multipart_list;
mod object_acl;
mod object_tagging;
mod put_object;
mod restore_object;
mod symlink;

pub use append_object::{AppendObjectRequest, AppendObjectResult};
pub use bucket::{
    BucketInfo, CreateBucketConfiguration, DeleteBucketRequest, DeleteBucketResult, GetBucketInfoRequest,
    GetBucketInfoResult, GetBucketLocationRequest, GetBucketLocationResult, GetBucketVersioningRequest,
    GetBucketVersioningResult, PutBucketRequest, PutBucketResult, PutBucketVersioningRequest,
    PutBucketVersioningResult,
};
pub use bucket_cors::{
    CorsConfiguration, CorsRule, DeleteBucketCorsRequest, DeleteBucketCorsResult, GetBucketCorsRequest,
    GetBucketCorsResult, PutBucketCorsRequest, PutBucketCorsResult,
};
pub use bucket_lifecycle::{
    DeleteBucketLifecycleRequest, DeleteBucketLifecycleResult, GetBucketLifecycleRequest, GetBucketLifecycleResult,
    PutBucketLifecycleRequest, PutBucketLifecycleResult,
};
pub use bucket_list::{BucketSummary, ListBucketsRequest, ListBucketsResult};
pub use bucket_stat::{GetBucketStatRequest, GetBucketStatResult};
pub use carry::{abort_from, complete_from, head_from, initiate_from, list_parts_from, upload_part_from};
pub use carry_copy::{put_from_copy, source_head_from, source_tagging_from, upload_part_copy_from};
pub use copy_object::{CopyObjectRequest, CopyObjectResult};
pub use delete_object::{
    Delete, DeleteMultipleObjectsRequest, DeleteMultipleObjectsResult, DeleteObjectRequest, DeleteObjectResult,
    DeletedObject, ObjectIdentifier,
};
pub use get_object::{
    GetObjectMetaRequest, GetObjectMetaResult, GetObjectRequest, GetObjectResult, HeadObjectRequest, HeadObjectResult,
};
pub use list_objects::{
    DeleteMarkerEntry, ListObjectVersionsRequest, ListObjectVersionsResult, ListObjectsRequest, ListObjectsResult,
    ListObjectsV2Request, ListObjectsV2Result, ObjectSummary, ObjectVersion, Owner, VersionEntry,
};
pub use multipart::{
    AbortMultipartUploadRequest, AbortMultipartUploadResult, CompleteMultipartUploadRequest,
    CompleteMultipartUploadResult, CompletedPart, CompletedParts, InitiateMultipartUploadRequest,
    InitiateMultipartUploadResult, UploadPartCopyRequest, UploadPartCopyResult, UploadPartRequest, UploadPartResult,
};
pub use multipart_list::{
    ListMultipartUploadsRequest, ListMultipartUploadsResult, ListPartsRequest, ListPartsResult, MultipartUpload,
    PartSummary,
};
pub use object_acl::{GetObjectAclRequest, GetObjectAclResult, PutObjectAclRequest, PutObjectAclResult};
pub use object_tagging::{
    DeleteObjectTaggingRequest, DeleteObjectTaggingResult, GetObjectTaggingRequest, GetObjectTaggingResult,
    PutObjectTaggingRequest, PutObjectTaggingResult,
};
pub use put_object::{PutObjectRequest, PutObjectResult};
pub use restore_object::{RestoreConfiguration, RestoreObjectRequest, RestoreObjectResult};
pub use symlink::{GetSymlinkRequest, GetSymlinkResult, PutSymlinkRequest, PutSymlinkResult};
