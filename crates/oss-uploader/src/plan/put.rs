//! An object that goes by one PutObject: when it is sent again, and when the server is asked whether it is in place.
//!
//! ```text
//!              ┌──────────── again ────────────┐
//!              ▼                               │
//!   ─────► Send ──── failed ────────────────► Wait ◄── not in place ──┐
//!            │  └─── lost ───► Prove (HeadObject) ────────────────────┘
//!            │                   │      │
//!         stored             confirmed  refuted, and there is no other attempt
//!            ▼                   ▼      ▼
//!          Check ────────────► Done ◄── error
//! ```
//!
//! From the first byte on, an error says that nothing was stored only if no attempt can have been carried out: none was
//! lost, and none was cancelled after all its bytes had left. What has left cannot be called back, so cancelling waits
//! for the response, and asks once if there is none.

use std::time::Duration;

use oss_models::{CallError, Crc64, HeadObjectResult, RetryClass};

use super::attempts::Attempts;
use super::proof::{Evidence, Expected, NotBefore, Placed, Proof, SentContent};
use crate::Settings;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PutStep {
    /// Send the object; then [`PutPlan::on_sent`] or [`PutPlan::on_failed`].
    Send,
    /// Ask for the object with HeadObject; then [`PutPlan::on_head`]. With a limit ask once, cancelled or not.
    Prove { within: Option<Duration> },
    /// The object is in place. Make sure that the source is still what it was, and that this is the CRC64 of its bytes,
    /// reading them if it is `None`; then [`PutPlan::on_checked`].
    Check(Option<Crc64>),
    /// Nothing before this time.
    WaitUntil(Duration),
    /// Nothing; [`PutPlan::finish`] has the outcome.
    Done,
}

/// The plan of one PutObject.
#[derive(Debug)]
pub(crate) struct PutPlan {
    size: u64,
    began: Duration,
    forbid_overwrite: bool,
    require_verification: bool,
    cleanup_timeout: Duration,
    attempts: Attempts,
    state: State,
    /// Whether an attempt may have taken effect though it failed.
    lost: bool,
    /// Whether an attempt stored other bytes than were sent.
    damaged: bool,
    /// Whether the upload was cancelled after all bytes of an attempt had left.
    cancelled: bool,
}

#[derive(Debug)]
enum State {
    Send,
    /// With the error of the attempt that failed; without one if its response did not come in time after cancelling.
    Prove(Option<CallError>),
    Check(Evidence, Option<Crc64>),
    Wait(Duration),
    Done(Result<Placed, UploadError>),
}

impl PutPlan {
    /// The plan of an object of `size` bytes, made at `now`.
    pub(crate) fn new(size: u64, forbid_overwrite: bool, settings: &Settings, now: Duration) -> Self {
        Self {
            size,
            began: now,
            forbid_overwrite,
            require_verification: settings.require_verification,
            cleanup_timeout: settings.cleanup_timeout,
            attempts: Attempts::new(Stage::Put, Stored::No, settings.retry),
            state: State::Send,
            lost: false,
            damaged: false,
            cancelled: false,
        }
    }

    /// The next step.
    pub(crate) fn next(&mut self, now: Duration) -> PutStep {
        match &self.state {
            State::Send => PutStep::Send,
            State::Wait(at) if *at > now => PutStep::WaitUntil(*at),
            State::Wait(_) => {
                self.state = State::Send;
                PutStep::Send
            }
            // The rest of the time for cleaning up.
            State::Prove(_) => PutStep::Prove { within: self.cancelled.then_some(self.cleanup_timeout / 3) },
            State::Check(_, sent) => PutStep::Check(*sent),
            State::Done(_) => PutStep::Done,
        }
    }

    /// The server stored the object; `sent` is the CRC64 of the bytes that left, if they were summed up.
    pub(crate) fn on_sent(&mut self, evidence: Evidence, sent: Option<Crc64>) {
        self.state = State::Check(evidence, sent);
    }

    /// An attempt failed at `now`.
    pub(crate) fn on_failed(&mut self, error: CallError, now: Duration, jitter: f64) {
        if let Some(refusal) = error.service().filter(|refusal| refusal.is_callback_failure()) {
            self.state = State::Check(Evidence::FailedCallback(Box::new(refusal.clone())), None);
            return;
        }
        self.lost |= error.outcome_unknown();
        self.damaged |= error.retry_class() == RetryClass::Damaged;
        match self.lost {
            true => self.state = State::Prove(Some(error)),
            false => self.try_again(error, now, jitter),
        }
    }

    /// The upload was cancelled while an attempt is under way; `handed_over` says whether all its bytes may have left. Gives
    /// how long its response is waited for all the same: `None` if giving up leaves nothing behind.
    pub(crate) fn on_cancelled(&mut self, handed_over: bool) -> Option<Duration> {
        self.cancelled = handed_over;
        handed_over.then_some(self.cleanup_timeout / 3 * 2)
    }

    /// Something on this side ended the step that was given: the upload was cancelled, the source could not be read, a
    /// function of the caller panicked. `handed_over` says whether all bytes of this attempt may have left.
    pub(crate) fn on_interrupted(&mut self, error: UploadError, handed_over: bool) {
        self.lost |= handed_over && matches!(self.state, State::Send);
        self.state = match self.state {
            State::Send if self.cancelled && error.is_cancelled() => State::Prove(None),
            _ => State::Done(Err(error.with_stored(self.stored()))),
        };
    }

    /// The server was asked for the object; `sent` is the CRC64 of the source.
    pub(crate) fn on_head(
        &mut self,
        sent: Crc64,
        head: Result<HeadObjectResult, UploadError>,
        now: Duration,
        jitter: f64,
    ) {
        let State::Prove(error) = std::mem::replace(&mut self.state, State::Send) else { return };
        let expected = Expected {
            size: self.size,
            crc64: Some(sent),
            etag: None,
            object_type: "Normal",
            not_before: NotBefore::Local(self.began),
        };
        let proof = match expected.prove(head, now) {
            Ok(Proof::Confirmed(head)) => {
                self.state = State::Check(Evidence::Head(head), Some(sent));
                return;
            }
            Ok(Proof::Refuted(reason)) => Ok(reason),
            Err(asking) => Err(asking),
        };
        let object_is_in_the_way = error.as_ref().is_some_and(|error| error.code() == Some("FileAlreadyExists"));
        let error = match (error, proof) {
            // Another attempt tells more than a refusal of this question.
            (Some(error), _) if !self.cancelled && !object_is_in_the_way => return self.try_again(error, now, jitter),
            (Some(source), Ok(reason)) if !self.cancelled => {
                UploadError::new(Stage::Put, UploadErrorKind::NotStored { reason, source }, Stored::No)
            }
            (Some(_), Err(asking)) if !self.cancelled => asking.with_stored(Stored::Unknown),
            // What was sent may still be on its way.
            _ => UploadError::new(Stage::Put, UploadErrorKind::Cancelled, Stored::Unknown),
        };
        self.state = State::Done(Err(error));
    }

    /// The source was checked; `sent` is the CRC64 of its bytes.
    pub(crate) fn on_checked(&mut self, sent: Result<Crc64, UploadError>) {
        let State::Check(evidence, _) = std::mem::replace(&mut self.state, State::Send) else { return };
        self.state = State::Done(match sent {
            Ok(sent) => evidence.verify(&SentContent::whole(sent), self.require_verification),
            Err(error) => Err(error.with_stored(Stored::Yes)),
        });
    }

    /// The outcome. A plan that did not come to its end was cancelled.
    pub(crate) fn finish(self) -> Result<Placed, UploadError> {
        match self.state {
            State::Done(outcome) => outcome,
            _ => Err(UploadError::new(Stage::Put, UploadErrorKind::Cancelled, self.stored())),
        }
    }

    /// What can be said about the object.
    fn stored(&self) -> Stored {
        match self.state {
            State::Check(..) => Stored::Yes,
            _ if self.lost || self.damaged => Stored::Unknown,
            _ => Stored::No,
        }
    }

    fn try_again(&mut self, error: CallError, now: Duration, jitter: f64) {
        let stored = self.stored();
        // With overwriting forbidden a damaged object is in place, and another attempt would only find it there.
        let in_its_own_way = error.retry_class() == RetryClass::Damaged && self.forbid_overwrite;
        let next = if in_its_own_way { Err(error) } else { self.attempts.failed(error, now, jitter) };
        self.state = match next {
            Ok(at) => State::Wait(at),
            Err(error) => State::Done(Err(UploadError::new(Stage::Put, error, stored))),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UploadOptions;
    use crate::plan::testing::{CRC64, TYPE, call_error, head, lost, refusal};
    use crate::source::SourceError;
    use expect_test::{Expect, expect};
    use oss_models::{CallErrorKind, Operation, PutObjectRequest, Response};
    use std::fmt::Write as _;

    /// The source has 10 bytes, and this CRC64.
    const OURS: Crc64 = Crc64::from_u64(7);

    struct Drive {
        plan: PutPlan,
        now: Duration,
        log: String,
    }

    impl Drive {
        /// Takes steps until an event is needed.
        fn steps(&mut self) {
            loop {
                let step = self.plan.next(self.now);
                match step {
                    PutStep::Send => self.log += " send",
                    PutStep::Prove { within: None } => self.log += " prove",
                    PutStep::Prove { within: Some(within) } => {
                        write!(self.log, " prove-within{}", within.as_secs()).unwrap();
                    }
                    PutStep::Check(sent) => {
                        self.log += if sent.is_some() { " check" } else { " check+read" };
                    }
                    PutStep::WaitUntil(at) => {
                        write!(self.log, " wait{}", (at - self.now).as_secs()).unwrap();
                        self.now = at;
                        continue;
                    }
                    PutStep::Done => self.log += " done",
                }
                return;
            }
        }

        /// Cancels an attempt of which all bytes have left, or not.
        fn cancel(&mut self, handed_over: bool) {
            match self.plan.on_cancelled(handed_over) {
                Some(limit) => write!(self.log, " await{}", limit.as_secs()).unwrap(),
                None => self.plan.on_interrupted(cancelled(), handed_over),
            }
        }

        /// Events: a status and code, `lost`, `damaged`, `203` and `stored` end an attempt; `confirmed`, `refuted` and
        /// `unasked` are what HeadObject told; `same` and `changed` are what the check of the source told.
        fn event(&mut self, event: &str) {
            write!(self.log, " | {event} ->").unwrap();
            let stored = || PutObjectRequest::read(response()).unwrap();
            let now = self.now;
            match event {
                "stored" => self.plan.on_sent(Evidence::Put(Box::new(stored())), Some(OURS)),
                "stored-uncounted" => self.plan.on_sent(Evidence::Put(Box::new(stored())), None),
                "lost" => self.plan.on_failed(lost(), now, 1.0),
                "damaged" => {
                    let kind = CallErrorKind::Corrupt { sent: OURS, stored: Crc64::from_u64(8) };
                    self.plan.on_failed(call_error(kind), now, 1.0);
                }
                "confirmed" => self.plan.on_head(OURS, Ok(head(&[(TYPE, None)])), now, 1.0),
                "refuted" => self.plan.on_head(OURS, Ok(head(&[(CRC64, Some("8"))])), now, 1.0),
                "unasked" => {
                    let error = UploadError::new(Stage::Put, refusal(503, "ServiceUnavailable"), Stored::No);
                    self.plan.on_head(OURS, Err(error), now, 1.0);
                }
                "same" => self.plan.on_checked(Ok(OURS)),
                "other-bytes" => self.plan.on_checked(Ok(Crc64::from_u64(9))),
                "changed" => self.plan.on_checked(Err(changed())),
                "unread" => self.plan.on_interrupted(changed(), false),
                "cancelled" => self.cancel(false),
                "cancelled-when-sent" => self.cancel(true),
                "no-response" => self.plan.on_interrupted(cancelled(), true),
                "panicked-when-sent" => self.plan.on_interrupted(changed(), true),
                refused => {
                    let (status, code) = refused.split_once('-').unwrap();
                    self.plan.on_failed(refusal(status.parse().unwrap(), code), now, 1.0);
                }
            }
            self.steps();
        }
    }

    fn response() -> Response {
        let response = Response::new(http::StatusCode::OK);
        response
            .with_header(http::header::ETAG, "\"E\"".try_into().unwrap())
            .with_header(CRC64, "7".try_into().unwrap())
    }

    fn cancelled() -> UploadError {
        UploadError::new(Stage::Put, UploadErrorKind::Cancelled, Stored::No)
    }

    fn changed() -> UploadError {
        UploadError::new(Stage::Source, SourceError::SizeMismatch { declared: 10, found: 9 }, Stored::No)
    }

    fn check(setup: &str, events: &str, expected: Expect) {
        let options = UploadOptions::default().require_verification(setup.contains("strict")).part_attempts(3_u32);
        let settings = Settings::check(&options).unwrap();
        let plan = PutPlan::new(10, setup.contains("forbid"), &settings, Duration::ZERO);
        let mut drive = Drive { plan, now: Duration::ZERO, log: String::new() };
        drive.steps();
        events.split_whitespace().for_each(|event| drive.event(event));
        let outcome = match drive.plan.finish() {
            Ok(placed) => format!("{:?}", placed.verified),
            Err(error) => format!("{} [stored {:?}]", error.kind(), error.stored()),
        };
        expected.assert_eq(&format!("{} => {outcome}", drive.log.trim_start()));
    }

    #[test]
    fn a_stored_object_is_done_once_the_source_is_known_to_be_the_same() {
        check("", "stored same", expect!["send | stored -> check | same -> done => Crc64"]);
        check("", "stored-uncounted same", expect!["send | stored-uncounted -> check+read | same -> done => Crc64"]);
        check(
            "",
            "stored changed",
            expect!["send | stored -> check | changed -> done => the source said 10 bytes and has 9 [stored Yes]"],
        );
        check(
            "",
            "stored other-bytes",
            expect![
                "send | stored -> check | other-bytes -> done => CRC64 of the bytes sent is 9, the object has 7 [stored Yes]"
            ],
        );
    }

    /// Rows: R56, R60.
    #[test]
    fn a_lost_response_is_looked_up_before_the_object_goes_again() {
        check("", "lost confirmed same", expect!["send | lost -> prove | confirmed -> check | same -> done => Crc64"]);
        check(
            "",
            "lost refuted stored same",
            expect!["send | lost -> prove | refuted -> wait2 send | stored -> check | same -> done => Crc64"],
        );
        check(
            "",
            "lost unasked lost unasked lost unasked",
            expect![
                "send | lost -> prove | unasked -> wait2 send | lost -> prove | unasked -> wait4 send | lost -> prove | unasked -> done => PutObject oss://demo/a: the connection broke [stored Unknown]"
            ],
        );
    }

    /// Rows: W14, R48.
    #[test]
    fn an_object_in_the_way_may_be_ours_only_after_a_lost_response() {
        check(
            "forbid",
            "lost refuted 409-FileAlreadyExists confirmed same",
            expect![
                "send | lost -> prove | refuted -> wait2 send | 409-FileAlreadyExists -> prove | confirmed -> check | same -> done => Crc64"
            ],
        );
        check(
            "forbid",
            "lost refuted 409-FileAlreadyExists refuted",
            expect![
                "send | lost -> prove | refuted -> wait2 send | 409-FileAlreadyExists -> prove | refuted -> done => the response was lost and the object was not stored: the object there is not of type Normal [stored No]"
            ],
        );
        check(
            "forbid",
            "lost refuted 409-FileAlreadyExists unasked",
            expect![
                "send | lost -> prove | refuted -> wait2 send | 409-FileAlreadyExists -> prove | unasked -> done => PutObject oss://demo/a: 503 ServiceUnavailable [stored Unknown]"
            ],
        );
        check(
            "forbid",
            "409-FileAlreadyExists",
            expect![
                "send | 409-FileAlreadyExists -> done => PutObject oss://demo/a: 409 FileAlreadyExists [stored No]"
            ],
        );
    }

    /// Rows: R54.
    #[test]
    fn a_damaged_object_is_replaced_unless_overwriting_is_forbidden() {
        check(
            "",
            "damaged stored same",
            expect!["send | damaged -> wait2 send | stored -> check | same -> done => Crc64"],
        );
        check(
            "",
            "damaged damaged damaged",
            expect![
                "send | damaged -> wait2 send | damaged -> wait4 send | damaged -> done => PutObject oss://demo/a: CRC64 of the bytes sent is 7, the server has 8 [stored Unknown]"
            ],
        );
        check(
            "forbid",
            "damaged",
            expect![
                "send | damaged -> done => PutObject oss://demo/a: CRC64 of the bytes sent is 7, the server has 8 [stored Unknown]"
            ],
        );
    }

    /// Rows: W48, R50.
    #[test]
    fn a_failed_callback_means_that_the_object_is_stored() {
        check("", "203-CallbackFailed same", expect!["send | 203-CallbackFailed -> check+read | same -> done => No"]);
        check(
            "strict",
            "203-CallbackFailed same",
            expect![
                "send | 203-CallbackFailed -> check+read | same -> done => the server gave no CRC64 to verify the object by [stored Yes]"
            ],
        );
    }

    #[test]
    fn a_damaged_object_is_not_forgotten_when_another_failure_follows() {
        check(
            "",
            "damaged 403-AccessDenied",
            expect![
                "send | damaged -> wait2 send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied [stored Unknown]"
            ],
        );
    }

    /// Rows: R38.
    #[test]
    fn an_object_whose_bytes_have_left_cannot_be_called_back() {
        check("", "cancelled", expect!["send | cancelled -> done => cancelled [stored No]"]);
        check(
            "",
            "cancelled-when-sent stored same",
            expect!["send | cancelled-when-sent -> await20 send | stored -> check | same -> done => Crc64"],
        );
        check(
            "",
            "cancelled-when-sent no-response confirmed same",
            expect![
                "send | cancelled-when-sent -> await20 send | no-response -> prove-within10 | confirmed -> check | same -> done => Crc64"
            ],
        );
        check(
            "",
            "cancelled-when-sent no-response refuted",
            expect![
                "send | cancelled-when-sent -> await20 send | no-response -> prove-within10 | refuted -> done => cancelled [stored Unknown]"
            ],
        );
        check(
            "",
            "cancelled-when-sent no-response unasked",
            expect![
                "send | cancelled-when-sent -> await20 send | no-response -> prove-within10 | unasked -> done => cancelled [stored Unknown]"
            ],
        );
        check(
            "",
            "cancelled-when-sent 403-AccessDenied",
            expect![
                "send | cancelled-when-sent -> await20 send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied [stored No]"
            ],
        );
        check(
            "",
            "cancelled-when-sent lost confirmed same",
            expect![
                "send | cancelled-when-sent -> await20 send | lost -> prove-within10 | confirmed -> check | same -> done => Crc64"
            ],
        );
        check(
            "",
            "panicked-when-sent",
            expect!["send | panicked-when-sent -> done => the source said 10 bytes and has 9 [stored Unknown]"],
        );
        check(
            "",
            "lost refuted cancelled",
            expect!["send | lost -> prove | refuted -> wait2 send | cancelled -> done => cancelled [stored Unknown]"],
        );
    }

    #[test]
    fn what_cannot_be_mended_ends_at_once_and_cancelling_says_what_is_known() {
        check(
            "",
            "403-AccessDenied",
            expect!["send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied [stored No]"],
        );
        check(
            "",
            "503-SlowDown refuted",
            expect!["send | 503-SlowDown -> prove | refuted -> wait4 send => cancelled [stored Unknown]"],
        );
        check("", "unread", expect!["send | unread -> done => the source said 10 bytes and has 9 [stored No]"]);
        check(
            "",
            "lost unread",
            expect!["send | lost -> prove | unread -> done => the source said 10 bytes and has 9 [stored Unknown]"],
        );
        check("", "lost cancelled", expect!["send | lost -> prove | cancelled -> done => cancelled [stored Unknown]"]);
    }
}
