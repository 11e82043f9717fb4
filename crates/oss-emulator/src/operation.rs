//! Which operation a request asks for.

use http::Method;

use crate::error::{OssError, Outcome, code};
use crate::request::RequestHead;

macro_rules! operations {
    ($($variant:ident),+ $(,)?) => {
        /// An operation of the service, by its documented name.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Operation { $($variant,)+ }

        impl Operation {
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }
        }
    };
}

operations! {
    ListBuckets,
    PutBucket, DeleteBucket, HeadBucket, GetBucketInfo, GetBucketLocation,
    PutBucketVersioning, GetBucketVersioning, PutBucketAcl, GetBucketAcl,
    PutBucketCors, GetBucketCors, DeleteBucketCors, OptionObject,
    ListObjects, ListObjectsV2, ListObjectVersions, ListMultipartUploads, DeleteMultipleObjects, PostObject,
    PutObject, GetObject, HeadObject, GetObjectMeta, DeleteObject, AppendObject, CopyObject,
    PutObjectAcl, GetObjectAcl, PutObjectTagging, GetObjectTagging, DeleteObjectTagging,
    PutSymlink, GetSymlink, RestoreObject,
    InitiateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload, ListParts,
}

/// What an anonymous caller needs to be granted by an ACL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Grant {
    Read,
    Write,
    /// No ACL grants it.
    Owner,
    /// Nothing: the operation has its own ways to decide.
    None,
}

/// Sub-resources of OSS that this server does not have; anything else unknown in a query is ignored, as OSS does.
const NOT_HERE: &[&str] = &[
    "accessPoint",
    "accessPointPolicy",
    "accessmonitor",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "cloudboxes",
    "cname",
    "comp",
    "encryption",
    "httpsConfig",
    "img",
    "inventory",
    "legalHold",
    "lifecycle",
    "live",
    "logging",
    "metaQuery",
    "objectWorm",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "qos",
    "redundancyTransition",
    "referer",
    "regions",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "resourceGroup",
    "retention",
    "rtc",
    "seal",
    "stat",
    "style",
    "transferAcceleration",
    "udf",
    "vod",
    "website",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-async-process",
    "x-oss-process",
];

/// Sub-resources that some operation has: with another method they name none, and must not be taken for plain reads or writes.
const ELSEWHERE: &[&str] = &[
    "acl",
    "append",
    "bucketInfo",
    "cors",
    "delete",
    "location",
    "objectMeta",
    "restore",
    "symlink",
    "tagging",
    "uploads",
    "versioning",
    "versions",
];

impl Operation {
    /// # Errors
    /// `NotImplemented`, `MethodNotAllowed`, `MissingArgument`.
    pub(crate) fn of(head: &RequestHead) -> Outcome<Self> {
        if head.method == Method::OPTIONS {
            return Ok(Self::OptionObject);
        }
        if let Some((name, _)) = head.query.pairs().iter().find(|(name, _)| NOT_HERE.contains(&name.as_str())) {
            return Err(OssError::from(code::NOT_IMPLEMENTED).with("Header", name));
        }
        let operation = match (&head.bucket, &head.key) {
            (_, Some(_)) => Self::on_object(head)?,
            (Some(_), None) => Self::on_bucket(head)?,
            (None, None) if head.method == Method::GET => Self::ListBuckets,
            (None, None) => return Err(not_allowed(head, "SERVICE")),
        };
        if operation.is_plain() && ELSEWHERE.iter().any(|name| head.query.has(name)) {
            return Err(not_allowed(head, "OBJECT"));
        }
        Ok(operation)
    }

    /// Whether the operation is what a method means without any sub-resource.
    fn is_plain(self) -> bool {
        matches!(
            self,
            Self::PutObject
                | Self::GetObject
                | Self::HeadObject
                | Self::DeleteObject
                | Self::CopyObject
                | Self::PutBucket
                | Self::DeleteBucket
                | Self::HeadBucket
                | Self::ListObjects
        )
    }

    fn on_object(head: &RequestHead) -> Outcome<Self> {
        let has = |name| head.query.has(name);
        let copies = head.headers.contains_key("x-oss-copy-source");
        Ok(match head.method {
            Method::PUT if has("acl") => Self::PutObjectAcl,
            Method::PUT if has("tagging") => Self::PutObjectTagging,
            Method::PUT if has("symlink") => Self::PutSymlink,
            Method::PUT if has("partNumber") || has("uploadId") => {
                for name in ["partNumber", "uploadId"] {
                    if !has(name) {
                        return Err(OssError::from(code::MISSING_ARGUMENT)
                            .ec("0017-00000219")
                            .with("ArgumentName", name));
                    }
                }
                if copies { Self::UploadPartCopy } else { Self::UploadPart }
            }
            Method::PUT if copies => Self::CopyObject,
            Method::PUT => Self::PutObject,
            Method::POST if has("uploads") => Self::InitiateMultipartUpload,
            Method::POST if has("append") => Self::AppendObject,
            Method::POST if has("restore") => Self::RestoreObject,
            Method::POST if has("uploadId") => Self::CompleteMultipartUpload,
            Method::GET if has("acl") => Self::GetObjectAcl,
            Method::GET if has("tagging") => Self::GetObjectTagging,
            Method::GET if has("symlink") => Self::GetSymlink,
            Method::GET if has("uploadId") => Self::ListParts,
            Method::GET => Self::GetObject,
            Method::HEAD if has("objectMeta") => Self::GetObjectMeta,
            Method::HEAD => Self::HeadObject,
            Method::DELETE if has("uploadId") => Self::AbortMultipartUpload,
            Method::DELETE if has("tagging") => Self::DeleteObjectTagging,
            Method::DELETE => Self::DeleteObject,
            _ => return Err(not_allowed(head, "OBJECT")),
        })
    }

    fn on_bucket(head: &RequestHead) -> Outcome<Self> {
        let has = |name| head.query.has(name);
        Ok(match head.method {
            Method::PUT if has("acl") => Self::PutBucketAcl,
            Method::PUT if has("versioning") => Self::PutBucketVersioning,
            Method::PUT if has("cors") => Self::PutBucketCors,
            Method::PUT => Self::PutBucket,
            Method::GET if has("acl") => Self::GetBucketAcl,
            Method::GET if has("cors") => Self::GetBucketCors,
            Method::GET if has("bucketInfo") => Self::GetBucketInfo,
            Method::GET if has("location") => Self::GetBucketLocation,
            Method::GET if has("versioning") => Self::GetBucketVersioning,
            Method::GET if has("versions") => Self::ListObjectVersions,
            Method::GET if has("uploads") => Self::ListMultipartUploads,
            Method::GET if head.query.first("list-type") == Some("2") => Self::ListObjectsV2,
            Method::GET => Self::ListObjects,
            Method::HEAD => Self::HeadBucket,
            Method::POST if has("delete") => Self::DeleteMultipleObjects,
            Method::POST => Self::PostObject,
            Method::DELETE if has("cors") => Self::DeleteBucketCors,
            Method::DELETE => Self::DeleteBucket,
            _ => return Err(not_allowed(head, "BUCKET")),
        })
    }

    /// Whether the request may ask for server-side encryption; a part has that of its upload.
    pub(crate) fn takes_encryption(self) -> bool {
        matches!(
            self,
            Self::PutObject | Self::PostObject | Self::AppendObject | Self::CopyObject | Self::InitiateMultipartUpload
        )
    }

    /// What a caller without a signature needs.
    pub(crate) fn grant(self) -> Grant {
        match self {
            // The documents grant reading objects, and say nothing of lists.
            Self::GetObject | Self::HeadObject | Self::GetObjectMeta | Self::GetSymlink | Self::HeadBucket => {
                Grant::Read
            }
            // A form brings its own signature, and a preflight asks before there is one.
            Self::PostObject | Self::OptionObject => Grant::None,
            Self::PutObject
            | Self::AppendObject
            | Self::CopyObject
            | Self::DeleteObject
            | Self::DeleteMultipleObjects
            | Self::InitiateMultipartUpload
            | Self::UploadPart
            | Self::UploadPartCopy
            | Self::CompleteMultipartUpload
            | Self::AbortMultipartUpload
            | Self::ListParts
            | Self::ListMultipartUploads
            | Self::PutSymlink => Grant::Write,
            _ => Grant::Owner,
        }
    }
}

fn not_allowed(head: &RequestHead, resource: &'static str) -> OssError {
    OssError::from(code::METHOD_NOT_ALLOWED).with("Method", head.method.as_str()).with("ResourceType", resource)
}
