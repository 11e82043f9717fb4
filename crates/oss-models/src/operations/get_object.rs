use std::time::SystemTime;

use crate::{
    ByteRange, ContentRange, Crc64, Crc64Scope, Etag, Idempotency, Metadata, ObjectWormMode, OperationInfo,
    RequestPayer, ResponseBody, ResponseShape, RestoreStatus, ServerSideDataEncryption, ServerSideEncryption,
    StorageClass,
};

request! {
    /// GetObject: returns an object or a range of it.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getobject)
    GetObjectRequest -> GetObjectResult =
        OperationInfo::new("GetObject", Idempotency::Idempotent, ResponseShape::Content)
            .with_crc64(Crc64Scope::WholeContent)
            .with_traffic_limit()
            .with_pinned_content();
    GET [];
    required [OBJECT] {}
    optional [VERSION CONDITIONS TRAFFIC_LIMIT PAYER] {
        /// Range of bytes. Default: all.
        range: ByteRange = header("range"),
        /// `standard`: a range outside the object is refused (`InvalidRange`) instead of giving the whole object.
        range_behavior: String = header("x-oss-range-behavior"),
        /// Encodings that the response may have. Default: none, the bytes come as they are stored.
        accept_encoding: String = header("accept-encoding"),
        /// Replaces `Content-Type` in the response; not for anonymous requests, like the five below.
        response_content_type: String = query("response-content-type"),
        /// Replaces `Content-Language` in the response.
        response_content_language: String = query("response-content-language"),
        /// Replaces `Expires` in the response.
        response_expires: String = query("response-expires"),
        /// Replaces `Cache-Control` in the response.
        response_cache_control: String = query("response-cache-control"),
        /// Replaces `Content-Disposition` in the response.
        response_content_disposition: String = query("response-content-disposition"),
        /// Replaces `Content-Encoding` in the response.
        response_content_encoding: String = query("response-content-encoding"),
    }
}

response! {
    /// Result of GetObject. The CRC64 is that of the whole object, also when a range was asked for.
    GetObjectResult [STORED_RESPONSE CRC64_RESPONSE VERSION_RESPONSE ENCRYPTION_RESPONSE] {
        /// Which bytes these are, and of how many; only if a range was asked for and OSS honoured it (status 206).
        content_range: Option<ContentRange> = header("content-range"),
        /// The bytes.
        #[serde(skip)]
        body: ResponseBody = content(),
    }
}

request! {
    /// HeadObject: returns what GetObject would, without the content.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/headobject)
    HeadObjectRequest -> HeadObjectResult = OperationInfo::new("HeadObject", Idempotency::Idempotent, ResponseShape::Headers);
    HEAD [];
    required [OBJECT] {}
    optional [VERSION CONDITIONS PAYER] {}
}

response! {
    /// Result of HeadObject.
    HeadObjectResult [STORED_RESPONSE CRC64_RESPONSE VERSION_RESPONSE ENCRYPTION_RESPONSE] {}
}

request! {
    /// GetObjectMeta: returns length, entity tag and time of an object, without its metadata.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getobjectmeta)
    GetObjectMetaRequest -> GetObjectMetaResult =
        OperationInfo::new("GetObjectMeta", Idempotency::Idempotent, ResponseShape::Headers);
    HEAD ["objectMeta"];
    required [OBJECT] {}
    optional [VERSION PAYER] {}
}

response! {
    /// Result of GetObjectMeta.
    GetObjectMetaResult [CRC64_RESPONSE VERSION_RESPONSE] {
        /// Entity tag of the object.
        etag: Option<Etag> = header("etag"),
        /// Length of the content in bytes.
        content_length: Option<u64> = header("content-length"),
        /// When the object was last written.
        #[serde(serialize_with = "crate::serialize::time")]
        last_modified: Option<SystemTime> = header("last-modified"),
        /// When the object was last read, in a bucket that keeps track.
        #[serde(serialize_with = "crate::serialize::time")]
        last_access_time: Option<SystemTime> = header("x-oss-last-access-time"),
        /// When a lifecycle rule changed the storage class.
        transition_time: Option<String> = header("x-oss-transition-time"),
    }
}
