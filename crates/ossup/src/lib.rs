//! Uploads to Alibaba Cloud Object Storage Service (OSS), and the SDK under them.
//!
//! A file or a stream of any size goes in, one verified object comes out:
//!
//! ```no_run
//! use ossup::{Client, Config, PutObjectRequest};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! // Credentials come from OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and OSS_SESSION_TOKEN.
//! let client = Client::new(Config::load_default().region("cn-hangzhou"))?;
//! let result = client.uploader().upload_file(PutObjectRequest::new("demo", "film.mkv"), "film.mkv").await?;
//! println!("{} bytes, {:?}", result.size, result.verified);
//! # Ok(())
//! # }
//! ```
//!
//! [`Client`] has a method for each operation of the service, [`Client::uploader`] for the upload manager,
//! [`Client::downloader`] for the download manager and [`Client::copier`] for copies within the service. This crate holds no logic: it composes the layers and re-exports their
//! types.
//!
//! | layer | crate | used alone for |
//! |---|---|---|
//! | signing | [`auth`] | tools that make their own requests |
//! | operations as values | [`models`] | tests, other transports |
//! | the stack | [`transport`] | calls without the upload manager |
//! | the upload manager | [`uploader`] | uploads over another transport |
//! | the download manager | [`downloader`] | downloads over another transport |
//!
//! # Features
//!
//! - `native-roots` (default): trust the certificates that the operating system trusts.
//! - `webpki-roots`: trust Mozilla's, compiled in; for containers without a certificate store.
//! - `directory`: upload whole folders, and download whole prefixes.
//! - `sync`: a folder and a prefix compared and made equal (`Client::sync`).
//! - `blocking`: the same client for programs without async.
//! - `metrics`: report calls and attempts to a [`Recorder`](transport::metrics).
//! - `callback`: verify, on an application server, that an upload callback was sent by OSS (`auth::callback`).
//! - `tower`: the same check as a layer in front of any service.

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod operations;
#[cfg(doctest)]
mod readme;

pub use client::Client;
pub use http;
pub use oss_auth as auth;
pub use oss_auth::{Credentials, Presigned, SignatureVersion};
pub use oss_downloader as downloader;
pub use oss_downloader::{
    Download, DownloadError, DownloadErrorKind, DownloadEvent, DownloadEvents, DownloadHandle, DownloadOptions,
    DownloadResult, DownloadStage, DownloadTo, Downloader, ObjectStream, SaveError, TargetError, ToFile,
};
pub use oss_models as models;
pub use oss_models::{
    AbortMultipartUploadRequest, AbortMultipartUploadResult, AddressStyle, AppendObjectRequest, AppendObjectResult,
    Body, BodyConsumed, BoxBody, BoxError, BucketAcl, BucketInfo, BucketName, BucketSummary, ByteRange, CallError,
    CallErrorKind, CallOptions, Callback, CallbackBodyType, CallbackVars, CompleteMultipartUploadRequest,
    CompleteMultipartUploadResult, CompletedPart, CompletedParts, ContentError, ContentRange, CopyObjectRequest,
    CopyObjectResult, CopySource, CorsConfiguration, CorsMethod, CorsRule, Crc64, Crc64Digest,
    CreateBucketConfiguration, DataRedundancyType, Delete, DeleteBucketCorsRequest, DeleteBucketCorsResult,
    DeleteBucketLifecycleRequest, DeleteBucketLifecycleResult, DeleteBucketRequest, DeleteBucketResult, DeleteFailure,
    DeleteMany, DeleteMarkerEntry, DeleteMultipleObjectsRequest, DeleteMultipleObjectsResult, DeleteObjectRequest,
    DeleteObjectResult, DeleteObjectTaggingRequest, DeleteObjectTaggingResult, DeleteOutcome, DeletedObject, Etag,
    GetBucketCorsRequest, GetBucketCorsResult, GetBucketInfoRequest, GetBucketInfoResult, GetBucketLifecycleRequest,
    GetBucketLifecycleResult, GetBucketLocationRequest, GetBucketLocationResult, GetBucketStatRequest,
    GetBucketStatResult, GetBucketVersioningRequest, GetBucketVersioningResult, GetObjectAclRequest,
    GetObjectAclResult, GetObjectMetaRequest, GetObjectMetaResult, GetObjectRequest, GetObjectResult,
    GetObjectTaggingRequest, GetObjectTaggingResult, GetSymlinkRequest, GetSymlinkResult, HeadObjectRequest,
    HeadObjectResult, Idempotency, InitiateMultipartUploadRequest, InitiateMultipartUploadResult, InvalidRequest,
    Items, LifecycleAge, LifecycleConfiguration, LifecycleExpiration, LifecycleFilter, LifecycleNot, LifecycleRule,
    LifecycleTransition, ListBucketsRequest, ListBucketsResult, ListMultipartUploadsRequest,
    ListMultipartUploadsResult, ListObjectVersionsRequest, ListObjectVersionsResult, ListObjectsRequest,
    ListObjectsResult, ListObjectsV2Request, ListObjectsV2Result, ListPartsRequest, ListPartsResult, Metadata,
    MetadataDirective, MultipartUpload, ObjectAcl, ObjectIdentifier, ObjectKey, ObjectSummary, ObjectVersion,
    ObjectWormMode, OpenBody, Operation, OperationInfo, Owner, Paged, Pages, PartNumber, PartSummary,
    PutBucketCorsRequest, PutBucketCorsResult, PutBucketLifecycleRequest, PutBucketLifecycleResult, PutBucketRequest,
    PutBucketResult, PutBucketVersioningRequest, PutBucketVersioningResult, PutObjectAclRequest, PutObjectAclResult,
    PutObjectRequest, PutObjectResult, PutObjectTaggingRequest, PutObjectTaggingResult, PutSymlinkRequest,
    PutSymlinkResult, Request, RequestPayer, Response, ResponseBody, ResponseShape, RestoreConfiguration,
    RestoreObjectRequest, RestoreObjectResult, RestoreStatus, RestoreTier, RetryClass, RuleStatus, Sent,
    ServerSideDataEncryption, ServerSideEncryption, ServiceError, StorageClass, StoredObject, Tag, Tagging,
    TaggingDirective, Target, UploadId, UploadPartCopyRequest, UploadPartCopyResult, UploadPartRequest,
    UploadPartResult, VersionEntry, VersioningStatus, call, content_type_of, delete_many, items, pages,
};
#[cfg(feature = "sync")]
pub use oss_sync as sync;
pub use oss_transfer::{ListEntry, ListPages, Listing, UnorderedPages};
pub use oss_transport as transport;
pub use oss_transport::credentials;
pub use oss_transport::{BandwidthLimit, Config, ConfigError, Transport};
pub use oss_uploader as uploader;
#[cfg(feature = "directory")]
pub use oss_uploader::directory;
pub use oss_uploader::{
    CallbackOutcome, Copier, CopyOptions, Events, InvalidOption, Leftovers, ObjectCopy, ParallelNum, Priority,
    Progress, Scheduler, Source, SourceError, Stage, Stored, Upload, UploadError, UploadErrorKind, UploadEvent,
    UploadHandle, UploadOptions, UploadResult, Uploader, Verified, checkpoint, session, stale,
};
