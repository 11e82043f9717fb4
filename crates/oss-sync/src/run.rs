//! Carries a [`Sync`] out: lists, compares, transfers, and last of all deletes.

mod backup;
mod blocked;
mod deletion;
mod ending;
mod error;
mod event;
mod lists;
mod pace;
mod tasks;
mod transfers;

pub use error::{ItemError, SyncError};
pub use event::{Step, SyncEvent, SyncSummary};

use std::collections::VecDeque;
use std::future::poll_fn;
use std::path::PathBuf;
use std::sync::Arc;

use oss_transfer::files::{SystemFiles, ignores_case};
use oss_transfer::{PathConflicts, PathRules, Progress};
use tokio::task::JoinSet;
use tracing::{Instrument as _, Span};

use crate::plan_file::{PlanReader, PlanWriter, Planned};
use crate::planner::{Action, Decision, Kept, Planner, Transfer};
use crate::record::{Spill, Spilled};
use crate::server_clock::ServerClock;
use crate::{Cause, Direction, Entry, Managers, Pair, Place, Side, Sync, Unknown};
use blocked::is_blocked;
use lists::{Found, Lists};
use tasks::{Done, compare, still_as_planned};
use transfers::{Ended, Moved, Moving};

/// A [`Sync`] under way: a stream of what happens to its paths.
///
/// New transfers are started only while events are taken. Dropping it ends those under way, and deletes nothing more.
#[derive(Debug)]
pub struct SyncRun {
    shared: Arc<Shared>,
    lists: Option<Lists>,
    planner: Planner,
    /// Finds keys that cannot both have a file, where the destination is a folder.
    conflicts: Option<PathConflicts>,
    stage: Stage,
    /// Contents that are compared, files that get their time, objects that are deleted.
    tasks: JoinSet<Done>,
    /// What is to be transferred once there is room.
    ready: VecDeque<Transfer>,
    moving: Moving,
    deletes: Option<Spill>,
    spilled: Option<Spilled>,
    /// What something extra is in the way of.
    blocked: Option<Spill>,
    plan: Option<PlanWriter>,
    events: VecDeque<SyncEvent>,
    /// Why it ends; told once everything under way has ended.
    failure: Option<SyncError>,
    summary: SyncSummary,
    /// In which all of it is logged.
    span: Span,
}

/// What all of it shares.
#[derive(Debug)]
struct Shared {
    sync: Sync,
    managers: Managers,
    clock: ServerClock,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// The lists have not come to their end.
    Listing,
    /// What was found is compared and transferred.
    Finishing,
    /// What is extra is deleted.
    Deleting,
    /// What it was in the way of is transferred.
    Replacing,
    Over,
}

impl SyncRun {
    pub(crate) async fn start(mut sync: Sync, mut managers: Managers) -> Result<Self, SyncError> {
        sync.check()?;
        let direction = Direction::between(&sync.source, &sync.destination);
        for place in [&mut sync.source, &mut sync.destination] {
            if let Place::Folder { root, .. } = place {
                *root = std::path::absolute(&*root).map_err(SyncError::Temporary)?;
            }
        }
        let span = tracing::info_span!("sync", source = %sync.source, destination = %sync.destination);
        let clock = ServerClock::new(sync.clock.clone());
        managers.service = clock.observe(managers.service);
        let (from, to) = (sync.source.to_string(), sync.destination.to_string());
        let planner = Planner::new(direction, sync.comparison, sync.delete);
        let (lists, planner) = match &sync.apply {
            Some(path) => {
                let plan = PlanReader::open(path, &from, &to)?;
                let planner = planner.with_sides(plan.sides);
                (Lists::plan(plan), planner)
            }
            None => (Lists::both(&sync, &managers.service), planner),
        };
        let plan = sync.plan.as_ref().map(|path| PlanWriter::create(path, from, to)).transpose()?;
        let deletes = (sync.delete || sync.apply.is_some()).then(|| Spill::new(sync.temporary.as_deref()));
        let deletes = deletes.transpose().map_err(SyncError::Temporary)?;
        let conflicts = match &sync.destination {
            Place::Folder { root, .. } => Some(PathConflicts::new(is_case_ignored(root.clone()).await)),
            Place::Objects { .. } => None,
        };
        Ok(Self {
            moving: Moving::new(direction),
            shared: Arc::new(Shared { sync, managers, clock }),
            lists: Some(lists),
            planner,
            conflicts,
            stage: Stage::Listing,
            tasks: JoinSet::new(),
            ready: VecDeque::new(),
            deletes,
            spilled: None,
            blocked: None,
            plan,
            events: VecDeque::new(),
            failure: None,
            summary: SyncSummary::default(),
            span,
        })
    }

    /// The next event; `None` after the last. May be dropped and called again.
    ///
    /// # Errors
    /// If a side could not be listed to its end, or the plan or a temporary file could not be read or written: nothing is
    /// deleted then. It comes once what was under way has ended, and nothing comes after it.
    pub async fn next(&mut self) -> Result<Option<SyncEvent>, SyncError> {
        let span = self.span.clone();
        self.next_in_span().instrument(span).await
    }

    async fn next_in_span(&mut self) -> Result<Option<SyncEvent>, SyncError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            match self.stage {
                Stage::Listing | Stage::Finishing | Stage::Replacing => self.work().await,
                Stage::Deleting => self.delete_more().await,
                Stage::Over => return self.failure.take().map_or(Ok(None), Err),
            }
        }
    }

    /// The next event if it is there already. [`next`](Self::next) makes more of them.
    pub fn ready(&mut self) -> Option<SyncEvent> {
        self.events.pop_front()
    }

    /// What was done up to now.
    pub fn summary(&self) -> SyncSummary {
        SyncSummary { sides: self.planner.sides(), ..self.summary.clone() }
    }

    /// The paths of the transfers under way, and how far each is.
    pub fn running(&self) -> impl Iterator<Item = (&str, Progress)> {
        self.moving.progress().map(|(transfer, progress)| (transfer.source.path.as_str(), progress))
    }

    /// Begins nothing more, and deletes nothing; transfers under way finish.
    pub fn stop(&mut self) {
        if self.stage != Stage::Over {
            self.summary.stopped = true;
        }
        self.lists = None;
        self.ready.clear();
        self.stage = match self.stage {
            Stage::Listing => Stage::Finishing,
            stage => stage,
        };
        self.spilled = None;
    }

    /// Begins nothing more, deletes nothing, and cancels transfers under way, whose ends are still among the events.
    pub fn cancel(&mut self) {
        self.stop();
        self.moving.cancel();
    }

    /// Takes all events that are left.
    ///
    /// # Errors
    /// Those of [`next`](Self::next).
    pub async fn finish(mut self) -> Result<SyncSummary, SyncError> {
        while self.next().await?.is_some() {}
        Ok(self.summary())
    }

    /// One step of what is no deletion.
    async fn work(&mut self) {
        let shared = self.shared.clone();
        while self.moving.len() < shared.sync.jobs
            && let Some(transfer) = self.ready.pop_front()
        {
            self.begin(transfer);
        }
        let has_room = self.has_room();
        if !has_room && self.moving.is_empty() && self.tasks.is_empty() {
            return self.conclude();
        }
        tokio::select! {
            biased;
            moved = poll_fn(|cx| self.moving.poll(cx)), if !self.moving.is_empty() => self.moved(moved),
            Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => self.done(done),
            found = next_of(self.lists.as_mut()), if has_room => match found {
                Ok(Some(found)) => self.found_some(found),
                Ok(None) => {
                    if self.lists.take().is_some_and(|lists| lists.are_read()) {
                        self.planner.complete(Side::Source);
                        self.planner.complete(Side::Destination);
                    }
                    self.stage = Stage::Finishing;
                }
                Err(error) => self.fail(error),
            },
        }
    }

    /// Whether more that the lists say can be taken.
    fn has_room(&self) -> bool {
        let Sync { jobs, checkers, .. } = self.shared.sync;
        let is_idle = self.ready.is_empty() && self.tasks.len() < checkers && self.moving.len() < jobs;
        is_idle && self.stage == Stage::Listing
    }

    /// Something that the lists say, and what else they have at hand: to wait for each by itself costs more than to compare it.
    fn found_some(&mut self, found: Found) {
        self.found(found);
        while self.events.len() < EVENTS_AT_ONCE && self.has_room() {
            match self.lists.as_mut().map(Lists::ready) {
                Some(Ok(Some(found))) => self.found(found),
                Some(Err(error)) => return self.fail(error),
                Some(Ok(None)) | None => return,
            }
        }
    }

    fn fail(&mut self, error: SyncError) {
        self.lists = None;
        self.ready.clear();
        self.stage = Stage::Finishing;
        self.failure.get_or_insert(error);
    }

    /// Something that the lists say.
    fn found(&mut self, found: Found) {
        match found {
            Found::Unknown(side, unknown) => self.unknown(side, unknown),
            Found::Pair(pair) => {
                let pair = match self.refusal(&pair) {
                    Some(why) => return self.refuse(pair, why),
                    None => pair,
                };
                match self.planner.decide(pair, self.shared.clock.ahead()) {
                    Decision::Act(action) => self.act(action),
                    Decision::Compare { source, destination, by_md5 } => {
                        let compared = compare(self.shared.clone(), source, destination, by_md5);
                        self.tasks.spawn(compared.in_current_span());
                    }
                }
            }
            Found::Planned(Planned::Transfer(transfer)) => {
                if let Some(why) = self.conflict(&transfer.source.path) {
                    let action = self.planner.refuse(transfer.source, why);
                    return self.act(action);
                }
                self.tasks.spawn(still_as_planned(self.shared.clone(), transfer).in_current_span());
            }
            Found::Planned(Planned::Delete(entry)) => self.act(Action::Delete(entry)),
        }
    }

    /// Why the source's entry of a pair cannot have a file.
    fn refusal(&mut self, pair: &Pair) -> Option<String> {
        match pair {
            Pair::Both { source, .. } | Pair::Missing(source) => self.conflict(&source.path),
            Pair::Unknown { found: Side::Source, entry, .. } => self.conflict(&entry.path),
            _ => None,
        }
    }

    fn conflict(&mut self, path: &str) -> Option<String> {
        let conflicts = self.conflicts.as_mut()?;
        match PathRules::HOST.local_path(path) {
            Err(error) => Some(format!("its key has no path below a folder: {error}")),
            Ok(_) => conflicts.add(path).err().map(|error| error.to_string()),
        }
    }

    fn refuse(&mut self, pair: Pair, why: String) {
        // It counts as an entry of its sides like any other.
        if let Decision::Act(Action::Transfer(Transfer { source, .. }) | Action::Skip { source, .. })
        | Decision::Compare { source, .. } = self.planner.decide(pair, None)
        {
            let action = self.planner.refuse(source, why);
            self.act(action);
        }
    }

    /// A part of a side of which nothing is known.
    fn unknown(&mut self, side: Side, unknown: Unknown) {
        let Unknown { paths, reason, cause } = unknown;
        let path = paths.first().to_owned();
        match (cause, side) {
            (Cause::LeftOut, _) | (Cause::Unsupported, Side::Destination) => {}
            (Cause::Unsupported, Side::Source) => {
                self.summary.skipped += 1;
                self.events.push_back(SyncEvent::LeftOut { path, reason });
            }
            (Cause::Unreadable, _) => {
                self.planner.failed();
                self.failed(path, Step::List(side), ItemError::Unreadable(reason));
            }
        }
    }

    fn act(&mut self, action: Action) {
        let is_only_planned = self.is_only_planned();
        match action {
            Action::Transfer(transfer) if is_only_planned => {
                self.summary.planned += 1;
                let written = self.plan.as_mut().map_or(Ok(()), |plan| plan.transfer(&transfer));
                self.events.push_back(SyncEvent::Planned(Action::Transfer(transfer)));
                written.unwrap_or_else(|error| self.fail(error.into()));
            }
            Action::Transfer(transfer) => self.ready.push_back(transfer),
            Action::Skip { source, reason } => {
                self.summary.skipped += 1;
                self.events.push_back(SyncEvent::Skipped { source, reason });
            }
            Action::Delete(entry) => {
                if let Some(deletes) = &mut self.deletes
                    && let Err(error) = deletes.push(&entry)
                {
                    self.fail(SyncError::Temporary(error));
                }
            }
            Action::Keep { entry, why } => {
                self.summary.kept += u64::from(why == Kept::NotAsked);
                self.events.push_back(SyncEvent::Kept { entry, why });
            }
            Action::Refuse { source, why } => self.failed(source.path, Step::Transfer, ItemError::Refused(why)),
        }
    }

    fn is_only_planned(&self) -> bool {
        self.shared.sync.dry_run || self.plan.is_some()
    }

    fn begin(&mut self, transfer: Transfer) {
        let transfer = Arc::new(transfer);
        self.moving.begin(&self.shared, transfer.clone());
        self.events.push_back(SyncEvent::Started(transfer));
    }

    fn moved(&mut self, moved: Moved) {
        match moved {
            Moved::Uploading(transfer, event) => self.events.push_back(SyncEvent::Uploading { transfer, event }),
            Moved::Downloading(transfer, event) => self.events.push_back(SyncEvent::Downloading { transfer, event }),
            Moved::Ended(transfer, ended) => self.ended(transfer, ended),
        }
    }

    fn ended(&mut self, transfer: Arc<Transfer>, ended: Ended) {
        match ended {
            Ended::Uploaded(result) => {
                self.summary.transferred += 1;
                self.summary.bytes += result.size;
                self.events.push_back(SyncEvent::Uploaded { transfer, result });
            }
            Ended::Downloaded(result) => {
                self.tasks.spawn(tasks::set_time(self.shared.clone(), transfer, result).in_current_span());
            }
            Ended::Failed(error) if self.is_deferred(&error) => self.defer(&transfer.source, error),
            Ended::Failed(error) => {
                self.planner.failed();
                if error.is_fatal_for_batch() {
                    self.stop();
                }
                self.failed(transfer.source.path.clone(), Step::Transfer, error);
            }
        }
    }

    fn done(&mut self, done: Result<Done, tokio::task::JoinError>) {
        let done = match done {
            Ok(done) => done,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return,
        };
        match done {
            Done::Compared { source, destination, by_md5, content: Ok(content) } => {
                let action = self.planner.compared(source, destination, content, by_md5);
                // What was stopped meanwhile is not started any more.
                if !(self.summary.stopped && matches!(action, Action::Transfer(_))) {
                    self.act(action);
                }
            }
            Done::Compared { source, content: Err((side, error)), .. } => {
                self.planner.failed();
                self.failed(source.path, Step::Compare(side), ItemError::Place(error));
            }
            Done::Planned { transfer, checked: Ok(None) } => {
                if !self.summary.stopped {
                    self.act(Action::Transfer(transfer));
                }
            }
            // No failure that keeps what is extra: of a plan, each deletion is looked at by itself.
            Done::Planned { transfer, checked: Ok(Some(change)) } => self.changed(transfer.source.path, change),
            Done::Planned { transfer, checked: Err((side, error)) } => {
                self.planner.failed();
                self.failed(transfer.source.path, Step::Compare(side), ItemError::Place(error));
            }
            Done::Downloaded { transfer, result, path, warning } => {
                self.summary.transferred += 1;
                self.summary.bytes += result.size;
                if let Some(warning) = warning {
                    self.events.push_back(SyncEvent::Warning { path: transfer.source.path.clone(), warning });
                }
                self.events.push_back(SyncEvent::Downloaded { transfer, result, target: path });
            }
            Done::Deleted(outcomes) => self.deleted(outcomes),
            Done::Cleared(transfers) if !self.summary.stopped => self.ready.extend(transfers),
            Done::Cleared(_) => {}
        }
    }

    fn failed(&mut self, path: String, step: Step, error: ItemError) {
        self.summary.failed += 1;
        self.events.push_back(SyncEvent::Failed { path, step, error });
    }

    /// Something is not as it was when the plan was made, or as it was listed.
    fn changed(&mut self, path: String, reason: String) {
        self.summary.changed += 1;
        self.events.push_back(SyncEvent::Changed { path, reason });
    }

    /// Whether a transfer is tried again once what is extra is gone.
    fn is_deferred(&self, error: &ItemError) -> bool {
        self.deletes.is_some() && !self.summary.stopped && is_blocked(error)
    }

    fn defer(&mut self, source: &Entry, error: ItemError) {
        let blocked = match &mut self.blocked {
            Some(blocked) => Ok(blocked),
            None => Spill::new(self.shared.sync.temporary.as_deref()).map(|spill| self.blocked.insert(spill)),
        };
        if blocked.and_then(|blocked| blocked.push(source)).is_err() {
            // It failed in the first place.
            self.planner.failed();
            self.failed(source.path.clone(), Step::Transfer, error);
        }
    }
}

/// So many events wait for the caller at the most, more or less.
const EVENTS_AT_ONCE: usize = 256;

async fn next_of(lists: Option<&mut Lists>) -> Result<Option<Found>, SyncError> {
    match lists {
        Some(lists) => lists.next().await,
        None => Ok(None),
    }
}

/// Whether letter case is ignored in a folder, which may be missing.
async fn is_case_ignored(folder: PathBuf) -> bool {
    let look = move || {
        let existing = folder.ancestors().find(|path| path.is_dir());
        existing.is_some_and(|existing| ignores_case(&SystemFiles::default(), existing))
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}
