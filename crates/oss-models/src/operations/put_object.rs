use bytes::Bytes;

use crate::{
    Body, Callback, CallbackVars, Crc64, Crc64Scope, Etag, Idempotency, Metadata, ObjectAcl, ObjectWormMode,
    OperationInfo, RequestPayer, ResponseShape, ServerSideDataEncryption, ServerSideEncryption, StorageClass, Tagging,
};

request! {
    /// PutObject: stores an object with one request, at most 5 GiB. An object of that key is replaced.
    ///
    /// ```
    /// use oss_models::{ObjectAcl, PutObjectRequest};
    /// let request = PutObjectRequest::new("demo", "cat.jpg").body("meow").acl(ObjectAcl::Private);
    /// ```
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/putobject)
    PutObjectRequest -> PutObjectResult =
        OperationInfo::new("PutObject", Idempotency::Idempotent, ResponseShape::Headers)
            .with_callback()
            .with_needs(&["ETag"])
            .with_crc64(Crc64Scope::SentBody)
            .with_traffic_limit();
    PUT [] then default_content_type;
    required [OBJECT] {}
    optional [METADATA STORAGE_CLASS ACL ENCRYPTION TAGGING FORBID_OVERWRITE TRAFFIC_LIMIT PAYER CALLBACK RETENTION CONTENT_MD5] {
        /// Content. Default: no bytes.
        body: Body = body(),
    }
}

response! {
    /// Result of PutObject.
    PutObjectResult [CRC64_RESPONSE VERSION_RESPONSE ENCRYPTION_RESPONSE] {
        /// Entity tag of the object.
        etag: Etag = required_header("etag"),
        /// Base64 of the MD5 of the content.
        content_md5: Option<String> = header("content-md5"),
        /// Response of the upload callback, byte for byte.
        #[serde(serialize_with = "crate::serialize::optional_text")]
        callback_result: Option<Bytes> = callback_result(),
    }
}
