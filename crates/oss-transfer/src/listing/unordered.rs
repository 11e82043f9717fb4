//! Several lists of one bucket at once.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use oss_models::{CallError, Request, Response};
use tower_service::Service;

use super::ranges::{Assignment, Division, KeyRange};
use super::{ListEntry, ListPages, Listing};

/// The pages of a [`Listing`] in no particular order, several asked for at once.
///
/// The first page comes first. If there are more, one list of folders shows where to divide the rest, and a list that is done
/// early takes the back half of what another still has to list. Each key comes once, as long as it exists all the time.
pub struct UnorderedPages<S> {
    service: S,
    listing: Listing,
    jobs: usize,
    state: State<S>,
    turn: usize,
}

enum State<S> {
    /// One list: how much there is, is not known yet.
    First(ListPages<S>),
    /// One level of folders behind the first page.
    Folders {
        pages: ListPages<S>,
        after: String,
    },
    Divided {
        division: Division,
        lists: Vec<(u64, ListPages<S>)>,
    },
    Done,
}

/// Parts that a list of folders is divided into for each job: more, and the last one is done later than the others.
const PARTS_FOR_EACH_JOB: usize = 4;

impl<S: Clone> UnorderedPages<S> {
    pub(super) fn new(listing: Listing, service: S, jobs: usize) -> Self {
        let state = State::First(listing.clone().pages(service.clone()));
        // What is behind a delimiter would come once from each list.
        let jobs = if listing.request.delimiter.is_some() { 1 } else { jobs.max(1) };
        Self { service, listing, jobs, state, turn: 0 }
    }

    fn range(&self, after: String) -> KeyRange {
        let prefix = self.listing.request.prefix.clone().unwrap_or_default();
        KeyRange { after: Some(after), until: self.listing.end_with.clone(), ..KeyRange::with_prefix(prefix) }
    }

    fn list(&self, range: KeyRange) -> ListPages<S> {
        let mut listing = self.listing.clone();
        (listing.request.start_after, listing.end_with) = (range.after, range.until);
        listing.pages(self.service.clone())
    }

    /// The parts of what is behind `after`, by the folders that were found.
    fn divide(&mut self, after: String, entries: &[ListEntry]) {
        let folders: Vec<_> = entries.iter().filter(|entry| matches!(entry, ListEntry::Prefix(_))).collect();
        let step = folders.len().div_ceil(self.jobs * PARTS_FOR_EACH_JOB).max(1);
        let parts = self.range(after).split_at_all(folders.into_iter().step_by(step).map(ListEntry::key));
        self.state = State::Divided { division: Division::new(parts), lists: Vec::new() };
    }
}

impl<S> UnorderedPages<S>
where
    Self: Stream,
{
    /// The next page; `None` after the last.
    pub async fn next(&mut self) -> Option<<Self as Stream>::Item> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

// Nothing is pinned in place: the pages box the call under way.
impl<S> Unpin for UnorderedPages<S> {}

impl<S> Stream for UnorderedPages<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    type Item = Result<Vec<ListEntry>, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Done => return Poll::Ready(None),
                State::First(pages) => {
                    let page = std::task::ready!(Pin::new(&mut *pages).poll_next(cx));
                    let last = pages.last.clone().filter(|_| this.jobs > 1 && !pages.is_done());
                    match (&page, last) {
                        (Some(Ok(_)), Some(after)) => {
                            let listing = this.listing.clone().delimiter("/").start_after(after.clone());
                            this.state = State::Folders { pages: listing.pages(this.service.clone()), after };
                        }
                        (Some(Ok(_)), None) => {}
                        (Some(Err(_)) | None, _) => this.state = State::Done,
                    }
                    return Poll::Ready(page);
                }
                State::Folders { pages, after } => {
                    let page = std::task::ready!(Pin::new(pages).poll_next(cx));
                    let after = std::mem::take(after);
                    match page {
                        Some(Err(error)) => {
                            this.state = State::Done;
                            return Poll::Ready(Some(Err(error)));
                        }
                        page => this.divide(after, &page.and_then(Result::ok).unwrap_or_default()),
                    }
                }
                State::Divided { .. } => return this.poll_lists(cx),
            }
        }
    }
}

impl<S> UnorderedPages<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    fn poll_lists(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Vec<ListEntry>, CallError>>> {
        let State::Divided { mut division, mut lists } = std::mem::replace(&mut self.state, State::Done) else {
            return Poll::Ready(None);
        };
        loop {
            while lists.len() < self.jobs
                && let Some(Assignment { id, range, cut }) = division.assign()
            {
                if let Some((cut, until)) = cut
                    && let Some((_, pages)) = lists.iter_mut().find(|(id, _)| *id == cut)
                {
                    pages.end_with = Some(until);
                }
                lists.push((id, self.list(range)));
            }
            if lists.is_empty() {
                return Poll::Ready(None);
            }
            let Some((at, page)) = self.poll_any(&mut lists, cx) else {
                self.state = State::Divided { division, lists };
                return Poll::Pending;
            };
            let Some((id, pages)) = lists.get(at) else { continue };
            match (page, &pages.last) {
                (Some(Err(error)), _) => return Poll::Ready(Some(Err(error))),
                (Some(Ok(entries)), last) => {
                    match last {
                        Some(last) if !pages.is_done() => division.on_page(*id, last),
                        _ if pages.is_done() => {
                            division.on_end(*id);
                            lists.remove(at);
                        }
                        _ => {}
                    }
                    self.state = State::Divided { division, lists };
                    return Poll::Ready(Some(Ok(entries)));
                }
                (None, _) => {
                    division.on_end(*id);
                    lists.remove(at);
                }
            }
        }
    }

    /// The first list that has a page, beginning with another one each time.
    #[expect(clippy::type_complexity, reason = "the item of the stream, and whose it is")]
    fn poll_any(
        &mut self,
        lists: &mut [(u64, ListPages<S>)],
        cx: &mut Context<'_>,
    ) -> Option<(usize, Option<Result<Vec<ListEntry>, CallError>>)> {
        let count = lists.len();
        self.turn = (self.turn + 1) % count.max(1);
        (0..count).map(|offset| (self.turn + offset) % count).find_map(|at| {
            match Pin::new(&mut lists.get_mut(at)?.1).poll_next(cx) {
                Poll::Ready(page) => Some((at, page)),
                Poll::Pending => None,
            }
        })
    }
}
