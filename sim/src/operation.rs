//! The operations that the simulated OSS knows, and how a request says which one it is.

use http::{Method, Uri};

/// An operation of the OSS API.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Op {
    PutObject,
    InitiateMultipartUpload,
    UploadPart,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
    HeadObject,
    GetObject,
    DeleteObject,
}

impl Op {
    /// Those that an upload uses, all of which faults are planned for.
    pub(crate) const OF_UPLOADS: [Self; 7] = [
        Self::PutObject,
        Self::InitiateMultipartUpload,
        Self::UploadPart,
        Self::CompleteMultipartUpload,
        Self::AbortMultipartUpload,
        Self::ListParts,
        Self::HeadObject,
    ];

    /// Which operation this request is, by method and query.
    pub(crate) fn of(method: &Method, uri: &Uri) -> Option<Self> {
        let has = |name| query_value(uri, name).is_some();
        let upload = has("uploadId");
        Some(match method.as_str() {
            "PUT" if upload && has("partNumber") => Self::UploadPart,
            "PUT" => Self::PutObject,
            "POST" if has("uploads") => Self::InitiateMultipartUpload,
            "POST" if upload => Self::CompleteMultipartUpload,
            "DELETE" if upload => Self::AbortMultipartUpload,
            "DELETE" => Self::DeleteObject,
            "GET" if upload => Self::ListParts,
            "GET" => Self::GetObject,
            "HEAD" => Self::HeadObject,
            _ => return None,
        })
    }

    /// Whether it changes what is stored.
    pub(crate) const fn has_effect(self) -> bool {
        !matches!(self, Self::ListParts | Self::HeadObject | Self::GetObject)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PutObject => "PutObject",
            Self::InitiateMultipartUpload => "InitiateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::AbortMultipartUpload => "AbortMultipartUpload",
            Self::ListParts => "ListParts",
            Self::HeadObject => "HeadObject",
            Self::GetObject => "GetObject",
            Self::DeleteObject => "DeleteObject",
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
