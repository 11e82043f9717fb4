//! What went wrong with one attempt, and what it means.

use http::StatusCode;
use oss_models::{BoxError, CallError, CallErrorKind, RetryClass, Target};

use super::object::{Facts, Object};
use super::span::Span;
use super::throughput::TooSlow;
use crate::error::{DownloadErrorKind, TargetError};

/// An attempt that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) class: RetryClass,
    pub(crate) kind: DownloadErrorKind,
}

impl Failure {
    /// Repeating cannot help.
    pub(crate) fn fatal(kind: impl Into<DownloadErrorKind>) -> Self {
        Self { class: RetryClass::Never, kind: kind.into() }
    }

    fn damaged(kind: impl Into<DownloadErrorKind>) -> Self {
        Self { class: RetryClass::Damaged, kind: kind.into() }
    }

    /// A request for a range of the object failed.
    pub(crate) fn of_call(error: CallError) -> Self {
        let changed = |change: &str| Self::fatal(DownloadErrorKind::ObjectChanged { change: change.to_owned() });
        match error.status() {
            Some(StatusCode::PRECONDITION_FAILED) => changed("it was replaced"),
            Some(StatusCode::RANGE_NOT_SATISFIABLE) => changed("it became shorter"),
            Some(StatusCode::NOT_FOUND) if error.code() != Some("NoSuchBucket") => changed("it was removed"),
            _ => Self { class: error.retry_class(), kind: error.into() },
        }
    }

    /// The body of a response broke.
    pub(crate) fn of_body(target: &Target, error: BoxError) -> Self {
        // Time limits and damage are told by the transport as what they are.
        let kind = match error.downcast::<CallErrorKind>() {
            Ok(kind) => *kind,
            Err(error) => CallErrorKind::Connection(error),
        };
        let error = CallError::new(target.clone(), kind);
        Self { class: error.retry_class(), kind: error.into() }
    }

    /// The body of a response ended before its time.
    pub(crate) fn short_body(target: &Target, received: u64, expected: u64) -> Self {
        Self::of_body(target, format!("the body ended after {received} of {expected} bytes").into())
    }

    /// The body of a response came too slowly.
    pub(crate) fn slow_body(target: &Target) -> Self {
        Self::of_body(target, TooSlow.into())
    }

    /// A body brought more bytes than the response said.
    pub(crate) fn long_body(expected: u64) -> Self {
        let reason = format!("the body has more than the {expected} bytes that the response says");
        Self::damaged(DownloadErrorKind::InvalidResponse { reason })
    }
}

impl From<TargetError> for Failure {
    /// Local errors are never repeated.
    fn from(error: TargetError) -> Self {
        Self::fatal(error)
    }
}

/// Which bytes the body of a response holds, if it is what was asked for: bytes of this very object, from the first one
/// that was asked for on. `part` are all bytes of the part that `asked` ends.
pub(crate) fn check_range(object: &Object, part: Span, asked: Span, facts: &Facts) -> Result<Span, Failure> {
    let unusable = |reason: String| Failure::damaged(DownloadErrorKind::InvalidResponse { reason });
    if facts.status == StatusCode::PARTIAL_CONTENT {
        let range =
            facts.content_range.ok_or_else(|| unusable("a range without a readable Content-Range".to_owned()))?;
        object.confirm(&facts.object(range.size))?;
        let Span { start, end } = range.span;
        if start != asked.start || end > asked.end {
            return Err(unusable(format!("it holds bytes {} where {asked} were asked for", range.span)));
        }
        return Ok(range.span);
    }
    let length = facts.content_length.ok_or_else(|| unusable("no Content-Length".to_owned()))?;
    // An object names its entity tag, as this one did; the page of a proxy names none, and says nothing of the object.
    if object.etag.is_some() && facts.etag.is_none() && length != object.size {
        return Err(unusable(format!("a body of {length} bytes without an entity tag, which is not the object")));
    }
    object.confirm(&facts.object(length))?;
    // The whole object holds what was asked for, too; but reading all of it for every part would not end.
    let whole = Span::new(0, length);
    if part == whole { Ok(whole) } else { Err(Failure::damaged(DownloadErrorKind::RangeIgnored)) }
}

/// Whether what was fetched is of use to another run.
pub(crate) fn is_resumable(kind: &DownloadErrorKind) -> bool {
    use DownloadErrorKind::{
        Call, Cancelled, Checkpoint, Corrupt, InvalidResponse, ObjectChanged, Option, OutOfRange, Panicked,
        RangeIgnored, Request, Target, Unverified,
    };
    match kind {
        Call(_) | Cancelled | Checkpoint(_) | InvalidResponse { .. } | Panicked { .. } | RangeIgnored | Target(_) => {
            true
        }
        Corrupt { .. } | ObjectChanged { .. } | Option(_) | OutOfRange { .. } | Request(_) | Unverified => false,
    }
}

/// How often everything is fetched again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restarts {
    corrupt: u32,
    changed: u32,
}

impl Restarts {
    /// `restart_changed` says whether a changed object is a reason.
    pub(crate) fn new(restart_changed: bool) -> Self {
        Self { corrupt: CORRUPT_RESTARTS, changed: if restart_changed { CHANGED_RESTARTS } else { 0 } }
    }

    /// Whether everything is fetched again after this failure. Which part is damaged, no response tells.
    pub(crate) fn take(&mut self, kind: &DownloadErrorKind) -> bool {
        let left = match kind {
            DownloadErrorKind::Corrupt { .. } => &mut self.corrupt,
            DownloadErrorKind::ObjectChanged { .. } => &mut self.changed,
            _ => return false,
        };
        let again = *left > 0;
        *left = left.saturating_sub(1);
        again
    }
}

const CORRUPT_RESTARTS: u32 = 1;
const CHANGED_RESTARTS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;
    use oss_models::{Etag, GetObjectRequest, Operation, ServiceError};

    fn target() -> Target {
        GetObjectRequest::new("demo", "a").into_request().unwrap().target()
    }

    fn object() -> Object {
        Object { size: 30, etag: Etag::new("a").ok(), version_id: None, last_modified: None, crc64: None }
    }

    fn check(status: u16, headers: &[(&'static str, &str)]) -> Result<(u64, u64), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let facts = Facts::of(StatusCode::from_u16(status).unwrap(), &map);
        let asked = Span { start: 10, end: 20 };
        let checked = check_range(&object(), asked, asked, &facts);
        checked.map(|span| (span.start, span.end)).map_err(|failure| format!("{:?} {}", failure.class, failure.kind))
    }

    /// Rows: R57.
    #[test]
    fn a_range_is_taken_only_if_it_is_the_one_of_this_object() {
        assert_eq!(check(206, &[("content-range", "bytes 10-19/30"), ("etag", "\"A\"")]), Ok((10, 20)));
        assert_eq!(check(206, &[("content-range", "bytes 10-12/30")]), Ok((10, 13)), "the rest follows");
        for (status, headers, error) in [
            (206, &[("content-range", "bytes 10-19/30"), ("etag", "b")][..], "Never the object changed"),
            (206, &[("content-range", "bytes 10-19/31")], "Never the object changed: its size"),
            (
                206,
                &[("content-range", "bytes 11-19/30")],
                "Damaged unusable response: it holds bytes 11-19 where 10-19",
            ),
            (206, &[("content-range", "bytes 10-20/30")], "Damaged unusable response"),
            (206, &[], "Damaged unusable response: a range without a readable Content-Range"),
            (200, &[("content-length", "30")], "Damaged the server ignored the range"),
            (200, &[("content-length", "20"), ("etag", "a")], "Never the object changed: its size"),
            (200, &[("content-length", "20")], "Damaged unusable response: a body of 20 bytes without an entity tag"),
            (200, &[], "Damaged unusable response: no Content-Length"),
        ] {
            let found = check(status, headers).unwrap_err();
            assert!(found.starts_with(error), "{found}");
        }
    }

    #[test]
    fn the_whole_object_is_taken_where_it_is_one_part() {
        let mut headers = HeaderMap::new();
        headers.insert("content-length", "30".parse().unwrap());
        let facts = Facts::of(StatusCode::OK, &headers);
        let (whole, rest) = (Span::new(0, 30), Span::new(12, 18));
        assert_eq!(check_range(&object(), whole, rest, &facts).unwrap(), whole);
    }

    #[test]
    fn a_refusal_that_says_that_the_object_is_another_is_final() {
        for (status, code, class, text) in [
            (412, "PreconditionFailed", RetryClass::Never, "it was replaced"),
            (404, "NoSuchKey", RetryClass::Never, "it was removed"),
            (404, "NoSuchBucket", RetryClass::Never, "NoSuchBucket"),
            (416, "InvalidRange", RetryClass::Never, "it became shorter"),
            (403, "InvalidObjectState", RetryClass::Never, "InvalidObjectState"),
            (503, "SlowDown", RetryClass::Throttled, "SlowDown"),
            (500, "InternalError", RetryClass::Transient, "InternalError"),
        ] {
            let error = ServiceError::new(StatusCode::from_u16(status).unwrap(), code);
            let failure = Failure::of_call(CallError::new(target(), CallErrorKind::Service(Box::new(error))));
            assert_eq!(failure.class, class, "{code}");
            assert!(failure.kind.to_string().contains(text), "{}", failure.kind);
        }
    }

    #[test]
    fn a_broken_or_slow_body_goes_again() {
        for failure in [
            Failure::of_body(&target(), "reset".into()),
            Failure::short_body(&target(), 3, 10),
            Failure::slow_body(&target()),
        ] {
            assert_eq!(failure.class, RetryClass::Transient, "{}", failure.kind);
        }
    }

    #[test]
    fn damage_starts_again_once_and_a_change_only_if_allowed() {
        let corrupt =
            DownloadErrorKind::Corrupt { received: oss_models::Crc64::EMPTY, stored: oss_models::Crc64::from_u64(1) };
        let changed = DownloadErrorKind::ObjectChanged { change: String::new() };
        let mut restarts = Restarts::new(false);
        assert!(restarts.take(&corrupt) && !restarts.take(&corrupt));
        assert!(!restarts.take(&changed) && !restarts.take(&DownloadErrorKind::Cancelled));
        let mut restarts = Restarts::new(true);
        assert_eq!((0..9).filter(|_| restarts.take(&changed)).count(), 3);
    }
}
