use std::time::SystemTime;

use crate::{AnswerShape, Etag, Metadata, ObjectAcl, OperationInfo, Repeat, RequestPayer, StorageClass};

request! {
    /// PutSymlink: makes an object that stands for another one of the same bucket, which need not exist yet.
    PutSymlinkRequest -> PutSymlinkResult = OperationInfo::new("PutSymlink", Repeat::Safe, AnswerShape::Headers);
    PUT ["symlink"];
    required [OBJECT] {
        /// Key of the other object, not encoded; not a symlink itself.
        symlink_target: String = encoded_header("x-oss-symlink-target"),
    }
    optional [ACL CLASS META FORBID PAYER] {}
}

answer! {
    /// What PutSymlink answers.
    PutSymlinkResult [VERSION_ANSWER] {
        /// Entity tag.
        etag: Option<Etag> = header("etag"),
    }
}

request! {
    /// GetSymlink: tells which object a symlink stands for.
    GetSymlinkRequest -> GetSymlinkResult =
        OperationInfo::new("GetSymlink", Repeat::Safe, AnswerShape::Headers).with_needs(&["x-oss-symlink-target"]);
    GET ["symlink"];
    required [OBJECT] {}
    optional [VERSION PAYER] {}
}

answer! {
    /// What GetSymlink answers.
    GetSymlinkResult [VERSION_ANSWER] {
        /// Key of the other object, decoded.
        symlink_target: Option<String> = encoded_header("x-oss-symlink-target"),
        /// Entity tag.
        etag: Option<Etag> = header("etag"),
        /// When the symlink was last written.
        last_modified: Option<SystemTime> = header("last-modified"),
        /// User metadata.
        metadata: Metadata = metadata("x-oss-meta-"),
    }
}
