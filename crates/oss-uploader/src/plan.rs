//! The plan of an upload: it decides everything, the engine carries it out.
//!
//! Nothing here reads a clock, a file or a socket. Time comes in as the time since the upload began, chance as a number
//! from 0 to 1; the engine asks for the next step, carries it out, and reports what came of it.
//!
//! The states of one upload ([`UploadPlan`]), each of which has a plan of its own:
//!
//! ```text
//!            ┌─ small ──► Put ──────────────────────────────────────────────┐
//!            │            (plan/put.rs)                                     ▼
//!   open ────┤                                                            proved
//!            │                ┌──────────► Parts ────────► Complete ────────▲
//!            └─ large ──► Initiate         (plan/parts.rs)  (plan/completion.rs)
//!            └─ resumed ──────▲──┴─ gone ──────┤                │   └─ lost: plan/proof.rs
//!               (plan/resume.rs)             failed ◄───────────┘
//!                                              ▼
//!                                 aborted, kept or left behind
//!                                 (plan/cleanup.rs)
//! ```
//!
//! Where a record is kept, it says so before an upload is initiated, before its parts are sent and before it is completed
//! ([`UploadStep::Record`]); what it says is in plan/record.rs.

mod attempts;
mod cleanup;
mod completion;
mod copy;
mod earlier;
mod outcome;
mod parts;
mod proof;
mod put;
mod question;
mod receipts;
mod record;
mod resume;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use attempts::{Attempts, PartFailure, unsuccessful};
pub(crate) use cleanup::{
    AbortPlan, AbortStep, Dropped, DroppedPlan, DroppedStep, Told, not_confirmed, wait_for_initiated,
};
pub(crate) use completion::{CompletionPlan, CompletionStep};
pub(crate) use copy::{
    Copied, CopiedObject, CopyPlan, CopyRules, CopyStep, attributes_request, copy_part_failure, copy_part_request,
    source_unreachable, verify_copy,
};
pub(crate) use earlier::{Previous, Resumable, examine, examine_copy, readers};
pub(crate) use oss_transfer::{Concurrency, Failures, GrowingLayout, Part, PartLayout, RetryPolicy, may_help};
pub use oss_transfer::{MAX_OBJECT_SIZE, MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE};
pub(crate) use parts::{MultipartPlan, PlanOptions, Quiet, Step, StreamSizes};
pub(crate) use proof::{Asked, Evidence, Placed, server_time};
pub(crate) use put::{PutPlan, PutStep};
pub(crate) use receipts::{PartReceipt, Receipts};
pub(crate) use record::{new_record, without_record};
pub(crate) use resume::{Candidate, ResumePlan, ResumeStep, Resumption, Session};

use cleanup::{Cleanup, CleanupRules};
use oss_models::{CallError, UploadId};

use crate::checkpoint::{OpenUpload, Phase};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::{Settings, UploadResult};

/// What to do next with an upload whose source is open.
#[derive(Debug)]
pub(crate) enum UploadStep {
    /// Send the object by one PutObject; then [`UploadPlan::on_put`].
    Put,
    /// Write into the record, as a whole, that the upload got so far; then [`UploadPlan::on_recorded`].
    Record(Phase),
    /// Initiate a multipart upload; then [`UploadPlan::on_initiated`].
    Initiate,
    /// Upload its parts; then [`UploadPlan::on_parts`].
    Parts(Box<Session>),
    /// Make the object of its parts; then [`UploadPlan::on_completed`].
    Complete(OpenUpload, StoredParts),
    /// Say that everything is sent again, for this reason, and what may be left of what was sent before.
    Restart { reason: String, left: Option<String> },
    /// Abort the upload; then [`UploadPlan::on_aborted`].
    Abort(UploadId),
    /// Remove the record: nothing is left to resume.
    ForgetRecord,
    /// Remove the record, and the one that it was taken over from: the object is in place.
    FinishRecord,
    /// Nothing; [`UploadPlan::finish`] has the outcome.
    Done,
}

/// Every part, stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredParts {
    pub(crate) receipts: Receipts,
    /// Size of the largest part.
    pub(crate) part_size: u64,
}

/// The plan of one upload.
#[derive(Debug)]
pub(crate) struct UploadPlan {
    rules: CleanupRules,
    state: State,
}

#[derive(Debug)]
enum State {
    Put,
    Initiate,
    Parts(Box<Session>),
    Complete(OpenUpload, StoredParts),
    Restart {
        reason: String,
        left: Option<String>,
    },
    /// With the error that led to it; `restart` says that everything is sent again afterwards.
    Abort {
        error: UploadError,
        restart: bool,
    },
    /// What comes next is not begun before this is in the record: not even a crash in between leaves an upload that no one knows
    /// of.
    Record(Phase, Box<State>),
    Forget(Box<State>),
    Finish(Box<State>),
    Done(Box<Result<UploadResult, UploadError>>),
    /// A step was given whose outcome has not come.
    UnderWay,
}

impl StoredParts {
    /// Parts of any sizes.
    pub(crate) fn new(receipts: Receipts) -> Self {
        let part_size = receipts.iter().map(|receipt| receipt.part.len).max().unwrap_or(0);
        Self { receipts, part_size }
    }
}

impl UploadPlan {
    /// The plan of a source of `size` bytes that can be read anywhere. `resumed` is the open upload of an earlier run,
    /// `has_record` whether a record is kept.
    pub(crate) fn random_access(size: u64, resumed: Option<Session>, has_record: bool, settings: &Settings) -> Self {
        let by_one_request = by_one_request(size, settings);
        let rules = CleanupRules {
            resumable: has_record && (resumed.is_some() || !by_one_request),
            leave_parts: settings.leave_parts_on_error,
            restarts_left: Some(u32::from(settings.restart_lost_upload)),
        };
        let state = match resumed {
            Some(session) => State::Parts(Box::new(session)),
            None if !by_one_request => rules.recorded(Phase::Intent, State::Initiate),
            None if has_record => State::Forget(Box::new(State::Put)),
            None => State::Put,
        };
        Self { rules, state }
    }

    /// The plan of a stream whose first buffer got `len` bytes; `ended` says that it has no more.
    pub(crate) fn stream(len: u64, ended: bool, settings: &Settings) -> Self {
        let by_one_request = ended && by_one_request(len, settings);
        let rules = CleanupRules { resumable: false, leave_parts: settings.leave_parts_on_error, restarts_left: None };
        Self { rules, state: if by_one_request { State::Put } else { State::Initiate } }
    }

    /// The next step.
    pub(crate) fn next(&mut self) -> UploadStep {
        match std::mem::replace(&mut self.state, State::UnderWay) {
            State::Put => UploadStep::Put,
            State::Initiate => UploadStep::Initiate,
            State::Parts(session) => UploadStep::Parts(session),
            State::Complete(upload, parts) => UploadStep::Complete(upload, parts),
            State::Restart { reason, left } => {
                self.state = self.rules.recorded(Phase::Intent, State::Initiate);
                UploadStep::Restart { reason, left }
            }
            State::Abort { error, restart } => {
                let id = error.upload_id().cloned();
                self.state = State::Abort { error, restart };
                id.map_or(UploadStep::Done, UploadStep::Abort)
            }
            State::Record(phase, then) => {
                self.state = *then;
                UploadStep::Record(phase)
            }
            State::Forget(then) => {
                self.state = *then;
                UploadStep::ForgetRecord
            }
            State::Finish(then) => {
                self.state = *then;
                UploadStep::FinishRecord
            }
            state @ (State::Done(_) | State::UnderWay) => {
                self.state = state;
                UploadStep::Done
            }
        }
    }

    /// Whether an upload whose future is dropped is aborted unless it becomes an object: nothing may be left, and no other run
    /// resumes it.
    pub(crate) fn aborts_if_dropped(&self) -> bool {
        !self.rules.resumable && !self.rules.leave_parts
    }

    /// PutObject has ended.
    pub(crate) fn on_put(&mut self, put: Result<UploadResult, UploadError>) {
        self.state = done(put);
    }

    /// The record was written, or could not be.
    pub(crate) fn on_recorded(&mut self, recorded: Result<(), UploadError>) {
        let Err(error) = recorded else { return };
        self.failed(match &self.state {
            State::Parts(session) => error.with_upload_id(&session.upload.id),
            State::Complete(upload, _) => error.with_upload_id(&upload.id),
            _ => error,
        });
    }

    /// Initiate has ended.
    pub(crate) fn on_initiated(&mut self, initiated: Result<OpenUpload, UploadError>) {
        match initiated {
            Ok(upload) => {
                let phase = Phase::Uploading(upload.clone());
                let session = Session { upload, layout: None, adopted: Receipts::default() };
                self.state = self.rules.recorded(phase, State::Parts(Box::new(session)));
            }
            Err(error) => self.failed(error),
        }
    }

    /// The parts of `upload` are stored, or one of them cannot be.
    pub(crate) fn on_parts(&mut self, upload: OpenUpload, stored: Result<StoredParts, UploadError>) {
        match stored {
            Ok(stored) => {
                let phase = Phase::Completing(upload.clone());
                self.state = self.rules.recorded(phase, State::Complete(upload, stored));
            }
            Err(error) => self.failed(error.with_upload_id(&upload.id)),
        }
    }

    /// Complete of `upload` has ended.
    pub(crate) fn on_completed(&mut self, upload: &OpenUpload, completed: Result<UploadResult, UploadError>) {
        match completed {
            Ok(result) => self.state = self.finished(Ok(result)),
            Err(error) => self.failed(error.with_upload_id(&upload.id)),
        }
    }

    /// The abort has ended; `left` is why the upload may still be there.
    pub(crate) fn on_aborted(&mut self, left: Option<CallError>) {
        let State::Abort { error, restart } = std::mem::replace(&mut self.state, State::UnderWay) else { return };
        self.state = match (left, error.upload_id().cloned()) {
            (left, id) if restart => {
                let left = left.zip(id).map(|(left, id)| format!("the upload {id} could not be aborted: {left}"));
                State::Restart { reason: error.to_string(), left }
            }
            (Some(left), Some(id)) => done(Err(error.with_leftovers(&id, Some(left.to_string())))),
            _ if self.rules.resumable => State::Forget(Box::new(done(Err(error)))),
            _ => done(Err(error)),
        };
    }

    /// The outcome. A plan that did not come to its end was cancelled.
    pub(crate) fn finish(self) -> Result<UploadResult, UploadError> {
        match self.state {
            State::Done(outcome) => *outcome,
            State::Abort { error, .. } => Err(error),
            _ => Err(UploadError::new(Stage::Parts, UploadErrorKind::Cancelled, Stored::Unknown)),
        }
    }

    fn failed(&mut self, error: UploadError) {
        self.state = match self.rules.decide(&error) {
            Cleanup::Restart => {
                self.rules.restarts_left = self.rules.restarts_left.map(|left| left.saturating_sub(1));
                State::Abort { error, restart: true }
            }
            Cleanup::Abort => State::Abort { error, restart: false },
            Cleanup::Keep => done(Err(self.kept(error))),
            Cleanup::Forget if self.rules.resumable => State::Forget(Box::new(done(Err(error)))),
            Cleanup::Finish => self.finished(Err(error)),
            Cleanup::Forget | Cleanup::Nothing => done(Err(error)),
        };
    }

    fn kept(&self, error: UploadError) -> UploadError {
        let id = error.upload_id().cloned();
        let error = id.iter().fold(error, |error, id| error.with_leftovers(id, None));
        if self.rules.resumable { error.resumable() } else { error }
    }

    fn finished(&self, outcome: Result<UploadResult, UploadError>) -> State {
        let done = done(outcome);
        if self.rules.resumable { State::Finish(Box::new(done)) } else { done }
    }
}

impl CleanupRules {
    /// `then`, once a record says that the upload got as far as `phase`, if there is one.
    fn recorded(self, phase: Phase, then: State) -> State {
        if self.resumable { State::Record(phase, Box::new(then)) } else { then }
    }
}

fn done(outcome: Result<UploadResult, UploadError>) -> State {
    State::Done(Box::new(outcome))
}

/// Whether a record is kept of an upload of `size` bytes, if the caller asked for one at all.
pub(crate) fn keeps_record(size: u64, settings: &Settings) -> bool {
    size >= settings.checkpoint_threshold
}

/// Whether the caller's MD5 of a source of `size` bytes is compared here. The server compares it with the body of a
/// PutObject, and nothing else carries it; with a record, an earlier run may have sent parts.
pub(crate) fn compares_md5(size: u64, has_record: bool, settings: &Settings) -> bool {
    has_record || !by_one_request(size, settings)
}

fn by_one_request(size: u64, settings: &Settings) -> bool {
    size < settings.multipart_threshold || size == 0
}

/// Where the parts of a source of known size begin and end.
pub(crate) fn layout(size: u64, settings: &Settings) -> Result<PartLayout, UploadError> {
    settings.check_size(size).map_err(|error| UploadError::new(Stage::Options, error, Stored::No))?;
    let too_large =
        |reason: String| UploadError::new(Stage::Options, UploadErrorKind::ByteBudget { reason }, Stored::No);
    PartLayout::new(size, settings.part_size).map_err(|error| too_large(error.to_string()))
}

/// How long the parts of a stream are; `declared` is its length, if it was stated.
pub(crate) fn stream_sizes(declared: Option<u64>, settings: &Settings) -> Result<StreamSizes, UploadError> {
    let Some(size) = declared else {
        let parallel = settings.parallel_num.expected();
        return Ok(StreamSizes::Growing(GrowingLayout::new(settings.part_size, parallel, settings.byte_budget)));
    };
    let layout = layout(size, settings)?;
    // One part is sent while the next one is read, so two of them must fit.
    let part_size = layout.part_size().min(size);
    let needed = part_size.saturating_mul(2);
    if needed <= settings.byte_budget {
        return Ok(StreamSizes::Known(layout));
    }
    let reason = format!("parts of {part_size} bytes need a byte_budget of at least {needed}");
    Err(UploadError::new(Stage::Options, UploadErrorKind::ByteBudget { reason }, Stored::No))
}

#[cfg(test)]
mod tests;
