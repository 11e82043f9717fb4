//! Alibaba Cloud OSS as values.
//!
//! Every operation is a type that becomes a [`Request`] and is read back from a [`Response`]; nothing here opens a
//! socket, starts a runtime or signs. A transport is any [`tower_service::Service`] from `Request` to `Response`;
//! [`call`] runs one operation over it, and [`pages`] a list:
//!
//! ```
//! use oss_models::{ObjectAcl, PutObjectRequest, call};
//! # use oss_models::{CallError, Request, Response};
//! # async fn demo<S>(service: S) -> Result<(), CallError>
//! # where S: tower_service::Service<Request, Response = Response, Error = CallError> {
//! let request = PutObjectRequest::new("demo", "cat.jpg").body("meow").acl(ObjectAcl::Private);
//! let result = call(service, request).await?;
//! println!("stored as {}, CRC64 {:?}", result.etag, result.hash_crc64);
//! # Ok(())
//! # }
//! ```
//!
//! What each operation sends and reads is stated once per field, next to the field. Which responses are no success is
//! decided in [`response::check`], and whether trying again helps in [`RetryClass`].
//!
//! Numbers with a rule are types ([`PartNumber`], [`BucketName`], [`ObjectKey`], [`Crc64`], …): checked once at the
//! door, trusted afterwards.

#[macro_use]
mod declare;
#[macro_use]
mod newtype;

mod address_style;
mod body;
mod call;
mod content_type;
mod crc64;
mod delete_many;
mod draft;
mod error;
mod etag;
pub mod http_date;
pub mod limits;
mod names;
mod operation;
mod operations;
mod paginate;
mod part_number;
pub mod percent;
mod quote;
mod request;
pub mod response;
mod retry_after;
mod retry_class;
pub mod serialize;
mod service_error;
mod time_limit;
mod upload_id;
mod values;
mod wire;
pub mod xml;

pub use address_style::AddressStyle;
pub use body::{Body, BodyConsumed, BoxBody, BoxError, OpenBody};
pub use call::call;
pub use content_type::content_type_of;
pub use crc64::{Crc64, Crc64Digest, Crc64Fold};
pub use delete_many::{DeleteFailure, DeleteMany, DeleteOutcome, delete_many};
pub use error::{CallError, CallErrorKind, InvalidRequest, Target};
pub use etag::Etag;
pub use names::{BucketName, ObjectKey};
pub use operation::{Crc64Scope, Idempotency, Operation, OperationInfo, ResponseShape};
pub use operations::{
    AbortMultipartUploadRequest, AbortMultipartUploadResult, AppendObjectRequest, AppendObjectResult, BucketInfo,
    BucketSummary, CompleteMultipartUploadRequest, CompleteMultipartUploadResult, CompletedPart, CompletedParts,
    CopyObjectRequest, CopyObjectResult, CorsConfiguration, CorsRule, CreateBucketConfiguration, Delete,
    DeleteBucketCorsRequest, DeleteBucketCorsResult, DeleteBucketLifecycleRequest, DeleteBucketLifecycleResult,
    DeleteBucketRequest, DeleteBucketResult, DeleteMarkerEntry, DeleteMultipleObjectsRequest,
    DeleteMultipleObjectsResult, DeleteObjectRequest, DeleteObjectResult, DeleteObjectTaggingRequest,
    DeleteObjectTaggingResult, DeletedObject, GetBucketCorsRequest, GetBucketCorsResult, GetBucketInfoRequest,
    GetBucketInfoResult, GetBucketLifecycleRequest, GetBucketLifecycleResult, GetBucketLocationRequest,
    GetBucketLocationResult, GetBucketStatRequest, GetBucketStatResult, GetBucketVersioningRequest,
    GetBucketVersioningResult, GetObjectAclRequest, GetObjectAclResult, GetObjectMetaRequest, GetObjectMetaResult,
    GetObjectRequest, GetObjectResult, GetObjectTaggingRequest, GetObjectTaggingResult, GetSymlinkRequest,
    GetSymlinkResult, HeadObjectRequest, HeadObjectResult, InitiateMultipartUploadRequest,
    InitiateMultipartUploadResult, ListBucketsRequest, ListBucketsResult, ListMultipartUploadsRequest,
    ListMultipartUploadsResult, ListObjectVersionsRequest, ListObjectVersionsResult, ListObjectsRequest,
    ListObjectsResult, ListObjectsV2Request, ListObjectsV2Result, ListPartsRequest, ListPartsResult, MultipartUpload,
    ObjectIdentifier, ObjectSummary, ObjectVersion, Owner, PartSummary, PutBucketCorsRequest, PutBucketCorsResult,
    PutBucketLifecycleRequest, PutBucketLifecycleResult, PutBucketRequest, PutBucketResult, PutBucketVersioningRequest,
    PutBucketVersioningResult, PutObjectAclRequest, PutObjectAclResult, PutObjectRequest, PutObjectResult,
    PutObjectTaggingRequest, PutObjectTaggingResult, PutSymlinkRequest, PutSymlinkResult, RestoreConfiguration,
    RestoreObjectRequest, RestoreObjectResult, UploadPartCopyRequest, UploadPartCopyResult, UploadPartRequest,
    UploadPartResult, VersionEntry, abort_from, complete_from, head_from, initiate_from, list_parts_from,
    put_from_copy, source_head_from, source_tagging_from, upload_part_copy_from, upload_part_from,
};
pub use paginate::{Items, Paged, Pages, items, pages};
pub use part_number::PartNumber;
pub use request::{CallOptions, Request};
pub use response::{ContentError, Response, ResponseBody, Sent};
pub use retry_class::RetryClass;
pub use service_error::{ServiceError, StoredObject};
pub use time_limit::TimeLimit;
pub use upload_id::UploadId;
pub use values::{
    BucketAcl, ByteRange, Callback, CallbackBodyType, CallbackVars, ContentRange, CopySource, CorsMethod,
    DataRedundancyType, LifecycleAge, LifecycleConfiguration, LifecycleExpiration, LifecycleFilter, LifecycleNot,
    LifecycleRule, LifecycleTransition, Metadata, MetadataDirective, ObjectAcl, ObjectWormMode, RequestPayer,
    RestoreStatus, RestoreTier, RuleStatus, ServerSideDataEncryption, ServerSideEncryption, StorageClass, Tag, Tagging,
    TaggingDirective, VersioningStatus,
};
