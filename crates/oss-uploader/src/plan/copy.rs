//! A copy: whether one CopyObject makes it or parts do, and what each outcome of CopyObject means.
//!
//! ```text
//!   HeadObject of the source ─┬─ large ───────────────────────────────► Parts
//!                             ├─ shallow ─► Copy ── any failure ──────────▲
//!                             └─ small ───► Copy ── too large for it ─────┘
//!                                            │ └── failed ──► Wait ──► Copy
//!                                            └──── lost ────► Prove (HeadObject) ──► Done, Copy or Parts
//! ```
//!
//! Cancelled while CopyObject is under way, its response is waited for, and then the copy is asked for once: for as long as
//! cleaning up may take.
//!
//! Every request names the entity tag of the source, so that what is copied is the object that HeadObject described, or
//! nothing. What was copied is compared with the source by CRC64, which neither CopyObject nor UploadPartCopy does.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use oss_models::{
    CallError, CallErrorKind, ContentRange, CopyObjectResult, Crc64, Etag, HeadObjectResult, Operation, RetryClass,
    StoredObject,
};
use oss_transfer::checkpoint::unix_nanos;

use super::attempts::{Attempts, Failure, has_response};
use super::proof::{Asking, Expected, NotBefore, Proof};
use super::{Part, PartFailure, RetryPolicy, may_help};
use crate::checkpoint::SourceStamp;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::{UploadResult, Verified};

/// How objects are copied, as the options say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CopyRules {
    /// Larger objects are copied in parts.
    pub(crate) multipart_threshold: u64,
    /// Whether a large object may first be tried by one CopyObject, which need not move its bytes.
    pub(crate) shallow: bool,
    pub(crate) require_verification: bool,
    pub(crate) retry: RetryPolicy,
    /// Limit for what is done after a cancellation.
    pub(crate) cleanup_timeout: Duration,
}

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

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CopyStep {
    /// Send CopyObject, with this limit; then [`CopyPlan::on_copied`] or [`CopyPlan::on_failed`].
    Copy { within: Option<Duration> },
    /// Ask for the copy with HeadObject, once and within this limit if the copy was cancelled; then [`CopyPlan::on_head`].
    Prove { within: Option<Duration> },
    /// Nothing before this time.
    WaitUntil(Duration),
    /// Copy it in parts.
    Parts,
    /// Nothing; [`CopyPlan::finish`] has the outcome.
    Done,
}

/// What showed that a copy is in place.
#[derive(Debug)]
pub(crate) enum Copied {
    /// The response to CopyObject.
    Response(Box<CopyObjectResult>),
    /// The response was lost; this one to HeadObject tells of the same object.
    Head(Box<HeadObjectResult>),
}

/// The plan of a copy until it is made, or is to be made of parts.
#[derive(Debug)]
pub(crate) struct CopyPlan {
    object: CopiedObject,
    began: Duration,
    /// When HeadObject was last sent.
    asked_at: Duration,
    attempts: Attempts,
    shallow: bool,
    /// Whether an attempt may have taken effect though it failed.
    lost: bool,
    /// Whether the server did not respond to such an attempt, so that it may still be carried out.
    on_its_way: bool,
    /// What the server's last word was on whether the copy is in place.
    seen: Option<Stored>,
    /// Whether the copy was cancelled while CopyObject was under way, or may have been carried out.
    cancelled: bool,
    cleanup_timeout: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    Copy,
    /// After an attempt that failed with this error; without one if the copy was cancelled.
    Prove(Option<CallError>),
    Wait(Duration),
    Parts,
    Done(Result<Copied, UploadError>),
}

impl CopyPlan {
    /// The plan of a copy of `object`, made at `now`. `in_place` says that source and copy are in one bucket and nothing
    /// but the key, metadata and tags changes, so that the service need not move bytes.
    pub(crate) fn new(object: CopiedObject, in_place: bool, rules: &CopyRules, now: Duration) -> Self {
        let large = object.size > rules.multipart_threshold && !object.is_link;
        let shallow = large && in_place && rules.shallow;
        Self {
            object,
            began: now,
            asked_at: now,
            attempts: Attempts::new(Stage::Put, Stored::No, rules.retry),
            shallow,
            lost: false,
            on_its_way: false,
            seen: None,
            cancelled: false,
            cleanup_timeout: rules.cleanup_timeout,
            state: if large && !shallow { State::Parts } else { State::Copy },
        }
    }

    /// The next step.
    pub(crate) fn next(&mut self, now: Duration) -> CopyStep {
        match &self.state {
            State::Wait(at) if *at > now => CopyStep::WaitUntil(*at),
            State::Copy | State::Wait(_) => {
                self.state = State::Copy;
                CopyStep::Copy { within: self.shallow.then_some(SHALLOW_LIMIT) }
            }
            State::Prove(_) => {
                self.asked_at = now;
                // The rest of the time for cleaning up.
                CopyStep::Prove { within: self.cancelled.then_some(self.cleanup_timeout / 3) }
            }
            State::Parts => CopyStep::Parts,
            State::Done(_) => CopyStep::Done,
        }
    }

    /// The server made the copy.
    pub(crate) fn on_copied(&mut self, response: CopyObjectResult) {
        self.state = State::Done(Ok(Copied::Response(Box::new(response))));
    }

    /// CopyObject failed at `now`.
    pub(crate) fn on_failed(&mut self, error: CallError, now: Duration, jitter: f64) {
        if error.outcome_unknown() {
            self.lose(has_response(&error));
        }
        if self.cancelled {
            return self.end_cancelled();
        }
        // Nothing is given up while the outcome is unknown without having asked once.
        if self.lost {
            self.state = State::Prove(Some(error));
            return;
        }
        self.go_on(error, now, jitter);
    }

    /// The copy was cancelled while CopyObject is under way. Gives how long its response is waited for all the same.
    pub(crate) fn on_cancelled(&mut self) -> Duration {
        self.cancelled = true;
        self.cleanup_timeout / 3 * 2
    }

    /// CopyObject had no response within that time.
    pub(crate) fn on_no_response(&mut self) {
        self.lose(false);
        self.end_cancelled();
    }

    /// The server was asked for the copy.
    pub(crate) fn on_head(&mut self, head: Result<HeadObjectResult, UploadError>, now: Duration, jitter: f64) {
        let State::Prove(error) = std::mem::replace(&mut self.state, State::Copy) else { return };
        let expected = Expected {
            size: self.object.size,
            crc64: self.object.crc64,
            etag: None,
            object_type: "Normal",
            asked: None,
            not_before: NotBefore::Local(self.began),
        };
        let proof = expected.prove(head, Asking { sent: self.asked_at, responded: now });
        self.seen = match &proof {
            Ok(Proof::Refuted(_)) if !self.on_its_way => Some(Stored::No),
            Ok(_) => Some(Stored::Unknown),
            Err(_) => None,
        };
        match (proof, error) {
            (Ok(Proof::Confirmed(head)), _) => self.state = State::Done(Ok(Copied::Head(head))),
            (Err(asking), Some(_)) if asking.is_cancelled() => self.end_cancelled(),
            // Another attempt makes the same copy, or tells more.
            (_, Some(error)) => self.go_on(error, now, jitter),
            (_, None) => {
                self.state = State::Done(Err(UploadError::new(Stage::Put, UploadErrorKind::Cancelled, self.stored())));
            }
        }
    }

    /// A step in which nothing was under way was not carried out to its end: the copy was cancelled.
    pub(crate) fn on_interrupted(&mut self, error: UploadError) {
        match self.lost && self.seen.is_none() {
            true => self.end_cancelled(),
            false => self.state = State::Done(Err(error.with_stored(self.stored()))),
        }
    }

    /// What can be said about the copy.
    pub(crate) fn stored(&self) -> Stored {
        if self.lost { self.seen.unwrap_or(Stored::Unknown) } else { Stored::No }
    }

    /// The outcome. A plan that did not come to its end was cancelled.
    pub(crate) fn finish(self) -> Result<Copied, UploadError> {
        let stored = self.stored();
        match self.state {
            State::Done(outcome) => outcome,
            _ => Err(UploadError::new(Stage::Put, UploadErrorKind::Cancelled, stored)),
        }
    }

    /// An attempt may have taken effect though it failed.
    fn lose(&mut self, has_response: bool) {
        self.lost = true;
        self.on_its_way |= !has_response;
        self.seen = None;
    }

    /// The copy was cancelled: it is asked for once if it may be in place.
    fn end_cancelled(&mut self) {
        self.cancelled = true;
        self.state = match self.lost {
            true => State::Prove(None),
            false => State::Done(Err(UploadError::new(Stage::Put, UploadErrorKind::Cancelled, Stored::No))),
        };
    }

    fn go_on(&mut self, error: CallError, now: Duration, jitter: f64) {
        let too_large = error.code() == Some("EntityTooLarge") && self.object.size > 0;
        let stored = self.stored();
        let failed = |kind| State::Done(Err(UploadError::new(Stage::Put, kind, stored)));
        self.state = match source_failure(error) {
            // Parts are what is left to try, and do what this would have done.
            UploadErrorKind::Call(error) if too_large || (self.shallow && may_go_by_parts(&error)) => {
                tracing::debug!(%error, "copying in parts");
                State::Parts
            }
            UploadErrorKind::Call(error) => match self.attempts.failed(error, now, jitter) {
                Ok(at) => State::Wait(at),
                Err(error) => failed(error.into()),
            },
            kind => failed(kind),
        };
    }
}

/// Whether another way may succeed where a shallow copy failed: it took too long, or the service is in trouble.
fn may_go_by_parts(error: &CallError) -> bool {
    error.service().is_none() || may_help(error.retry_class())
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

/// Whether the copy has to be asked for, since the response that told of it had no CRC64 to compare.
pub(crate) fn needs_attributes(object: &CopiedObject, result: &UploadResult) -> bool {
    object.crc64.is_some() && result.hash_crc64.is_none()
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

/// How long a copy that need not move bytes may take before it is copied in parts.
const SHALLOW_LIMIT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{CRC64, TYPE, call_error, head, lost, refusal};
    use expect_test::{Expect, expect};
    use http::HeaderMap;
    use oss_models::{CallErrorKind, CopyObjectRequest, Operation, Response, ServiceError};
    use std::fmt::Write as _;

    const LARGE: u64 = 10;

    fn object(size: u64) -> CopiedObject {
        let (etag, crc64) = (Etag::new("E").ok(), Some(Crc64::from_u64(7)));
        CopiedObject { size, etag, version_id: None, crc64, last_modified: None, is_link: false }
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
        let failure = |error| copy_part_failure(error);
        assert_eq!(failure(refusal(412, "PreconditionFailed")).next.class, RetryClass::Never);
        assert!(matches!(failure(refusal(412, "PreconditionFailed")).kind, UploadErrorKind::SourceChanged { .. }));
        assert!(matches!(failure(refusal(404, "NoSuchUpload")).kind, UploadErrorKind::Call(_)));
        assert_eq!(failure(lost()).next.class, lost().retry_class());
    }

    fn rules(threshold: u64) -> CopyRules {
        let retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::default() };
        let cleanup_timeout = Duration::from_secs(30);
        CopyRules { multipart_threshold: threshold, shallow: true, require_verification: false, retry, cleanup_timeout }
    }

    fn copied() -> CopyObjectResult {
        let body = "<CopyObjectResult><ETag>E</ETag></CopyObjectResult>";
        CopyObjectRequest::read(Response::new(StatusCode::OK).with_body(body)).unwrap()
    }

    fn elsewhere() -> CallError {
        let mut refusal = ServiceError::new(StatusCode::FORBIDDEN, "AccessDenied");
        refusal.message = "Target object does not reside in the same data center as source object.".to_owned();
        call_error(refusal.into())
    }

    /// Events: a status and code, `lost`, `elsewhere` and `done` end a CopyObject; `doubtful`, `refuted` and `unasked`
    /// are what HeadObject told.
    fn check(mut plan: CopyPlan, events: &str, expected: Expect) {
        let (mut log, mut now, mut events) = (String::new(), Duration::ZERO, events.split_whitespace());
        loop {
            match plan.next(now) {
                CopyStep::Copy { within: None } => log += "copy ",
                CopyStep::Copy { within: Some(limit) } => write!(log, "copy-within{} ", limit.as_secs()).unwrap(),
                CopyStep::Prove { within: None } => log += "prove ",
                CopyStep::Prove { within: Some(limit) } => write!(log, "prove-within{} ", limit.as_secs()).unwrap(),
                CopyStep::WaitUntil(at) => {
                    write!(log, "wait{} ", (at - now).as_secs()).unwrap();
                    now = at;
                    continue;
                }
                CopyStep::Parts => {
                    log += "parts";
                    break;
                }
                CopyStep::Done => {
                    let outcome = match plan.finish() {
                        Ok(Copied::Response(_)) => "copied".to_owned(),
                        Ok(Copied::Head(_)) => "found".to_owned(),
                        Err(error) => format!("{} [stored {:?}]", error.kind(), error.stored()),
                    };
                    log += &outcome;
                    break;
                }
            }
            let Some(event) = events.next() else { break };
            write!(log, "| {event} -> ").unwrap();
            match event {
                "done" => plan.on_copied(copied()),
                "lost" => plan.on_failed(lost(), now, 1.0),
                "elsewhere" => plan.on_failed(elsewhere(), now, 1.0),
                "doubtful" => plan.on_head(Ok(head(&[(TYPE, Some("Normal"))])), now, 1.0),
                "refuted" => plan.on_head(Ok(head(&[(CRC64, Some("8"))])), now, 1.0),
                "unasked" => {
                    let error = UploadError::new(Stage::Put, refusal(403, "AccessDenied"), Stored::No);
                    plan.on_head(Err(error), now, 1.0);
                }
                "cancelled" => {
                    plan.on_interrupted(UploadError::new(Stage::Put, UploadErrorKind::Cancelled, Stored::No));
                }
                "cancelled-refused" => {
                    plan.on_cancelled();
                    plan.on_failed(refusal(403, "AccessDenied"), now, 1.0);
                }
                "cancelled-done" => {
                    plan.on_cancelled();
                    plan.on_copied(copied());
                }
                "no-response" => {
                    plan.on_cancelled();
                    plan.on_no_response();
                }
                refused => {
                    let (status, code) = refused.split_once('-').unwrap();
                    plan.on_failed(refusal(status.parse().unwrap(), code), now, 1.0);
                }
            }
        }
        expected.assert_eq(&log);
    }

    fn small() -> CopyPlan {
        CopyPlan::new(object(LARGE), true, &rules(LARGE), Duration::ZERO)
    }

    fn shallow() -> CopyPlan {
        CopyPlan::new(object(LARGE), true, &rules(LARGE - 1), Duration::ZERO)
    }

    #[test]
    fn size_place_and_options_decide_between_one_request_and_parts() {
        let step = |size, in_place, rules: CopyRules| {
            CopyPlan::new(object(size), in_place, &rules, Duration::ZERO).next(Duration::ZERO)
        };
        let whole = CopyStep::Copy { within: None };
        assert_eq!(step(LARGE, false, rules(LARGE)), whole);
        assert_eq!(step(LARGE + 1, false, rules(LARGE)), CopyStep::Parts);
        assert_eq!(step(LARGE + 1, true, rules(LARGE)), CopyStep::Copy { within: Some(SHALLOW_LIMIT) });
        assert_eq!(step(LARGE + 1, true, CopyRules { shallow: false, ..rules(LARGE) }), CopyStep::Parts);
        assert_eq!(step(0, false, rules(0)), whole, "no part could have its bytes");
        let link = CopiedObject { is_link: true, ..object(LARGE + 1) };
        assert_eq!(CopyPlan::new(link, false, &rules(LARGE), Duration::ZERO).next(Duration::ZERO), whole);
    }

    #[test]
    fn a_copy_that_is_small_enough_goes_again_while_that_may_help() {
        check(small(), "done", expect!["copy | done -> copied"]);
        check(small(), "503-SlowDown done", expect!["copy | 503-SlowDown -> prove | done -> copied"]);
        check(small(), "400-EntityTooLarge", expect!["copy | 400-EntityTooLarge -> parts"]);
        check(
            small(),
            "403-AccessDenied",
            expect!["copy | 403-AccessDenied -> PutObject oss://demo/a: 403 AccessDenied [stored No]"],
        );
        check(
            small(),
            "412-PreconditionFailed",
            expect!["copy | 412-PreconditionFailed -> the source object changed: it was replaced [stored No]"],
        );
        check(
            small(),
            "404-NoSuchKey",
            expect!["copy | 404-NoSuchKey -> the source object changed: it was removed [stored No]"],
        );
    }

    /// Rows: W14, R45.
    #[test]
    fn a_lost_response_is_followed_by_a_question() {
        check(small(), "lost doubtful done", expect!["copy | lost -> prove | doubtful -> wait0 copy | done -> copied"]);
        check(small(), "lost refuted done", expect!["copy | lost -> prove | refuted -> wait0 copy | done -> copied"]);
        check(small(), "lost unasked done", expect!["copy | lost -> prove | unasked -> wait0 copy | done -> copied"]);
        check(
            small(),
            "lost refuted 403-AccessDenied unasked",
            expect![
                "copy | lost -> prove | refuted -> wait0 copy | 403-AccessDenied -> prove | unasked -> PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored Unknown]"
            ],
        );
    }

    /// Rows: W14, W22.
    #[test]
    fn a_copy_that_is_cancelled_asks_before_it_says_what_is_stored() {
        check(small(), "cancelled", expect!["copy | cancelled -> cancelled [stored No]"]);
        check(small(), "cancelled-done", expect!["copy | cancelled-done -> copied"]);
        check(small(), "cancelled-refused", expect!["copy | cancelled-refused -> cancelled [stored No]"]);
        check(
            small(),
            "no-response doubtful",
            expect!["copy | no-response -> prove-within10 | doubtful -> cancelled [stored Unknown]"],
        );
        check(
            small(),
            "500-InternalError cancelled refuted",
            expect![
                "copy | 500-InternalError -> prove | cancelled -> prove-within10 | refuted -> cancelled [stored No]"
            ],
        );
    }

    #[test]
    fn a_failed_shallow_copy_goes_by_parts_unless_they_would_fail_too() {
        check(shallow(), "done", expect!["copy-within30 | done -> copied"]);
        check(shallow(), "lost refuted", expect!["copy-within30 | lost -> prove | refuted -> parts"]);
        check(shallow(), "lost doubtful", expect!["copy-within30 | lost -> prove | doubtful -> parts"]);
        check(shallow(), "400-EntityTooLarge", expect!["copy-within30 | 400-EntityTooLarge -> parts"]);
        check(
            shallow(),
            "403-AccessDenied",
            expect!["copy-within30 | 403-AccessDenied -> PutObject oss://demo/a: 403 AccessDenied [stored No]"],
        );
        check(
            shallow(),
            "elsewhere",
            expect![
                "copy-within30 | elsewhere -> the source is in another region: PutObject oss://demo/a: 403 AccessDenied: Target object does not reside in the same data center as source object. [stored No]"
            ],
        );
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

    /// Rows: W20, W21.
    #[test]
    fn a_copy_is_verified_by_the_crc64_of_its_source() {
        let result = |crc64: Option<u64>| {
            let mut result = UploadResult::of_response(StatusCode::OK, None, HeaderMap::new());
            (result.etag, result.hash_crc64) = (Etag::new("E").ok(), crc64.map(Crc64::from_u64));
            result
        };
        let source = |crc64: Option<u64>| CopiedObject { crc64: crc64.map(Crc64::from_u64), ..object(10) };
        let strict = CopyRules { require_verification: true, ..rules(0) };
        let verify = |from, to, head: Option<&HeadObjectResult>, rules: &CopyRules| match verify_copy(
            &source(from),
            result(to),
            head,
            rules,
        ) {
            Ok(result) => format!("{:?}", result.verified),
            Err(error) => format!("{} [stored {:?}]", error.kind(), error.stored()),
        };
        let plain = rules(0);
        assert_eq!(verify(Some(7), Some(7), None, &strict), "Crc64");
        assert_eq!(verify(Some(7), None, Some(&head(&[])), &strict), "Crc64");
        assert_eq!(verify(Some(7), None, Some(&head(&[(http::header::ETAG, Some("\"F\""))])), &plain), "No");
        assert_eq!(verify(None, Some(7), None, &plain), "No");
        let missing = "the server gave no CRC64 to verify the object by [stored Yes]";
        assert_eq!(verify(Some(7), None, None, &strict), missing);
        let differs = "CRC64 of the source is 7, the copy has 8 [stored Yes]";
        assert_eq!(verify(Some(7), Some(8), None, &plain), differs);
        assert_eq!(verify(Some(7), None, Some(&head(&[(CRC64, Some("8"))])), &plain), differs);
        assert!(needs_attributes(&source(Some(7)), &result(None)));
        assert!(
            !needs_attributes(&source(None), &result(None)) && !needs_attributes(&source(Some(7)), &result(Some(7)))
        );
    }
}
