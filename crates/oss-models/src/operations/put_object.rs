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
    PutObjectRequest -> PutObjectResult =
        OperationInfo::new("PutObject", Idempotency::Idempotent, ResponseShape::Headers)
            .with_callback()
            .with_needs(&["ETag"])
            .with_crc64(Crc64Scope::SentBody)
            .with_traffic_limit();
    PUT [] then default_content_type;
    required [OBJECT] {}
    optional [META CLASS ACL SSE TAG FORBID LIMIT PAYER CALLBACK WORM MD5] {
        /// Content. Default: no bytes.
        body: Body = body(),
    }
}

response! {
    /// What PutObject answers.
    PutObjectResult [CRC_RESPONSE VERSION_RESPONSE SSE_RESPONSE] {
        /// Entity tag.
        etag: Etag = required_header("etag"),
        /// Base64 of the MD5 of the content.
        content_md5: Option<String> = header("content-md5"),
        /// Response of the upload callback, byte for byte.
        callback_result: Option<Bytes> = callback_result(),
    }
}
