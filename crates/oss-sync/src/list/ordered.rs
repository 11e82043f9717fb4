//! The list of a bucket in order, by several requests at once.
//!
//! ```text
//!   range 1 (page, page) │ range 2 (page, on disk …) │ range 3 (no page yet) │ …
//!   ▲ the caller takes from the front        ▲ each is listed for itself, up to `jobs` at once
//! ```
//!
//! A range ends at a key, and the next one begins behind it, so that they are exact, whatever a guess put between them. A request
//! that is free takes the back of a range that is still listed, where [`Division`] says. Pages that were listed ahead of the
//! caller wait in memory, and on disk if they are many.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream as _;
use oss_models::{CallError, Request, Response};
use oss_transfer::{KeyRange, ListEntry, ListPages, Listing};
use tower_service::Service;

use super::Describe;
use super::ahead::{Ahead, Waiting};
use super::division::{Division, Listed, Split};
use crate::{Item, PlaceError};

/// How many pages come by one list before it is divided: fewer are not worth a request more.
const PAGES_BEFORE_DIVIDING: usize = 2;
/// Entries of a page behind which there may be more.
const FULL_PAGE: usize = 1_000;

/// Pages of a bucket's list, in order.
pub(super) struct OrderedPages<S> {
    service: S,
    listing: Listing,
    describe: Describe,
    jobs: usize,
    division: Division,
    stage: Stage,
    /// In the order of their keys; the caller takes from the first.
    ranges: VecDeque<Range<S>>,
    /// Folders that are asked for, to divide ranges at.
    asks: Vec<Ask<S>>,
    ahead: Ahead,
    next_id: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// One list, so many pages long by now.
    First(usize),
    /// Ranges are divided as requests are free.
    Divided,
    Failed,
}

/// A part of the keys that is listed.
struct Range<S> {
    id: u64,
    keys: KeyRange,
    /// `None` when it is done.
    pages: Option<ListPages<S>>,
    waiting: VecDeque<Waiting>,
    /// The first key of the page that came last.
    first: Option<String>,
    /// Pages since a folder ended.
    pages_in_folder: u32,
    /// Whether it waits for the folders in it before it is divided.
    is_asked: bool,
}

/// A request for the folders in one, after a key.
struct Ask<S> {
    range: u64,
    folder: String,
    after: String,
    pages: ListPages<S>,
}

impl<S> OrderedPages<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    pub(super) fn new(listing: Listing, describe: Describe, service: S, jobs: usize, ahead: Ahead) -> Self {
        let keys = KeyRange::with_prefix(describe.prefix.as_str());
        let mut pages = Self {
            division: Division::new(describe.prefix.as_str()),
            service,
            listing,
            describe,
            jobs: jobs.max(1),
            stage: Stage::First(0),
            ranges: VecDeque::new(),
            asks: Vec::new(),
            ahead,
            next_id: 0,
        };
        let all = pages.range(keys);
        pages.ranges.push_back(all);
        pages
    }

    fn range(&mut self, keys: KeyRange) -> Range<S> {
        let mut listing = self.listing.clone();
        if let Some(after) = &keys.after {
            listing = listing.start_after(after);
        }
        let (id, pages) = (self.next_id, Some(listing.pages(self.service.clone())));
        self.next_id += 1;
        Range { id, keys, pages, waiting: VecDeque::new(), first: None, pages_in_folder: 0, is_asked: false }
    }

    /// The next page; `None` after the last. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<Item>, PlaceError>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Vec<Item>, PlaceError>>> {
        loop {
            if self.stage == Stage::Failed {
                return Poll::Ready(None);
            }
            let came = match self.advance(cx) {
                Ok(came) => came,
                Err(error) => {
                    self.stage = Stage::Failed;
                    return Poll::Ready(Some(Err(error)));
                }
            };
            // Not until all are pending: a service that always has a response would be listed to its end first.
            let Some(front) = self.ranges.front_mut() else { return Poll::Ready(None) };
            if let Some(waiting) = front.waiting.pop_front() {
                let page = self.ahead.take(waiting).map_err(PlaceError::Temporary);
                if page.is_err() {
                    self.stage = Stage::Failed;
                }
                return Poll::Ready(Some(page));
            }
            if front.pages.is_none() {
                self.ranges.pop_front();
            } else if !came {
                return Poll::Pending;
            }
        }
    }

    /// Begins requests and takes responses; whether anything came.
    fn advance(&mut self, cx: &mut Context<'_>) -> Result<bool, PlaceError> {
        if self.stage == Stage::Divided {
            self.divide();
        }
        let mut came = false;
        // From the back, since one that came is removed.
        for index in (0..self.asks.len()).rev() {
            came |= self.poll_ask(index, cx)?;
        }
        for index in 0..self.ranges.len() {
            came |= self.poll_range(index, cx)?;
        }
        Ok(came)
    }

    /// Gives each free request the back of what another still has to list.
    fn divide(&mut self) {
        let under_way = self.ranges.iter().filter(|range| range.pages.is_some()).count();
        for _ in under_way + self.asks.len()..self.jobs {
            let plans = self.ranges.iter().enumerate().filter_map(|(index, range)| {
                let (pages, split) = self.division.plan(range.listed()?)?;
                Some((index, pages, split))
            });
            let Some((index, _, split)) = plans.max_by(|(_, one, _), (_, other, _)| one.total_cmp(other)) else {
                return;
            };
            match split {
                Split::At(key) => {
                    let Some(range) = self.ranges.get_mut(index) else { return };
                    let (front, back) = range.keys.clone().split_at(&key);
                    range.keys = front;
                    let back = self.range(back);
                    self.ranges.insert(index + 1, back);
                }
                Split::Ask(folder) => self.ask(index, folder),
            }
        }
    }

    /// Asks for the folders in one, behind what a range has listed.
    fn ask(&mut self, index: usize, folder: String) {
        let Some(range) = self.ranges.get_mut(index) else { return };
        let Some(after) = range.keys.after.clone() else { return };
        range.is_asked = true;
        let listing = self.listing.clone().prefix(folder.as_str()).delimiter("/").start_after(after.as_str());
        self.asks.push(Ask { range: range.id, folder, after, pages: listing.pages(self.service.clone()) });
    }

    fn poll_ask(&mut self, index: usize, cx: &mut Context<'_>) -> Result<bool, PlaceError> {
        let Some(ask) = self.asks.get_mut(index) else { return Ok(false) };
        let page = match Pin::new(&mut ask.pages).poll_next(cx) {
            Poll::Pending => return Ok(false),
            Poll::Ready(page) => page.transpose()?.unwrap_or_default(),
        };
        let Ask { range, folder, after, .. } = self.asks.swap_remove(index);
        let last = page.last().filter(|_| page.len() >= FULL_PAGE).map(|entry| entry.key().to_owned());
        let folders = page.into_iter().filter_map(|entry| match entry {
            ListEntry::Prefix(folder) => Some(folder),
            _ => None,
        });
        let front = self.ranges.front().and_then(|range| range.keys.after.as_deref()).unwrap_or_default();
        self.division.on_folders(folder, after, folders.collect(), last, front);
        if let Some(range) = self.ranges.iter_mut().find(|asked| asked.id == range) {
            range.is_asked = false;
        }
        self.stage = Stage::Divided;
        Ok(true)
    }

    /// Takes the next page of a range, if it is there.
    fn poll_range(&mut self, index: usize, cx: &mut Context<'_>) -> Result<bool, PlaceError> {
        let Some(range) = self.ranges.get_mut(index) else { return Ok(false) };
        let Some(pages) = &mut range.pages else { return Ok(false) };
        let page = match Pin::new(pages).poll_next(cx) {
            Poll::Pending => return Ok(false),
            Poll::Ready(page) => page.transpose()?,
        };
        let Some(mut page) = page else {
            range.pages = None;
            return Ok(true);
        };
        let (first, last) =
            (page.first().map(|entry| entry.key().to_owned()), page.last().map(|entry| entry.key().to_owned()));
        if let Some(until) = range.keys.until.as_deref() {
            if last.as_deref().is_some_and(|last| last >= until) {
                range.pages = None;
            }
            page.truncate(page.partition_point(|entry| entry.key() <= until));
        }
        if range.pages.is_some() {
            range.first = first;
            range.keys.after = last.or_else(|| range.keys.after.take());
        }
        let began = self.division.on_page(page.iter().map(ListEntry::key));
        range.pages_in_folder = if began == 0 { range.pages_in_folder + 1 } else { 0 };
        let items: Vec<_> = page.into_iter().filter_map(|entry| self.describe.item(entry)).collect();
        if !items.is_empty() {
            let waiting = self.ahead.put(items, index == 0).map_err(PlaceError::Temporary)?;
            range.waiting.push_back(waiting);
        }
        if let Stage::First(pages) = self.stage {
            self.stage = Stage::First(pages + 1);
            if pages + 1 == PAGES_BEFORE_DIVIDING && self.jobs > 1 && range.pages.is_some() {
                self.ask(index, self.describe.prefix.clone());
            }
        }
        Ok(true)
    }
}

impl<S> Range<S> {
    /// What is known of it, if it can be divided.
    fn listed(&self) -> Option<Listed<'_>> {
        // A range of which no page came may well be empty.
        let (first, last) = (self.first.as_deref()?, self.keys.after.as_deref()?);
        let can_be_divided = self.pages.is_some() && !self.is_asked;
        let until = self.keys.until.as_deref();
        can_be_divided.then_some(Listed { page: (first, last), until, pages_in_folder: self.pages_in_folder })
    }
}

#[cfg(test)]
mod tests {
    use oss_auth::Credentials;
    use oss_emulator::Emulator;
    use oss_models::{BucketName, PutObjectRequest, call};
    use oss_transfer::Filter;
    use oss_transport::Config;

    use super::*;

    /// Most keys are in one folder, which the list of the outermost ones does not divide.
    #[tokio::test]
    async fn the_folders_in_a_large_one_are_asked_for_and_the_list_stays_whole() {
        let emulator = Emulator::builder().bucket("demo").start().await.unwrap();
        let (id, secret) = emulator.credentials();
        let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
        let service = config.credentials(Credentials::new(id, secret)).build().unwrap();
        let mut keys: Vec<_> = (0..400).map(|number| format!("a/{:02}/{number:03}", number / 20)).collect();
        keys.push("b/0".to_owned());
        for key in &keys {
            call(service.clone(), PutObjectRequest::new("demo", key.as_str())).await.unwrap();
        }
        for jobs in [2, 4, 16] {
            emulator.clear_history();
            let describe = Describe { prefix: String::new(), filter: Filter::default(), left_out_is_missing: false };
            let listing = Listing::new(BucketName::new("demo").unwrap()).page_size(10);
            let mut pages = OrderedPages::new(listing, describe, service.clone(), jobs, Ahead::new(None));
            let mut listed = Vec::new();
            while let Some(page) = pages.next().await {
                listed.extend(page.unwrap().iter().map(|item| item.position().to_owned()));
            }
            assert_eq!(listed, keys, "{jobs} jobs");
            let asked: Vec<_> = emulator.history().into_iter().map(|request| request.query).collect();
            let is_of_folder = |query: &Vec<(String, String)>| {
                let has = |name: &str, value: &str| query.iter().any(|(key, of)| key == name && of == value);
                has("delimiter", "/") && has("prefix", "a/")
            };
            assert!(asked.iter().any(is_of_folder), "{jobs} jobs: {asked:?}");
            assert!(asked.len() < 90, "{jobs} jobs, {} requests for 41 pages", asked.len());
        }
    }
}
