//! The operations that the simulated OSS knows, and how a request says which one it is.

use http::{HeaderMap, Method, Uri};

/// An operation of the OSS API.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Op {
    PutObject,
    CopyObject,
    InitiateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
    ListMultipartUploads,
    HeadObject,
    GetObject,
    DeleteObject,
    ListObjectsV2,
    DeleteMultipleObjects,
}

impl Op {
    /// Which operation this request is.
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let has = |name| query_value(uri, name).is_some();
        let (upload, copy) = (has("uploadId"), headers.contains_key("x-oss-copy-source"));
        Some(match method.as_str() {
            "PUT" if upload && has("partNumber") && copy => Self::UploadPartCopy,
            "PUT" if upload && has("partNumber") => Self::UploadPart,
            "PUT" if copy => Self::CopyObject,
            "PUT" => Self::PutObject,
            "POST" if has("delete") => Self::DeleteMultipleObjects,
            "POST" if has("uploads") => Self::InitiateMultipartUpload,
            "POST" if upload => Self::CompleteMultipartUpload,
            "DELETE" if upload => Self::AbortMultipartUpload,
            "DELETE" => Self::DeleteObject,
            "GET" if has("uploads") => Self::ListMultipartUploads,
            "GET" if has("list-type") => Self::ListObjectsV2,
            "GET" if upload => Self::ListParts,
            "GET" => Self::GetObject,
            "HEAD" => Self::HeadObject,
            _ => return None,
        })
    }

    /// Whether it changes what is stored.
    pub(crate) const fn has_effect(self) -> bool {
        !matches!(
            self,
            Self::ListParts | Self::ListMultipartUploads | Self::HeadObject | Self::GetObject | Self::ListObjectsV2
        )
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PutObject => "PutObject",
            Self::CopyObject => "CopyObject",
            Self::InitiateMultipartUpload => "InitiateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::UploadPartCopy => "UploadPartCopy",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::AbortMultipartUpload => "AbortMultipartUpload",
            Self::ListParts => "ListParts",
            Self::ListMultipartUploads => "ListMultipartUploads",
            Self::HeadObject => "HeadObject",
            Self::GetObject => "GetObject",
            Self::DeleteObject => "DeleteObject",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::DeleteMultipleObjects => "DeleteMultipleObjects",
        }
    }
}

/// The value of a query parameter, "" if it has none.
pub(crate) fn query_value<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    uri.query()?
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v)
}
