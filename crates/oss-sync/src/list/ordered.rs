//! The list of a bucket in order, by several requests at once.
//!
//! ```text
//!   range 1 (page, page) │ range 2 (page, on disk …) │ range 3 (no page yet) │ …
//!   ▲ the caller takes from the front        ▲ each is listed for itself, up to `jobs` at once
//! ```
//!
//! A range ends at a key, and the next one begins behind it, so that they are exact, whatever a guess put between them. A request
//! that is free takes the back half of a range that is still listed. Pages that were listed ahead of the caller wait in memory,
//! and on disk if they are many.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream as _;
use oss_models::{CallError, Request, Response};
use oss_transfer::{KeyRange, ListEntry, ListPages, Listing};
use tower_service::Service;

use super::Describe;
use super::ahead::{Ahead, Waiting};
use crate::{Item, PlaceError};

/// How many pages come by one list before it is divided: fewer are not worth a request more.
const PAGES_BEFORE_DIVIDING: usize = 2;
/// Parts that a list of folders is divided into for each job.
const PARTS_FOR_EACH_JOB: usize = 4;
/// Entries of a page behind which there may be more.
const FULL_PAGE: usize = 1_000;
/// A range whose back half was empty again and again is divided after so many pages at the latest.
const MOST_PATIENCE: usize = 64;

/// Pages of a bucket's list, in order.
pub(super) struct OrderedPages<S> {
    service: S,
    listing: Listing,
    describe: Describe,
    jobs: usize,
    state: State<S>,
    /// In the order of their keys; the caller takes from the first.
    ranges: VecDeque<Range<S>>,
    ahead: Ahead,
    /// Folders on the first pages, and the one that came last.
    folders: (usize, String),
}

enum State<S> {
    /// One list, so many pages long by now.
    First(usize),
    /// One level of folders, to find where to divide.
    Folders(Box<ListPages<S>>),
    Divided,
    Failed,
}

/// A part of the keys that is listed, or will be.
struct Range<S> {
    keys: KeyRange,
    /// `None` until it is listed, and when it is done.
    pages: Option<ListPages<S>>,
    is_done: bool,
    waiting: VecDeque<Waiting>,
    /// Pages since it was last divided.
    pages_since: usize,
    /// How many pages it takes to be divided again: more after each guess that found nothing.
    patience: usize,
    /// Whether it was made of the back of another, and no page of it came yet.
    is_guess: bool,
}

impl<S> Range<S> {
    fn new(keys: KeyRange, is_guess: bool) -> Self {
        let (pages, waiting) = (None, VecDeque::new());
        Self { keys, pages, is_done: false, waiting, pages_since: 0, patience: 1, is_guess }
    }
}

impl<S> OrderedPages<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    pub(super) fn new(listing: Listing, describe: Describe, service: S, jobs: usize, ahead: Ahead) -> Self {
        let ranges = VecDeque::from([Range::new(KeyRange::with_prefix(describe.prefix.as_str()), false)]);
        Self {
            service,
            listing,
            describe,
            jobs: jobs.max(1),
            state: State::First(0),
            ranges,
            ahead,
            folders: (0, String::new()),
        }
    }

    /// The next page; `None` after the last. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<Item>, PlaceError>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Vec<Item>, PlaceError>>> {
        loop {
            if matches!(self.state, State::Failed) {
                return Poll::Ready(None);
            }
            let came = match self.advance(cx) {
                Ok(came) => came,
                Err(error) => {
                    self.state = State::Failed;
                    return Poll::Ready(Some(Err(error)));
                }
            };
            // Not until all are pending: a service that always has a response would be listed to its end first.
            let Some(front) = self.ranges.front_mut() else { return Poll::Ready(None) };
            if let Some(waiting) = front.waiting.pop_front() {
                let page = self.ahead.take(waiting).map_err(PlaceError::Temporary);
                if page.is_err() {
                    self.state = State::Failed;
                }
                return Poll::Ready(Some(page));
            }
            if front.is_done {
                self.ranges.pop_front();
            } else if !came {
                return Poll::Pending;
            }
        }
    }

    /// Begins requests and takes responses; whether anything came.
    fn advance(&mut self, cx: &mut Context<'_>) -> Result<bool, PlaceError> {
        match &mut self.state {
            State::Folders(pages) => match Pin::new(pages.as_mut()).poll_next(cx) {
                Poll::Ready(page) => {
                    let folders = page.transpose()?.unwrap_or_default();
                    self.state = State::Divided;
                    self.divide_at(&folders);
                    return Ok(true);
                }
                Poll::Pending => return Ok(false),
            },
            State::First(_) => self.begin(1),
            State::Divided => {
                self.begin(self.jobs);
                self.divide();
            }
            State::Failed => return Ok(false),
        }
        let mut came = false;
        for index in 0..self.ranges.len() {
            came |= self.poll_range(index, cx)?;
        }
        Ok(came)
    }

    fn under_way(&self) -> usize {
        self.ranges.iter().filter(|range| range.pages.is_some()).count()
    }

    /// Begins to list the first ranges that are not listed, up to `jobs` at once.
    fn begin(&mut self, jobs: usize) {
        let mut free = jobs.saturating_sub(self.under_way());
        let idle = self.ranges.iter_mut().filter(|range| range.pages.is_none() && !range.is_done);
        for range in idle {
            if free == 0 {
                return;
            }
            let mut listing = self.listing.clone();
            if let Some(after) = &range.keys.after {
                listing = listing.start_after(after);
            }
            range.pages = Some(listing.pages(self.service.clone()));
            free -= 1;
        }
    }

    /// Gives a free request the back half of what another still has to list.
    fn divide(&mut self) {
        while self.under_way() < self.jobs {
            let is_long =
                |range: &Range<S>| range.pages.is_some() && range.pages_since >= range.patience && !range.is_guess;
            let long = self.ranges.iter().enumerate().filter(|(_, range)| is_long(range));
            let Some(index) = long.max_by_key(|(_, range)| range.pages_since).map(|(index, _)| index) else { return };
            let Some(range) = self.ranges.get_mut(index) else { return };
            range.pages_since = 0;
            let Some(middle) = range.keys.middle() else { continue };
            let (front, back) = range.keys.clone().split_at(&middle);
            range.keys = front;
            self.ranges.insert(index + 1, Range::new(back, true));
            self.begin(self.jobs);
        }
    }

    fn divide_at(&mut self, folders: &[ListEntry]) {
        let folders: Vec<_> = folders.iter().filter(|entry| matches!(entry, ListEntry::Prefix(_))).collect();
        // As many pages as there seem to be, by what the first ones had: a part costs a request at least.
        let pages = (folders.len() * PAGES_BEFORE_DIVIDING).div_ceil(self.folders.0.max(1));
        let step = folders.len().div_ceil((self.jobs * PARTS_FOR_EACH_JOB).min(pages).max(1)).max(1);
        let Some(last) = self.ranges.back_mut() else { return };
        let parts = last.keys.clone().split_at_all(folders.into_iter().step_by(step).map(ListEntry::key));
        let mut parts = parts.into_iter();
        if let Some(first) = parts.next() {
            last.keys = first;
        }
        self.ranges.extend(parts.map(|keys| Range::new(keys, false)));
    }

    /// Takes the next page of a range, if it is there.
    fn poll_range(&mut self, index: usize, cx: &mut Context<'_>) -> Result<bool, PlaceError> {
        let Some(range) = self.ranges.get_mut(index) else { return Ok(false) };
        let Some(pages) = &mut range.pages else { return Ok(false) };
        let page = match Pin::new(pages).poll_next(cx) {
            Poll::Pending => return Ok(false),
            Poll::Ready(page) => page.transpose()?,
        };
        let Some(page) = page else {
            (range.pages, range.is_done) = (None, true);
            self.told(index, 0);
            return Ok(true);
        };
        let last = page.last().map(|entry| entry.key().to_owned());
        let until = range.keys.until.clone();
        let is_inside = |entry: &ListEntry| until.as_deref().is_none_or(|until| entry.key() <= until);
        if let (Some(last), Some(until)) = (&last, &until)
            && last >= until
        {
            (range.pages, range.is_done) = (None, true);
        }
        if let Some(last) = last.filter(|_| !range.is_done) {
            range.keys.after = Some(last);
        }
        // A page with room left is the last: there is nothing to divide behind it.
        range.pages_since += usize::from(page.len() >= FULL_PAGE);
        let inside: Vec<_> = page.into_iter().filter(is_inside).collect();
        let count = inside.len();
        if matches!(self.state, State::First(_)) {
            count_folders(&mut self.folders, &self.describe.prefix, &inside);
        }
        let items: Vec<_> = inside.into_iter().filter_map(|entry| self.describe.item(entry)).collect();
        if !items.is_empty() {
            let waiting = self.ahead.put(items, index == 0).map_err(PlaceError::Temporary)?;
            range.waiting.push_back(waiting);
        }
        self.told(index, count);
        self.probe();
        Ok(true)
    }

    /// After a few pages, asks for folders to divide the rest at.
    fn probe(&mut self) {
        let State::First(pages) = &mut self.state else { return };
        *pages += 1;
        if *pages < PAGES_BEFORE_DIVIDING || self.jobs < 2 {
            return;
        }
        let front = self.ranges.front().filter(|range| !range.is_done);
        if let Some(after) = front.and_then(|range| range.keys.after.clone()) {
            let folders = self.listing.clone().delimiter("/").start_after(after);
            self.state = State::Folders(Box::new(folders.pages(self.service.clone())));
        }
    }

    /// A guess that found nothing makes the range in front of it more patient, and one that found something less.
    fn told(&mut self, index: usize, count: usize) {
        let was_guess = self.ranges.get_mut(index).is_some_and(|range| std::mem::take(&mut range.is_guess));
        let front = index.checked_sub(1).filter(|_| was_guess).and_then(|index| self.ranges.get_mut(index));
        if let Some(front) = front {
            front.patience = if count == 0 { (front.patience * 2).min(MOST_PATIENCE) } else { 1 };
        }
    }
}

/// Counts folders as they come; `last` is the one before.
fn count_folders((count, last): &mut (usize, String), prefix: &str, entries: &[ListEntry]) {
    let folder = |entry: &ListEntry| Some(entry.key().get(prefix.len()..)?.split_once('/')?.0.to_owned());
    for folder in entries.iter().filter_map(folder) {
        if *last != folder {
            (*count, *last) = (*count + 1, folder);
        }
    }
}
