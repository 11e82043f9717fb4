//! What comes after the transfers: what is extra is deleted, and what it was in the way of is transferred.
//!
//! ```text
//!   Finishing ──► Deleting ──► Replacing ──► Over
//!       │             refused ─────┘           ▲
//!       └── failed, stopped, or no deletion ───┘
//! ```

use tracing::Instrument as _;

use super::blocked::make_room;
use super::deletion::{Outcome, delete_chunk};
use super::{Stage, Step, SyncError, SyncEvent, SyncRun};
use crate::Entry;
use crate::planner::Action;
use crate::record::Spill;

impl SyncRun {
    /// Everything but deletions is done, or was given up.
    pub(super) fn conclude(&mut self) {
        if self.stage == Stage::Replacing {
            return self.replace_more();
        }
        self.stage = Stage::Over;
        if self.failure.is_some() || self.summary.stopped {
            return;
        }
        let spilled = match self.deletes.take().map(Spill::read) {
            None => return self.finish_plan(),
            Some(Err(error)) => return self.fail_at_the_end(SyncError::Temporary(error)),
            Some(Ok(spilled)) => spilled,
        };
        match self.planner.may_delete(&self.shared.sync.limits) {
            Ok(()) => {
                self.spilled = Some(spilled);
                self.stage = Stage::Deleting;
            }
            Err(refusal) => {
                self.summary.refusal = Some(refusal.clone());
                self.events.push_back(SyncEvent::DeletesRefused(refusal));
                self.finish_plan();
                // Nothing makes room for them, as the error of each says.
                self.replace_blocked();
            }
        }
    }

    /// What is extra is gone, or stays: transfers that it was in the way of are tried again.
    fn replace_blocked(&mut self) {
        match self.blocked.take().map(Spill::read) {
            None => self.stage = Stage::Over,
            Some(Ok(blocked)) => {
                self.spilled = Some(blocked);
                self.stage = Stage::Replacing;
            }
            Some(Err(error)) => self.fail_at_the_end(SyncError::Temporary(error)),
        }
    }

    /// The next few of them.
    fn replace_more(&mut self) {
        match self.spilled.as_mut().map(|spilled| spilled.next(CHUNK)) {
            Some(Ok(chunk)) if !chunk.is_empty() => {
                self.tasks.spawn(make_room(self.shared.clone(), chunk).in_current_span());
            }
            Some(Err(error)) => self.fail_at_the_end(SyncError::Temporary(error)),
            _ => self.stage = Stage::Over,
        }
    }

    fn finish_plan(&mut self) {
        if let Some(plan) = self.plan.take()
            && let Err(error) = plan.finish(&self.planner.sides())
        {
            self.fail_at_the_end(error.into());
        }
    }

    fn fail_at_the_end(&mut self, error: SyncError) {
        self.stage = Stage::Over;
        self.failure.get_or_insert(error);
    }

    /// One step of deleting.
    pub(super) async fn delete_more(&mut self) {
        if let Some(done) = self.tasks.join_next().await {
            return self.done(done);
        }
        let chunk = match self.spilled.as_mut().map(|spilled| spilled.next(CHUNK)) {
            Some(Ok(chunk)) if !chunk.is_empty() => chunk,
            Some(Err(error)) => return self.fail_at_the_end(SyncError::Temporary(error)),
            _ => {
                self.finish_plan();
                return self.replace_blocked();
            }
        };
        match self.is_only_planned() {
            true => chunk.into_iter().for_each(|entry| self.plan_deletion(entry)),
            false => {
                self.tasks.spawn(delete_chunk(self.shared.clone(), chunk).in_current_span());
            }
        }
    }

    fn plan_deletion(&mut self, entry: Entry) {
        self.summary.planned += 1;
        let written = self.plan.as_mut().map_or(Ok(()), |plan| plan.delete(&entry));
        self.events.push_back(SyncEvent::Planned(Action::Delete(entry)));
        written.unwrap_or_else(|error| self.fail_at_the_end(error.into()));
    }

    pub(super) fn deleted(&mut self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome {
                Outcome::Deleted { entry, is_marker } => {
                    self.summary.deleted += 1;
                    self.summary.markers += u64::from(is_marker);
                    self.events.push_back(SyncEvent::Deleted { entry, is_marker });
                }
                Outcome::Changed { path, reason } => self.changed(path, reason),
                Outcome::Failed { path, error } => {
                    if error.is_fatal_for_batch() {
                        self.summary.stopped = true;
                        self.spilled = None;
                    }
                    self.failed(path, Step::Delete, error);
                }
            }
        }
    }
}

/// So many entries are deleted together: as many as one request can name.
const CHUNK: usize = 1_000;
