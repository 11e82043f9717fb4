//! The question whether an object is in place, once a request that makes it may have been carried out though it failed.
//!
//! PutObject and CopyObject share it. An attempt without a response may still be on its way, so that a server that has no
//! such object says that nothing is stored only if it responded to every attempt. Between two attempts it is asked once,
//! since the next attempt tells more; after the last one it is asked again while that may help.

use std::time::Duration;

use oss_models::{CallError, Crc64, HeadObjectResult, RetryClass};

use super::RetryPolicy;
use super::attempts::{Failure, LONGEST_ASKED, Tries};
use super::proof::{Asking, Expected, NotBefore, Proof};
use crate::error::{Stored, UploadError, UploadErrorKind};

/// What attempts and questions have told so far.
#[derive(Debug)]
pub(super) struct Question {
    /// When the object was first asked to be stored.
    began: Duration,
    /// When the server was asked last.
    asked_at: Duration,
    /// Whether an attempt may have taken effect though it failed.
    lost: bool,
    /// Whether the server did not respond to such an attempt, so that it may still be carried out.
    on_its_way: bool,
    /// What the server's last word was on whether the object is in place.
    seen: Option<Stored>,
    /// Attempts of the last question that told nothing.
    unasked: Tries,
    /// How often the server's clock left in doubt how old the object is.
    doubts: u32,
}

impl Question {
    /// No attempt was lost yet of a request that is made at `now`.
    pub(super) fn new(now: Duration) -> Self {
        let (lost, on_its_way, seen) = (false, false, None);
        Self { began: now, asked_at: now, lost, on_its_way, seen, unasked: Tries::default(), doubts: 0 }
    }

    /// An attempt may have taken effect though it failed. `has_response` says that the server has responded to it.
    pub(super) fn lose(&mut self, has_response: bool) {
        self.lost = true;
        self.on_its_way |= !has_response;
        // An object that is in place stays.
        self.seen = self.seen.filter(|seen| *seen == Stored::Yes);
    }

    /// Whether an attempt may have taken effect though it failed.
    pub(super) fn is_due(&self) -> bool {
        self.lost
    }

    /// Whether the server was asked since the last attempt that was lost, and responded.
    pub(super) fn is_settled(&self) -> bool {
        self.seen.is_some()
    }

    /// What can be said about the object if an attempt may have stored it.
    pub(super) fn stored(&self) -> Stored {
        self.seen.unwrap_or(Stored::Unknown)
    }

    /// The earliest time at which the object can have been stored.
    pub(super) fn not_before(&self) -> NotBefore {
        NotBefore::Local(self.began)
    }

    /// HeadObject is sent at `now`.
    pub(super) fn on_asked(&mut self, now: Duration) {
        self.asked_at = now;
    }

    /// The server was asked for the object, and responded at `now`. `earlier` are the CRC64s of what other attempts sent, of a
    /// source that changed meanwhile; `is_damaged` says that the server told of an attempt that it stored other bytes.
    pub(super) fn on_head(
        &mut self,
        expected: &Expected,
        head: Result<HeadObjectResult, UploadError>,
        earlier: &[Crc64],
        is_damaged: bool,
        now: Duration,
    ) -> Result<Proof, UploadError> {
        let asking = Asking { sent: self.asked_at, responded: now };
        let earlier = head.as_ref().ok().and_then(|head| expected.stored_as_any(earlier, head, asking));
        let proof = expected.prove(head, asking);
        self.seen = match &proof {
            _ if self.seen == Some(Stored::Yes) => self.seen,
            Ok(Proof::Confirmed(_)) => Some(Stored::Yes),
            Ok(Proof::Refuted(_)) if earlier.is_some() => earlier,
            // A damaged object is not what was expected, and in place all the same.
            Ok(Proof::Refuted(_)) if !self.on_its_way && !is_damaged => Some(Stored::No),
            Ok(_) => Some(Stored::Unknown),
            Err(_) => None,
        };
        proof
    }

    /// When the last question is put once more, if that may tell more.
    pub(super) fn again(&mut self, proof: &Result<Proof, UploadError>, now: Duration, jitter: f64) -> Option<Duration> {
        match proof {
            Ok(Proof::Doubtful(_)) if self.doubts < DOUBTS => {
                self.doubts += 1;
                Some(self.telling_time(now))
            }
            Err(asking) => {
                let failure = asking.call().map_or(Failure::of_class(RetryClass::Never), Failure::from);
                let wait = self.unasked.failed(QUESTION, failure, jitter)?;
                Some(now.saturating_add(wait))
            }
            Ok(_) => None,
        }
    }

    /// The next time at which the server's date tells whether an object was stored after the upload began.
    ///
    /// Dates have whole seconds. A whole number of seconds after the begin the server's clock is at the same place within
    /// its second as it was then, so that its date, taken just behind that place, tells which second the upload began in.
    fn telling_time(&self, now: Duration) -> Duration {
        let seconds = now.saturating_sub(self.began).as_secs() + 1;
        self.began.saturating_add(Duration::from_secs(seconds)).saturating_add(JUST_BEHIND)
    }
}

/// When the attempt after a question begins that was to begin at `next`: what the server asked of the question counts for
/// the attempt too, which is followed by another question.
pub(super) fn next_attempt(proof: &Result<Proof, UploadError>, next: Duration, now: Duration) -> Duration {
    let asked = proof.as_ref().err().and_then(UploadError::call).and_then(CallError::retry_after);
    next.max(now.saturating_add(asked.unwrap_or_default().min(LONGEST_ASKED)))
}

/// The error of the last attempt, after the last question.
pub(super) fn not_proven(error: UploadError, proof: Result<Proof, UploadError>, stored: Stored) -> UploadError {
    match proof {
        // Another object is in the way of ours, also if an attempt is still on its way.
        Ok(Proof::Refuted(reason)) if error.code() == Some("FileAlreadyExists") && stored != Stored::Yes => {
            let not_stored = |kind| match kind {
                UploadErrorKind::Call(source) => UploadErrorKind::NotStored { reason, source },
                kind => kind,
            };
            error.map_kind(not_stored).with_stored(Stored::No)
        }
        Ok(_) => error.with_stored(stored),
        Err(asking) => error.with_stored(stored).with_others(vec![asking]),
    }
}

/// How often the last question is put, and the waits.
const QUESTION: RetryPolicy =
    RetryPolicy { max_attempts: 3, base: Duration::from_millis(500), cap: Duration::from_secs(60) };
/// How often the question is put again because of the server's clock; each may come late to the place that tells.
const DOUBTS: u32 = 3;
const JUST_BEHIND: Duration = Duration::from_millis(1);
