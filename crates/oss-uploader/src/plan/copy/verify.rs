//! What was copied beside its source: neither CopyObject nor UploadPartCopy compares them.

use oss_models::{HeadObjectRequest, HeadObjectResult, StoredObject};

use super::{CopiedObject, CopyRules};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::requests::Requests;
use crate::{UploadResult, Verified};

/// Asks for the attributes of the copy, if the response that told of it had no CRC64 to compare.
pub(crate) fn attributes_request(
    requests: &Requests,
    object: &CopiedObject,
    result: &UploadResult,
) -> Option<HeadObjectRequest> {
    if object.crc64.is_none() || result.hash_crc64.is_some() {
        return None;
    }
    let mut request = requests.head();
    request.version_id.clone_from(&result.version_id);
    Some(request)
}

/// Compares the copy with its source. `head` are its attributes, where they had to be asked for.
///
/// # Errors
/// The copy has other bytes, or there is no CRC64 of one of them and the caller requires one. The copy is in place.
pub(crate) fn verify_copy(
    object: &CopiedObject,
    mut result: UploadResult,
    head: Option<&HeadObjectResult>,
    rules: &CopyRules,
) -> Result<UploadResult, UploadError> {
    // Another client may have replaced the copy meanwhile.
    if let Some(head) = head.filter(|head| head.etag.is_some() && head.etag == result.etag) {
        result.hash_crc64 = result.hash_crc64.or(head.hash_crc64);
    }
    let kind = match (object.crc64, result.hash_crc64) {
        (Some(source), Some(copy)) if source != copy => UploadErrorKind::CopyDiffers { source, copy },
        (Some(_), Some(_)) => {
            result.verified = Verified::Crc64;
            return Ok(result);
        }
        _ if rules.require_verification => UploadErrorKind::Unverified,
        _ => {
            result.verified = Verified::No;
            return Ok(result);
        }
    };
    let object = StoredObject::new(result.etag, result.hash_crc64, result.version_id);
    Err(UploadError::new(Stage::Verify, kind, Stored::Yes).with_stored_object(object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::RetryPolicy;
    use crate::plan::testing::{CRC64, copied_object as object, head};
    use http::{HeaderMap, StatusCode};
    use oss_models::{Crc64, Etag, PutObjectRequest};
    use std::time::Duration;

    fn rules(require_verification: bool) -> CopyRules {
        let (retry, cleanup_timeout) = (RetryPolicy::default(), Duration::ZERO);
        CopyRules { multipart_threshold: 0, shallow: true, require_verification, retry, cleanup_timeout }
    }

    /// Rows: W20, W21.
    #[test]
    fn a_copy_is_verified_by_the_crc64_of_its_source() {
        let result = |crc64: Option<u64>| {
            let mut result = UploadResult::of_response(StatusCode::OK, None, HeaderMap::new());
            (result.etag, result.hash_crc64) = (Etag::new("E").ok(), crc64.map(Crc64::from_u64));
            result
        };
        let source = |crc64: Option<u64>| CopiedObject { crc64: crc64.map(Crc64::from_u64), ..object(10) };
        let strict = rules(true);
        let verify = |from, to, head: Option<&HeadObjectResult>, rules: &CopyRules| match verify_copy(
            &source(from),
            result(to),
            head,
            rules,
        ) {
            Ok(result) => format!("{:?}", result.verified),
            Err(error) => format!("{} [stored {:?}]", error.kind(), error.stored()),
        };
        let plain = rules(false);
        assert_eq!(verify(Some(7), Some(7), None, &strict), "Crc64");
        assert_eq!(verify(Some(7), None, Some(&head(&[])), &strict), "Crc64");
        assert_eq!(verify(Some(7), None, Some(&head(&[(http::header::ETAG, Some("\"F\""))])), &plain), "No");
        assert_eq!(verify(None, Some(7), None, &plain), "No");
        let missing = "the server gave no CRC64 to verify the object by [stored Yes]";
        assert_eq!(verify(Some(7), None, None, &strict), missing);
        let differs = "CRC64 of the source is 7, the copy has 8 [stored Yes]";
        assert_eq!(verify(Some(7), Some(8), None, &plain), differs);
        assert_eq!(verify(Some(7), None, Some(&head(&[(CRC64, Some("8"))])), &plain), differs);
        let requests = Requests::new(PutObjectRequest::new("demo", "a"), None);
        let asks = |from, to| attributes_request(&requests, &source(from), &result(to)).is_some();
        assert!(asks(Some(7), None) && !asks(None, None) && !asks(Some(7), Some(7)));
    }
}
