//! The object that is copied: what is known of it, and what a failure says about it.

use std::time::SystemTime;

use http::StatusCode;
use oss_models::{CallError, CallErrorKind, ContentRange, Crc64, Etag, HeadObjectResult, Operation, RetryClass};
use oss_transfer::checkpoint::unix_nanos;

use crate::checkpoint::SourceStamp;
use crate::error::UploadErrorKind;
use crate::plan::attempts::Failure;
use crate::plan::{Part, PartFailure};

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
    /// As HeadObject described it.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn of(head: &HeadObjectResult) -> Result<Self, String> {
        let is_link = head.object_type.as_deref() == Some("Symlink");
        Ok(Self {
            size: head.content_length.ok_or("the source has no Content-Length")?,
            etag: head.etag.clone().filter(|_| !is_link),
            version_id: head.version_id.clone(),
            crc64: head.hash_crc64.filter(|_| !is_link),
            last_modified: head.last_modified,
            is_link,
        })
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

/// What the failure of a request that copies means: about its source, if it says so.
pub(crate) fn source_failure(error: CallError) -> UploadErrorKind {
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

/// Whether the server copied the bytes of this part, if it says which.
pub(crate) fn copied_as_asked(part: Part, range: Option<ContentRange>) -> bool {
    range.is_none_or(|range| range.first == part.offset && range.len() == part.len)
}

/// What it means that a success says something that cannot be.
pub(crate) fn unusable_response<O: Operation>(operation: O, reason: impl Into<String>) -> CallError {
    match operation.into_request() {
        Ok(request) => {
            let kind = CallErrorKind::InvalidResponse { status: StatusCode::OK, reason: reason.into() };
            CallError::new(request.target(), kind)
        }
        Err(invalid) => CallError::invalid(O::INFO.name, invalid),
    }
}

/// Whether the source is where the service of this region does not reach it. OSS has no code of its own for that.
pub(crate) fn is_cross_region(error: &CallError) -> bool {
    let Some(refusal) = error.service() else { return false };
    let elsewhere = refusal.detail("Endpoint").is_some() || refusal.message.contains("using the specified endpoint");
    refusal.code == "AccessDenied" && (elsewhere || refusal.message.contains("same data center"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{call_error, copied_object as object, elsewhere, lost, refusal};
    use oss_models::ServiceError;

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
