//! `ossup cp -r` from folder to folder.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use ossup::{ListEntry, ListPages, Listing, ObjectSummary, Progress, Transport, UploadErrorKind, UploadEvent};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::one_copy::{Outcome, report_done};
use super::{Copying, Session};
use crate::address::Address;
use crate::cp::existing::State;
use crate::cp::limit::Limit;
use crate::cp::plan::{folder_prefix, refuse_overlap};
use crate::cp::removal::{Copied, Remover};
use crate::cp::watch::Watch;
use crate::cp::{COPY, conclude, interrupted};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::filters::Filters;
use crate::output::{Instead, NotUploaded, Output, Place, Planned, Removed, Skipped};
use crate::progress::{self, Ahead, Screen, Transferring};

/// An object of the list.
struct Item {
    object: ObjectSummary,
    place: Place,
    progress: Arc<Mutex<Progress>>,
}

/// What the copies of a folder share.
struct Shared {
    /// Those that may be under way.
    copies: Semaphore,
    limit: Limit,
}

/// What became of one.
enum Ended {
    Copied(Outcome),
    /// It was copied, but has not the size that it should have.
    NotVerified(Failure),
    /// It was left as it is, and why.
    LeftOut(&'static str),
    /// Its destination could not be looked at.
    NotLookedAt(Failure),
}

impl Session<'_> {
    /// Copies everything in a folder.
    pub(in crate::cp) async fn copy_folder(
        &mut self,
        source: &Address,
        destination: &Address,
    ) -> Result<Exit, Failure> {
        let (arguments, output) = (self.arguments, self.output);
        let from = folder_prefix(source)?;
        let to = folder_prefix(destination)?;
        refuse_overlap(source, &from, destination, &to)?;
        let filters = arguments.chosen(&from)?;
        let options = arguments.tuning.copy_options()?;
        self.copy_request(source, destination, "a")?;

        let mut objects = Objects::new(self, source, &from, filters.clone());
        let mut page = objects.next_page().await?.unwrap_or_default();
        let mut missing = filters.named().cloned().unwrap_or_default();
        let (jobs, instead) = (arguments.jobs(), arguments.tuning.compared_instead());
        // Looking at a destination is not copying: more of the one may be under way than of the other.
        let at_once = if arguments.existing.compares() { jobs.max(arguments.checkers()) } else { jobs };
        let shared = Arc::new(Shared { copies: Semaphore::new(jobs), limit: Limit::new(arguments.folder.limited_num) });
        let (cancel, cancelled) = watch::channel(false);
        let (sender, mut events) = mpsc::unbounded_channel();
        let global = Arc::new(self.global.clone());
        let mut watch = Watch::new(output);
        let mut running: JoinSet<(usize, Ended)> = JoinSet::new();
        let mut items: HashMap<usize, Item> = HashMap::new();
        let (mut next, mut stopped, mut signal) = (0, false, None);
        let mut ticks = tokio::time::interval(progress::INTERVAL);
        let mut screen = Screen::new(arguments.progress(), output);
        // What is skipped would be counted too.
        let is_counted = screen.is_visible() && !arguments.existing.compares();
        let ahead = is_counted.then(|| {
            let pages = self.pages(source, &from);
            progress::objects_below(pages, from.clone(), filters.clone())
        });
        let is_any = !page.is_empty();
        let mut remover = self.moves.map(|_| Remover::new(&self.source_client, self.global.payer(), output, jobs));
        loop {
            while !stopped && running.len() < at_once {
                let Some(object) = page.pop_front() else {
                    match objects.next_page().await {
                        Ok(Some(more)) => page = more,
                        Ok(None) => break,
                        Err(failure) => {
                            let _ = output.failed(&failure);
                            stopped = true;
                        }
                    }
                    continue;
                };
                let below = object.key.strip_prefix(&from).unwrap_or_default();
                missing.remove(below);
                let key = format!("{to}{below}");
                let item = Item {
                    place: Place {
                        source: Some(address(source, &object.key).to_string()),
                        bucket: destination.bucket.to_string(),
                        key: Some(key.clone()),
                    },
                    object,
                    progress: Arc::default(),
                };
                let request = self.copy_request(&address(source, &item.object.key), destination, &key);
                let mut request = match request {
                    Ok(request) => request,
                    Err(failure) => {
                        // A key that became too long.
                        output.note(&failure);
                        let _ = output.line(&NotUploaded::unsent(item.place, failure).of_copy());
                        continue;
                    }
                };
                // The very object that was listed, and no later one.
                let is_link = item.object.object_type.as_deref() == Some("Symlink");
                request.copy_source_if_match = item.object.etag.clone().filter(|_| !is_link);
                watch.started(&item.place);
                let copying = Copying {
                    client: self.client.clone(),
                    global: global.clone(),
                    output: output.clone(),
                    request,
                    options: options.clone(),
                    progress: item.progress.clone(),
                };
                let job = self.job(
                    &item,
                    source,
                    &key,
                    destination,
                    copying,
                    shared.clone(),
                    sender.clone(),
                    cancelled.clone(),
                );
                running.spawn(async move { (next, job.await) }.in_current_span());
                items.insert(next, item);
                next += 1;
            }
            if running.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some((place, event)) = events.recv() => watch.event(&place, &event),
                Some(ended) = running.join_next() => {
                    while let Ok((place, event)) = events.try_recv() {
                        watch.event(&place, &event);
                    }
                    let (index, ended) = match ended {
                        Ok(ended) => ended,
                        Err(error) => {
                            let _ = output.failed(&Failure::new(Kind::Other, format!("a copy ended unexpectedly: {error}")));
                            stopped = true;
                            continue;
                        }
                    };
                    if let Some(item) = items.remove(&index) {
                        stopped |= copied(output, instead, remover.as_mut(), source, item, ended, &mut watch).await;
                    }
                    stopped |= self.has_too_many_errors();
                }
                received = self.signals.next() => {
                    if signal.is_some() {
                        watch.name_open_uploads();
                        output.end_at_once(received);
                    }
                    output.note(format_args!("{received}: stopping; a second one stops at once"));
                    (signal, stopped) = (Some(received), true);
                    let _ = cancel.send(true);
                }
                _ = ticks.tick() => {
                    output.flush_warnings(progress::INTERVAL);
                    let under_way = items.values().map(|item| Transferring {
                        name: item.object.key.clone(),
                        progress: *item.progress.lock().unwrap_or_else(PoisonError::into_inner),
                    });
                    screen.show_many(output.totals(), under_way, ahead.as_ref().and_then(Ahead::total));
                }
            }
        }
        drop(screen);
        // What was not begun is the rest of the page, or of the list.
        let left_out = stopped && (!page.is_empty() || !objects.is_over || signal.is_some());
        if !left_out {
            report_missing(missing, source, destination, &from, output);
        }
        if !is_any && output.totals().failed == 0 {
            output.hint(format_args!("nothing in {source} is to be copied"));
        }
        if let Some(remover) = &mut remover {
            remover.conclude().await;
        }
        watch.name_lost_uploads(&self.client, &destination.bucket, &to, &mut self.signals).await;
        let title = format!("{source} -> {destination}");
        Ok(conclude(output, &title, COPY, left_out, signal))
    }

    /// The list of what is below a prefix, within the range that was asked for.
    pub(in crate::cp) fn pages(&self, source: &Address, prefix: &str) -> ListPages<Transport> {
        let mut listing = Listing::new(source.bucket.clone()).prefix(prefix).request_payer(self.global.payer());
        if let Some(start) = &self.arguments.range.start_after {
            listing = listing.start_after(start);
        }
        if let Some(end) = &self.arguments.range.end_with {
            listing = listing.end_with(end);
        }
        listing.pages(self.source_client.transport().clone())
    }

    /// Everything that is done about one object.
    #[expect(clippy::too_many_arguments, reason = "the future borrows nothing")]
    fn job(
        &self,
        item: &Item,
        source: &Address,
        key: &str,
        destination: &Address,
        copying: Copying,
        shared: Arc<Shared>,
        events: mpsc::UnboundedSender<(Place, UploadEvent)>,
        cancelled: watch::Receiver<bool>,
    ) -> impl Future<Output = Ended> + Send + use<> {
        let (existing, dry_run) = (self.arguments.existing, self.arguments.dry_run);
        let (client, payer) = (self.client.clone(), self.global.payer());
        let instead = self.arguments.tuning.compared_instead();
        let (bucket, key, place) = (destination.bucket.clone(), key.to_owned(), item.place.clone());
        let mut state = State::of_list(&item.object);
        let from = address(source, &item.object.key);
        let source_client = self.source_client.clone();
        async move {
            if existing.compares() {
                match crate::cp::head(&client, &bucket, &key, payer.clone()).await {
                    Ok(destination) => {
                        let may_be_same = destination.is_some_and(|destination| destination.size == state.size);
                        if existing.checksum && may_be_same {
                            // A list says nothing of the content.
                            match crate::cp::head(&source_client, &from.bucket, &from.rest, payer.clone()).await {
                                Ok(now) => state.crc64 = now.and_then(|now| now.crc64),
                                Err(failure) => return Ended::NotLookedAt(failure),
                            }
                        }
                        if let Some(reason) = existing.reason(state, destination) {
                            return Ended::LeftOut(reason);
                        }
                    }
                    Err(failure) => return Ended::NotLookedAt(failure),
                }
            }
            if !shared.limit.takes_one() {
                return Ended::LeftOut(crate::cp::UNLISTED);
            }
            if dry_run {
                return Ended::LeftOut(crate::cp::PLANNED);
            }
            // It is never closed.
            let _permit = shared.copies.acquire().await;
            let outcome = copying.run(place, events, cancelled).await;
            if let Outcome::Done { result, .. } = &outcome
                && let Err(failure) = crate::cp::compare_size(instead, &client, &bucket, &key, payer, result.size).await
            {
                return Ended::NotVerified(failure);
            }
            Ended::Copied(outcome)
        }
    }
}

/// Reports what became of an object, and removes it if it is moved. Whether every other one would fail alike.
async fn copied(
    output: &Output,
    instead: Option<Instead>,
    remover: Option<&mut Remover>,
    source: &Address,
    item: Item,
    ended: Ended,
    watch: &mut Watch<'_>,
) -> bool {
    let Item { object, place, .. } = item;
    let from = address(source, &object.key);
    match ended {
        Ended::LeftOut(crate::cp::PLANNED) => {
            watch.ended(&place, None);
            let _ = output.line(&Planned::copy(place, Some(object.size)));
            if remover.is_some() {
                let _ = output.line(&Removed::planned(from.to_string()));
            }
            false
        }
        Ended::LeftOut(crate::cp::UNLISTED) => {
            watch.ended(&place, None);
            false
        }
        Ended::LeftOut(reason) => {
            watch.ended(&place, None);
            let _ = output.line(&Skipped::new(from.to_string(), reason.to_owned()));
            false
        }
        Ended::Copied(Outcome::Done { result, streamed }) => {
            let observed = watch.ended(&place, None);
            let is_proven = report_done(output, place, &result, streamed, observed, instead, false);
            if let Some(remover) = remover {
                let copied =
                    Copied { etag: object.etag, size: Some(object.size), crc64: result.hash_crc64, version_id: None };
                remover.object(from, copied, is_proven).await;
            }
            false
        }
        Ended::Copied(Outcome::Failed(error)) => {
            let observed = watch.ended(&place, Some(&error));
            let failure = match error.kind() {
                UploadErrorKind::Cancelled => interrupted(&error, &place),
                _ => Failure::from(&*error),
            };
            output.note(format_args!("{from}: {failure}"));
            let is_fatal = error.call().is_some_and(ossup::CallError::is_fatal_for_batch);
            let _ = output.line(&NotUploaded::new(place, failure, &error, observed).of_copy());
            is_fatal
        }
        Ended::NotVerified(failure) => {
            let observed = watch.ended(&place, None);
            output.note(&failure);
            let _ = output.line(&NotUploaded::unsent(place, failure).but_stored(observed).of_copy());
            false
        }
        Ended::Copied(Outcome::NotRead(failure)) | Ended::NotLookedAt(failure) => {
            watch.ended(&place, None);
            output.note(format_args!("{from}: {failure}"));
            let _ = output.line(&NotUploaded::unsent(place, failure).of_copy());
            false
        }
    }
}

/// The objects that are meant, page by page.
struct Objects {
    pages: ListPages<Transport>,
    prefix: String,
    filters: Filters,
    is_over: bool,
}

impl Objects {
    fn new(session: &Session<'_>, source: &Address, prefix: &str, filters: Filters) -> Self {
        let pages = session.pages(source, prefix);
        Self { pages, prefix: prefix.to_owned(), filters, is_over: false }
    }

    /// What is meant of the next page; `None` after the last.
    async fn next_page(&mut self) -> Result<Option<VecDeque<ObjectSummary>>, Failure> {
        if self.is_over {
            return Ok(None);
        }
        let Some(page) = self.pages.next().await.transpose()? else {
            self.is_over = true;
            return Ok(None);
        };
        let object = |entry| match entry {
            ListEntry::Object(object) => Some(object),
            _ => None,
        };
        let is_meant = |object: &ObjectSummary| {
            let below = object.key.strip_prefix(&self.prefix);
            below.is_some_and(|below| self.filters.keeps(below, object.size, object.last_modified))
        };
        Ok(Some(page.into_iter().filter_map(object).filter(is_meant).collect()))
    }
}

fn address(source: &Address, key: &str) -> Address {
    Address { bucket: source.bucket.clone(), rest: key.to_owned() }
}

/// Reports the listed objects that were not found.
fn report_missing(missing: HashSet<String>, source: &Address, destination: &Address, prefix: &str, output: &Output) {
    let mut missing: Vec<_> = missing.into_iter().collect();
    missing.sort_unstable();
    for below in missing {
        let object = address(source, &format!("{prefix}{below}"));
        let failure = Failure::new(Kind::Source, format!("{object} is in the list, but there is no such object"));
        output.note(&failure);
        let bucket = destination.bucket.to_string();
        let place = Place { source: Some(object.to_string()), bucket, key: None };
        let _ = output.line(&NotUploaded::unsent(place, failure).of_copy());
    }
}
