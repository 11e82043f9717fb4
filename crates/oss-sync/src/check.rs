use std::collections::VecDeque;
use std::path::PathBuf;

use oss_models::{CallError, Request, Response};
use oss_transfer::Filter;
use tokio::task::JoinSet;
use tower_service::Service;
use tracing::Instrument as _;

use crate::manifest::ManifestReader;
use crate::place::{Feed, FeedOptions};
use crate::setters::setters;
use crate::{
    Comparison, Direction, Entry, Equality, ManifestError, Merge, MergeError, Pair, Place, PlaceError, Reason, Side,
    Step,
};

/// Compares two places and changes neither.
///
/// Both are listed in the order of their paths at once, so memory does not grow with them. Of pairs of equal size the CRC64
/// of their contents is compared: a file is read, an object's is asked for. No time is trusted.
///
/// ```no_run
/// use oss_sync::{Check, Finding, Place};
/// # async fn demo<S>(service: S, bucket: oss_models::BucketName) -> Result<(), oss_sync::CheckError>
/// # where S: tower_service::Service<oss_models::Request, Response = oss_models::Response, Error = oss_models::CallError>
/// #     + Clone + Send + 'static, S::Future: Send {
/// let check = Check::new(Place::folder("photos"), Place::objects(bucket, "photos/"));
/// let mut findings = check.run(service).expect("no manifest");
/// while let Some(finding) = findings.next().await? {
///     if !matches!(finding, Finding::Same { .. }) {
///         println!("{finding:?}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is compared until it is run"]
pub struct Check {
    source: Place,
    destination: Place,
    comparison: Comparison,
    filter: Filter,
    concurrency: usize,
    /// What takes the place of the source's list.
    manifest: Option<PathBuf>,
}

/// What is known of one path.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finding {
    /// Equal on both sides.
    Same {
        /// As the source has it.
        source: Entry,
        /// What showed it.
        reason: Reason,
    },
    /// On both sides, and not equal.
    Different {
        /// As the source has it.
        source: Entry,
        /// As the destination has it.
        destination: Entry,
        /// What showed it.
        reason: Reason,
    },
    /// On the source alone.
    Missing(Entry),
    /// On the destination alone.
    Extra(Entry),
    /// On one side; of the other, or of the content, nothing is known.
    Unknown {
        /// As a side that has it.
        entry: Entry,
        /// Why.
        reason: String,
    },
    /// Content that could not be read.
    Failed {
        /// As the source has it.
        entry: Entry,
        /// Of which side.
        side: Side,
        /// Why.
        error: PlaceError,
    },
}

/// A side that could not be listed to its end. What was found so far holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A list failed.
    #[error("listing the {}: {source}", side.word())]
    List {
        /// Which.
        side: Side,
        /// Why.
        source: PlaceError,
    },
    /// A list is not in order.
    #[error(transparent)]
    Order(#[from] MergeError),
}

impl Check {
    /// Compares `destination` with `source`.
    pub fn new(source: Place, destination: Place) -> Self {
        let comparison = Comparison::Content;
        Self { source, destination, comparison, filter: Filter::default(), concurrency: 16, manifest: None }
    }

    /// Compares `place` with what a [manifest](crate::write_manifest) says that it had.
    pub fn with_manifest(manifest: impl Into<PathBuf>, place: Place) -> Self {
        Self { manifest: Some(manifest.into()), ..Self::new(place.clone(), place) }
    }

    setters! {
        /// How pairs are compared. Default: [`Comparison::Content`]. Times of different machines are never compared here, since
        /// nothing tells how far their clocks are apart: where times would decide, content does.
        comparison: Comparison;
        /// Which paths count, on both sides. Default: all.
        filter: Filter;
    }

    /// Sets how many contents are compared at once; 0 counts as 1. Default 16.
    pub fn concurrency(mut self, contents: usize) -> Self {
        self.concurrency = contents.max(1);
        self
    }

    /// Begins to compare, through a service that carries requests out.
    ///
    /// # Errors
    /// If there is a manifest, and it cannot be read.
    pub fn run<S>(self, service: S) -> Result<Findings<S>, ManifestError>
    where
        S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
        S::Future: Send,
    {
        let how = || FeedOptions { filter: self.filter.clone(), ..FeedOptions::default() };
        let source = match &self.manifest {
            Some(path) => Feed::of_manifest(ManifestReader::open(path, self.filter.clone())?),
            None => self.source.feed(how(), service.clone()),
        };
        let destination = self.destination.feed(how(), service.clone());
        let merge = Merge::default();
        let direction = Direction::between(&self.source, &self.destination);
        let (contents, found) = (JoinSet::new(), VecDeque::new());
        Ok(Findings { check: self, service, direction, source, destination, merge, contents, found, listed: false })
    }
}

/// What a [`Check`] finds, each path once and in no order.
pub struct Findings<S> {
    check: Check,
    service: S,
    direction: Direction,
    source: Feed<S>,
    destination: Feed<S>,
    merge: Merge,
    /// Contents that are compared.
    contents: JoinSet<Finding>,
    found: VecDeque<Finding>,
    /// Whether both lists came to their end.
    listed: bool,
}

impl<S> Findings<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    /// The next finding; `None` after the last, when both sides were listed to their end.
    ///
    /// # Errors
    /// If a side could not be listed; what is missing from it then may be there, so nothing comes after.
    pub async fn next(&mut self) -> Result<Option<Finding>, CheckError> {
        loop {
            if let Some(finding) = self.found.pop_front() {
                return Ok(Some(finding));
            }
            if self.listed || self.contents.len() >= self.check.concurrency {
                match self.contents.join_next().await {
                    Some(Ok(finding)) => return Ok(Some(finding)),
                    Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
                    None => return Ok(None),
                }
            }
            self.advance().await?;
        }
    }

    async fn advance(&mut self) -> Result<(), CheckError> {
        match self.merge.step() {
            Step::Need(side) => {
                let feed = match side {
                    Side::Source => &mut self.source,
                    Side::Destination => &mut self.destination,
                };
                match feed.next().await.map_err(|source| CheckError::List { side, source })? {
                    Some(item) => self.merge.push(side, item)?,
                    None => self.merge.end(side),
                }
            }
            Step::Pair(pair) => self.examine(pair),
            Step::Done => self.listed = true,
        }
        Ok(())
    }

    fn examine(&mut self, pair: Pair) {
        let finding = match pair {
            Pair::Missing(entry) => Finding::Missing(entry),
            Pair::Extra(entry) => Finding::Extra(entry),
            Pair::Unknown { entry, unknown, .. } => Finding::Unknown { entry, reason: unknown.reason },
            Pair::Both { source, destination } => {
                match self.check.comparison.compare(self.direction, None, &source, &destination) {
                    Equality::Same(reason) => Finding::Same { source, reason },
                    Equality::Different(reason) => Finding::Different { source, destination, reason },
                    Equality::ByContent | Equality::ByMd5 => {
                        let places = (self.check.source.clone(), self.check.destination.clone());
                        let service = self.service.clone();
                        let compared = compare_contents(places, source, destination, service);
                        self.contents.spawn(compared.in_current_span());
                        return;
                    }
                }
            }
        };
        self.found.push_back(finding);
    }
}

async fn compare_contents<S>(places: (Place, Place), source: Entry, destination: Entry, service: S) -> Finding
where
    S: Service<Request, Response = Response, Error = CallError> + Clone,
{
    let failed = |entry, side, error| Finding::Failed { entry, side, error };
    let here = match (source.crc64, &places.0) {
        // A manifest has it.
        (Some(crc64), _) => Ok(Some(crc64)),
        (None, place) => place.crc64(&source, service.clone()).await,
    };
    let here = match here {
        Ok(crc64) => crc64,
        Err(error) => return failed(source, Side::Source, error),
    };
    let there = match places.1.crc64(&destination, service).await {
        Ok(crc64) => crc64,
        Err(error) => return failed(source, Side::Destination, error),
    };
    let reason = Reason::Crc64;
    match (here, there) {
        (Some(here), Some(there)) if here == there => Finding::Same { source, reason },
        (Some(_), Some(_)) => Finding::Different { source, destination, reason },
        _ => {
            let reason = "the server knows no CRC64 of the object".to_owned();
            Finding::Unknown { entry: source, reason }
        }
    }
}
