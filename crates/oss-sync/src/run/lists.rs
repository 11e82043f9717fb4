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
}

impl Both {
    async fn next(&mut self) -> Result<Option<Found>, SyncError> {
        loop {
            match self.merge.step() {
                Step::Need(side) => {
                    let feed = match side {
                        Side::Source => &mut self.source,
                        Side::Destination => &mut self.destination,
                    };
                    match feed.next().await.map_err(|source| SyncError::List { side, source })? {
                        Some(item) => {
                            let unknown = match &item {
                                Item::Unknown(unknown) => Some(unknown.clone()),
                                Item::Entry(_) => None,
                            };
                            self.merge.push(side, item)?;
                            if let Some(unknown) = unknown {
                                return Ok(Some(Found::Unknown(side, unknown)));
                            }
                        }
                        None => self.merge.end(side),
                    }
                }
                Step::Pair(pair) => return Ok(Some(Found::Pair(pair))),
                Step::Done => {
                    self.is_read = true;
                    return Ok(None);
                }
            }
        }
    }
}
