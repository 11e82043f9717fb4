//! Values for the tests of the plan.

use http::header::{CONTENT_LENGTH, DATE, ETAG, HeaderName, LAST_MODIFIED};
use http::{HeaderMap, StatusCode};
use oss_models::{
    BucketName, CallError, CallErrorKind, Etag, HeadObjectRequest, HeadObjectResult, ObjectKey, Operation, PartNumber,
    Response, ServiceError, UploadId, http_date,
};
use std::time::{Duration, SystemTime};

use super::{CopiedObject, Part, PartReceipt};
use crate::checkpoint::{InitiateDigest, OpenUpload, Phase, Record, SourceStamp, UploadIdentity};

pub(crate) const TYPE: HeaderName = HeaderName::from_static("x-oss-object-type");
pub(crate) const CRC64: HeaderName = HeaderName::from_static("x-oss-hash-crc64ecma");

/// A moment by the server's clock.
pub(crate) fn second(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

pub(crate) fn call_error(kind: CallErrorKind) -> CallError {
    let request = oss_models::PutObjectRequest::new("demo", "a").into_request().unwrap();
    CallError::new(request.target(), kind)
}

/// A definite refusal, unless the status says that the server is in trouble.
pub(crate) fn refusal(status: u16, code: &str) -> CallError {
    let status = StatusCode::from_u16(status).unwrap();
    call_error(ServiceError::new(status, code).into()).with_outcome_unknown(status.is_server_error())
}

/// A response that was lost.
pub(crate) fn lost() -> CallError {
    call_error(CallErrorKind::Connection("reset".into())).with_outcome_unknown(true)
}

pub(crate) fn receipt(number: u16, len: u64, crc64: u64) -> PartReceipt {
    let part = Part { number: PartNumber::new(number).unwrap(), offset: 0, len };
    PartReceipt {
        part,
        etag: Etag::new("e").unwrap(),
        crc64: Some(oss_models::Crc64::from_u64(crc64)),
        compared: true,
        reused: false,
    }
}

/// A response to HeadObject of 10 bytes with CRC64 7 that were stored and asked for at second 100; some headers have
/// other values, or are missing.
pub(crate) fn head(changes: &[(HeaderName, Option<&str>)]) -> HeadObjectResult {
    let date = http_date::format(second(100));
    let mut headers = HeaderMap::new();
    let whole = [(CONTENT_LENGTH, "10"), (TYPE, "Multipart"), (CRC64, "7"), (ETAG, "\"E\""), (LAST_MODIFIED, &date)];
    for (name, value) in whole.into_iter().chain([(DATE, &*date)]) {
        headers.insert(name, value.try_into().unwrap());
    }
    for (name, value) in changes {
        match value {
            Some(value) => drop(headers.insert(name, (*value).try_into().unwrap())),
            None => drop(headers.remove(name)),
        }
    }
    let response = headers
        .into_iter()
        .fold(Response::new(StatusCode::OK), |response, (name, value)| response.with_header(name.unwrap(), value));
    HeadObjectRequest::read(response).unwrap()
}

/// An object that is copied.
pub(crate) fn copied_object(size: u64) -> CopiedObject {
    let (etag, crc64) = (Etag::new("E").ok(), Some(oss_models::Crc64::from_u64(7)));
    CopiedObject { size, etag, version_id: None, crc64, last_modified: None, is_link: false }
}

/// The refusal of a source in another region.
pub(crate) fn elsewhere() -> CallError {
    let mut refusal = ServiceError::new(StatusCode::FORBIDDEN, "AccessDenied");
    refusal.message = "Target object does not reside in the same data center as source object.".to_owned();
    call_error(refusal.into())
}

/// The record of a run that has not initiated an upload.
pub(crate) fn record(len: u64, part_size: u64, digest: &str) -> Record {
    let (bucket, key) = (BucketName::new("demo").unwrap(), ObjectKey::new("a").unwrap());
    let identity = UploadIdentity::new("http://e", "path", bucket, key, "/a");
    let digest = InitiateDigest::from_hex(digest);
    Record::intent(identity, SourceStamp::new(len, 0), part_size, digest, SystemTime::UNIX_EPOCH)
}

/// The upload of [`uploading`].
pub(crate) fn id() -> UploadId {
    UploadId::new("U").unwrap()
}

/// The record of a run that got so far with its upload.
pub(crate) fn uploading(len: u64, part_size: u64, digest: &str, phase: fn(OpenUpload) -> Phase) -> Record {
    Record { phase: phase(OpenUpload::new(id(), Some(second(100)))), ..record(len, part_size, digest) }
}
