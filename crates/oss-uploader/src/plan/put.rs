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

use std::sync::Arc;
use std::time::Duration;

use oss_models::{CallError, CallErrorKind, Crc64, HeadObjectResult, Request};

use super::attempts::Attempts;
use super::proof::{Asked, Evidence, Expected, Placed, Proof, SentContent};
use super::question::{Question, next_attempt, not_proven};
use crate::Settings;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::requests::Requests;

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PutStep {
    /// Send the object; then [`PutPlan::on_sent`] or [`PutPlan::on_failed`].
    Send,
    /// Ask for the object once with HeadObject; then [`PutPlan::on_head`]. With a limit also after cancelling. This is the CRC64
    /// of what left last; if it is `None`, the source is summed up before.
    Prove { within: Option<Duration>, sent: Option<Crc64> },
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
    /// PutObject as it goes over the wire, if it can.
    request: Option<Arc<Request>>,
    forbid_overwrite: bool,
    wants_callback: bool,
    /// Whether the caller gave the MD5 of the object.
    has_digest: bool,
    require_verification: bool,
    cleanup_timeout: Duration,
    attempts: Attempts,
    state: State,
    question: Question,
    /// CRC64s of what left with the attempts: more than one if the source changed between two of them.
    left: Vec<Crc64>,
    /// CRC64 of what left last, whatever became of it.
    last_sent: Option<Crc64>,
    /// CRC64 of what an attempt sent, and of what the server stored instead.
    damage: Option<(Crc64, Crc64)>,
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
            request: requests.put_on_the_wire().ok(),
            forbid_overwrite: requests.forbids_overwrite(),
            wants_callback: requests.wants_callback(),
            has_digest: requests.content_md5().is_some(),
            require_verification: settings.require_verification,
            cleanup_timeout: settings.cleanup_timeout,
            attempts: Attempts::new(Stage::Put, Stored::No, settings.retry),
            state: State::Send,
            question: Question::new(now),
            left: Vec::new(),
            last_sent: None,
            damage: None,
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
                self.question.on_asked(now);
                // The rest of the time for cleaning up.
                let within = self.cancelled.then_some(self.cleanup_timeout / 3);
                PutStep::Prove { within, sent: self.last_sent }
            }
            State::Check(_, sent) => PutStep::Check(sent.or(self.last_sent)),
            State::Done(_) => PutStep::Done,
        }
    }

    /// All bytes of the attempt under way have left, with this CRC64; before its outcome. Again if the service repeated it.
    pub(crate) fn on_left(&mut self, crc64: Crc64) {
        self.last_sent = Some(crc64);
        if !self.left.contains(&crc64) {
            self.left.push(crc64);
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
            self.question.lose(!error.response_lost());
        }
        // With overwriting forbidden a damaged object is in place, and another attempt would only find it there. A digest
        // that the caller gave is wrong for the next attempt too.
        let is_final = match error.kind() {
            CallErrorKind::Corrupt { .. } => self.forbid_overwrite,
            _ => self.has_digest && error.code() == Some("InvalidDigest"),
        };
        if let CallErrorKind::Corrupt { sent, stored } = error.kind() {
            self.damage = Some((*sent, *stored));
        }
        let next = match is_final {
            true => Err(self.attempts.failed_for_good(error)),
            false => self.attempts.failed(error, now, jitter),
        };
        self.state = match next {
            Ok(_) if self.question.is_due() && self.cancelled => State::Prove { error: None, at: now },
            Ok(at) if self.question.is_due() && !self.forbid_overwrite => State::Ask(at),
            Ok(at) => State::Wait(at),
            Err(error) if self.question.is_due() => State::Prove { error: Some(error), at: now },
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
            self.question.lose(false);
        }
        // Nothing is given up while the outcome is unknown without having asked once.
        let is_open = self.question.is_due() && !self.question.is_settled();
        let asks = error.is_cancelled() && is_open && (is_sending || !self.cancelled);
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
            asked: self.request.as_ref().map(|request| Asked::of(&request.headers)),
            not_before: self.question.not_before(),
        };
        let proof = self.question.on_head(&expected, head, &self.left, self.damage.is_some(), now);
        self.state = match (std::mem::replace(&mut self.state, State::Send), proof) {
            (State::Ask(_), Ok(Proof::Confirmed(head))) if self.repetition_shows(&head) => {
                State::Check(Evidence::Head(head), Some(sent))
            }
            (State::Ask(next), proof) => State::Wait(next_attempt(&proof, next, now)),
            (State::Prove { .. }, Ok(Proof::Confirmed(head))) => State::Check(Evidence::Head(head), Some(sent)),
            (State::Prove { error, .. }, proof) if !self.cancelled => match self.question.again(&proof, now, jitter) {
                Some(at) => State::Prove { error, at },
                None => State::Done(Err(self.not_proven(error, proof))),
            },
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
    pub(crate) fn finish(mut self) -> Result<Placed, UploadError> {
        match std::mem::replace(&mut self.state, State::Send) {
            State::Done(outcome) => outcome,
            state => {
                self.state = state;
                Err(self.failed(UploadErrorKind::Cancelled, self.stored()))
            }
        }
    }

    fn failed(&self, kind: impl Into<UploadErrorKind>, stored: Stored) -> UploadError {
        UploadError::new(Stage::Put, kind, stored).after_damage(self.damage)
    }

    /// What can be said about the object.
    fn stored(&self) -> Stored {
        match self.state {
            State::Check(..) => Stored::Yes,
            _ if self.question.is_due() || self.damage.is_some() => self.question.stored(),
            _ => Stored::No,
        }
    }

    /// Whether sending the object once more would change what others see, though it is in place as `head` shows it.
    fn repetition_shows(&self, head: &HeadObjectResult) -> bool {
        self.wants_callback || head.version_id.as_deref().is_some_and(|version| version != "null")
    }

    fn not_proven(&self, error: Option<CallError>, proof: Result<Proof, UploadError>) -> UploadError {
        match error.filter(|_| !self.cancelled) {
            Some(error) => {
                let error = UploadError::new(Stage::Put, error, Stored::No);
                not_proven(error, proof, self.stored()).after_damage(self.damage)
            }
            None => self.failed(UploadErrorKind::Cancelled, self.stored()),
        }
    }
}

#[cfg(test)]
mod tests;
