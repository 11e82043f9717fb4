use oss_transfer::AnyService;

use super::{SyncError, pace};
use crate::place::{Feed, FeedOptions};
use crate::plan_file::{PlanReader, Planned};
use crate::{Item, Merge, Pair, Side, Step, Sync, Unknown};

/// Where a run learns what there is.
pub(super) struct Lists(Source);

enum Source {
    /// Both lists, beside each other.
    Both(Box<Both>),
    /// A plan that was written before.
    Plan(PlanReader),
}

struct Both {
    source: Feed<AnyService>,
    destination: Feed<AnyService>,
    merge: Merge,
    /// Whether both came to their end.
    is_read: bool,
}

/// What they say.
pub(super) enum Found {
    Pair(Pair),
    /// A part of a side of which nothing is known.
    Unknown(Side, Unknown),
    Planned(Planned),
}

impl std::fmt::Debug for Lists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lists").finish_non_exhaustive()
    }
}

impl Lists {
    /// The lists of both sides.
    pub(super) fn both(sync: &Sync, service: &AnyService) -> Self {
        let service = &match sync.list_qps {
            Some(qps) => pace::paced(service.clone(), qps),
            None => service.clone(),
        };
        let source = FeedOptions {
            filter: sync.filter.clone(),
            left_out_is_missing: sync.delete_excluded,
            temporary: sync.temporary.clone(),
            list_jobs: sync.list_jobs,
            may_be_missing: false,
        };
        // What the source leaves out by its size may have another one here.
        let filter = if sync.delete_excluded { sync.filter.of_scope() } else { sync.filter.of_paths() };
        let temporary = sync.temporary.clone();
        let list_jobs = sync.list_jobs;
        let destination =
            FeedOptions { filter, may_be_missing: true, temporary, list_jobs, left_out_is_missing: false };
        Self(Source::Both(Box::new(Both {
            source: sync.source.feed(source, service.clone()),
            destination: sync.destination.feed(destination, service.clone()),
            merge: Merge::default(),
            is_read: false,
        })))
    }

    pub(super) fn plan(plan: PlanReader) -> Self {
        Self(Source::Plan(plan))
    }

    /// Whether both lists came to their end, and what they said is not from a plan.
    pub(super) fn are_read(&self) -> bool {
        matches!(&self.0, Source::Both(both) if both.is_read)
    }

    /// What comes next; `None` at the end of both. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Result<Option<Found>, SyncError> {
        match &mut self.0 {
            Source::Plan(plan) => Ok(plan.next()?.map(Found::Planned)),
            Source::Both(both) => both.next().await,
        }
    }

    /// What comes next, if no page has to be waited for.
    pub(super) fn ready(&mut self) -> Result<Option<Found>, SyncError> {
        match &mut self.0 {
            Source::Plan(_) => Ok(None),
            Source::Both(both) => both.ready(),
        }
    }
}

impl Both {
    async fn next(&mut self) -> Result<Option<Found>, SyncError> {
        loop {
            match self.advance()? {
                Advance::Found(found) => return Ok(Some(found)),
                Advance::Wait(side) => {
                    match self.feed(side).next().await.map_err(|source| SyncError::List { side, source })? {
                        Some(item) => {
                            if let Some(found) = self.push(side, item)? {
                                return Ok(Some(found));
                            }
                        }
                        None => self.merge.end(side),
                    }
                }
                Advance::Done => {
                    self.is_read = true;
                    return Ok(None);
                }
            }
        }
    }

    fn ready(&mut self) -> Result<Option<Found>, SyncError> {
        Ok(match self.advance()? {
            Advance::Found(found) => Some(found),
            Advance::Wait(_) | Advance::Done => None,
        })
    }

    /// Compares the items that are there.
    fn advance(&mut self) -> Result<Advance, SyncError> {
        loop {
            match self.merge.step() {
                Step::Need(side) => {
                    let Some(item) = self.feed(side).ready() else { return Ok(Advance::Wait(side)) };
                    if let Some(found) = self.push(side, item)? {
                        return Ok(Advance::Found(found));
                    }
                }
                Step::Pair(pair) => return Ok(Advance::Found(Found::Pair(pair))),
                Step::Done => return Ok(Advance::Done),
            }
        }
    }

    /// Gives the merge an item; what is to be told at once of it, if something is.
    fn push(&mut self, side: Side, item: Item) -> Result<Option<Found>, SyncError> {
        let unknown = match &item {
            Item::Unknown(unknown) => Some(unknown.clone()),
            Item::Entry(_) => None,
        };
        self.merge.push(side, item)?;
        Ok(unknown.map(|unknown| Found::Unknown(side, unknown)))
    }

    fn feed(&mut self, side: Side) -> &mut Feed<AnyService> {
        match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        }
    }
}

/// How far the lists come without waiting.
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once; a box would be an allocation for each entry")]
enum Advance {
    Found(Found),
    Wait(Side),
    Done,
}
