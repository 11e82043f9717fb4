use crate::{
    Body, Crc64, Crc64Scope, Etag, Idempotency, Metadata, ObjectAcl, OperationInfo, RequestPayer, ResponseShape,
    ServerSideDataEncryption, ServerSideEncryption, StorageClass, Tagging,
};

request! {
    /// AppendObject: adds bytes to the end of an appendable object, which the first piece (at position 0) creates.
    ///
    /// The position must be the object's length, else `PositionNotEqualToLength`. Not repeated by itself once it may have
    /// taken effect. What is said about the object itself (metadata, class, …) counts only for the first piece.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject)
    AppendObjectRequest -> AppendObjectResult =
        OperationInfo::new("AppendObject", Idempotency::NotIdempotent, ResponseShape::Headers)
            .with_needs(&["x-oss-next-append-position"])
            .with_crc64(Crc64Scope::Appended)
            .with_traffic_limit();
    POST ["append"] then default_content_type;
    required [OBJECT] {
        /// Length of the object so far.
        position: u64 = append_position("position"),
        /// Bytes to add.
        body: Body = body(),
    }
    optional [METADATA STORAGE_CLASS ACL ENCRYPTION TAGGING FORBID_OVERWRITE TRAFFIC_LIMIT PAYER CONTENT_MD5] {
        /// CRC64 of the object so far: [`AppendObjectResult::hash_crc64`] of the piece before. With it, and at position 0
        /// without, the CRC64 that OSS has afterwards is compared with that of the bytes sent.
        init_hash_crc64: Crc64 = crc64_before(),
    }
}

response! {
    /// Result of AppendObject. The CRC64 is that of the whole object.
    AppendObjectResult [CRC64_RESPONSE VERSION_RESPONSE ENCRYPTION_RESPONSE] {
        /// Where the next piece goes.
        next_append_position: u64 = required_header("x-oss-next-append-position"),
        /// Entity tag of the object.
        etag: Option<Etag> = header("etag"),
    }
}
