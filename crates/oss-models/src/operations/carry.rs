//! What of a PutObject request goes into the requests of the same upload in parts.
//!
//! Each field goes into the one request that has a use for it (the ACL only into Complete), and what concerns every
//! request (payer, further headers and query parameters, options) into all. The body and its digest go into none: they
//! are of the whole object. A header that was added by name goes where the setter of its field puts it ([`HEADERS`]).

use crate::{
    AbortMultipartUploadRequest, Body, CompleteMultipartUploadRequest, CompletedParts, HeadObjectRequest,
    InitiateMultipartUploadRequest, ListPartsRequest, PartNumber, PutObjectRequest, UploadId, UploadPartRequest,
};

/// Copies the named fields, and those that every request has.
macro_rules! carry {
    ($put:ident to $step:ident $request:expr; $($field:ident)*) => {{
        let mut request = $request;
        $(request.$field = $put.$field.clone();)*
        request.headers = $put.headers.iter().filter(|(name, _)| goes_to(HEADERS, name, Step::$step)).cloned().collect();
        request.queries = $put.queries.iter().filter(|(name, _)| goes_to(QUERIES, name, Step::$step)).cloned().collect();
        request.options = $put.options.clone();
        request
    }};
}

/// A request of an upload in parts.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Step {
    Initiate,
    Part,
    Complete,
    /// Whatever describes no object and makes none: Abort, ListParts, HeadObject.
    Other,
}

/// Headers that belong into some requests only. A name that ends in `*` is the beginning of a name; the first entry that
/// fits counts. Whatever is not listed goes into every request.
const HEADERS: &[(&str, &[Step])] = &[
    // Of the whole object, and so of neither the empty body of Initiate nor a part.
    ("content-md5", &[]),
    ("content-*", &[Step::Initiate]),
    ("cache-control", &[Step::Initiate]),
    ("expires", &[Step::Initiate]),
    ("x-oss-meta-*", &[Step::Initiate]),
    ("x-oss-storage-class", &[Step::Initiate]),
    ("x-oss-server-side-*", &[Step::Initiate]),
    ("x-oss-tagging", &[Step::Initiate]),
    ("x-oss-object-worm-*", &[Step::Initiate]),
    ("x-oss-object-acl", &[Step::Complete]),
    ("x-oss-callback", &[Step::Complete]),
    ("x-oss-callback-var", &[Step::Complete]),
    ("x-oss-forbid-overwrite", &[Step::Initiate, Step::Complete]),
    ("x-oss-traffic-limit", &[Step::Part]),
];

/// The same of query parameters: those that OSS takes in the place of a header.
const QUERIES: &[(&str, &[Step])] =
    &[("callback", &[Step::Complete]), ("callback-var", &[Step::Complete]), ("x-oss-traffic-limit", &[Step::Part])];

fn goes_to(places: &[(&str, &[Step])], name: &str, step: Step) -> bool {
    let fits = |listed: &str| match listed.strip_suffix('*') {
        Some(start) => name.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start)),
        None => name.eq_ignore_ascii_case(listed),
    };
    places.iter().find(|(listed, _)| fits(listed)).is_none_or(|(_, steps)| steps.contains(&step))
}

/// The request that begins an upload in parts of the same object.
pub fn initiate_from(put: &PutObjectRequest) -> InitiateMultipartUploadRequest {
    carry!(put to Initiate InitiateMultipartUploadRequest::new(put.bucket.as_str(), put.key.as_str());
        metadata content_type cache_control content_disposition content_encoding expires
        storage_class
        server_side_encryption server_side_data_encryption server_side_encryption_key_id
        tagging
        object_worm_mode object_worm_retain_until_date object_worm_legal_hold
        forbid_overwrite
        request_payer)
}

/// The request that sends one part of the same object.
pub fn upload_part_from(
    put: &PutObjectRequest,
    upload_id: UploadId,
    part_number: PartNumber,
    body: impl Into<Body>,
) -> UploadPartRequest {
    carry!(put to Part UploadPartRequest::new(put.bucket.as_str(), put.key.as_str(), upload_id, part_number, body);
        traffic_limit request_payer)
}

/// The request that makes the same object of its parts.
pub fn complete_from(
    put: &PutObjectRequest,
    upload_id: UploadId,
    parts: impl Into<CompletedParts>,
) -> CompleteMultipartUploadRequest {
    carry!(put to Complete CompleteMultipartUploadRequest::new(put.bucket.as_str(), put.key.as_str(), upload_id, parts);
        acl forbid_overwrite callback callback_var request_payer)
}

/// The request that gives the upload of the same object up.
pub fn abort_from(put: &PutObjectRequest, upload_id: UploadId) -> AbortMultipartUploadRequest {
    carry!(put to Other AbortMultipartUploadRequest::new(put.bucket.as_str(), put.key.as_str(), upload_id); request_payer)
}

/// The request for the first page of the parts that the upload has.
pub fn list_parts_from(put: &PutObjectRequest, upload_id: UploadId) -> ListPartsRequest {
    carry!(put to Other ListPartsRequest::new(put.bucket.as_str(), put.key.as_str(), upload_id); request_payer)
}

/// The request that looks whether the same object is there.
pub fn head_from(put: &PutObjectRequest) -> HeadObjectRequest {
    carry!(put to Other HeadObjectRequest::new(put.bucket.as_str(), put.key.as_str()); request_payer)
}
