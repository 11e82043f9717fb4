//! Requests from plain values: bucket, key, and pairs of headers and query parameters by their names on the wire.

use http::{HeaderName, HeaderValue, Method};
use ossup::{
    Body, BucketName, ByteRange, CopyObjectRequest, CopySource, Etag, GetObjectRequest, Metadata, ObjectKey,
    PutObjectRequest, Request, Tagging,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error;
use crate::operation;

/// What every request has.
#[derive(FromPyObject)]
pub(crate) struct Draft {
    bucket: Option<String>,
    key: Option<String>,
    headers: Vec<(String, String)>,
    queries: Vec<(String, String)>,
}

impl Draft {
    fn bucket(&self) -> &str {
        self.bucket.as_deref().unwrap_or_default()
    }

    fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The object that an upload writes.
    pub(crate) fn put(&self) -> PutObjectRequest {
        let request = PutObjectRequest::new(self.bucket(), self.key());
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        self.queries.iter().fold(request, |request, (name, value)| request.query(name, value))
    }

    /// The object that a download reads.
    pub(crate) fn get(&self) -> PyResult<GetObjectRequest> {
        let mut request = GetObjectRequest::new(self.bucket(), self.key());
        for (name, value) in &self.headers {
            request = match name.as_str() {
                "range" => request.range(byte_range(value)?),
                "if-match" => request.if_match(etag(value)?),
                "if-none-match" => request.if_none_match(etag(value)?),
                "accept-encoding" => request.accept_encoding(value),
                // A managed download asks for ranges that it knows to be in the object.
                "x-oss-range-behavior" => request,
                "x-oss-traffic-limit" => request.traffic_limit(number(name, value)?),
                "x-oss-request-payer" => request.request_payer(value.as_str()),
                _ => request.header(name, value),
            };
        }
        for (name, value) in &self.queries {
            request = match name.as_str() {
                "versionId" => request.version_id(value),
                _ => request.query(name, value),
            };
        }
        Ok(request)
    }

    /// The object that a copy writes.
    pub(crate) fn copy(&self, source: CopySource) -> PyResult<CopyObjectRequest> {
        let mut request = CopyObjectRequest::new(self.bucket(), self.key(), source);
        let mut metadata = Vec::new();
        for (name, value) in &self.headers {
            let text = value.as_str();
            request = match name.as_str() {
                "x-oss-copy-source-if-match" => request.copy_source_if_match(etag(value)?),
                "x-oss-copy-source-if-none-match" => request.copy_source_if_none_match(etag(value)?),
                "content-type" => request.content_type(text),
                "cache-control" => request.cache_control(text),
                "content-disposition" => request.content_disposition(text),
                "content-encoding" => request.content_encoding(text),
                "expires" => request.expires(text),
                "x-oss-storage-class" => request.storage_class(text),
                "x-oss-object-acl" => request.acl(text),
                "x-oss-server-side-encryption" => request.server_side_encryption(text),
                "x-oss-server-side-data-encryption" => request.server_side_data_encryption(text),
                "x-oss-server-side-encryption-key-id" => request.server_side_encryption_key_id(text),
                "x-oss-tagging" => request.tagging(Tagging::from_encoded(text).map_err(error::invalid)?),
                "x-oss-forbid-overwrite" => request.forbid_overwrite(text.eq_ignore_ascii_case("true")),
                "x-oss-traffic-limit" => request.traffic_limit(number(name, value)?),
                "x-oss-request-payer" => request.request_payer(text),
                "x-oss-metadata-directive" => request.metadata_directive(text),
                "x-oss-tagging-directive" => request.tagging_directive(text),
                other => match other.strip_prefix("x-oss-meta-") {
                    Some(name) => {
                        metadata.push((name.to_owned(), value.clone()));
                        request
                    }
                    None => request.header(name, value),
                },
            };
        }
        if !metadata.is_empty() {
            request = request.metadata(metadata.into_iter().collect::<Metadata>());
        }
        Ok(self.queries.iter().fold(request, |request, (name, value)| request.query(name, value)))
    }

    /// Any other request.
    pub(crate) fn call(self, operation: &str, method: &str, body: Body) -> PyResult<Request> {
        let info = operation::info(operation)
            .ok_or_else(|| PyValueError::new_err(format!("there is no operation {operation}")))?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let mut request = Request::new(info, method);
        request.bucket = self.bucket.map(BucketName::new).transpose().map_err(error::invalid)?;
        request.key = self.key.map(ObjectKey::new).transpose().map_err(error::invalid)?;
        for (name, value) in self.headers {
            request.digest_from_caller |= name.eq_ignore_ascii_case("content-md5");
            let (name, mut value) = header(&name, &value)?;
            value.set_sensitive(name.as_str().starts_with("x-oss-callback"));
            request.headers.insert(name, value);
        }
        request.query = self.queries;
        request.body = body;
        Ok(request)
    }
}

/// The media type of a file by its extension; `None` if it is unknown.
#[pyfunction]
pub(crate) fn content_type_of(name: &str) -> Option<&'static str> {
    ossup::content_type_of(name)
}

/// A header that means the same to every proxy on the way. The value stays out of the error: it may be a secret.
fn header(name: &str, value: &str) -> PyResult<(HeaderName, HeaderValue)> {
    let refuse = |reason: &str| PyValueError::new_err(format!("the header {name:?} cannot be sent: {reason}"));
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("it is not a header name"))?;
    if RESERVED.contains(&parsed.as_str()) {
        return Err(refuse("the library writes it itself"));
    }
    if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) || value.trim_ascii() != value {
        return Err(refuse("its value has a character other than visible ASCII and inner spaces; percent-encode it"));
    }
    let value = HeaderValue::from_str(value).map_err(|_| refuse("its value is not one of a header"))?;
    Ok((parsed, value))
}

fn etag(text: &str) -> PyResult<Etag> {
    Etag::new(text).map_err(error::invalid)
}

fn number(name: &str, text: &str) -> PyResult<u64> {
    text.parse().map_err(|_| PyValueError::new_err(format!("the header {name:?} must be a number, got {text:?}")))
}

/// `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`.
fn byte_range(text: &str) -> PyResult<ByteRange> {
    let parsed =
        text.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')).and_then(|pair| match pair {
            ("", count) => count.parse().ok().map(ByteRange::Last),
            (first, "") => first.parse().ok().map(|first| ByteRange::Between { first, last: None }),
            (first, last) => Some(ByteRange::Between { first: first.parse().ok()?, last: Some(last.parse().ok()?) }),
        });
    let allowed = "bytes=FIRST-LAST, bytes=FIRST- or bytes=-COUNT";
    parsed.ok_or_else(|| PyValueError::new_err(format!("`range_header` must be {allowed}, got {text:?}")))
}

/// Headers that the transport and the signature write.
const RESERVED: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "date",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-oss-content-sha256",
    "x-oss-date",
    "x-oss-security-token",
];
