use oss_models::{BucketName, CallError, ObjectSummary, Request, RequestPayer, Response};
use oss_transfer::{Candidate, Filter, ListEntry, ListPages, Listing};
use tower_service::Service;

use crate::{Entry, Item, PathRange, Unknown};

/// The objects below a prefix, as one side of a [`Merge`](crate::Merge).
#[derive(Clone, Debug)]
#[must_use = "nothing is listed until the pages are asked for"]
pub struct ObjectList {
    listing: Listing,
    prefix: String,
    filter: Filter,
}

impl ObjectList {
    /// All objects of a bucket whose keys begin with `prefix`, which ends in `/` or is empty. Paths are what follows it.
    pub fn new(bucket: BucketName, prefix: impl Into<String>) -> Self {
        let prefix = prefix.into();
        Self { listing: Listing::new(bucket).prefix(prefix.as_str()), prefix, filter: Filter::default() }
    }

    /// Which paths count. Default: all.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Who pays for the requests. Default: the owner of the bucket.
    pub fn request_payer(mut self, payer: impl Into<Option<RequestPayer>>) -> Self {
        self.listing = self.listing.request_payer(payer);
        self
    }

    /// The pages, each asked for when it is needed.
    pub fn pages<S>(self, service: S) -> ObjectListPages<S> {
        ObjectListPages { pages: self.listing.pages(service), prefix: self.prefix, filter: self.filter }
    }
}

/// The pages of an [`ObjectList`].
pub struct ObjectListPages<S> {
    pages: ListPages<S>,
    prefix: String,
    filter: Filter,
}

impl<S> ObjectListPages<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    /// The items of the next page; `None` after the last.
    ///
    /// # Errors
    /// Those of the service, and an unreadable response if keys are not in their order. Nothing comes after an error.
    pub async fn next(&mut self) -> Option<Result<Vec<Item>, CallError>> {
        let page = self.pages.next().await?;
        Some(page.map(|entries| entries.into_iter().filter_map(|entry| self.item(entry)).collect()))
    }
}

impl<S> ObjectListPages<S> {
    fn item(&self, entry: ListEntry) -> Option<Item> {
        // Without a delimiter there are no common prefixes.
        let ListEntry::Object(object) = entry else { return None };
        let path = object.key.strip_prefix(&self.prefix)?;
        if path.is_empty() || !self.filter.admits(Candidate::new(path)) {
            return None;
        }
        Some(item(path.to_owned(), object, &self.filter))
    }
}

/// An object by its path. One whose key ends in `/` stands for a folder: it is no file, whatever its content is.
fn item(path: String, object: ObjectSummary, filter: &Filter) -> Item {
    let unknown = |path: String, reason: &str| Item::Unknown(Unknown::new(PathRange::one(path), reason));
    if path.ends_with('/') {
        return unknown(path, "the key ends in a slash, as no file's name does");
    }
    if !filter.admits(Candidate::new(&path).size(object.size).modified(object.last_modified)) {
        return unknown(path, "left out by its size or time");
    }
    Item::Entry(Entry { modified: object.last_modified, etag: object.etag, ..Entry::new(path, object.size) })
}
