mod ranges;
mod unordered;

pub use ranges::KeyRange;
pub use unordered::UnorderedPages;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http::StatusCode;
use oss_models::{
    BucketName, CallError, CallErrorKind, ListObjectsV2Request, ListObjectsV2Result, ObjectSummary, Operation, Pages,
    Request, RequestPayer, Response, Target, pages,
};
use tower_service::Service;

/// What is listed of a bucket: set options, then take the [`pages`](Listing::pages).
///
/// ```
/// use oss_transfer::{ListEntry, Listing};
/// # use oss_models::{BucketName, CallError, Request, Response};
/// # async fn demo<S>(service: S, bucket: BucketName) -> Result<(), CallError>
/// # where S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static, S::Future: Send {
/// let mut pages = Listing::new(bucket).prefix("photos/").delimiter("/").pages(service);
/// while let Some(page) = pages.next().await {
///     for entry in page? {
///         println!("{}", entry.key());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is listed until the pages are asked for"]
pub struct Listing {
    request: ListObjectsV2Request,
    end_with: Option<String>,
}

/// An object, or what stands for all objects behind a delimiter.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListEntry {
    /// An object.
    Object(ObjectSummary),
    /// A common prefix, its delimiter included: a folder, if that is `/`.
    Prefix(String),
}

impl ListEntry {
    /// The key, or the prefix.
    pub fn key(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

impl Listing {
    /// All objects of a bucket, in the order of their keys' bytes.
    pub fn new(bucket: BucketName) -> Self {
        // Each page is billed as one request, however few entries it has.
        let request = ListObjectsV2Request::new(bucket.as_str()).max_keys(1_000_u16);
        Self { request, end_with: None }
    }

    /// Only keys that begin with this text, at most 1,024 bytes. Default: all.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.request.prefix = Some(prefix.into()).filter(|prefix| !prefix.is_empty());
        self
    }

    /// Stops at the first delimiter after the prefix: what is behind it is one [`ListEntry::Prefix`]. Default: none.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.request.delimiter = Some(delimiter.into());
        self
    }

    /// Only keys after this one. Default: from the first.
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.request.start_after = Some(key.into());
        self
    }

    /// Only keys up to this one, itself included; no page is asked for behind it. Default: to the last.
    pub fn end_with(mut self, key: impl Into<String>) -> Self {
        self.end_with = Some(key.into());
        self
    }

    /// The most entries of a page, 1 to 1,000. Default 1,000.
    ///
    /// # Errors
    /// Out of its range, the first page is a [`CallErrorKind::Invalid`].
    pub fn page_size(mut self, entries: u16) -> Self {
        self.request.max_keys = Some(entries);
        self
    }

    /// Who pays for the requests. Default: the owner of the bucket.
    pub fn request_payer(mut self, payer: impl Into<Option<RequestPayer>>) -> Self {
        self.request.request_payer = payer.into();
        self
    }

    /// The pages, each asked for when it is polled for, so memory holds one. Ends after the first error.
    ///
    /// # Errors
    /// Those of the service, and an unreadable response if a page is not in the order of keys: whatever relies on the
    /// order would take the list for complete.
    pub fn pages<S>(self, service: S) -> ListPages<S> {
        let target = self.target();
        ListPages { pages: pages(service, self.request), end_with: self.end_with, target, last: None, done: false }
    }

    /// The same pages in no particular order, up to `jobs` of them asked for at once. Memory holds one page for each job.
    ///
    /// Worth it for many pages: dividing the keys takes a request of its own, and some more that find nothing. 1 job, or a
    /// [`delimiter`](Self::delimiter), and the pages come in order, one after the other.
    ///
    /// # Errors
    /// Those of [`pages`](Self::pages).
    pub fn unordered_pages<S: Clone>(self, service: S, jobs: usize) -> UnorderedPages<S> {
        UnorderedPages::new(self, service, jobs)
    }

    /// What an error of the list names; without a bucket if that is what is wrong, which the first page reports.
    fn target(&self) -> Option<Target> {
        self.request.clone().into_request().ok().map(|request| request.target())
    }
}

/// The pages of a [`Listing`]: objects and prefixes together, in the order of keys.
pub struct ListPages<S> {
    pages: Pages<S, ListObjectsV2Request>,
    end_with: Option<String>,
    target: Option<Target>,
    /// The last entry so far.
    last: Option<String>,
    done: bool,
}

impl<S> ListPages<S>
where
    Self: Stream,
{
    /// The next page; `None` after the last.
    pub async fn next(&mut self) -> Option<<Self as Stream>::Item> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

// Nothing is pinned in place: the pages box the call under way.
impl<S> Unpin for ListPages<S> {}

impl<S> Stream for ListPages<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    type Item = Result<Vec<ListEntry>, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let page = match ready!(Pin::new(&mut self.pages).poll_next(cx)) {
            Some(Ok(page)) => page,
            Some(Err(error)) => {
                self.done = true;
                return Poll::Ready(Some(Err(error)));
            }
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(self.entries(page)))
    }
}

impl<S> ListPages<S> {
    /// Whether it is known already that there is no further page.
    fn is_done(&self) -> bool {
        self.done || self.pages.is_done()
    }

    fn entries(&mut self, page: ListObjectsV2Result) -> Result<Vec<ListEntry>, CallError> {
        let stated = page.key_count.and_then(|count| usize::try_from(count).ok());
        let mut entries = merge(page.contents, page.common_prefixes);
        // A page that lacks entries would make what it lacks look as if it were not there.
        if let Some(stated) = stated.filter(|stated| *stated > entries.len()) {
            self.done = true;
            return Err(self.no_list(format!("the page states {stated} entries and has {}", entries.len())));
        }
        // A page may begin with the prefix that the one before ended with.
        if entries
            .first()
            .is_some_and(|first| matches!(first, ListEntry::Prefix(prefix) if Some(prefix) == self.last.as_ref()))
        {
            entries.remove(0);
        }
        let mut last = self.last.as_deref();
        for entry in &entries {
            let key = entry.key();
            if last.is_some_and(|last| last >= key) {
                let error = self.out_of_order(last.unwrap_or_default(), key);
                self.done = true;
                return Err(error);
            }
            last = Some(key);
        }
        if let Some(key) = entries.last().map(ListEntry::key) {
            let last = self.last.get_or_insert_default();
            last.clear();
            last.push_str(key);
        }
        if let Some(end) = self.end_with.as_deref() {
            self.done = self.last.as_deref() >= Some(end);
            entries.retain(|entry| entry.key() <= end);
        }
        Ok(entries)
    }

    fn out_of_order(&self, last: &str, key: &str) -> CallError {
        self.no_list(format!("the list is not in the order of keys: {key:?} comes after {last:?}"))
    }

    fn no_list(&self, reason: String) -> CallError {
        let target = self.target.clone();
        match target {
            Some(target) => CallError::new(target, CallErrorKind::InvalidResponse { status: StatusCode::OK, reason }),
            // A request that could not be made got no page.
            None => CallError::invalid("ListObjectsV2", oss_models::InvalidRequest::new("bucket", reason)),
        }
    }
}

/// Both lists are sorted; so is the result.
fn merge(objects: Vec<ObjectSummary>, prefixes: Vec<String>) -> Vec<ListEntry> {
    if prefixes.is_empty() {
        // In the same memory: an entry is no larger than its object.
        return objects.into_iter().map(ListEntry::Object).collect();
    }
    let mut entries = Vec::with_capacity(objects.len() + prefixes.len());
    let mut prefixes = prefixes.into_iter().peekable();
    for object in objects {
        while let Some(prefix) = prefixes.next_if(|prefix| *prefix <= object.key) {
            entries.push(ListEntry::Prefix(prefix));
        }
        entries.push(ListEntry::Object(object));
    }
    entries.extend(prefixes.map(ListEntry::Prefix));
    entries
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use oss_models::{ResponseBody, ServiceError};

    use super::*;

    /// A bucket in memory, which counts what it was asked.
    #[derive(Clone, Default)]
    struct Bucket {
        keys: Arc<Vec<&'static str>>,
        asked: Arc<Mutex<Vec<String>>>,
        /// Whether a page ends as soon as it is full, so that the next may begin with the same prefix.
        ends_within_prefixes: bool,
        /// Whether no response is there at once.
        waits: bool,
        /// Which request is refused, from 1; 0 for none.
        refused: usize,
    }

    impl Bucket {
        fn of(keys: &[&'static str]) -> Self {
            Self { keys: Arc::new(keys.to_vec()), ..Self::default() }
        }

        fn asked(&self) -> usize {
            self.asked.lock().unwrap().len()
        }

        /// One page, in the order in which the keys are.
        fn page(&self, request: &Request) -> String {
            let query = |name: &str| request.query_value(name).unwrap_or_default().to_owned();
            let (prefix, delimiter) = (query("prefix"), query("delimiter"));
            self.asked.lock().unwrap().push(query("continuation-token"));
            let after = query("continuation-token").parse::<usize>().ok();
            let limit: usize = query("max-keys").parse().unwrap();
            let mut xml = String::new();
            let mut seen = Vec::new();
            let start = query("start-after");
            let mut rest = self.keys.iter().enumerate().skip(after.unwrap_or(0)).peekable();
            while let Some((_, key)) = rest.peek() {
                if self.ends_within_prefixes && seen.len() == limit {
                    break;
                }
                if key.starts_with(&prefix) && **key > start.as_str() {
                    let tail = &key[prefix.len()..];
                    let name = match tail.find(&delimiter).filter(|_| !delimiter.is_empty()) {
                        Some(at) => {
                            format!("<CommonPrefixes><Prefix>{prefix}{}</Prefix></CommonPrefixes>", &tail[..=at])
                        }
                        None => format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>"),
                    };
                    if !seen.contains(&name) {
                        if seen.len() == limit {
                            break;
                        }
                        xml += &name;
                        seen.push(name);
                    }
                }
                rest.next();
            }
            let next = rest.peek().map(|(at, _)| format!("<NextContinuationToken>{at}</NextContinuationToken>"));
            let truncated = next.is_some();
            format!(
                "<ListBucketResult>{xml}<IsTruncated>{truncated}</IsTruncated>{}</ListBucketResult>",
                next.unwrap_or_default()
            )
        }
    }

    impl Service<Request> for Bucket {
        type Response = Response;
        type Error = CallError;
        type Future = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> Self::Future {
            let mut response = Response::new(StatusCode::OK);
            response.body = ResponseBody::Bytes(self.page(&request).into());
            let refusal = ServiceError::new(StatusCode::FORBIDDEN, "AccessDenied");
            let refused = (self.asked() == self.refused).then(|| CallError::new(request.target(), refusal.into()));
            let waits = self.waits;
            Box::pin(async move {
                if waits {
                    tokio::task::yield_now().await;
                }
                refused.map_or(Ok(response), Err)
            })
        }
    }

    async fn keys(bucket: &Bucket, listing: Listing) -> Result<Vec<String>, CallError> {
        let mut pages = listing.pages(bucket.clone());
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            keys.extend(page?.iter().map(|entry| match entry {
                ListEntry::Object(object) => object.key.clone(),
                ListEntry::Prefix(prefix) => format!("PRE {prefix}"),
            }));
        }
        Ok(keys)
    }

    fn listing() -> Listing {
        Listing::new(BucketName::new("demo").unwrap())
    }

    #[tokio::test]
    async fn objects_and_prefixes_come_in_one_order_page_by_page() {
        let bucket = Bucket::of(&["a", "a/b", "a/c", "b", "c/", "c/d", "d"]);
        for size in 1..=7 {
            let found = keys(&bucket, listing().delimiter("/").page_size(size)).await.unwrap();
            assert_eq!(found, ["a", "PRE a/", "b", "PRE c/", "d"], "{size} a page");
        }
        assert_eq!(keys(&bucket, listing().prefix("c/").delimiter("/")).await.unwrap(), ["c/", "c/d"]);
        // A server that counts keys and not entries tells a prefix on two pages.
        let other = Bucket { ends_within_prefixes: true, ..bucket.clone() };
        for size in 1..=7 {
            let found = keys(&other, listing().delimiter("/").page_size(size)).await.unwrap();
            assert_eq!(found, ["a", "PRE a/", "b", "PRE c/", "d"], "{size} a page");
        }
        assert_eq!(keys(&bucket, listing().start_after("b")).await.unwrap(), ["c/", "c/d", "d"]);
    }

    #[tokio::test]
    async fn each_key_comes_once_however_many_lists_there_are() {
        let names: Vec<String> = (0..500)
            .map(|number| match number % 3 {
                0 => format!("flat-{number:04}"),
                1 => format!("folder-{}/{number}", number % 7),
                _ => format!("z/deep/er/{number:05}"),
            })
            .collect();
        let mut names: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
        names.sort_unstable();
        for (size, jobs, prefix, waits) in [
            (3, 1, "", false),
            (3, 8, "", false),
            (3, 8, "", true),
            (50, 4, "", true),
            (2, 64, "", false),
            (10, 4, "z/deep/", true),
            (1000, 8, "", false),
        ] {
            let bucket = Bucket { waits, ..Bucket::of(&names) };
            let before = bucket.asked();
            let mut pages = listing().prefix(prefix).page_size(size).unordered_pages(bucket.clone(), jobs);
            let mut found = Vec::new();
            while let Some(page) = pages.next().await {
                found.extend(page.unwrap().into_iter().map(|entry| entry.key().to_owned()));
            }
            found.sort();
            let wanted: Vec<_> = names.iter().filter(|name| name.starts_with(prefix)).copied().collect();
            assert_eq!(found, wanted, "{size} a page, {jobs} jobs");
            // One list of folders, and for each page at most one guess that finds nothing.
            let (asked, least) = (bucket.asked() - before, wanted.len().div_ceil(size.into()));
            assert!(asked <= 3 * least + 2, "{asked} of {least}");
            assert!(jobs > 1 || asked == least, "{asked} of {least}");
        }
    }

    /// The first page, the folders, or a page of one of several lists, whether responses are waited for or not.
    #[tokio::test]
    async fn a_list_that_fails_ends_all_of_them() {
        let names: Vec<&'static str> = (0..60).map(|number| &*format!("{}/{number:02}", number / 20).leak()).collect();
        for (waits, refused) in (1..=8).flat_map(|refused| [(false, refused), (true, refused)]) {
            let bucket = Bucket { waits, refused, ..Bucket::of(&names) };
            let mut pages = listing().page_size(5).unordered_pages(bucket.clone(), 4);
            let mut found = Vec::new();
            let error = loop {
                match pages.next().await.expect("an error comes before the end") {
                    Ok(page) => found.extend(page.into_iter().map(|entry| entry.key().to_owned())),
                    Err(error) => break error,
                }
            };
            assert_eq!(error.code(), Some("AccessDenied"), "request {refused}");
            let asked = bucket.asked();
            assert!(pages.next().await.is_none() && pages.next().await.is_none() && bucket.asked() == asked);
            let count = found.len();
            found.sort();
            found.dedup();
            assert!(found.len() == count && count < names.len(), "request {refused}: {found:?}");
        }
    }

    #[tokio::test]
    async fn the_end_of_the_keys_holds_for_each_list() {
        let bucket = Bucket::of(&["a", "b", "c", "d", "e", "f", "g", "h"]);
        let mut pages = listing().start_after("a").end_with("f").page_size(1).unordered_pages(bucket, 4);
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            found.extend(page.unwrap().into_iter().map(|entry| entry.key().to_owned()));
        }
        found.sort();
        assert_eq!(found, ["b", "c", "d", "e", "f"]);
    }

    #[tokio::test]
    async fn no_page_is_asked_for_behind_the_end() {
        let bucket = Bucket::of(&["a", "b", "c", "d", "e", "f"]);
        assert_eq!(keys(&bucket, listing().page_size(2).end_with("c")).await.unwrap(), ["a", "b", "c"]);
        assert_eq!(bucket.asked(), 2);
    }

    #[tokio::test]
    async fn a_list_out_of_order_is_an_error_and_not_the_end() {
        for size in [1, 2, 10] {
            let error = keys(&Bucket::of(&["b", "a", "c"]), listing().page_size(size)).await.unwrap_err().to_string();
            assert!(error.contains("oss://demo") && error.contains("not in the order of keys"), "{error}");
        }
    }
}
