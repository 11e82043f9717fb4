use std::time::SystemTime;

use crate::{
    CopySource, Crc64, Etag, Idempotency, Metadata, MetadataDirective, ObjectAcl, ObjectWormMode, OperationInfo,
    RequestPayer, ResponseShape, ServerSideDataEncryption, ServerSideEncryption, StorageClass, Tagging,
    TaggingDirective,
};

request! {
    /// CopyObject: makes an object of another one of the same region, in general of less than 1 GiB;
    /// a larger one is copied part by part (UploadPartCopy).
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/copyobject)
    CopyObjectRequest -> CopyObjectResult =
        OperationInfo::new("CopyObject", Idempotency::Idempotent, ResponseShape::Xml("CopyObjectResult"))
            .with_needs(&["ETag"])
            .with_slow_response()
            .with_traffic_limit();
    PUT [];
    required [OBJECT] {
        /// Object that is copied.
        copy_source: CopySource = header("x-oss-copy-source"),
    }
    optional [SOURCE_CONDITIONS METADATA STORAGE_CLASS ACL ENCRYPTION TAGGING FORBID_OVERWRITE TRAFFIC_LIMIT PAYER RETENTION] {
        /// Where the metadata comes from. Default: the source.
        metadata_directive: MetadataDirective = header("x-oss-metadata-directive"),
        /// Where the tags come from. Default: the source.
        tagging_directive: TaggingDirective = header("x-oss-tagging-directive"),
    }
}

response! {
    /// Result of CopyObject. The CRC64 may be missing.
    CopyObjectResult [CRC64_RESPONSE VERSION_RESPONSE ENCRYPTION_RESPONSE] {
        /// Entity tag of the copy.
        etag: Etag = etag("ETag"),
        /// When the copy was made.
        #[serde(serialize_with = "crate::serialize::time")]
        last_modified: Option<SystemTime> = xml.text("LastModified"),
        /// Version that was copied.
        copy_source_version_id: Option<String> = header("x-oss-copy-source-version-id"),
    }
}
