//! The responses of the simulated OSS.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;

use crate::operation::Op;
use crate::server::EPOCH;
use crate::store::{Object, Refusal};

/// A response as it leaves.
pub(crate) type ServerResponse = Response<Full<Bytes>>;

pub(crate) fn status(status: StatusCode) -> ServerResponse {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    with(response, "x-oss-request-id", "5C3D8D2A0ACA54D87B43C048")
}

pub(crate) fn ok() -> ServerResponse {
    status(StatusCode::OK)
}

pub(crate) fn with(mut response: ServerResponse, name: &'static str, value: &str) -> ServerResponse {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
    response
}

pub(crate) fn with_etag(response: ServerResponse, etag: &str) -> ServerResponse {
    with(response, "etag", &format!("\"{etag}\""))
}

pub(crate) fn with_crc(response: ServerResponse, crc64: u64) -> ServerResponse {
    with(response, "x-oss-hash-crc64ecma", &crc64.to_string())
}

pub(crate) fn xml(document: String) -> ServerResponse {
    let mut response = with(ok(), "content-type", "application/xml");
    *response.body_mut() = Full::new(document.into());
    response
}

pub(crate) fn refusal((code, name): Refusal) -> ServerResponse {
    let status_code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status_code == StatusCode::NOT_MODIFIED {
        return status(status_code);
    }
    let mut response = with(status(status_code), "content-type", "application/xml");
    *response.body_mut() = Full::new(
        format!("<Error><Code>{name}</Code><Message>simulated</Message><RequestId>5C3D</RequestId></Error>").into(),
    );
    response
}

/// A success whose callback failed: the object is in place.
pub(crate) fn callback_failed(success: &ServerResponse) -> ServerResponse {
    let mut response = refusal((203, "CallbackFailed"));
    for name in ["etag", "x-oss-hash-crc64ecma"] {
        if let Some(value) = success.headers().get(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// A success that is sent before anything was done.
pub(crate) fn early_success(op: Op) -> ServerResponse {
    match op {
        Op::InitiateMultipartUpload => {
            xml("<InitiateMultipartUploadResult><UploadId>EARLY</UploadId></InitiateMultipartUploadResult>".to_owned())
        }
        Op::CompleteMultipartUpload => {
            xml("<CompleteMultipartUploadResult><ETag>\"E\"</ETag></CompleteMultipartUploadResult>".to_owned())
        }
        _ => with_etag(ok(), "EARLY"),
    }
}

/// The attributes of an object, with all of its bytes; of a response to HEAD only their number is sent.
pub(crate) fn object(object: &Object) -> ServerResponse {
    let modified = UNIX_EPOCH + EPOCH + object.modified;
    let mut response = with_crc(with_etag(ok(), &object.etag), object.crc64());
    response = with(response, "content-type", &object.content_type);
    response = with(response, "last-modified", &ossup::models::http_date::format(modified));
    response = with(response, "x-oss-object-type", if object.multipart { "Multipart" } else { "Normal" });
    for (name, value) in &object.metadata {
        if let (Ok(name), Ok(value)) = (http::HeaderName::from_bytes(name.as_bytes()), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    if object.bytes.is_empty() {
        // hyper says it of every other body, also in a response to HEAD.
        response = with(response, "content-length", "0");
    }
    *response.body_mut() = Full::new(object.bytes.clone());
    response
}

/// Some bytes of an object.
pub(crate) fn range(stored: &Object, first: usize, end: usize) -> Result<ServerResponse, Refusal> {
    let size = stored.bytes.len();
    let end = end.min(size);
    if first >= end {
        return Err((416, "InvalidRange"));
    }
    let mut response = with(object(stored), "content-range", &format!("bytes {first}-{}/{size}", end - 1));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    *response.body_mut() = Full::new(stored.bytes.slice(first..end));
    Ok(response)
}

/// A time since the run began, as lists have it.
pub(crate) fn listed_time(at: Duration) -> String {
    let seconds = at.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (hours, minutes, seconds) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("2026-01-{:02}T{hours:02}:{minutes:02}:{seconds:02}.000Z", days + 1)
}
