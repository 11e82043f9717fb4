use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use ossup::{CallError, ListEntry, ListObjectsV2Request, Listing, ObjectSummary};

use crate::bucket::Bucket;
use crate::error::OssError;

/// Entries of a list, page by page.
pub(crate) type Pages = BoxStream<'static, Result<Vec<ListEntry>, CallError>>;

/// One page of a list that the caller turns over.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) objects: Vec<ObjectSummary>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) next: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// Which page that is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn {
    pub(crate) prefix: Option<String>,
    pub(crate) start_after: Option<String>,
    pub(crate) delimiter: Option<String>,
    pub(crate) max_keys: Option<usize>,
    pub(crate) token: Option<String>,
}

impl Bucket {
    /// All objects with this prefix, or those after a key; several lists at once if the store is set so.
    pub(crate) fn list(&self, prefix: String, start_after: Option<String>) -> Pages {
        let mut listing = Listing::new(self.name.clone()).prefix(prefix);
        if let Some(key) = start_after.filter(|key| !key.is_empty()) {
            listing = listing.start_after(key);
        }
        let service = self.client.transport().clone();
        match self.settings.parallel_listing {
            0 | 1 => listing.pages(service).boxed(),
            jobs => listing.unordered_pages(service, jobs).boxed(),
        }
    }

    /// One level: objects with this prefix, and the prefixes that the others have in common.
    pub(crate) fn list_level(&self, prefix: String) -> Pages {
        let listing = Listing::new(self.name.clone()).prefix(prefix).delimiter("/");
        listing.pages(self.client.transport().clone()).boxed()
    }

    /// One page, as the caller asks for it.
    pub(crate) async fn list_page(&self, turn: Turn) -> Result<Page, OssError> {
        // OSS refuses a page of no entries.
        if turn.max_keys == Some(0) {
            return Ok(Page::default());
        }
        let mut request = ListObjectsV2Request::new(self.name());
        request.prefix = turn.prefix.filter(|prefix| !prefix.is_empty());
        request.delimiter = turn.delimiter;
        request.start_after = turn.start_after;
        request.continuation_token = turn.token;
        request.max_keys =
            Some(turn.max_keys.and_then(|keys| u16::try_from(keys).ok()).unwrap_or(MOST_KEYS).min(MOST_KEYS));
        let page = self.client.list_objects_v2(request).await?;
        let request_id = page.request_id().map(str::to_owned);
        let next = page.next_continuation_token.filter(|_| page.is_truncated);
        Ok(Page { objects: page.contents, prefixes: page.common_prefixes, next, request_id })
    }
}

/// Most entries of a page.
const MOST_KEYS: u16 = 1_000;
