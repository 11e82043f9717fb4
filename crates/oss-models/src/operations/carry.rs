//! What of a PutObject request goes into the requests of the same upload in parts.
//!
//! Each field goes into the one request that has a use for it (the ACL only into Complete), and what concerns every
//! request (payer, further headers and query parameters, options) into all. The body and its digest go into none: they
//! are of the whole object. Headers that describe the object go only where it is described, also when they were added by
//! name.

use crate::{
    AbortMultipartUploadRequest, Body, CompleteMultipartUploadRequest, CompletedParts, HeadObjectRequest,
    InitiateMultipartUploadRequest, ListPartsRequest, PartNumber, PutObjectRequest, UploadId, UploadPartRequest,
};

/// Copies the named fields, and those that every request has.
macro_rules! carry {
    ($put:ident to $request:expr; $($field:ident)*) => {{
        let mut request = $request;
        $(request.$field = $put.$field.clone();)*
        request.headers = $put.headers.iter().filter(|(name, _)| !describes_object(name)).cloned().collect();
        request.queries = $put.queries.clone();
        request.options = $put.options.clone();
        request
    }};
}

fn describes_object(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "cache-control" || name == "expires" || name.starts_with("content-") || name.starts_with("x-oss-meta-")
}

/// The request that begins an upload in parts of the same object.
pub fn initiate_from(put: &PutObjectRequest) -> InitiateMultipartUploadRequest {
    let mut request = carry!(put to InitiateMultipartUploadRequest::new(put.bucket.as_str(), put.key.as_str());
        metadata content_type cache_control content_disposition content_encoding expires
        storage_class
        server_side_encryption server_side_data_encryption server_side_encryption_key_id
        tagging
        object_worm_mode object_worm_retain_until_date object_worm_legal_hold
        forbid_overwrite
        request_payer);
    request.headers =
        put.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-md5")).cloned().collect();
    request
}

/// The request that sends one part of the same object.
pub fn upload_part_from(
    put: &PutObjectRequest,
    upload_id: UploadId,
    part_number: PartNumber,
    body: impl Into<Body>,
) -> UploadPartRequest {
    carry!(put to UploadPartRequest::new(put.bucket.as_str(), put.key.as_str(), upload_id, part_number, body);
        traffic_limit request_payer)
}

/// The request that makes the same object of its parts.
pub fn complete_from(
    put: &PutObjectRequest,
    upload_id: UploadId,
    parts: impl Into<CompletedParts>,
) -> CompleteMultipartUploadRequest {
    carry!(put to CompleteMultipartUploadRequest::new(put.bucket.as_str(), put.key.as_str(), upload_id, parts);
        acl forbid_overwrite callback callback_var request_payer)
}

/// The request that gives the upload of the same object up.
pub fn abort_from(put: &PutObjectRequest, upload_id: UploadId) -> AbortMultipartUploadRequest {
    carry!(put to AbortMultipartUploadRequest::new(put.bucket.as_str(), put.key.as_str(), upload_id); request_payer)
}

/// The request for the first page of the parts that the upload has.
pub fn list_parts_from(put: &PutObjectRequest, upload_id: UploadId) -> ListPartsRequest {
    carry!(put to ListPartsRequest::new(put.bucket.as_str(), put.key.as_str(), upload_id); request_payer)
}

/// The request that looks whether the same object is there.
pub fn head_from(put: &PutObjectRequest) -> HeadObjectRequest {
    carry!(put to HeadObjectRequest::new(put.bucket.as_str(), put.key.as_str()); request_payer)
}
