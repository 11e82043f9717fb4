//! `ossup cp -r`, downwards.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Instant;

use ossup::downloader::directory::{DirectoryError, DirectoryEvent, DirectoryRun, FileError};
use ossup::{
    Client, DownloadEvent, DownloadResult, GetObjectRequest, HeadObjectRequest, ListPages, ObjectSummary, RequestPayer,
    Transport, Verified,
};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::download::copied;
use super::existing::State;
use super::limit::Limit;
use super::plan::folder_prefix;
use super::preserve::Preserve;
use super::removal::Remover;
use super::{Cp, DOWNLOAD, PLANNED, Session, UNLISTED, conclude, has_too_many_errors};
use crate::address::{Address, shown};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::filters::Filters;
use crate::output::{Downloaded, Event, NotDownloaded, Output, Planned, Removed, Skipped};
use crate::progress::{self, Ahead, Screen, Transferring};
use crate::signals::Signals;

impl Session<'_> {
    /// Downloads everything in a folder to `target`.
    pub(super) async fn download_folder(&mut self, source: &Address, target: &Path) -> Result<Exit, Failure> {
        let (arguments, output) = (self.arguments, self.output);
        let prefix = folder_prefix(source)?;
        let filters = arguments.chosen(&prefix)?;
        let options = arguments.tuning.download_options()?;

        let mut request = GetObjectRequest::new(source.bucket.as_str(), prefix.as_str());
        request.request_payer = self.global.payer();
        let without_records = arguments.tuning.downloads_without_records().filter(|_| !arguments.dry_run);
        let keeps_records = arguments.tuning.keeps_records() && without_records.is_none();
        without_records.into_iter().for_each(|warning| output.warn(warning));
        let downloader = self.client.downloader().options(options).enable_checkpoint(keeps_records);
        let mut download = downloader.download_dir(request, target).filter(filters.builder());
        let (existing, dry_run) = (arguments.existing, arguments.dry_run);
        let (named, below) = (filters.clone(), prefix.clone());
        let limit = Limit::new(arguments.folder.limited_num);
        download = download.leave_out(move |object, path| {
            if !named.is_named(object.key.strip_prefix(&below).unwrap_or_default()) {
                return Some(UNLISTED);
            }
            let state = State::of_list(object);
            // A folder is there or is made; it has nothing that could be kept.
            let is_folder = object.key.ends_with('/');
            let kept = (existing.compares() && !is_folder).then(|| existing.reason(state, State::of_file(path)));
            let left = kept.flatten().or_else(|| (!is_folder && !limit.takes_one()).then_some(UNLISTED));
            left.or(dry_run.then_some(PLANNED))
        });
        if let Some(jobs) = arguments.folder.jobs {
            download = download.jobs(jobs.into());
        }
        let download = download.start().await.map_err(unstarted)?;
        let missing = filters.named().cloned().unwrap_or_default();
        // What is skipped would be counted too.
        let pages = (!existing.compares()).then(|| self.pages(source, &prefix));
        let remover = self.moves.map(|_| Remover::new(&self.client, self.global.payer(), output, arguments.jobs()));
        let signals = &mut self.signals;
        let running = HashMap::new();
        let (client, payer, asked) = (self.client.clone(), self.global.payer(), JoinSet::new());
        let run = Run {
            source,
            prefix,
            target,
            arguments,
            output,
            filters,
            missing,
            pages,
            remover,
            client,
            payer,
            asked,
            signals,
            running,
        };
        Ok(run.follow(download).await)
    }
}

/// One run of the command.
struct Run<'a> {
    source: &'a Address,
    prefix: String,
    target: &'a Path,
    arguments: &'a Cp,
    output: &'a Output,
    filters: Filters,
    /// Listed paths that were not seen.
    missing: HashSet<String>,
    /// The list once more, to count it.
    pages: Option<ListPages<Transport>>,
    /// Of a move.
    remover: Option<Remover>,
    client: Client,
    payer: Option<RequestPayer>,
    /// Requests for the metadata of objects that were downloaded.
    asked: JoinSet<()>,
    signals: &'a mut Signals,
    /// When each download began, and the attempts of its part that took the most.
    running: HashMap<String, (Instant, u32)>,
}

impl Run<'_> {
    async fn follow(mut self, mut download: DirectoryRun) -> Exit {
        let mut screen = Screen::new(self.arguments.progress(), self.output);
        let pages = self.pages.take().filter(|_| screen.is_visible());
        let ahead = pages.map(|pages| progress::objects_below(pages, self.prefix.clone(), self.filters.clone()));
        let mut stopping = None;
        let mut is_stopped = false;
        let mut ticks = tokio::time::interval(progress::INTERVAL);
        loop {
            tokio::select! {
                biased;
                event = download.next() => match event {
                    Some(event) => {
                        self.report(event).await;
                        if !is_stopped && has_too_many_errors(self.arguments, self.output) {
                            is_stopped = true;
                            download.stop();
                        }
                    }
                    None => break,
                },
                signal = self.signals.next() => {
                    if stopping.is_some() {
                        self.output.end_at_once(signal);
                    }
                    stopping = Some(signal);
                    download.cancel();
                    self.output.note(format_args!("{signal}: stopping; a second one stops at once"));
                }
                _ = ticks.tick() => {
                    self.output.flush_warnings(progress::INTERVAL);
                    let under_way = download.running().map(|(key, _, progress)| {
                        Transferring { name: key.to_owned(), progress }
                    });
                    screen.show_many(self.output.totals(), under_way, ahead.as_ref().and_then(Ahead::total));
                }
            }
        }
        while self.asked.join_next().await.is_some() {}
        drop(screen);
        let summary = download.summary();
        if !summary.stopped {
            self.report_missing();
        }
        if let Some(remover) = &mut self.remover {
            remover.conclude().await;
        }
        if summary == Default::default() && self.output.totals().failed == 0 {
            self.output.hint(format_args!(
                "nothing in {} is to be downloaded",
                shown(self.source.bucket.as_str(), &self.prefix)
            ));
        }
        let title = format!("{} -> {}", self.source, self.target.display());
        conclude(self.output, &title, DOWNLOAD, summary.stopped, stopping)
    }

    /// Gives a file the time and mode that its object keeps. The list of a folder says nothing of them.
    async fn give_back(&mut self, object: &Address, path: &Path, result: &DownloadResult) {
        let preserve = Preserve::of(&self.arguments.tuning.preserve);
        if preserve == Preserve::default() {
            return;
        }
        let mut request = HeadObjectRequest::new(object.bucket.as_str(), object.rest.as_str());
        request.if_match.clone_from(&result.etag);
        request.request_payer.clone_from(&self.payer);
        let (client, output, path) = (self.client.clone(), self.output.clone(), path.to_owned());
        let asked = async move {
            match client.head_object(request).await {
                Ok(head) => preserve.give_back(&path, &head.headers, &output),
                Err(error) => {
                    let failure = Failure::from(&error);
                    output.warn(format!("{} has its content, but not its time and mode: {failure}", path.display()));
                }
            }
        };
        if self.remover.is_some() {
            // Once the object is gone, no one can ask for it.
            asked.await;
            return;
        }
        while self.asked.len() >= self.arguments.jobs() {
            self.asked.join_next().await;
        }
        self.asked.spawn(asked.in_current_span());
    }

    async fn report(&mut self, event: DirectoryEvent) {
        match event {
            DirectoryEvent::Started { key, .. } => {
                self.saw(&key);
                self.running.insert(key, (Instant::now(), 1));
            }
            DirectoryEvent::Download { key, event, .. } => {
                if let (DownloadEvent::PartFailed { attempt, .. }, Some((_, attempts))) =
                    (&event, self.running.get_mut(&key))
                {
                    *attempts = (*attempts).max(attempt + 1);
                }
                Event::of_download(&self.object(key), &event).iter().for_each(|event| self.output.event(event));
            }
            DirectoryEvent::Downloaded { key, path, result } => {
                let (began, attempts) = self.running.remove(&key).unwrap_or_else(|| (Instant::now(), 1));
                let (object, target) = (self.object(key), path.display().to_string());
                self.give_back(&object, &path, &result).await;
                let line = Downloaded::new(&object, target, &result, attempts, began.elapsed()).one_of_many();
                let _ = self.output.line(&line.compared(self.arguments.tuning.compared_instead()));
                if let Some(remover) = &mut self.remover {
                    remover.object(object, copied(&result), result.verified == Verified::Crc64).await;
                }
            }
            DirectoryEvent::Folder { key, .. } => {
                self.running.remove(&key);
                let object = self.object(key);
                if let Some(remover) = &mut self.remover {
                    remover.folder(object).await;
                }
            }
            DirectoryEvent::LeftOut { object, path, reason } => self.left_out(&object, &path, reason),
            DirectoryEvent::Failed { key, error } => {
                // A key without a path is told of only if it is meant.
                if !self.filters.is_named(key.strip_prefix(&self.prefix).unwrap_or_default()) {
                    return;
                }
                self.saw(&key);
                self.running.remove(&key);
                let failure = of_file(&error);
                self.output.note(format_args!("{}: {failure}", shown(self.source.bucket.as_str(), &key)));
                let resumable = matches!(&error, FileError::Download(error) if error.is_resumable());
                let target = self.target.display().to_string();
                let _ = self.output.line(&NotDownloaded::new(&self.object(key), target, failure, resumable));
            }
            DirectoryEvent::ListFailed { error } => {
                let _ = self.output.failed(&Failure::from(&error));
            }
            _ => {}
        }
    }

    /// Reports an object that is not downloaded on purpose.
    fn left_out(&mut self, object: &ObjectSummary, path: &Path, reason: &'static str) {
        if reason == UNLISTED {
            return;
        }
        self.saw(&object.key);
        let source = self.object(object.key.clone());
        if reason == PLANNED && object.key.ends_with('/') {
            // A folder has no line of its own when it is made, either.
            if self.remover.is_some() {
                let _ = self.output.line(&Removed::planned(source.to_string()));
            }
        } else if reason == PLANNED {
            let target = path.display().to_string();
            let planned = Planned::download(source.bucket.as_str(), &source.rest, target, Some(object.size));
            let _ = self.output.line(&planned);
            if self.remover.is_some() {
                let _ = self.output.line(&Removed::planned(source.to_string()));
            }
        } else {
            let _ = self.output.line(&Skipped::new(source.to_string(), reason.to_owned()));
        }
    }

    fn saw(&mut self, key: &str) {
        if !self.missing.is_empty() {
            self.missing.remove(key.strip_prefix(&self.prefix).unwrap_or_default());
        }
    }

    /// Reports the listed objects that were not found.
    fn report_missing(&mut self) {
        let mut missing: Vec<_> = self.missing.drain().collect();
        missing.sort_unstable();
        for below in missing {
            let object = self.object(format!("{}{below}", self.prefix));
            let failure = Failure::new(Kind::Source, format!("{object} is in the list, but there is no such object"));
            self.output.note(&failure);
            let target = self.target.display().to_string();
            let _ = self.output.line(&NotDownloaded::new(&object, target, failure, false));
        }
    }

    fn object(&self, key: String) -> Address {
        Address { bucket: self.source.bucket.clone(), rest: key }
    }
}

fn of_file(error: &FileError) -> Failure {
    match error {
        FileError::Download(error) => error.into(),
        FileError::Panicked => Failure::new(Kind::Other, sentence(error)),
        _ => Failure::new(Kind::Target, sentence(error)),
    }
}

fn unstarted(error: DirectoryError) -> Failure {
    match &error {
        DirectoryError::List(error) => error.into(),
        DirectoryError::Folder { .. } => Failure::new(Kind::Target, sentence(&error)),
        _ => Failure::usage(sentence(&error)),
    }
}
