use bytes::Bytes;

use crate::{
    AnswerShape, Body, Callback, CallbackVars, Crc64, Etag, Metadata, ObjectAcl, ObjectWormMode, OperationInfo, Repeat,
    RequestPayer, ServerSideDataEncryption, ServerSideEncryption, StorageClass, Tagging,
};

request! {
    /// PutObject: stores an object with one request, at most 5 GiB. An object of that key is replaced.
    ///
    /// ```
    /// use oss_models::{ObjectAcl, PutObjectRequest};
    /// let request = PutObjectRequest::new("demo", "cat.jpg").body("meow").acl(ObjectAcl::Private);
    /// ```
    PutObjectRequest -> PutObjectResult =
        OperationInfo::new("PutObject", Repeat::Safe, AnswerShape::Headers).with_callback().with_needs(&["ETag"]);
    PUT [] then default_content_type;
    required [OBJECT] {}
    optional [META CLASS ACL SSE TAG FORBID LIMIT PAYER CALLBACK WORM MD5] {
        /// Content. Default: no bytes.
        body: Body = body(),
    }
}

answer! {
    /// What PutObject answers.
    PutObjectResult [CRC_ANSWER VERSION_ANSWER SSE_ANSWER] {
        /// Entity tag.
        etag: Etag = required_header("etag"),
        /// Base64 of the MD5 of the content.
        content_md5: Option<String> = header("content-md5"),
        /// Answer of the upload callback, byte for byte.
        callback_result: Option<Bytes> = callback_result(),
    }
}
