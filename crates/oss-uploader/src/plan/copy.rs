//! A copy: whether one CopyObject makes it or parts do, and what each outcome of CopyObject means.
//!
//! ```text
//!   HeadObject of the source ─┬─ large ─────────────────────────────────────────► Parts
//!                             ├─ shallow ─► Copy ── any failure, as below ──────────▲
//!                             └─ small ───► Copy ── too large for it ───────────────┘
//!                                           ▲  ├─ failed, another attempt ─► Wait ──► Copy
//!                                           │  ├─ lost, another attempt ───► Ask ─┬─ in place ──► Done
//!                                           │  │                                  └─ else ──────► Wait or Parts
//!                                           │  └─ failed, no other, and one was lost ─► Prove ──► Done
//!                                   Parts failed, and a CopyObject was lost before ───────▲
//! ```
//!
//! The server is asked for the copy once after each attempt that may have been carried out though it failed, and after
//! the last one, and before its parts are copied, again while that may tell more: one count for the whole copy. What proves it is what proves a PutObject:
//! the content and all that HeadObject shows are what was asked for, and it is not older than the copy's begin.
//!
//! Cancelled while CopyObject is under way, its response is waited for, and then the copy is asked for once: for as long as
//! cleaning up may take.
//!
//! Every request names the entity tag of the source, so that what is copied is the object that HeadObject described, or
//! nothing. What was copied is compared with the source by CRC64, which neither CopyObject nor UploadPartCopy does.

mod source;
mod verify;

use std::time::Duration;

use oss_models::{CallError, CopyObjectResult, HeadObjectResult, UploadId};

pub(crate) use source::{CopiedObject, copy_part_failure, copy_part_request, source_unreachable};
pub(crate) use verify::{attributes_request, verify_copy};

use super::attempts::Attempts;
use super::proof::{Asked, Expected, Proof};
use super::question::{Question, next_attempt, not_proven};
use super::{RetryPolicy, may_help};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use source::source_failure;

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

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CopyStep {
    /// Send CopyObject, with this limit; then [`CopyPlan::on_copied`] or [`CopyPlan::on_failed`].
    Copy { within: Option<Duration> },
    /// Ask for the copy once with HeadObject; then [`CopyPlan::on_head`]. With a limit also after cancelling.
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
    /// How the copy is asked to be stored.
    asked: Asked,
    attempts: Attempts,
    shallow: bool,
    question: Question,
    /// Whether the copy was cancelled while CopyObject was under way, or may have been carried out.
    cancelled: bool,
    /// Whether the copy in parts failed after that.
    in_parts: bool,
    /// The upload that the copy in parts left.
    left: Option<UploadId>,
    cleanup_timeout: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    Copy,
    /// Between an attempt and what follows it.
    Ask {
        next: Next,
        at: Duration,
    },
    /// There is no other attempt after the one that failed with this error; without one if the copy was cancelled.
    Prove {
        error: Option<UploadError>,
        at: Duration,
    },
    Wait(Duration),
    Parts,
    Done(Result<Copied, UploadError>),
}

/// What follows an attempt that failed.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// Another one, at this time.
    Copy(Duration),
    Parts,
}

impl CopyPlan {
    /// The plan of a copy of `object`, made at `now`, which is `asked` to be stored so. `in_place` says that source and copy
    /// are in one bucket and nothing but the key, metadata and tags changes, so that the service need not move bytes.
    pub(crate) fn new(object: CopiedObject, asked: Asked, in_place: bool, rules: &CopyRules, now: Duration) -> Self {
        let large = object.size > rules.multipart_threshold && !object.is_link;
        let shallow = large && in_place && rules.shallow;
        Self {
            object,
            asked,
            attempts: Attempts::new(Stage::Put, Stored::No, rules.retry),
            shallow,
            question: Question::new(now),
            cancelled: false,
            in_parts: false,
            left: None,
            cleanup_timeout: rules.cleanup_timeout,
            state: if large && !shallow { State::Parts } else { State::Copy },
        }
    }

    /// The next step.
    pub(crate) fn next(&mut self, now: Duration) -> CopyStep {
        match &self.state {
            State::Wait(at) | State::Ask { at, .. } | State::Prove { at, .. } if *at > now => CopyStep::WaitUntil(*at),
            State::Copy | State::Wait(_) => {
                self.state = State::Copy;
                CopyStep::Copy { within: self.shallow.then_some(SHALLOW_LIMIT) }
            }
            State::Ask { .. } | State::Prove { .. } => {
                self.question.on_asked(now);
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
            self.question.lose(!error.response_lost());
        }
        if self.cancelled {
            return self.end_cancelled();
        }
        // Nothing is given up while the outcome is unknown without having asked once.
        let after = self.after(error, now, jitter);
        let after = after.map_err(|kind| UploadError::new(Stage::Put, kind, Stored::No));
        self.state = match (after, self.question.is_due()) {
            (Ok(next), true) => State::Ask { next, at: now },
            (Ok(Next::Copy(at)), false) => State::Wait(at),
            (Ok(Next::Parts), false) => State::Parts,
            (Err(error), true) => State::Prove { error: Some(error), at: now },
            (Err(error), false) => State::Done(Err(error)),
        };
    }

    /// The copy in parts failed too. What a CopyObject before it may have made is asked for once more.
    pub(crate) fn on_parts_failed(&mut self, error: UploadError) {
        self.in_parts = true;
        self.left = error.leftovers().map(|left| left.upload_id.clone());
        self.cancelled |= error.is_cancelled();
        // Cancelled, there is time for one question, which may have been put already.
        let asks = self.stored() == Stored::Unknown && !(self.cancelled && self.question.is_settled());
        self.state = match error.stored() {
            Stored::No if asks => State::Prove { error: Some(error), at: Duration::ZERO },
            Stored::No => State::Done(Err(error.with_stored(self.stored()))),
            _ => State::Done(Err(error)),
        };
    }

    /// The copy was cancelled while CopyObject is under way. Gives how long its response is waited for all the same.
    pub(crate) fn on_cancelled(&mut self) -> Duration {
        self.cancelled = true;
        self.cleanup_timeout / 3 * 2
    }

    /// CopyObject had no response within that time.
    pub(crate) fn on_no_response(&mut self) {
        self.question.lose(false);
        self.end_cancelled();
    }

    /// The server was asked for the copy, and responded at `now`.
    pub(crate) fn on_head(&mut self, head: Result<HeadObjectResult, UploadError>, now: Duration, jitter: f64) {
        let expected = Expected {
            size: self.object.size,
            crc64: self.object.crc64,
            etag: None,
            object_type: "Normal",
            asked: Some(self.asked.clone()),
            not_before: self.question.not_before(),
        };
        let proof = self.question.on_head(&expected, head, &[], false, now);
        self.state = match (std::mem::replace(&mut self.state, State::Copy), proof) {
            (State::Ask { .. } | State::Prove { .. }, Ok(Proof::Confirmed(head))) => {
                State::Done(Ok(Copied::Head(head)))
            }
            // Another attempt makes the same copy, or tells more.
            (State::Ask { next: Next::Copy(at), .. }, proof) => State::Wait(next_attempt(&proof, at, now)),
            // Parts cost more than another question, and where nothing may be overwritten the copy itself is in their way.
            (State::Ask { next: Next::Parts, .. }, proof) => match self.question.again(&proof, now, jitter) {
                Some(at) => State::Ask { next: Next::Parts, at },
                None => State::Parts,
            },
            (State::Prove { error, .. }, proof) => {
                let again = if self.cancelled { None } else { self.question.again(&proof, now, jitter) };
                match (again, error) {
                    (Some(at), error) => State::Prove { error, at },
                    (None, Some(error)) => State::Done(Err(not_proven(error, proof, self.question.stored()))),
                    (None, None) => State::Done(Err(self.cancelled())),
                }
            }
            (state, _) => state,
        };
    }

    /// A step in which nothing was under way was not carried out to its end: the copy was cancelled.
    pub(crate) fn on_interrupted(&mut self, error: UploadError) {
        let is_open = self.question.is_due() && !self.question.is_settled();
        match std::mem::replace(&mut self.state, State::Copy) {
            // What the parts failed with names what they left.
            State::Prove { error: Some(failed), .. } if self.in_parts => {
                self.state = State::Done(Err(failed.with_stored(self.stored())));
            }
            _ if error.is_cancelled() && is_open && !self.cancelled => self.end_cancelled(),
            _ => self.state = State::Done(Err(error.with_stored(self.stored()))),
        }
    }

    /// What can be said about the copy.
    pub(crate) fn stored(&self) -> Stored {
        if self.question.is_due() { self.question.stored() } else { Stored::No }
    }

    /// What is told of a copy that is in place though its parts failed, if they left something.
    pub(crate) fn left(&self) -> Option<String> {
        self.left.as_ref().map(|id| format!("the copy is in place; an upload of it in parts is left, {id}"))
    }

    /// The outcome. A plan that did not come to its end was cancelled.
    pub(crate) fn finish(self) -> Result<Copied, UploadError> {
        let cancelled = self.cancelled();
        match self.state {
            State::Done(outcome) => outcome,
            _ => Err(cancelled),
        }
    }

    fn cancelled(&self) -> UploadError {
        UploadError::new(Stage::Put, UploadErrorKind::Cancelled, self.stored())
    }

    /// The copy was cancelled: it is asked for once if it may be in place.
    fn end_cancelled(&mut self) {
        self.cancelled = true;
        self.state = match self.question.is_due() {
            true => State::Prove { error: None, at: Duration::ZERO },
            false => State::Done(Err(self.cancelled())),
        };
    }

    /// What follows an attempt that failed with this error at `now`.
    fn after(&mut self, error: CallError, now: Duration, jitter: f64) -> Result<Next, UploadErrorKind> {
        let too_large = error.code() == Some("EntityTooLarge") && self.object.size > 0;
        match source_failure(error) {
            // Parts are what is left to try, and do what this would have done.
            UploadErrorKind::Call(error) if too_large || (self.shallow && may_go_by_parts(&error)) => {
                tracing::debug!(%error, "copying in parts");
                Ok(Next::Parts)
            }
            UploadErrorKind::Call(error) => Ok(Next::Copy(self.attempts.failed(error, now, jitter)?)),
            kind => Err(kind),
        }
    }
}

/// Whether another way may succeed where a shallow copy failed: it took too long, or the service is in trouble.
fn may_go_by_parts(error: &CallError) -> bool {
    error.service().is_none() || may_help(error.retry_class())
}

/// How long a copy that need not move bytes may take before it is copied in parts.
const SHALLOW_LIMIT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{CRC64, TYPE, copied_object as object, elsewhere, head, lost, refusal, second};
    use expect_test::{Expect, expect};
    use http::StatusCode;
    use http::header::{DATE, HeaderName, LAST_MODIFIED};
    use oss_models::{CopyObjectRequest, Operation, Response, http_date};
    use std::fmt::Write as _;

    const LARGE: u64 = 10;
    const META: HeaderName = HeaderName::from_static("x-oss-meta-made-by");

    fn rules(threshold: u64) -> CopyRules {
        let retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::default() };
        let cleanup_timeout = Duration::from_secs(30);
        CopyRules { multipart_threshold: threshold, shallow: true, require_verification: false, retry, cleanup_timeout }
    }

    fn copied() -> CopyObjectResult {
        let body = "<CopyObjectResult><ETag>E</ETag></CopyObjectResult>";
        CopyObjectRequest::read(Response::new(StatusCode::OK).with_body(body)).unwrap()
    }

    /// Events: a status and code, `lost`, `elsewhere` and `done` end a CopyObject; `found`, `doubtful`, `before`, `refuted`,
    /// `relabelled`, `older`, `unasked` and `troubled` are what HeadObject told.
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
                CopyStep::Parts => log += "parts",
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
                "found" => shows(&mut plan, now, &[(LAST_MODIFIED, &at(101 + now.as_secs()))]),
                "doubtful" => shows(&mut plan, now, &[(LAST_MODIFIED, &at(100))]),
                "refuted" => shows(&mut plan, now, &[(CRC64, "8")]),
                "relabelled" => shows(&mut plan, now, &[(LAST_MODIFIED, &at(101 + now.as_secs())), (META, "them")]),
                "before" => shows(&mut plan, now, &[(LAST_MODIFIED, &at(99))]),
                "older" => shows(&mut plan, now, &[(LAST_MODIFIED, &at(98))]),
                "unasked" | "troubled" => {
                    let error = match event {
                        "unasked" => refusal(403, "AccessDenied"),
                        _ => refusal(503, "ServiceUnavailable"),
                    };
                    plan.on_head(Err(UploadError::new(Stage::Put, error, Stored::No)), now, 1.0);
                }
                "in-the-way" => {
                    let error = refusal(409, "FileAlreadyExists");
                    plan.on_parts_failed(UploadError::new(Stage::Complete, error, Stored::No));
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

    fn at(seconds: u64) -> String {
        http_date::format(second(seconds))
    }

    /// HeadObject shows the copy, but for some headers, at a time by the server's clock that is 100 s ahead.
    fn shows(plan: &mut CopyPlan, now: Duration, changes: &[(HeaderName, &str)]) {
        let date = at(100 + now.as_secs());
        let changes = changes.iter().map(|(name, value)| (name.clone(), Some(*value)));
        let shown: Vec<_> = [(TYPE, Some("Normal")), (DATE, Some(&*date))].into_iter().chain(changes).collect();
        plan.on_head(Ok(head(&shown)), now, 1.0);
    }

    fn plan(object: CopiedObject, in_place: bool, rules: &CopyRules) -> CopyPlan {
        CopyPlan::new(object, Asked::default(), in_place, rules, Duration::ZERO)
    }

    fn small() -> CopyPlan {
        plan(object(LARGE), true, &rules(LARGE))
    }

    /// Of one attempt.
    fn once() -> CopyPlan {
        let rules = rules(LARGE);
        plan(object(LARGE), true, &CopyRules { retry: RetryPolicy { max_attempts: 1, ..rules.retry }, ..rules })
    }

    fn shallow() -> CopyPlan {
        plan(object(LARGE), true, &rules(LARGE - 1))
    }

    #[test]
    fn size_place_and_options_decide_between_one_request_and_parts() {
        let step = |size, in_place, rules: CopyRules| plan(object(size), in_place, &rules).next(Duration::ZERO);
        let whole = CopyStep::Copy { within: None };
        assert_eq!(step(LARGE, false, rules(LARGE)), whole);
        assert_eq!(step(LARGE + 1, false, rules(LARGE)), CopyStep::Parts);
        assert_eq!(step(LARGE + 1, true, rules(LARGE)), CopyStep::Copy { within: Some(SHALLOW_LIMIT) });
        assert_eq!(step(LARGE + 1, true, CopyRules { shallow: false, ..rules(LARGE) }), CopyStep::Parts);
        assert_eq!(step(0, false, rules(0)), whole, "no part could have its bytes");
        let link = CopiedObject { is_link: true, ..object(LARGE + 1) };
        assert_eq!(plan(link, false, &rules(LARGE)).next(Duration::ZERO), whole);
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

    /// Rows: W14, R45.
    #[test]
    fn only_what_was_asked_for_proves_a_copy_and_it_may_be_asked_again() {
        check(small(), "lost found", expect!["copy | lost -> prove | found -> found"]);
        check(
            small(),
            "lost relabelled done",
            expect!["copy | lost -> prove | relabelled -> wait0 copy | done -> copied"],
        );
        check(small(), "lost older done", expect!["copy | lost -> prove | older -> wait0 copy | done -> copied"]);
        check(
            once(),
            "lost doubtful found",
            expect!["copy | lost -> prove | doubtful -> wait1 prove | found -> found"],
        );
        check(
            once(),
            "lost doubtful before before before",
            expect![
                "copy | lost -> prove | doubtful -> wait1 prove | before -> wait1 prove | before -> wait1 prove | before -> PutObject oss://demo/a: the connection broke [stored Unknown]"
            ],
        );
        check(
            small(),
            "lost troubled lost troubled lost troubled troubled troubled",
            expect![
                "copy | lost -> prove | troubled -> wait0 copy | lost -> prove | troubled -> wait0 copy | lost -> prove | troubled -> wait0 prove | troubled -> wait1 prove | troubled -> PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
            ],
        );
        check(
            small(),
            "500-InternalError refuted 409-FileAlreadyExists refuted",
            expect![
                "copy | 500-InternalError -> prove | refuted -> wait0 copy | 409-FileAlreadyExists -> prove | refuted -> the response was lost and the object was not stored: the object there has other content, as far as can be told [stored No]"
            ],
        );
        check(shallow(), "lost found", expect!["copy-within30 | lost -> prove | found -> found"]);
    }

    /// Rows: W14, W22.
    #[test]
    fn a_copy_that_is_cancelled_asks_before_it_says_what_is_stored() {
        check(small(), "cancelled", expect!["copy | cancelled -> cancelled [stored No]"]);
        // What the parts failed with is said, and what they left with it.
        check(
            shallow(),
            "lost unasked in-the-way cancelled",
            expect![
                "copy-within30 | lost -> prove | unasked -> parts| in-the-way -> prove | cancelled -> PutObject oss://demo/a: 409 FileAlreadyExists [stored Unknown]"
            ],
        );
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
        check(
            shallow(),
            "lost doubtful found",
            expect!["copy-within30 | lost -> prove | doubtful -> wait1 prove | found -> found"],
        );
        check(
            shallow(),
            "lost refuted in-the-way refuted",
            expect![
                "copy-within30 | lost -> prove | refuted -> parts| in-the-way -> prove | refuted -> the response was lost and the object was not stored: the object there has other content, as far as can be told [stored No]"
            ],
        );
        check(
            shallow(),
            "lost unasked in-the-way found",
            expect!["copy-within30 | lost -> prove | unasked -> parts| in-the-way -> prove | found -> found"],
        );
        check(
            shallow(),
            "lost unasked in-the-way unasked",
            expect![
                "copy-within30 | lost -> prove | unasked -> parts| in-the-way -> prove | unasked -> PutObject oss://demo/a: 409 FileAlreadyExists [stored Unknown]"
            ],
        );
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
}
