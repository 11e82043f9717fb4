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

use oss_models::{CallError, CallErrorKind, Crc64, HeadObjectResult, Request, RetryClass};

use super::RetryPolicy;
use super::attempts::{Attempts, Failure, LONGEST_ASKED, Tries, has_response};
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
    /// How often the server's clock left in doubt how old the object is.
    doubts: u32,
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
            request: requests.put_on_the_wire().ok(),
            forbid_overwrite: requests.forbids_overwrite(),
            wants_callback: requests.wants_callback(),
            has_digest: requests.content_md5().is_some(),
            require_verification: settings.require_verification,
            cleanup_timeout: settings.cleanup_timeout,
            attempts: Attempts::new(Stage::Put, Stored::No, settings.retry),
            state: State::Send,
            asked_at: now,
            lost: false,
            on_its_way: false,
            damage: None,
            unasked: Tries::default(),
            doubts: 0,
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
            asked: self.request.as_ref().map(|request| Asked::of(&request.headers)),
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
        let asked = proof.as_ref().err().and_then(UploadError::call).and_then(CallError::retry_after);
        self.state = match (std::mem::replace(&mut self.state, State::Send), proof) {
            (State::Ask(_), Ok(Proof::Confirmed(head))) if self.repetition_shows(&head) => {
                State::Check(Evidence::Head(head), Some(sent))
            }
            // What the server asked of the question counts for the attempt too, which is followed by another one.
            (State::Ask(next), _) => {
                State::Wait(next.max(now.saturating_add(asked.unwrap_or_default().min(LONGEST_ASKED))))
            }
            (State::Prove { .. }, Ok(Proof::Confirmed(head))) => State::Check(Evidence::Head(head), Some(sent)),
            (State::Prove { error, .. }, Ok(Proof::Doubtful(_))) if !self.cancelled && self.doubts < DOUBTS => {
                self.doubts += 1;
                State::Prove { error, at: self.telling_time(now) }
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

    /// The next time at which the server's date tells whether an object was stored after the upload began.
    ///
    /// Dates have whole seconds. A whole number of seconds after the begin the server's clock is at the same place within
    /// its second as it was then, so that its date, taken just behind that place, tells which second the upload began in.
    fn telling_time(&self, now: Duration) -> Duration {
        let seconds = now.saturating_sub(self.began).as_secs() + 1;
        self.began.saturating_add(Duration::from_secs(seconds)).saturating_add(JUST_BEHIND)
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
/// How often the question is put again because of the server's clock; each may come late to the place that tells.
const DOUBTS: u32 = 3;
const JUST_BEHIND: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests;
