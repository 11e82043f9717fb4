//! `ossup cp -r`.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use ossup::directory::{DirectoryEvent, DirectorySummary, FileError};
use ossup::{Client, ObjectKey, PutObjectRequest, UploadErrorKind, UploadOptions};

use super::watch::Watch;
use crate::arguments::{self, Cp, Show};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::output::{NotUploaded, Output, Place, Skipped, Uploaded};
use crate::progress;
use crate::signals::Signals;
use crate::size::Size;

/// Uploads a folder: a line for each failure, and a summary.
pub(super) async fn upload(
    client: &Client,
    arguments: &Cp,
    options: UploadOptions,
    signals: &mut Signals,
    output: &Output,
) -> Result<Exit, Failure> {
    let prefix = prefix(&arguments.destination.rest);
    let request = PutObjectRequest::new(arguments.destination.bucket.as_str(), prefix.as_str());
    let uploader = client.uploader().options(options).enable_checkpoint(arguments.tuning.keeps_checkpoints());
    let is_link = || std::fs::symlink_metadata(&arguments.source).is_ok_and(|metadata| metadata.is_symlink());
    if arguments.links.no_dereference && is_link() {
        let message = format!("{} is a symbolic link", arguments.source.display());
        return Err(Failure::new(Kind::Source, message));
    }
    let mut upload = uploader.upload_dir(request, &arguments.source).follow_links(arguments.links.dereference);
    for glob in &arguments.folder.include {
        upload = upload.include(glob);
    }
    for glob in &arguments.folder.exclude {
        upload = upload.exclude(glob);
    }
    if let Some(jobs) = arguments.folder.jobs {
        upload = upload.jobs(jobs.into());
    }

    let bar = bar(&arguments.show, output);
    let bucket = &arguments.destination.bucket;
    let mut report = Report { output, bucket: bucket.as_str(), watch: Watch::new(output) };
    let mut run = upload.start().await?;
    let mut stopping = None;
    let mut ticks = tokio::time::interval(progress::INTERVAL);
    loop {
        tokio::select! {
            biased;
            event = run.next() => match event {
                Some(event) => report.event(event),
                None => break,
            },
            signal = signals.next() => {
                if stopping.is_some() {
                    super::end_at_once(signal, &report.watch, output);
                }
                stopping = Some(signal);
                run.cancel();
                output.note(format_args!("{signal}: stopping; a second one stops at once"));
            }
            _ = ticks.tick() => output.flush_warnings(progress::INTERVAL),
        }
        if let Some(bar) = &bar {
            let summary = run.summary();
            bar.set_message(format!("{} files, {}, {} failed", summary.uploaded, Size(summary.bytes), summary.failed));
        }
    }
    bar.iter().for_each(ProgressBar::finish_and_clear);
    tokio::select! {
        biased;
        () = report.watch.name_lost_uploads(client, bucket, &prefix) => {}
        _ = signals.next() => {}
    }
    let exit = conclude(&run.summary(), arguments, output);
    // A signal that came after the last file ended nothing.
    let Some(signal) = stopping.filter(|_| !run.summary().is_complete()) else { return Ok(exit) };
    output.note(format_args!("interrupted; to upload the rest too: {}", arguments::typed()));
    Ok(Exit::Signal(signal))
}

/// A folder keeps its own slash: `oss://bucket/photos` and `oss://bucket/photos/` mean the same.
fn prefix(rest: &str) -> String {
    if rest.is_empty() || rest.ends_with('/') { rest.to_owned() } else { format!("{rest}/") }
}

fn bar(show: &Show, output: &Output) -> Option<ProgressBar> {
    let bar = progress::bar(show, output)?;
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(progress::INTERVAL);
    Some(bar)
}

/// Tells what happens to each file.
struct Report<'a> {
    output: &'a Output,
    bucket: &'a str,
    watch: Watch<'a>,
}

impl Report<'_> {
    fn event(&mut self, event: DirectoryEvent) {
        match event {
            DirectoryEvent::Started { path, key } => self.watch.started(&self.place(&path, Some(&key))),
            DirectoryEvent::Upload { path, key, event } => self.watch.event(&self.place(&path, Some(&key)), &event),
            DirectoryEvent::Uploaded { path, key, result } => {
                let place = self.place(&path, Some(&key));
                let observed = self.watch.ended(&place, None);
                let _ = self.output.line(&Uploaded::new(place, &result, observed));
            }
            DirectoryEvent::Failed { path, error } => {
                let FileError::Upload(error) = &error else {
                    let failure = Failure::from(&error);
                    self.output.note(format_args!("{}: {failure}", path.display()));
                    let _ = self.output.line(&NotUploaded::new(self.place(&path, None), failure));
                    return;
                };
                let place = self.place(&path, error.key());
                let failure = match error.kind() {
                    UploadErrorKind::Cancelled => super::interrupted(error, &place),
                    _ => error.into(),
                };
                self.output.note(format_args!("{}: {failure}", path.display()));
                self.watch.ended(&place, Some(error));
                let upload_id = error.upload_id().map(ToString::to_string);
                let line = NotUploaded::new(place, failure).with_upload(upload_id, error.is_resumable());
                let _ = self.output.line(&line);
            }
            DirectoryEvent::Skipped { path, reason } => {
                self.output.note(format_args!("{} was skipped: {reason}", path.display()));
                let _ = self.output.line(&Skipped::new(path.display().to_string(), reason.to_string()));
            }
            _ => {}
        }
    }

    /// Where a file goes.
    fn place(&self, path: &Path, key: Option<&ObjectKey>) -> Place {
        let key = key.map(ToString::to_string);
        Place { source: Some(path.display().to_string()), bucket: self.bucket.to_owned(), key }
    }
}

fn conclude(summary: &DirectorySummary, arguments: &Cp, output: &Output) -> Exit {
    let DirectorySummary { uploaded, bytes, failed, skipped, stopped, .. } = *summary;
    let rest = if stopped { ", the rest was not tried" } else { "" };
    output.row(format_args!(
        "{} -> {}\n  {uploaded} files uploaded ({}), {failed} failed, {skipped} skipped{rest}",
        arguments.source.display(),
        arguments.destination,
        Size(bytes),
    ));
    match (summary.is_complete(), uploaded) {
        (true, _) => Exit::Done,
        (false, 0) => Exit::Failed,
        (false, _) => Exit::SomeFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_folder() {
        assert_eq!([prefix(""), prefix("a"), prefix("a/b/")], ["", "a/", "a/b/"]);
    }
}
