//! `ossup cp -r`.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ossup::directory::{DirectoryEvent, FileError};
use ossup::{
    BucketName, Client, ObjectKey, PutObjectRequest, RequestPayer, UploadError, UploadErrorKind, UploadResult,
};
use tokio::runtime::Handle;

use super::existing::{Existing, State};
use super::limit::Limit;
use super::preserve::Preserve;
use super::removal::{Moves, Stamp, remove_empty_folders, remove_file};
use super::{PLANNED, Run, UNKNOWN, UNLISTED, UPLOAD, conclude, has_too_many_errors, head, interrupted};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::filters::Filters;
use crate::output::{NotUploaded, Place, Planned, Removed, Skipped, Uploaded};
use crate::progress::{self, Ahead, Screen, Transferring};
use crate::signals::Signal;

impl Run<'_> {
    /// Uploads a folder: a line for each failure, and a summary.
    pub(super) async fn folder(&mut self) -> Result<Exit, Failure> {
        let arguments = self.arguments;
        let prefix = prefix(&self.destination.rest);
        let filters = arguments.chosen("")?;
        let request = PutObjectRequest::new(self.destination.bucket.as_str(), prefix.as_str());
        let request = arguments.properties.of(request, self.payer.clone())?;
        let uploader = self.client.uploader().options(self.options.clone()).enable_checkpoint(self.keeps_records);
        let is_link = || std::fs::symlink_metadata(self.source).is_ok_and(|metadata| metadata.is_symlink());
        if arguments.links.no_dereference && is_link() {
            let message = format!("{} is a symbolic link", self.source.display());
            return Err(Failure::new(Kind::Source, message));
        }
        let mut upload = uploader.upload_dir(request, self.source).follow_links(arguments.links.dereference);
        upload = upload.filter(filters.builder());
        let preserve = Preserve::of(&arguments.tuning.preserve);
        upload = upload.request_of(move |path, request| preserve.with_attributes_of(path, request));
        let chooser = Arc::new(Chooser {
            limit: Limit::new(arguments.folder.limited_num),
            filters: filters.clone(),
            prefix: prefix.clone(),
            existing: arguments.existing,
            dry_run: arguments.dry_run,
            moves: self.moves.is_some(),
            client: self.client.clone(),
            bucket: self.destination.bucket.clone(),
            payer: self.payer.clone(),
            runtime: Handle::current(),
            seen: Mutex::default(),
        });
        let chooses = chooser.clone();
        upload = upload.leave_out(move |path, key| chooses.reason(path, key));
        if arguments.existing.compares() {
            upload = upload.checkers(arguments.checkers());
        }
        if let Some(jobs) = arguments.folder.jobs {
            upload = upload.jobs(jobs.into());
        }

        let mut screen = Screen::new(arguments.progress(), self.output);
        // What is skipped would be counted too.
        let is_counted = screen.is_visible() && !arguments.existing.compares();
        let ahead = is_counted.then(|| progress::files_below(self.source.to_owned(), filters.clone()));
        let mut run = upload.start().await?;
        let mut without_record = Vec::new();
        let mut missing = filters.named().cloned().unwrap_or_default();
        let mut stopping = None;
        let mut is_stopped = false;
        let mut ticks = tokio::time::interval(progress::INTERVAL);
        loop {
            tokio::select! {
                biased;
                event = run.next() => match event {
                    Some(event) => {
                        if let DirectoryEvent::Started { key, .. } | DirectoryEvent::LeftOut { key, .. } = &event {
                            missing.remove(key.as_str().strip_prefix(&prefix).unwrap_or_default());
                        }
                        let sized = match &event {
                            DirectoryEvent::Uploaded { key, result, .. } => {
                                self.compare_size(key.as_str(), result.size).await
                            }
                            _ => Ok(()),
                        };
                        without_record.extend(self.report(event, sized, &chooser));
                        if !is_stopped && has_too_many_errors(arguments, self.output) {
                            is_stopped = true;
                            run.stop();
                        }
                    }
                    None => break,
                },
                signal = self.signals.next() => {
                    if stopping.is_some() {
                        self.end_at_once(signal);
                    }
                    stopping = Some(signal);
                    run.cancel();
                    self.output.note(format_args!("{signal}: stopping; a second one stops at once"));
                }
                _ = ticks.tick() => {
                    self.output.flush_warnings(progress::INTERVAL);
                    let under_way = run.running().map(|(path, _, progress)| {
                        Transferring { name: path.display().to_string(), progress }
                    });
                    screen.show_many(self.output.totals(), under_way, ahead.as_ref().and_then(Ahead::total));
                }
            }
        }
        drop(screen);
        let mut left_out = run.summary().stopped;
        for (path, key) in without_record {
            if stopping.is_some() {
                left_out = true;
                break;
            }
            stopping = self.again_without_record(&path, &key, &chooser).await;
        }
        if !left_out {
            self.report_missing(missing);
        }
        self.name_lost_uploads(&prefix).await;
        if let Some(Moves { keep_empty_dirs: false }) = self.moves
            && !arguments.dry_run
        {
            remove_empty_folders(self.source);
        }
        let title = format!("{} -> {}", self.source.display(), self.destination);
        Ok(conclude(self.output, &title, UPLOAD, left_out, stopping))
    }

    /// Reports what happened to a file; returns it if it is to be uploaded again without a record.
    fn report(
        &mut self,
        event: DirectoryEvent,
        sized: Result<(), Failure>,
        chooser: &Chooser,
    ) -> Option<(PathBuf, ObjectKey)> {
        match event {
            DirectoryEvent::Started { path, key } => self.watch.started(&self.place(&path, Some(&key))),
            DirectoryEvent::Upload { path, key, event } => self.watch.event(&self.place(&path, Some(&key)), &event),
            DirectoryEvent::Uploaded { path, key, result } => match sized {
                Ok(()) => self.ended(&path, &key, Ok(&result), chooser),
                Err(failure) => {
                    let place = self.place(&path, Some(&key));
                    let observed = self.watch.ended(&place, None);
                    self.output.note(&failure);
                    let _ = self.output.line(&NotUploaded::unsent(place, failure).but_stored(observed));
                }
            },
            DirectoryEvent::Failed { path, error: FileError::Upload(error) } => {
                let key = error.key().cloned()?;
                if self.goes_without_record(&error, &self.place(&path, Some(&key))) {
                    return Some((path, key));
                }
                self.ended(&path, &key, Err(&error), chooser);
            }
            DirectoryEvent::Failed { path, error } => {
                let failure = Failure::from(&error);
                self.output.note(format_args!("{}: {failure}", path.display()));
                let _ = self.output.line(&NotUploaded::unsent(self.place(&path, None), failure));
            }
            DirectoryEvent::LeftOut { path, key, reason } => self.left_out(&path, &key, reason, chooser),
            DirectoryEvent::Skipped { path, reason } => {
                self.output.note(format_args!("{} was skipped: {reason}", path.display()));
                let _ = self.output.line(&Skipped::new(path.display().to_string(), reason.to_string()));
            }
            _ => {}
        }
        None
    }

    /// Uploads a file whose record could not be kept; the signal that ended it, if one did.
    async fn again_without_record(&mut self, path: &Path, key: &ObjectKey, chooser: &Chooser) -> Option<Signal> {
        let request = PutObjectRequest::new(self.destination.bucket.as_str(), key.as_str());
        // The same was accepted for the folder.
        let request = self.arguments.properties.of(request, self.payer.clone()).ok()?;
        let request = Preserve::of(&self.arguments.tuning.preserve).with_attributes_of(path, request);
        let upload = self.client.uploader().upload_file(request, path).options(self.options.clone());
        let handle = upload.follow_links(self.arguments.links.dereference).start();
        let (done, signal) = self.finish(handle, &self.place(path, Some(key))).await;
        self.ended(path, key, done.as_ref(), chooser);
        signal
    }

    /// Reports the listed files that were not found.
    fn report_missing(&self, missing: HashSet<String>) {
        let mut missing: Vec<_> = missing.into_iter().collect();
        missing.sort_unstable();
        for below in missing {
            let path = self.source.join(below);
            let failure =
                Failure::new(Kind::Source, format!("{} is in the list, but there is no such file", path.display()));
            self.output.note(&failure);
            let _ = self.output.line(&NotUploaded::unsent(self.place(&path, None), failure));
        }
    }

    /// Reports how the upload of a file ended.
    fn ended(&mut self, path: &Path, key: &ObjectKey, done: Result<&UploadResult, &UploadError>, chooser: &Chooser) {
        let place = self.place(path, Some(key));
        let stamp = chooser.take_stamp(key);
        let observed = self.watch.ended(&place, done.err());
        let error = match done {
            Ok(result) => {
                let line = Uploaded::new(place, result, observed).compared(self.instead());
                let _ = self.output.line(&line);
                if self.moves.is_some() {
                    remove_file(self.output, path, stamp.as_ref(), line.is_proven());
                }
                return;
            }
            Err(error) => error,
        };
        let failure = match error.kind() {
            UploadErrorKind::Cancelled => interrupted(error, &place),
            _ => error.into(),
        };
        self.output.note(format_args!("{}: {failure}", path.display()));
        let _ = self.output.line(&NotUploaded::new(place, failure, error, observed));
    }

    /// Where a file goes.
    fn place(&self, path: &Path, key: Option<&ObjectKey>) -> Place {
        let key = key.map(ToString::to_string);
        let bucket = self.destination.bucket.to_string();
        Place { source: Some(path.display().to_string()), bucket, key }
    }

    /// Reports a file that is not uploaded on purpose.
    fn left_out(&self, path: &Path, key: &ObjectKey, reason: &'static str, chooser: &Chooser) {
        let source = path.display().to_string();
        match reason {
            UNLISTED => {}
            PLANNED => {
                let size = State::of_file(path).map(|state| state.size);
                let _ = self.output.line(&Planned::upload(self.place(path, Some(key)), size));
                if self.moves.is_some() {
                    let _ = self.output.line(&Removed::planned(source));
                }
            }
            UNKNOWN => {
                let failure = chooser.take_failure(key).unwrap_or_else(|| Failure::new(Kind::Other, UNKNOWN));
                self.output.note(format_args!("{source}: {failure}"));
                let _ = self.output.line(&NotUploaded::unsent(self.place(path, Some(key)), failure));
            }
            reason => {
                let _ = self.output.line(&Skipped::new(source, reason.to_owned()));
            }
        }
    }
}

/// Decides, before a file is opened, whether it is uploaded. Threads that may block ask it.
struct Chooser {
    limit: Limit,
    filters: Filters,
    prefix: String,
    existing: Existing,
    dry_run: bool,
    moves: bool,
    client: Client,
    bucket: BucketName,
    payer: Option<RequestPayer>,
    runtime: Handle,
    seen: Mutex<Seen>,
}

/// What was seen of files that are not reported yet, by key.
#[derive(Default)]
struct Seen {
    stamps: HashMap<ObjectKey, Stamp>,
    failures: HashMap<ObjectKey, Failure>,
}

impl Chooser {
    /// Why a file is left out, if it is.
    fn reason(&self, path: &Path, key: &ObjectKey) -> Option<&'static str> {
        let below = key.as_str().strip_prefix(&self.prefix).unwrap_or_default();
        if !self.filters.is_named(below) {
            return Some(UNLISTED);
        }
        if self.existing.compares()
            && let Some(source) = State::of_file(path)
        {
            let destination = head(&self.client, &self.bucket, key.as_str(), self.payer.clone());
            match self.runtime.block_on(destination) {
                Ok(destination) => {
                    if let Some(reason) = self.existing.reason(source, destination) {
                        return Some(reason);
                    }
                }
                Err(failure) => {
                    self.seen().failures.insert(key.clone(), failure);
                    return Some(UNKNOWN);
                }
            }
        }
        if !self.limit.takes_one() {
            return Some(UNLISTED);
        }
        if self.dry_run {
            return Some(PLANNED);
        }
        if self.moves
            && let Ok(stamp) = Stamp::of(path)
        {
            self.seen().stamps.insert(key.clone(), stamp);
        }
        None
    }

    fn take_stamp(&self, key: &ObjectKey) -> Option<Stamp> {
        self.seen().stamps.remove(key)
    }

    fn take_failure(&self, key: &ObjectKey) -> Option<Failure> {
        self.seen().failures.remove(key)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A folder keeps its own slash: `oss://bucket/photos` and `oss://bucket/photos/` mean the same.
fn prefix(rest: &str) -> String {
    if rest.is_empty() || rest.ends_with('/') { rest.to_owned() } else { format!("{rest}/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_folder() {
        assert_eq!([prefix(""), prefix("a"), prefix("a/b/")], ["", "a/", "a/b/"]);
    }
}
