//! `ossup cp -r`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use ossup::directory::{DirectoryEvent, FileError};
use ossup::{ObjectKey, PutObjectRequest, UploadError, UploadErrorKind, UploadResult};

use super::{Run, interrupted};
use crate::arguments;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::output::{NotUploaded, Place, Skipped, Uploaded};
use crate::progress;
use crate::signals::Signal;
use crate::size::Size;

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
        if filters.named().is_some() {
            let (filters, prefix) = (filters.clone(), prefix.clone());
            upload = upload.leave_out(move |_, key| {
                let below = key.as_str().strip_prefix(&prefix).unwrap_or_default();
                (!filters.is_named(below)).then_some(UNLISTED)
            });
        }
        if let Some(jobs) = arguments.folder.jobs {
            upload = upload.jobs(jobs.into());
        }

        let bar = self.bar();
        let mut run = upload.start().await?;
        let mut without_record = Vec::new();
        let mut missing = filters.named().cloned().unwrap_or_default();
        let mut stopping = None;
        let mut ticks = tokio::time::interval(progress::INTERVAL);
        loop {
            tokio::select! {
                biased;
                event = run.next() => match event {
                    Some(event) => {
                        if let DirectoryEvent::Started { key, .. } = &event {
                            missing.remove(key.as_str().strip_prefix(&prefix).unwrap_or_default());
                        }
                        without_record.extend(self.report(event));
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
                _ = ticks.tick() => self.output.flush_warnings(progress::INTERVAL),
            }
            if let Some(bar) = &bar {
                let totals = self.output.totals();
                bar.set_message(format!("{} files, {}, {} failed", totals.done, Size(totals.bytes), totals.failed));
            }
        }
        bar.iter().for_each(ProgressBar::finish_and_clear);
        let mut left_out = run.summary().stopped;
        for (path, key) in without_record {
            if stopping.is_some() {
                left_out = true;
                break;
            }
            stopping = self.again_without_record(&path, &key).await;
        }
        if !left_out {
            self.report_missing(missing);
        }
        self.name_lost_uploads(&prefix).await;
        Ok(self.conclude(left_out, stopping))
    }

    /// Reports what happened to a file; returns it if it is to be uploaded again without a record.
    fn report(&mut self, event: DirectoryEvent) -> Option<(PathBuf, ObjectKey)> {
        match event {
            DirectoryEvent::Started { path, key } => self.watch.started(&self.place(&path, Some(&key))),
            DirectoryEvent::Upload { path, key, event } => self.watch.event(&self.place(&path, Some(&key)), &event),
            DirectoryEvent::Uploaded { path, key, result } => self.ended(&path, &key, Ok(&result)),
            DirectoryEvent::Failed { path, error: FileError::Upload(error) } => {
                let key = error.key().cloned()?;
                if self.goes_without_record(&error, &self.place(&path, Some(&key))) {
                    return Some((path, key));
                }
                self.ended(&path, &key, Err(&error));
            }
            DirectoryEvent::Failed { path, error } => {
                let failure = Failure::from(&error);
                self.output.note(format_args!("{}: {failure}", path.display()));
                let _ = self.output.line(&NotUploaded::unsent(self.place(&path, None), failure));
            }
            DirectoryEvent::Skipped { path, reason } => {
                self.output.note(format_args!("{} was skipped: {reason}", path.display()));
                let _ = self.output.line(&Skipped::new(path.display().to_string(), reason.to_string()));
            }
            _ => {}
        }
        None
    }

    /// Uploads a file whose record could not be kept; the signal that ended it, if one did.
    async fn again_without_record(&mut self, path: &Path, key: &ObjectKey) -> Option<Signal> {
        let request = PutObjectRequest::new(self.destination.bucket.as_str(), key.as_str());
        // The same was accepted for the folder.
        let request = self.arguments.properties.of(request, self.payer.clone()).ok()?;
        let upload = self.client.uploader().upload_file(request, path).options(self.options.clone());
        let handle = upload.follow_links(self.arguments.links.dereference).start();
        let (done, signal) = self.finish(handle, &self.place(path, Some(key))).await;
        self.ended(path, key, done.as_ref());
        signal
    }

    /// Reports the listed files that were not found.
    fn report_missing(&self, missing: HashSet<String>) {
        let mut missing: Vec<_> = missing.into_iter().collect();
        missing.sort_unstable();
        for below in missing {
            let path = self.source.join(below);
            let failure = Failure::new(Kind::Source, format!("{} is listed, and no file", path.display()));
            self.output.note(&failure);
            let _ = self.output.line(&NotUploaded::unsent(self.place(&path, None), failure));
        }
    }

    /// Reports how the upload of a file ended.
    fn ended(&mut self, path: &Path, key: &ObjectKey, done: Result<&UploadResult, &UploadError>) {
        let place = self.place(path, Some(key));
        let observed = self.watch.ended(&place, done.err());
        let error = match done {
            Ok(result) => {
                let _ = self.output.line(&Uploaded::new(place, result, observed));
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

    fn conclude(&self, left_out: bool, signal: Option<Signal>) -> Exit {
        let totals = self.output.totals();
        let rest = if left_out { ", the rest was not tried" } else { "" };
        self.output.row(format_args!(
            "{} -> {}\n  {} files uploaded ({}), {} failed, {} skipped{rest}",
            self.source.display(),
            self.destination,
            totals.done,
            Size(totals.bytes),
            totals.failed,
            totals.skipped,
        ));
        match (totals.failed > 0 || left_out, totals.done, signal) {
            // A signal that came after the last file ended nothing.
            (false, ..) => Exit::Done,
            (true, _, Some(signal)) => {
                self.output.note(format_args!("interrupted; to upload the rest too: {}", arguments::typed()));
                Exit::Signal(signal)
            }
            (true, 0, None) => Exit::Failed,
            (true, _, None) => Exit::SomeFailed,
        }
    }

    fn bar(&self) -> Option<ProgressBar> {
        let bar = progress::bar(self.arguments.no_progress, self.output)?;
        let style = ProgressStyle::with_template("{spinner} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(progress::INTERVAL);
        Some(bar)
    }
}

/// Why a file is left out that is not among those that were listed.
const UNLISTED: &str = "not listed";

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
