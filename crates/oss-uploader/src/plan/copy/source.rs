//! The object that is copied: what is known of it, and what a failure says about it.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use oss_models::{
    CallError, CallErrorKind, ContentRange, CopyObjectRequest, Crc64, Etag, HeadObjectResult, MetadataDirective,
    Operation, RetryClass, UploadId, UploadPartCopyRequest, UploadPartCopyResult, content_type_of, source_head_from,
    upload_part_copy_from,
};
use oss_transfer::checkpoint::unix_nanos;

use super::{CopyPlan, CopyRules};
use crate::checkpoint::SourceStamp;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::plan::attempts::Failure;
use crate::plan::proof::Asked;
use crate::plan::{Part, PartFailure, PartReceipt};

/// What is known of the object that is copied.
#[derive(Clone, Debug)]
pub(crate) struct CopiedObject {
    pub(crate) size: u64,
    pub(crate) etag: Option<Etag>,
    pub(crate) version_id: Option<String>,
    pub(crate) crc64: Option<Crc64>,
    pub(crate) last_modified: Option<SystemTime>,
    /// A symbolic link: CopyObject copies the link, and all that HeadObject said is of the object that it leads to.
    pub(crate) is_link: bool,
}

impl CopiedObject {
    /// As HeadObject described the source of this request.
    ///
    /// # Errors
    /// It has no length.
    pub(crate) fn described(request: &CopyObjectRequest, head: &HeadObjectResult) -> Result<Self, UploadError> {
        let is_link = head.object_type.as_deref() == Some("Symlink");
        let unusable = || {
            let error = unusable_response(source_head_from(request), "the source has no Content-Length");
            UploadError::new(Stage::Source, error, Stored::No)
        };
        Ok(Self {
            size: head.content_length.ok_or_else(unusable)?,
            etag: head.etag.clone().filter(|_| !is_link),
            version_id: head.version_id.clone(),
            crc64: head.hash_crc64.filter(|_| !is_link),
            last_modified: head.last_modified,
            is_link,
        })
    }

    /// Names this very object in every request from now on.
    pub(crate) fn pin(&self, request: &mut CopyObjectRequest) {
        // The caller's conditions held when the source was described.
        request.copy_source_if_match.clone_from(&self.etag);
        request.copy_source_if_none_match = None;
        (request.copy_source_if_modified_since, request.copy_source_if_unmodified_since) = (None, None);
        if let Some(version) = &self.version_id {
            request.copy_source.version_id = Some(version.clone());
        }
        if request.metadata_directive == Some(MetadataDirective::Replace) && request.content_type.is_none() {
            request.content_type = content_type_of(&request.key).map(str::to_owned);
        }
    }

    /// What tells this state of the object from another, for the record of a copy.
    pub(crate) fn stamp(&self) -> SourceStamp {
        let mut digest = md5::Context::new();
        let etag = self.etag.as_ref().map_or("", Etag::as_str);
        let crc64 = self.crc64.map(|crc64| crc64.to_string()).unwrap_or_default();
        for text in [etag, self.version_id.as_deref().unwrap_or_default(), &crc64] {
            digest.consume((text.len() as u64).to_be_bytes());
            digest.consume(text);
        }
        let [a, b, c, d, e, f, g, h, ..] = digest.finalize().0;
        let mut stamp = SourceStamp::new(self.size, self.last_modified.map_or(0, unix_nanos));
        // An object has no inode; this takes its place.
        stamp.inode = Some(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        stamp
    }
}

impl CopyPlan {
    /// The plan of carrying `request` out, made at `now`; `head` is what HeadObject said of the source.
    ///
    /// # Errors
    /// A field of the request breaks a rule.
    pub(crate) fn of(
        request: &CopyObjectRequest,
        object: &CopiedObject,
        head: &HeadObjectResult,
        rules: &CopyRules,
        now: Duration,
    ) -> Result<Self, UploadError> {
        let on_the_wire = request.clone().into_request();
        let on_the_wire = on_the_wire.map_err(|error| UploadError::new(Stage::Source, error, Stored::No))?;
        let asked = Asked::of_copy(&on_the_wire.headers, &head.headers);
        Ok(Self::new(object.clone(), asked, is_in_place(request), rules, now))
    }
}

/// Whether the service can make the copy without moving bytes.
fn is_in_place(request: &CopyObjectRequest) -> bool {
    request.copy_source.bucket == request.bucket
        && request.storage_class.is_none()
        && request.server_side_encryption.is_none()
        && request.server_side_encryption_key_id.is_none()
}

/// What it means that the source could not be asked for its attributes.
pub(crate) fn source_unreachable(error: UploadError) -> UploadError {
    error.map_kind(|kind| match kind {
        UploadErrorKind::Call(error) if is_cross_region(&error) => UploadErrorKind::CrossRegion(error),
        kind => kind,
    })
}

/// What the failure of a request that copies means: about its source, if it says so.
pub(super) fn source_failure(error: CallError) -> UploadErrorKind {
    let changed = |change: &str| UploadErrorKind::SourceChanged { change: change.to_owned() };
    if is_cross_region(&error) {
        return UploadErrorKind::CrossRegion(error);
    }
    match (error.status(), error.code()) {
        (Some(StatusCode::PRECONDITION_FAILED), _) => changed("it was replaced"),
        (_, Some("NoSuchKey" | "NoSuchVersion")) => changed("it was removed"),
        _ => UploadErrorKind::Call(error),
    }
}

/// What an attempt of a part that the server copies failed with.
pub(crate) fn copy_part_failure(error: CallError) -> PartFailure {
    let next = Failure::from(&error);
    match source_failure(error) {
        kind @ UploadErrorKind::Call(_) => PartFailure { next, kind },
        kind => PartFailure { next: Failure::of_class(RetryClass::Never), kind },
    }
}

/// Has the server read the bytes of a part from the very object that `copy` names.
pub(crate) fn copy_part_request(copy: &CopyObjectRequest, upload_id: &UploadId, part: Part) -> UploadPartCopyRequest {
    let range = (part.offset..part.offset.saturating_add(part.len)).into();
    upload_part_copy_from(copy, upload_id.clone(), part.number, range)
}

impl PartReceipt {
    /// Of a part that the server copied.
    ///
    /// # Errors
    /// It copied other bytes.
    pub(crate) fn of_copy(
        part: Part,
        request: UploadPartCopyRequest,
        response: UploadPartCopyResult,
    ) -> Result<Self, PartFailure> {
        if !copied_as_asked(part, response.content_range) {
            return Err(unusable_response(request, "the server copied other bytes than were asked for").into());
        }
        Ok(Self { part, etag: response.etag, crc64: None, compared: false, reused: false })
    }
}

/// Whether the server copied the bytes of this part, if it says which.
fn copied_as_asked(part: Part, range: Option<ContentRange>) -> bool {
    range.is_none_or(|range| range.first == part.offset && range.len() == part.len)
}

/// What it means that a success says something that cannot be.
fn unusable_response<O: Operation>(operation: O, reason: impl Into<String>) -> CallError {
    match operation.into_request() {
        Ok(request) => {
            let kind = CallErrorKind::InvalidResponse { status: StatusCode::OK, reason: reason.into() };
            CallError::new(request.target(), kind)
        }
        Err(invalid) => CallError::invalid(O::INFO.name, invalid),
    }
}

/// Whether the source is where the service of this region does not reach it. OSS has no code of its own for that.
fn is_cross_region(error: &CallError) -> bool {
    let Some(refusal) = error.service() else { return false };
    let elsewhere = refusal.detail("Endpoint").is_some() || refusal.message.contains("using the specified endpoint");
    refusal.code == "AccessDenied" && (elsewhere || refusal.message.contains("same data center"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::RetryPolicy;
    use crate::plan::testing::{TYPE, call_error, copied_object as object, elsewhere, head, lost, refusal};
    use http::header::CONTENT_RANGE;
    use oss_models::{CopySource, Response, ServiceError, StorageClass};

    fn request(source_bucket: &str) -> CopyObjectRequest {
        CopyObjectRequest::new("demo", "b.txt", CopySource::new(source_bucket, "a"))
    }

    #[test]
    fn an_object_is_copied_as_it_is_described_or_not_at_all() {
        use http::header::CONTENT_LENGTH;
        let described = |changes: &[_]| CopiedObject::described(&request("demo"), &head(changes));
        let object = described(&[]).unwrap();
        assert_eq!((object.size, object.crc64, object.is_link), (10, Some(Crc64::from_u64(7)), false));
        let link = described(&[(TYPE, Some("Symlink"))]).unwrap();
        assert_eq!((link.etag, link.crc64, link.is_link), (None, None, true));
        let error = described(&[(CONTENT_LENGTH, None)]).unwrap_err();
        assert_eq!((error.stage(), error.stored()), (Stage::Source, Stored::No));
        assert!(error.to_string().contains("no Content-Length"), "{error}");
    }

    #[test]
    fn every_request_names_the_object_that_was_described() {
        let mut request = request("demo").copy_source_if_none_match(Etag::new("X").unwrap());
        let object = CopiedObject { version_id: Some("V1".to_owned()), ..object(10) };
        object.pin(&mut request);
        assert_eq!((&request.copy_source_if_match, &request.copy_source_if_none_match), (&object.etag, &None));
        assert_eq!((&request.copy_source.version_id, &request.content_type), (&object.version_id, &None));
        let mut replacing = request.metadata_directive(MetadataDirective::Replace);
        object.pin(&mut replacing);
        assert_eq!(replacing.content_type.as_deref(), Some("text/plain"));
    }

    #[test]
    fn only_key_metadata_and_tags_change_without_moving_bytes() {
        assert!(is_in_place(&request("demo")) && !is_in_place(&request("other")));
        assert!(is_in_place(&request("demo").metadata_directive(MetadataDirective::Replace)));
        assert!(!is_in_place(&request("demo").storage_class(StorageClass::Ia)));
        assert!(!is_in_place(&request("demo").server_side_encryption("AES256")));
        assert!(!is_in_place(&request("demo").server_side_encryption_key_id("k")));
    }

    #[test]
    fn what_parts_left_beside_a_copy_that_is_in_place_is_told() {
        let rules = CopyRules {
            multipart_threshold: 0,
            shallow: false,
            require_verification: false,
            retry: RetryPolicy::default(),
            cleanup_timeout: Duration::ZERO,
        };
        let plan = CopyPlan::of(&request("demo"), &object(10), &head(&[]), &rules, Duration::ZERO);
        let mut plan = plan.unwrap();
        assert_eq!(plan.left(), None);
        let error = UploadError::new(Stage::Parts, refusal(403, "AccessDenied"), Stored::No);
        plan.on_parts_failed(error.with_leftovers(&UploadId::new("U1").unwrap(), None));
        assert!(plan.left().is_some_and(|left| left.ends_with("is left, U1")));
    }

    #[test]
    fn a_source_that_is_out_of_reach_is_told_from_one_that_is_refused() {
        let of = |error| source_unreachable(UploadError::new(Stage::Source, error, Stored::No));
        assert!(matches!(of(elsewhere()).kind(), UploadErrorKind::CrossRegion(_)));
        assert!(matches!(of(refusal(403, "AccessDenied")).kind(), UploadErrorKind::Call(_)));
    }

    #[test]
    fn every_fact_tells_one_state_of_the_source_from_another() {
        let stamp = object(10).stamp();
        assert_eq!(stamp, object(10).stamp());
        for other in [
            object(11),
            CopiedObject { etag: None, ..object(10) },
            CopiedObject { version_id: Some("E".to_owned()), ..object(10) },
            CopiedObject { crc64: None, ..object(10) },
            CopiedObject { last_modified: Some(SystemTime::now()), ..object(10) },
        ] {
            assert_ne!(stamp, other.stamp(), "{other:?}");
        }
    }

    #[test]
    fn a_part_of_other_bytes_is_noticed_and_a_changed_source_ends_the_copy() {
        let part = Part { number: oss_models::PartNumber::new(2).unwrap(), offset: 10, len: 5 };
        let range = |text: &str| Some(text.parse().unwrap());
        assert!(copied_as_asked(part, range("bytes 10-14/20")) && copied_as_asked(part, None));
        assert!(!copied_as_asked(part, range("bytes 10-13/20")) && !copied_as_asked(part, range("bytes 9-13/20")));
        let of_copy = |range: &str| {
            let request = copy_part_request(&request("demo"), &UploadId::new("U").unwrap(), part);
            assert_eq!(request.copy_source_range, Some((10..15).into()));
            let response = Response::new(StatusCode::OK)
                .with_header(CONTENT_RANGE, range.try_into().unwrap())
                .with_body("<CopyPartResult><ETag>E</ETag></CopyPartResult>");
            PartReceipt::of_copy(part, request, UploadPartCopyRequest::read(response).unwrap())
        };
        assert!(of_copy("bytes 10-14/20").is_ok_and(|receipt| receipt.part == part && !receipt.compared));
        assert!(
            of_copy("bytes 10-13/20").is_err_and(|failure| failure.kind.to_string().contains("copied other bytes"))
        );
        let failure = |error| copy_part_failure(error);
        assert_eq!(failure(refusal(412, "PreconditionFailed")).next.class, RetryClass::Never);
        assert!(matches!(failure(refusal(412, "PreconditionFailed")).kind, UploadErrorKind::SourceChanged { .. }));
        assert!(matches!(failure(refusal(404, "NoSuchUpload")).kind, UploadErrorKind::Call(_)));
        assert_eq!(failure(lost()).next.class, lost().retry_class());
    }

    #[test]
    fn a_source_in_another_region_is_told_by_what_the_refusal_says() {
        let refused = |code: &str, message: &str, endpoint: Option<&str>| {
            let mut refusal = ServiceError::new(StatusCode::FORBIDDEN, code);
            refusal.message = message.to_owned();
            refusal.details =
                endpoint.map(|endpoint| ("Endpoint".to_owned(), endpoint.to_owned())).into_iter().collect();
            is_cross_region(&call_error(refusal.into()))
        };
        assert!(is_cross_region(&elsewhere()));
        assert!(refused("AccessDenied", "", Some("oss-cn-beijing.aliyuncs.com")));
        assert!(refused("AccessDenied", "The bucket must be addressed using the specified endpoint.", None));
        assert!(!refused("AccessDenied", "You have no right to access this object.", None));
        assert!(!refused("NoSuchKey", "", Some("e")) && !is_cross_region(&call_error(CallErrorKind::Cancelled)));
    }
}
