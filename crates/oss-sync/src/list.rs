mod ahead;
mod alphabet;
mod division;
mod ordered;

use std::path::PathBuf;

use oss_models::{BucketName, CallError, ObjectSummary, Request, RequestPayer, Response};
use oss_transfer::{Candidate, Filter, ListEntry, ListPages, Listing};
use tower_service::Service;

use crate::{Entry, Item, PathRange, PlaceError, Unknown};
use ahead::Ahead;
use ordered::OrderedPages;

/// The objects below a prefix, as one side of a [`Merge`](crate::Merge).
#[derive(Clone, Debug)]
#[must_use = "nothing is listed until the pages are asked for"]
pub struct ObjectList {
    listing: Listing,
    describe: Describe,
    jobs: usize,
    temporary: Option<PathBuf>,
}

/// What becomes of an object of the list.
#[derive(Clone, Debug)]
struct Describe {
    prefix: String,
    filter: Filter,
    left_out_is_missing: bool,
}

impl ObjectList {
    /// All objects of a bucket whose keys begin with `prefix`, which ends in `/` or is empty. Paths are what follows it.
    pub fn new(bucket: BucketName, prefix: impl Into<String>) -> Self {
        let prefix = prefix.into();
        let listing = Listing::new(bucket).prefix(prefix.as_str());
        let describe = Describe { prefix, filter: Filter::default(), left_out_is_missing: false };
        Self { listing, describe, jobs: 1, temporary: None }
    }

    /// Which paths count. Default: all.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.describe.filter = filter;
        self
    }

    /// Whether what the filter leaves out by its size or time is missing. Default: no, it is an unknown path.
    pub fn left_out_is_missing(mut self, missing: bool) -> Self {
        self.describe.left_out_is_missing = missing;
        self
    }

    /// How many pages are asked for at once; 0 counts as 1. They come in order all the same: those that come early wait in memory,
    /// and on disk if they are many. Dividing the keys takes a request, and some more that find nothing. Default 1.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// Where pages that came early wait. Default: the system's folder for temporary files.
    pub fn temporary_folder(mut self, folder: impl Into<Option<PathBuf>>) -> Self {
        self.temporary = folder.into();
        self
    }

    /// Who pays for the requests. Default: the owner of the bucket.
    pub fn request_payer(mut self, payer: impl Into<Option<RequestPayer>>) -> Self {
        self.listing = self.listing.request_payer(payer);
        self
    }

    /// The pages, each asked for when it is needed.
    pub fn pages<S>(self, service: S) -> ObjectListPages<S>
    where
        S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
        S::Future: Send,
    {
        let Self { listing, describe, jobs, temporary } = self;
        ObjectListPages(match jobs {
            0 | 1 => Source::One(listing.pages(service), describe),
            jobs => Source::Several(OrderedPages::new(listing, describe, service, jobs, Ahead::new(temporary))),
        })
    }
}

/// The pages of an [`ObjectList`].
pub struct ObjectListPages<S>(Source<S>);

enum Source<S> {
    One(ListPages<S>, Describe),
    Several(OrderedPages<S>),
}

impl<S> ObjectListPages<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    /// The items of the next page; `None` after the last.
    ///
    /// # Errors
    /// Those of the service, an unreadable response if keys are not in their order, and that of a temporary file. Nothing comes
    /// after an error.
    pub async fn next(&mut self) -> Option<Result<Vec<Item>, PlaceError>> {
        match &mut self.0 {
            Source::One(pages, describe) => {
                let page = pages.next().await?.map_err(PlaceError::from);
                Some(page.map(|entries| entries.into_iter().filter_map(|entry| describe.item(entry)).collect()))
            }
            Source::Several(pages) => pages.next().await,
        }
    }
}

impl Describe {
    /// An object by its path. One whose key ends in `/` stands for a folder: it is no file, whatever its content is.
    fn item(&self, entry: ListEntry) -> Option<Item> {
        // Without a delimiter there are no common prefixes.
        let ListEntry::Object(object) = entry else { return None };
        let ObjectSummary { key: mut path, size, last_modified, etag, object_type, .. } = object;
        if !path.starts_with(&self.prefix) {
            return None;
        }
        path.drain(..self.prefix.len());
        if path.is_empty() || !self.filter.admits(Candidate::new(&path)) {
            return None;
        }
        if path.ends_with('/') {
            let reason = "the key ends in a slash, as no file's name does";
            return Some(Item::Unknown(Unknown::unsupported(PathRange::one(path), reason)));
        }
        let candidate = Candidate::new(&path).size(size).modified(last_modified);
        if !self.filter.admits(candidate) {
            return (!self.left_out_is_missing).then(|| Item::Unknown(Unknown::left_out(path)));
        }
        // The entity tag of a link is not that of the object that it leads to.
        let etag = etag.filter(|_| object_type.as_deref() != Some("Symlink"));
        Some(Item::Entry(Entry { modified: last_modified, etag, ..Entry::new(path, size) }))
    }
}
