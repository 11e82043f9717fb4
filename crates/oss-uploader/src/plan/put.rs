//! An object that goes by one PutObject: when it is sent again, and when the server is asked whether it is in place.
//!
//! ```text
//!              ┌──────────────── again ────────────────┐
//!              ▼                                       │
//!   ─────► Send ─── failed, another attempt ────────► Wait
//!            │ │ └─ lost, another attempt ──► Ask ─────┘
//!            │ │                               └─ in place, and a repetition would show ──┐
//!            │ └─── lost, no other ──► Prove ── confirmed ────────────────────────────────┤
//!         stored                         └───── refuted, not known ──► Done               ▼
//!            └───────────────────────────────────────────────────────────────► Check ──► Done
//! ```
//!
//! After a lost response the object simply goes again, which makes it ours whatever became of the attempts before. The
//! server is asked first (HeadObject) because a repetition may show: it calls back once more, or adds a version; only
//! then does an object that is proven to be ours end the upload. With overwriting forbidden a repetition changes nothing.
//!
//! From the first byte on, an error says that nothing was stored only if no attempt can have been carried out: none was
//! lost, or the server responded to each and then had no such object. An attempt without a response may still be on its
//! way. What has left cannot be called back, so cancelling waits for the response, and asks once if there is none.

use std::time::Duration;

use oss_models::{CallError, CallErrorKind, Crc64, HeadObjectResult, RetryClass};

use super::RetryPolicy;
use super::attempts::{Attempts, Failure, Tries, has_response};
use super::proof::{Asked, Asking, Evidence, Expected, NotBefore, Placed, Proof, SentContent};
use crate::Settings;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::requests::Requests;

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PutStep {
    /// Send the object; then [`PutPlan::on_sent`] or [`PutPlan::on_failed`].
    Send,
    /// Ask for the object once with HeadObject; then [`PutPlan::on_head`]. With a limit also after cancelling.
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
    asked: Option<Asked>,
    forbid_overwrite: bool,
    wants_callback: bool,
    require_verification: bool,
    cleanup_timeout: Duration,
    attempts: Attempts,
    state: State,
    /// When the server was asked last.
    asked_at: Duration,
    /// Whether an attempt may have taken effect though it failed.
    lost: bool,
    /// Whether the server did not respond to such an attempt, so that it may still be carried out.
    on_its_way: bool,
    /// CRC64 of what an attempt sent, and of what the server stored instead.
    damage: Option<(Crc64, Crc64)>,
    /// Attempts of the last question that told nothing.
    unasked: Tries,
    /// Whether the server's clock left in doubt how old the object is. Its dates have whole seconds, so another one, half a
    /// second later, may tell.
    doubted: bool,
    /// What the server's last word was on whether the object is in place.
    seen: Option<Stored>,
    /// Whether the upload was cancelled after all bytes of an attempt had left.
    cancelled: bool,
}

#[derive(Debug)]
enum State {
    Send,
    /// Between two attempts, of which the next begins at this time.
    Ask(Duration),
    /// There is no other attempt after the one that failed with this error; without one if the upload was cancelled.
    Prove {
        error: Option<CallError>,
        at: Duration,
    },
    Check(Evidence, Option<Crc64>),
    Wait(Duration),
    Done(Result<Placed, UploadError>),
}

impl PutPlan {
    /// The plan of an object of `size` bytes, made at `now`.
    pub(crate) fn new(size: u64, requests: &Requests, settings: &Settings, now: Duration) -> Self {
        Self {
            size,
            began: now,
            asked: requests.put_on_the_wire().ok().map(|request| Asked::of(&request.headers)),
            forbid_overwrite: requests.forbids_overwrite(),
            wants_callback: requests.wants_callback(),
            require_verification: settings.require_verification,
            cleanup_timeout: settings.cleanup_timeout,
            attempts: Attempts::new(Stage::Put, Stored::No, settings.retry),
            state: State::Send,
            asked_at: now,
            lost: false,
            on_its_way: false,
            damage: None,
            unasked: Tries::default(),
            doubted: false,
            seen: None,
            cancelled: false,
        }
    }

    /// The next step.
    pub(crate) fn next(&mut self, now: Duration) -> PutStep {
        match &self.state {
            State::Send => PutStep::Send,
            State::Wait(at) | State::Prove { at, .. } if *at > now => PutStep::WaitUntil(*at),
            State::Wait(_) => {
                self.state = State::Send;
                PutStep::Send
            }
            State::Ask(_) | State::Prove { .. } => {
                self.asked_at = now;
                // The rest of the time for cleaning up.
                PutStep::Prove { within: self.cancelled.then_some(self.cleanup_timeout / 3) }
            }
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
        if error.outcome_unknown() {
            self.lose(has_response(&error));
        }
        // With overwriting forbidden a damaged object is in place, and another attempt would only find it there.
        let in_its_own_way = self.forbid_overwrite && matches!(error.kind(), CallErrorKind::Corrupt { .. });
        if let CallErrorKind::Corrupt { sent, stored } = error.kind() {
            self.damage = Some((*sent, *stored));
        }
        let next = if in_its_own_way { Err(error) } else { self.attempts.failed(error, now, jitter) };
        self.state = match next {
            Ok(_) if self.lost && self.cancelled => State::Prove { error: None, at: now },
            Ok(at) if self.lost && !self.forbid_overwrite => State::Ask(at),
            Ok(at) => State::Wait(at),
            Err(error) if self.lost => State::Prove { error: Some(error), at: now },
            Err(error) => State::Done(Err(self.failed(error, self.stored()))),
        };
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
        let is_sending = matches!(self.state, State::Send);
        if is_sending && handed_over {
            self.lose(false);
        }
        // Nothing is given up while the outcome is unknown without having asked once.
        let asks = error.is_cancelled() && self.lost && (is_sending || !self.cancelled) && self.seen.is_none();
        self.state = if asks {
            self.cancelled = true;
            State::Prove { error: None, at: Duration::ZERO }
        } else {
            State::Done(Err(error.with_stored(self.stored()).after_damage(self.damage)))
        };
    }

    /// The server was asked for the object, and responded at `now`; `sent` is the CRC64 of the source.
    pub(crate) fn on_head(
        &mut self,
        sent: Crc64,
        head: Result<HeadObjectResult, UploadError>,
        now: Duration,
        jitter: f64,
    ) {
        let expected = Expected {
            size: self.size,
            crc64: Some(sent),
            etag: None,
            object_type: "Normal",
            asked: self.asked.clone(),
            not_before: NotBefore::Local(self.began),
        };
        let proof = expected.prove(head, Asking { sent: self.asked_at, responded: now });
        self.seen = match &proof {
            _ if self.seen == Some(Stored::Yes) => self.seen,
            Ok(Proof::Confirmed(_)) => Some(Stored::Yes),
            // A damaged object is not what was expected, and in place all the same.
            Ok(Proof::Refuted(_)) if !self.on_its_way && self.damage.is_none() => Some(Stored::No),
            Ok(_) => Some(Stored::Unknown),
            Err(_) => None,
        };
        self.state = match (std::mem::replace(&mut self.state, State::Send), proof) {
            (State::Ask(_), Ok(Proof::Confirmed(head))) if self.repetition_shows(&head) => {
                State::Check(Evidence::Head(head), Some(sent))
            }
            (State::Ask(next), _) => State::Wait(next),
            (State::Prove { .. }, Ok(Proof::Confirmed(head))) => State::Check(Evidence::Head(head), Some(sent)),
            (State::Prove { error, .. }, Ok(Proof::Doubtful(_))) if !self.cancelled && !self.doubted => {
                self.doubted = true;
                State::Prove { error, at: now.saturating_add(HALF_A_SECOND) }
            }
            (State::Prove { error, .. }, Err(asking)) if !self.cancelled => {
                let failure = asking.call().map_or(Failure::of_class(RetryClass::Never), Failure::from);
                match self.unasked.failed(QUESTION, failure, jitter) {
                    Some(wait) => State::Prove { error, at: now.saturating_add(wait) },
                    None => State::Done(Err(self.not_proven(error, Err(asking)))),
                }
            }
            (State::Prove { error, .. }, proof) => State::Done(Err(self.not_proven(error, proof))),
            (state, _) => state,
        };
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
        let cancelled = self.failed(UploadErrorKind::Cancelled, self.stored());
        match self.state {
            State::Done(outcome) => outcome,
            _ => Err(cancelled),
        }
    }

    fn failed(&self, kind: impl Into<UploadErrorKind>, stored: Stored) -> UploadError {
        UploadError::new(Stage::Put, kind, stored).after_damage(self.damage)
    }

    /// What can be said about the object.
    fn stored(&self) -> Stored {
        match self.state {
            State::Check(..) => Stored::Yes,
            _ if self.lost || self.damage.is_some() => self.seen.unwrap_or(Stored::Unknown),
            _ => Stored::No,
        }
    }

    /// An attempt may have taken effect though it failed.
    fn lose(&mut self, has_response: bool) {
        self.lost = true;
        self.on_its_way |= !has_response;
        // An object that is in place stays.
        self.seen = self.seen.filter(|seen| *seen == Stored::Yes);
    }

    /// Whether sending the object once more would change what others see, though it is in place as `head` shows it.
    fn repetition_shows(&self, head: &HeadObjectResult) -> bool {
        self.wants_callback || head.version_id.as_deref().is_some_and(|version| version != "null")
    }

    fn not_proven(&self, error: Option<CallError>, proof: Result<Proof, UploadError>) -> UploadError {
        let Some(error) = error.filter(|_| !self.cancelled) else {
            return self.failed(UploadErrorKind::Cancelled, self.stored());
        };
        match proof {
            // Another object is in the way of ours, also if an attempt is still on its way.
            Ok(Proof::Refuted(reason)) if error.code() == Some("FileAlreadyExists") => {
                self.failed(UploadErrorKind::NotStored { reason, source: error }, Stored::No)
            }
            Ok(_) => self.failed(error, self.stored()),
            Err(asking) => self.failed(error, self.stored()).with_others(vec![asking]),
        }
    }
}

/// How often the last question is put, and the waits.
const QUESTION: RetryPolicy =
    RetryPolicy { max_attempts: 3, base: Duration::from_millis(500), cap: Duration::from_secs(60) };
const HALF_A_SECOND: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UploadOptions;
    use crate::plan::testing::{CRC64, TYPE, call_error, head, lost, refusal, second};
    use crate::source::SourceError;
    use expect_test::{Expect, expect};
    use http::header::{CONTENT_TYPE, DATE, HeaderName, LAST_MODIFIED};
    use oss_models::{Callback, Operation, PutObjectRequest, Response, http_date};
    use std::fmt::Write as _;

    const VERSION: HeaderName = HeaderName::from_static("x-oss-version-id");
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
                        write!(self.log, " wait{}", (at - self.now).as_secs_f64()).unwrap();
                        self.now = at;
                        continue;
                    }
                    PutStep::Done => self.log += " done",
                }
                return;
            }
        }

        /// The object is there, of the time at which it is asked for; some headers have other values.
        fn asked(&mut self, changes: &[(HeaderName, Option<&str>)]) {
            let date = http_date::format(second(100 + self.now.as_secs()));
            let found = [(TYPE, None), (LAST_MODIFIED, Some(&*date)), (DATE, Some(&*date))];
            self.plan.on_head(OURS, Ok(head(&[&found[..], changes].concat())), self.now, 1.0);
        }

        /// Cancels an attempt of which all bytes have left, or not.
        fn cancel(&mut self, handed_over: bool) {
            match self.plan.on_cancelled(handed_over) {
                Some(limit) => write!(self.log, " await{}", limit.as_secs()).unwrap(),
                None => self.plan.on_interrupted(cancelled(), handed_over),
            }
        }

        /// Events: a status and code, `lost`, `damaged`, `203` and `stored` end an attempt; `confirmed` (`-version`: in a
        /// bucket with versions), `refuted`, `otherwise` (with another content type), `doubtful` (perhaps older) and `unasked`
        /// are what HeadObject told; `same` and `changed` are what the check of the source told.
        fn event(&mut self, event: &str) {
            write!(self.log, " | {event} ->").unwrap();
            self.now += Duration::from_millis(10);
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
                "confirmed" => self.asked(&[]),
                "confirmed-version" => self.asked(&[(VERSION, Some("V1"))]),
                "refuted" => self.asked(&[(CRC64, Some("8"))]),
                "otherwise" => self.asked(&[(CONTENT_TYPE, Some("text/html"))]),
                "doubtful" => self.asked(&[(LAST_MODIFIED, Some(&http_date::format(second(99))))]),
                "unasked" => {
                    let error = UploadError::new(Stage::Put, refusal(503, "ServiceUnavailable"), Stored::No);
                    self.plan.on_head(OURS, Err(error), now, 1.0);
                }
                "same" => self.plan.on_checked(Ok(OURS)),
                "other-bytes" => self.plan.on_checked(Ok(Crc64::from_u64(9))),
                "changed" => self.plan.on_checked(Err(changed())),
                "unread" | "changed-before" => self.plan.on_interrupted(changed(), false),
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
        let mut request = PutObjectRequest::new("demo", "a").content_type("text/plain");
        request.forbid_overwrite = Some(setup.contains("forbid"));
        request.callback = setup.contains("callback").then(|| Callback::new("http://h/", "b"));
        let plan = PutPlan::new(10, &Requests::new(request, None), &settings, Duration::ZERO);
        let mut drive = Drive { plan, now: Duration::ZERO, log: String::new() };
        drive.steps();
        events.split_whitespace().for_each(|event| drive.event(event));
        let outcome = match drive.plan.finish() {
            Ok(placed) => format!("{:?}", placed.verified),
            Err(error) => {
                let others: String = error.others().iter().map(|other| format!("; {}", other.kind())).collect();
                format!("{} [stored {:?}]{others}", error.kind(), error.stored())
            }
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
    fn after_a_lost_response_the_object_goes_again_unless_that_would_show() {
        check(
            "",
            "lost refuted stored same",
            expect!["send | lost -> prove | refuted -> wait0.19 send | stored -> check | same -> done => Crc64"],
        );
        check(
            "",
            "lost confirmed stored same",
            expect!["send | lost -> prove | confirmed -> wait0.19 send | stored -> check | same -> done => Crc64"],
        );
        check(
            "",
            "lost confirmed-version same",
            expect!["send | lost -> prove | confirmed-version -> check | same -> done => Crc64"],
        );
        check(
            "callback",
            "lost confirmed same",
            expect!["send | lost -> prove | confirmed -> check | same -> done => Crc64"],
        );
        check(
            "callback",
            "lost doubtful stored same",
            expect!["send | lost -> prove | doubtful -> wait0.19 send | stored -> check | same -> done => Crc64"],
        );
        check(
            "callback",
            "lost otherwise stored same",
            expect!["send | lost -> prove | otherwise -> wait0.19 send | stored -> check | same -> done => Crc64"],
        );
        check(
            "",
            "lost unasked lost unasked lost unasked unasked unasked",
            expect![
                "send | lost -> prove | unasked -> wait0.19 send | lost -> prove | unasked -> wait0.39 send | lost -> prove | unasked -> wait0.5 prove | unasked -> wait1 prove | unasked -> done => PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]; PutObject oss://demo/a: 503 ServiceUnavailable"
            ],
        );
    }

    /// Rows: R45, R56, R60.
    #[test]
    fn what_is_there_after_the_last_attempt_decides_what_the_error_says() {
        check(
            "",
            "lost refuted lost refuted lost confirmed same",
            expect![
                "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | confirmed -> check | same -> done => Crc64"
            ],
        );
        check(
            "",
            "lost refuted lost refuted lost refuted",
            expect![
                "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | refuted -> done => PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
            ],
        );
        check(
            "",
            "lost refuted lost refuted lost otherwise",
            expect![
                "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | otherwise -> done => PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
            ],
        );
        check(
            "",
            "lost refuted lost refuted lost doubtful doubtful",
            expect![
                "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | doubtful -> wait0.5 prove | doubtful -> done => PutObject oss://demo/a: the connection broke (after 3 attempts) [stored Unknown]"
            ],
        );
        check(
            "",
            "lost refuted lost refuted lost doubtful confirmed same",
            expect![
                "send | lost -> prove | refuted -> wait0.19 send | lost -> prove | refuted -> wait0.39 send | lost -> prove | doubtful -> wait0.5 prove | confirmed -> check | same -> done => Crc64"
            ],
        );
        check(
            "",
            "lost refuted 403-AccessDenied confirmed same",
            expect![
                "send | lost -> prove | refuted -> wait0.19 send | 403-AccessDenied -> prove | confirmed -> check | same -> done => Crc64"
            ],
        );
        check(
            "",
            "lost confirmed 403-AccessDenied unasked unasked unasked",
            expect![
                "send | lost -> prove | confirmed -> wait0.19 send | 403-AccessDenied -> prove | unasked -> wait0.5 prove | unasked -> wait1 prove | unasked -> done => PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored Yes]; PutObject oss://demo/a: 503 ServiceUnavailable"
            ],
        );
        check(
            "",
            "lost confirmed changed-before",
            expect![
                "send | lost -> prove | confirmed -> wait0.19 send | changed-before -> done => the source said 10 bytes and has 9 [stored Yes]"
            ],
        );
        // The server responded to each attempt, so that nothing can be on its way.
        check(
            "",
            "500-InternalError refuted 500-InternalError refuted 403-AccessDenied refuted",
            expect![
                "send | 500-InternalError -> prove | refuted -> wait0.19 send | 500-InternalError -> prove | refuted -> wait0.39 send | 403-AccessDenied -> prove | refuted -> done => PutObject oss://demo/a: 403 AccessDenied (after 3 attempts) [stored No]"
            ],
        );
    }

    /// Rows: W14, R48.
    #[test]
    fn an_object_in_the_way_may_be_ours_only_after_a_lost_response() {
        check(
            "forbid",
            "lost 409-FileAlreadyExists confirmed same",
            expect![
                "send | lost -> wait0.2 send | 409-FileAlreadyExists -> prove | confirmed -> check | same -> done => Crc64"
            ],
        );
        check(
            "forbid",
            "lost 409-FileAlreadyExists otherwise",
            expect![
                "send | lost -> wait0.2 send | 409-FileAlreadyExists -> prove | otherwise -> done => the response was lost and the object was not stored: the object there has another `content-type` [stored No]"
            ],
        );
        check(
            "forbid",
            "lost 409-FileAlreadyExists doubtful doubtful",
            expect![
                "send | lost -> wait0.2 send | 409-FileAlreadyExists -> prove | doubtful -> wait0.5 prove | doubtful -> done => PutObject oss://demo/a: 409 FileAlreadyExists (after 2 attempts) [stored Unknown]"
            ],
        );
        check(
            "forbid",
            "lost 409-FileAlreadyExists unasked unasked confirmed same",
            expect![
                "send | lost -> wait0.2 send | 409-FileAlreadyExists -> prove | unasked -> wait0.5 prove | unasked -> wait1 prove | confirmed -> check | same -> done => Crc64"
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
            expect!["send | damaged -> wait0.2 send | stored -> check | same -> done => Crc64"],
        );
        check(
            "",
            "damaged damaged damaged",
            expect![
                "send | damaged -> wait0.2 send | damaged -> wait0.4 send | damaged -> done => PutObject oss://demo/a: CRC64 of the bytes sent is 7, the server has 8 (after 3 attempts) [stored Unknown]"
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
                "send | damaged -> wait0.2 send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored Unknown]; CRC64 of the bytes sent is 7, the object has 8"
            ],
        );
        check(
            "",
            "damaged lost refuted 403-AccessDenied refuted",
            expect![
                "send | damaged -> wait0.2 send | lost -> prove | refuted -> wait0.39 send | 403-AccessDenied -> prove | refuted -> done => PutObject oss://demo/a: 403 AccessDenied (after 3 attempts) [stored Unknown]; CRC64 of the bytes sent is 7, the object has 8"
            ],
        );
        check(
            "",
            "damaged unread",
            expect![
                "send | damaged -> wait0.2 send | unread -> done => the source said 10 bytes and has 9 [stored Unknown]; CRC64 of the bytes sent is 7, the object has 8"
            ],
        );
        check(
            "",
            "damaged cancelled-when-sent no-response unasked",
            expect![
                "send | damaged -> wait0.2 send | cancelled-when-sent -> await20 send | no-response -> prove-within10 | unasked -> done => cancelled [stored Unknown]; CRC64 of the bytes sent is 7, the object has 8"
            ],
        );
        // What the server refused it has not stored.
        check(
            "",
            "400-InvalidDigest 403-AccessDenied",
            expect![
                "send | 400-InvalidDigest -> wait0.2 send | 403-AccessDenied -> done => PutObject oss://demo/a: 403 AccessDenied (after 2 attempts) [stored No]"
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
        // Nothing is given up without having asked once what became of an attempt.
        check(
            "",
            "lost refuted cancelled",
            expect![
                "send | lost -> prove | refuted -> wait0.19 send | cancelled -> done => cancelled [stored Unknown]"
            ],
        );
        check(
            "",
            "lost unasked cancelled confirmed same",
            expect![
                "send | lost -> prove | unasked -> wait0.19 send | cancelled -> prove-within10 | confirmed -> check | same -> done => Crc64"
            ],
        );
        check(
            "",
            "lost cancelled refuted",
            expect![
                "send | lost -> prove | cancelled -> prove-within10 | refuted -> done => cancelled [stored Unknown]"
            ],
        );
        check(
            "forbid",
            "lost cancelled confirmed same",
            expect![
                "send | lost -> wait0.2 send | cancelled -> prove-within10 | confirmed -> check | same -> done => Crc64"
            ],
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
            expect!["send | 503-SlowDown -> prove | refuted -> wait3.99 send => cancelled [stored No]"],
        );
        check("", "unread", expect!["send | unread -> done => the source said 10 bytes and has 9 [stored No]"]);
        check(
            "",
            "lost unread",
            expect!["send | lost -> prove | unread -> done => the source said 10 bytes and has 9 [stored Unknown]"],
        );
    }
}
