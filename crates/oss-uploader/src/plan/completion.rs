//! How an object is made of its parts: when Complete goes again, and what tells after its response was lost.
//!
//! ```text
//!   ─────► Complete ─── lost ──► Wait ──► List (ListParts) ─── still open ───► Complete
//!            │   │                          │
//!            │   └─ refused, nothing lost   └─ gone ──► Prove (HeadObject)
//!         stored           │                              │            │
//!            ▼             ▼                          confirmed     refuted
//!          Done ◄──────────┴──────────────────────────────┴────────────┘
//! ```
//!
//! A lost response is followed by a question, never by an abort: while the upload is open Complete goes again; once it is
//! gone the object itself must prove that it is the one that was uploaded. Nothing is given up while an outcome is unknown
//! without having asked once, for the parts and then for the object.

use std::time::{Duration, SystemTime};

use oss_models::{CallError, HeadObjectResult, RetryClass};

use super::attempts::Attempts;
use super::proof::{Asked, Asking, Evidence, Expected, NotBefore, Placed, Proof, SentContent, multipart_etag};
use super::{Receipts, may_help};
use crate::Settings;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CompletionStep {
    /// Send Complete; then [`CompletionPlan::on_completed`] or [`CompletionPlan::on_failed`]. Once it was sent it cannot be
    /// called back.
    Complete,
    /// Ask for the parts with ListParts, which tells whether the upload is open; then [`CompletionPlan::on_listed`].
    List,
    /// Ask for the object with HeadObject; then [`CompletionPlan::on_head`].
    Prove,
    /// Nothing before this time.
    WaitUntil(Duration),
    /// Nothing; [`CompletionPlan::finish`] has the outcome.
    Done,
}

/// The plan of one CompleteMultipartUpload.
#[derive(Debug)]
pub(crate) struct CompletionPlan {
    sent: SentContent,
    expected: Expected,
    require_verification: bool,
    attempts: Attempts,
    state: State,
    /// When HeadObject was sent.
    asked_at: Duration,
    /// Whether an attempt may have taken effect though it failed.
    outcome_unknown: bool,
    /// Whether the server did not respond to such an attempt, so that it may still be carried out.
    on_its_way: bool,
}

#[derive(Debug)]
enum State {
    Complete,
    /// With the error of the last attempt, if there is no other.
    List(Option<CallError>),
    /// `gone` says that the upload is: refuted then means that nothing was stored.
    Prove {
        error: CallError,
        gone: bool,
    },
    Wait {
        until: Duration,
        then: Next,
    },
    Done(Result<Placed, UploadError>),
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Complete,
    List,
}

impl CompletionPlan {
    /// The plan of an object of these parts. `initiated` is when the server opened the upload, by its own clock; `asked` how
    /// the object was asked to be stored then, if that is known.
    pub(crate) fn new(
        receipts: &Receipts,
        initiated: Option<SystemTime>,
        asked: Option<Asked>,
        settings: &Settings,
    ) -> Self {
        let sent = SentContent::of_parts(receipts);
        let expected = Expected {
            size: receipts.size(),
            crc64: sent.crc64,
            etag: multipart_etag(receipts),
            object_type: "Multipart",
            asked,
            not_before: initiated.map_or(NotBefore::Local(Duration::ZERO), NotBefore::Server),
        };
        Self {
            sent,
            expected,
            require_verification: settings.require_verification,
            attempts: Attempts::new(Stage::Complete, Stored::No, settings.retry),
            state: State::Complete,
            asked_at: Duration::ZERO,
            outcome_unknown: false,
            on_its_way: false,
        }
    }

    /// The next step.
    pub(crate) fn next(&mut self, now: Duration) -> CompletionStep {
        if let State::Wait { until, then } = self.state {
            if until > now {
                return CompletionStep::WaitUntil(until);
            }
            self.state = match then {
                Next::Complete => State::Complete,
                Next::List => State::List(None),
            };
        }
        match &self.state {
            State::Complete => CompletionStep::Complete,
            State::List(_) => CompletionStep::List,
            State::Prove { .. } => {
                self.asked_at = now;
                CompletionStep::Prove
            }
            State::Wait { until, .. } => CompletionStep::WaitUntil(*until),
            State::Done(_) => CompletionStep::Done,
        }
    }

    /// The server made the object.
    pub(crate) fn on_completed(&mut self, evidence: Evidence) {
        self.state = State::Done(evidence.verify(&self.sent, self.require_verification));
    }

    /// Complete failed at `now`.
    pub(crate) fn on_failed(&mut self, error: CallError, now: Duration, jitter: f64) {
        if let Some(refusal) = error.service().filter(|refusal| refusal.is_callback_failure()) {
            return self.on_completed(Evidence::FailedCallback(Box::new(refusal.clone())));
        }
        self.outcome_unknown |= error.outcome_unknown();
        self.on_its_way |= error.response_lost();
        if self.outcome_unknown && matches!(error.code(), Some("NoSuchUpload" | "FileAlreadyExists")) {
            self.state = State::Prove { error, gone: true };
            return;
        }
        if matches!(error.code(), Some("NoSuchUpload" | "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall")) {
            self.state = State::Done(Err(UploadError::new(Stage::Complete, error, Stored::No)));
            return;
        }
        let next = if self.outcome_unknown { Next::List } else { Next::Complete };
        self.try_again(error, next, now, jitter);
    }

    /// The server was asked for the parts: a list means that the upload is still open.
    pub(crate) fn on_listed(&mut self, listed: Result<(), CallError>, now: Duration, jitter: f64) {
        let State::List(last) = std::mem::replace(&mut self.state, State::Complete) else { return };
        self.state = match (listed, last) {
            (Err(error), last) if error.code() == Some("NoSuchUpload") => {
                State::Prove { error: last.unwrap_or(error), gone: true }
            }
            (Ok(()), Some(error)) if is_refusal(&error) || !self.on_its_way => {
                State::Done(Err(UploadError::new(Stage::Complete, error, Stored::No)))
            }
            (Ok(()), Some(error)) => State::Done(Err(unknown(error))),
            (Err(_), Some(error)) => State::Prove { error, gone: false },
            (Err(error), None) if may_help(error.retry_class()) => {
                return self.try_again(error, Next::Complete, now, jitter);
            }
            // A caller who may not ask learns it from the next Complete.
            (Ok(()) | Err(_), None) => State::Complete,
        };
    }

    /// The server was asked for the object, and responded at `now`.
    pub(crate) fn on_head(&mut self, head: Result<HeadObjectResult, UploadError>, now: Duration) {
        let State::Prove { error, gone } = std::mem::replace(&mut self.state, State::Complete) else { return };
        let proof = self.expected.prove(head, Asking { sent: self.asked_at, responded: now });
        self.state = State::Done(match proof {
            Ok(Proof::Confirmed(head)) => Evidence::Head(head).verify(&self.sent, self.require_verification),
            // The upload became an object, and this one is the same in all that is shown.
            Ok(Proof::Doubtful(head)) if gone => Evidence::Head(head).verify(&self.sent, self.require_verification),
            Ok(Proof::Refuted(reason)) if gone => {
                let kind = UploadErrorKind::NotStored { reason, source: error };
                Err(UploadError::new(Stage::Complete, kind, Stored::No))
            }
            Ok(Proof::Refuted(_)) if !self.on_its_way => Err(UploadError::new(Stage::Complete, error, Stored::No)),
            // A Complete that was lost may still be carried out.
            Ok(_) => Err(unknown(error)),
            Err(asking) if asking.is_cancelled() => Err(asking.with_stored(Stored::Unknown)),
            Err(asking) => Err(unknown(error).with_others(vec![asking])),
        });
    }

    /// The step that was given was not carried out, or not to its end: the upload was cancelled.
    pub(crate) fn on_interrupted(&mut self, error: UploadError) {
        self.state = State::Done(Err(error.with_stored(self.stored())));
    }

    /// The outcome. A plan that did not come to its end was cancelled.
    pub(crate) fn finish(self) -> Result<Placed, UploadError> {
        let stored = self.stored();
        match self.state {
            State::Done(outcome) => outcome,
            _ => Err(UploadError::new(Stage::Complete, UploadErrorKind::Cancelled, stored)),
        }
    }

    /// What can be said about the object while this is the state.
    fn stored(&self) -> Stored {
        match self.state {
            State::Wait { .. } if !self.outcome_unknown => Stored::No,
            _ => Stored::Unknown,
        }
    }

    fn try_again(&mut self, error: CallError, then: Next, now: Duration, jitter: f64) {
        self.state = match (self.attempts.failed(error, now, jitter), then) {
            (Ok(until), _) => State::Wait { until, then },
            (Err(error), Next::List) => State::List(Some(error)),
            (Err(error), Next::Complete) if self.outcome_unknown => State::Prove { error, gone: false },
            (Err(error), Next::Complete) => State::Done(Err(UploadError::new(Stage::Complete, error, Stored::No))),
        };
    }
}

/// Whether the server said that it did not do what was asked, and would not another time.
fn is_refusal(error: &CallError) -> bool {
    error.service().is_some() && error.retry_class() == RetryClass::Never
}

fn unknown(error: CallError) -> UploadError {
    UploadError::new(Stage::Complete, UploadErrorKind::OutcomeUnknown(error), Stored::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{CRC64, head, lost, receipt, refusal, second};
    use crate::{UploadOptions, Verified};
    use expect_test::{Expect, expect};
    use oss_models::{CompleteMultipartUploadRequest, Operation, Response};
    use std::fmt::Write as _;

    struct Drive {
        plan: CompletionPlan,
        now: Duration,
        log: String,
    }

    impl Drive {
        /// Takes steps until an event is needed.
        fn steps(&mut self) {
            loop {
                match self.plan.next(self.now) {
                    CompletionStep::Complete => self.log += " complete",
                    CompletionStep::List => self.log += " list",
                    CompletionStep::Prove => self.log += " prove",
                    CompletionStep::WaitUntil(at) => {
                        write!(self.log, " wait{}", (at - self.now).as_secs_f64()).unwrap();
                        self.now = at;
                        continue;
                    }
                    CompletionStep::Done => self.log += " done",
                }
                return;
            }
        }

        /// Events: a status and code, `lost` and `done` end a Complete; `open`, `gone` and `list:` with a status and code
        /// are what ListParts told; `confirmed`, `refuted` and `unasked` are what HeadObject told.
        fn event(&mut self, event: &str) {
            write!(self.log, " | {event} ->").unwrap();
            let refused = |text: &str| {
                let (status, code) = text.split_once('-').unwrap();
                refusal(status.parse().unwrap(), code)
            };
            let now = self.now;
            match event {
                "done" => self.plan.on_completed(Evidence::Complete(Box::new(response("7")))),
                "rotten" => self.plan.on_completed(Evidence::Complete(Box::new(response("8")))),
                "lost" => self.plan.on_failed(lost(), now, 1.0),
                "open" => self.plan.on_listed(Ok(()), now, 1.0),
                "refused-after-lost" => {
                    self.plan.on_failed(refusal(403, "AccessDenied").with_outcome_unknown(true), now, 1.0);
                }
                "in-trouble" => {
                    self.plan.on_failed(refusal(500, "InternalError").with_outcome_unknown(true), now, 1.0);
                }
                "gone" => self.plan.on_listed(Err(refusal(404, "NoSuchUpload")), now, 1.0),
                "confirmed" => self.plan.on_head(Ok(head(&[])), now),
                "refuted" => self.plan.on_head(Ok(head(&[(CRC64, Some("8"))])), now),
                "unasked" => {
                    let error = UploadError::new(Stage::Complete, refusal(403, "AccessDenied"), Stored::No);
                    self.plan.on_head(Err(error), now);
                }
                "cancelled" => {
                    self.plan.on_interrupted(UploadError::new(Stage::Complete, UploadErrorKind::Cancelled, Stored::No));
                }
                other => match other.strip_prefix("list:") {
                    Some(list) => self.plan.on_listed(Err(refused(list)), now, 1.0),
                    None => self.plan.on_failed(refused(other), now, 1.0),
                },
            }
            self.steps();
        }
    }

    fn response(crc64: &str) -> oss_models::CompleteMultipartUploadResult {
        let response = Response::new(http::StatusCode::OK).with_header(CRC64, crc64.try_into().unwrap());
        let root = "CompleteMultipartUploadResult";
        CompleteMultipartUploadRequest::read(response.with_body(format!("<{root}><ETag>E</ETag></{root}>"))).unwrap()
    }

    fn check(events: &str, expected: Expect) {
        let settings = Settings::check(&UploadOptions::default().part_attempts(3_u32)).unwrap();
        let mut receipts = Receipts::default();
        receipts.insert(receipt(1, 10, 7));
        let plan = CompletionPlan::new(&receipts, Some(second(100)), None, &settings);
        let mut drive = Drive { plan, now: Duration::ZERO, log: String::new() };
        drive.steps();
        events.split_whitespace().for_each(|event| drive.event(event));
        let outcome = match drive.plan.finish() {
            Ok(placed) => format!("{:?}", placed.verified),
            Err(error) => format!("{} [stored {:?}]", error.kind(), error.stored()),
        };
        expected.assert_eq(&format!("{} => {outcome}", drive.log.trim_start()));
    }

    /// Rows: W14, R45, R46, R60.
    #[test]
    fn a_lost_response_is_followed_by_a_question() {
        check("lost open done", expect!["complete | lost -> wait0.2 list | open -> complete | done -> done => Crc64"]);
        check(
            "lost gone confirmed",
            expect!["complete | lost -> wait0.2 list | gone -> prove | confirmed -> done => Crc64"],
        );
        check(
            "lost gone refuted",
            expect![
                "complete | lost -> wait0.2 list | gone -> prove | refuted -> done => the response was lost and the object was not stored: the object there has other content, as far as can be told [stored No]"
            ],
        );
        check(
            "lost gone unasked",
            expect![
                "complete | lost -> wait0.2 list | gone -> prove | unasked -> done => the outcome is unknown: PutObject oss://demo/a: 404 NoSuchUpload [stored Unknown]"
            ],
        );
        check(
            "lost open lost open lost open",
            expect![
                "complete | lost -> wait0.2 list | open -> complete | lost -> wait0.4 list | open -> complete | lost -> list | open -> done => the outcome is unknown: PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
            ],
        );
    }

    /// Without the server's time of the begin: an object of the same second may be older, but the upload became one.
    #[test]
    fn an_object_of_doubtful_age_is_ours_only_if_the_upload_is_gone() {
        let settings = Settings::check(&UploadOptions::default().part_attempts(1_u32)).unwrap();
        let mut receipts = Receipts::default();
        receipts.insert(receipt(1, 10, 7));
        let asked = Duration::from_secs(3);
        let modified = oss_models::http_date::format(second(97));
        for (listed, outcome) in [("NoSuchUpload", Ok(Verified::Crc64)), ("AccessDenied", Err(Stored::Unknown))] {
            let mut plan = CompletionPlan::new(&receipts, None, None, &settings);
            plan.on_failed(lost(), Duration::ZERO, 1.0);
            assert!(matches!(plan.next(asked), CompletionStep::List));
            plan.on_listed(Err(refusal(if listed == "AccessDenied" { 403 } else { 404 }, listed)), asked, 1.0);
            assert!(matches!(plan.next(asked), CompletionStep::Prove), "{listed}");
            let shown = head(&[(http::header::LAST_MODIFIED, Some(&*modified))]);
            plan.on_head(Ok(shown), asked + Duration::from_secs(1));
            let ended = plan.finish().map(|placed| placed.verified).map_err(|error| error.stored());
            assert_eq!(ended, outcome, "{listed}");
        }
    }

    /// Rows: W14, R45, R46.
    #[test]
    fn nothing_is_given_up_while_the_outcome_is_unknown_without_having_asked() {
        check(
            "refused-after-lost gone confirmed",
            expect!["complete | refused-after-lost -> list | gone -> prove | confirmed -> done => Crc64"],
        );
        check(
            "refused-after-lost open",
            expect![
                "complete | refused-after-lost -> list | open -> done => PutObject oss://demo/a: 403 AccessDenied [stored No]"
            ],
        );
        check(
            "refused-after-lost list:403-AccessDenied confirmed",
            expect![
                "complete | refused-after-lost -> list | list:403-AccessDenied -> prove | confirmed -> done => Crc64"
            ],
        );
        check(
            "refused-after-lost list:403-AccessDenied refuted",
            expect![
                "complete | refused-after-lost -> list | list:403-AccessDenied -> prove | refuted -> done => the outcome is unknown: PutObject oss://demo/a: 403 AccessDenied [stored Unknown]"
            ],
        );
        check(
            "refused-after-lost list:403-AccessDenied unasked",
            expect![
                "complete | refused-after-lost -> list | list:403-AccessDenied -> prove | unasked -> done => the outcome is unknown: PutObject oss://demo/a: 403 AccessDenied [stored Unknown]"
            ],
        );
        // Each attempt had its response, so that nothing is still on its way.
        check(
            "in-trouble list:403-AccessDenied in-trouble list:403-AccessDenied in-trouble list:403-AccessDenied refuted",
            expect![
                "complete | in-trouble -> wait0.2 list | list:403-AccessDenied -> complete | in-trouble -> wait0.4 list | list:403-AccessDenied -> complete | in-trouble -> list | list:403-AccessDenied -> prove | refuted -> done => PutObject oss://demo/a: 500 InternalError (after 3 attempts) [stored No]"
            ],
        );
        check(
            "lost open lost open lost gone confirmed",
            expect![
                "complete | lost -> wait0.2 list | open -> complete | lost -> wait0.4 list | open -> complete | lost -> list | gone -> prove | confirmed -> done => Crc64"
            ],
        );
        check(
            "lost list:503-SlowDown lost list:503-SlowDown confirmed",
            expect![
                "complete | lost -> wait0.2 list | list:503-SlowDown -> wait8 complete | lost -> list | list:503-SlowDown -> prove | confirmed -> done => Crc64"
            ],
        );
    }

    /// Rows: W14, R45.
    #[test]
    fn a_caller_who_may_not_list_parts_learns_from_the_next_complete() {
        check(
            "lost list:403-AccessDenied done",
            expect!["complete | lost -> wait0.2 list | list:403-AccessDenied -> complete | done -> done => Crc64"],
        );
        check(
            "lost list:403-AccessDenied 404-NoSuchUpload confirmed",
            expect![
                "complete | lost -> wait0.2 list | list:403-AccessDenied -> complete | 404-NoSuchUpload -> prove | confirmed -> done => Crc64"
            ],
        );
        check(
            "lost list:503-SlowDown done",
            expect!["complete | lost -> wait0.2 list | list:503-SlowDown -> wait8 complete | done -> done => Crc64"],
        );
        check(
            "lost list:503-SlowDown lost open",
            expect![
                "complete | lost -> wait0.2 list | list:503-SlowDown -> wait8 complete | lost -> list | open -> done => the outcome is unknown: PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
            ],
        );
    }

    /// Rows: W14, R41, R46, R48.
    #[test]
    fn a_refusal_is_what_it_says_unless_a_response_was_lost() {
        check(
            "404-NoSuchUpload",
            expect!["complete | 404-NoSuchUpload -> done => PutObject oss://demo/a: 404 NoSuchUpload [stored No]"],
        );
        check(
            "409-FileAlreadyExists",
            expect![
                "complete | 409-FileAlreadyExists -> done => PutObject oss://demo/a: 409 FileAlreadyExists [stored No]"
            ],
        );
        check(
            "lost open 409-FileAlreadyExists confirmed",
            expect![
                "complete | lost -> wait0.2 list | open -> complete | 409-FileAlreadyExists -> prove | confirmed -> done => Crc64"
            ],
        );
        check(
            "lost open 400-InvalidPart",
            expect![
                "complete | lost -> wait0.2 list | open -> complete | 400-InvalidPart -> done => PutObject oss://demo/a: 400 InvalidPart [stored No]"
            ],
        );
        check(
            "400-EntityTooSmall",
            expect!["complete | 400-EntityTooSmall -> done => PutObject oss://demo/a: 400 EntityTooSmall [stored No]"],
        );
        check("503-SlowDown done", expect!["complete | 503-SlowDown -> wait4 list | done -> done => Crc64"]);
    }

    /// Rows: W21, W48, R50, R54.
    #[test]
    fn an_object_that_is_made_is_verified() {
        check("done", expect!["complete | done -> done => Crc64"]);
        check(
            "rotten",
            expect!["complete | rotten -> done => CRC64 of the bytes sent is 7, the object has 8 [stored Yes]"],
        );
        check("203-CallbackFailed", expect!["complete | 203-CallbackFailed -> done => PartsOnly"]);
    }

    /// Rows: R38.
    #[test]
    fn cancelling_says_what_is_known() {
        check("cancelled", expect!["complete | cancelled -> done => cancelled [stored Unknown]"]);
        check(
            "lost cancelled",
            expect!["complete | lost -> wait0.2 list | cancelled -> done => cancelled [stored Unknown]"],
        );
        check("lost gone", expect!["complete | lost -> wait0.2 list | gone -> prove => cancelled [stored Unknown]"]);
    }
}
