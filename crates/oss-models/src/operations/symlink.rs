use std::time::SystemTime;

use crate::{Etag, Idempotency, Metadata, ObjectAcl, OperationInfo, RequestPayer, ResponseShape, StorageClass};

request! {
    /// PutSymlink: makes an object that stands for another one of the same bucket, which need not exist yet.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/putsymlink)
    PutSymlinkRequest -> PutSymlinkResult = OperationInfo::new("PutSymlink", Idempotency::Idempotent, ResponseShape::Headers);
    PUT ["symlink"];
    required [OBJECT] {
        /// Key of the other object, not encoded; not a symlink itself.
        symlink_target: String = encoded_header("x-oss-symlink-target"),
    }
    optional [ACL STORAGE_CLASS METADATA FORBID_OVERWRITE PAYER] {}
}

response! {
    /// Result of PutSymlink.
    PutSymlinkResult [VERSION_RESPONSE] {
        /// Entity tag of the object.
        etag: Option<Etag> = header("etag"),
    }
}

request! {
    /// GetSymlink: returns which object a symlink stands for.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getsymlink)
    GetSymlinkRequest -> GetSymlinkResult =
        OperationInfo::new("GetSymlink", Idempotency::Idempotent, ResponseShape::Headers).with_needs(&["x-oss-symlink-target"]);
    GET ["symlink"];
    required [OBJECT] {}
    optional [VERSION PAYER] {}
}

response! {
    /// Result of GetSymlink.
    GetSymlinkResult [VERSION_RESPONSE] {
        /// Key of the other object, decoded.
        symlink_target: Option<String> = encoded_header("x-oss-symlink-target"),
        /// Entity tag of the object.
        etag: Option<Etag> = header("etag"),
        /// When the symlink was last written.
        #[serde(serialize_with = "crate::serialize::time")]
        last_modified: Option<SystemTime> = header("last-modified"),
        /// User metadata.
        metadata: Metadata = metadata("x-oss-meta-"),
    }
}
