//! Downwards: one object to a file or to standard output.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Instant;

use ossup::{
    DownloadError, DownloadErrorKind, DownloadEvent, DownloadHandle, DownloadResult, GetObjectRequest,
    HeadObjectRequest, TargetError, Verified,
};

use super::existing::State;
use super::preserve::Preserve;
use super::removal::Copied;
use super::{Cp, Session};
use crate::address::Address;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::output::{Downloaded, Event, NotDownloaded, Output, Planned, Removed, Skipped};
use crate::progress::{self, Screen};
use crate::signals::{Signal, Signals};
use crate::streams::standard_output;

impl Session<'_> {
    /// Downloads one object to `target`.
    pub(super) async fn download(&mut self, source: &Address, target: &Path) -> Result<Exit, Failure> {
        let (arguments, output) = (self.arguments, self.output);
        let key = source.object()?;
        let options = arguments.tuning.download_options()?;
        let to_stdout = target.as_os_str() == "-";
        if to_stdout && arguments.tuning.checkpoint_dir.is_some() {
            let message = "what is written to standard output cannot be resumed: leave --checkpoint-dir out";
            return Err(Failure::usage(message));
        }
        let path = if to_stdout { target.to_owned() } else { file_for(target, key)? };
        if let Some(exit) = self.file_left_as_it_is(source, &path).await? {
            return Ok(exit);
        }
        let mut request = GetObjectRequest::new(source.bucket.as_str(), key);
        request.version_id.clone_from(&arguments.version_id);
        request.if_match.clone_from(&arguments.if_match);
        request.request_payer = self.global.payer();
        let downloader = self.client.downloader().options(options);
        let signals = &mut self.signals;
        let mut run = Run { source, path: &path, arguments, output, signals, retries: 0, began: Instant::now() };
        if to_stdout {
            let stdout = standard_output().map_err(|error| Failure::new(Kind::Target, error.to_string()))?;
            let download = downloader.download_to(request, tokio::fs::File::from_std(stdout));
            let (done, signal) = run.finish(download.start()).await;
            return Ok(run.report(&done, signal));
        }
        let keeps_records = arguments.tuning.keeps_records();
        let download = downloader.download_file(request.clone(), &path).enable_checkpoint(keeps_records);
        let (mut done, mut signal) = run.finish(download.start()).await;
        if let Err(error) = &done
            && run.goes_without_record(error)
        {
            (done, signal) = run.finish(downloader.download_file(request, &path).start()).await;
        }
        let exit = run.report(&done, signal);
        if let Ok(result) = &done {
            Preserve::of(&arguments.tuning.preserve).give_back(&path, &result.headers, output);
        }
        if let (Ok(result), Some(_)) = (done, self.moves) {
            let mut remover = self.remover();
            remover.object(source.clone(), copied(&result), result.verified == Verified::Crc64).await;
            remover.conclude().await;
            return Ok(if output.totals().failed > 0 { Exit::SomeFailed } else { exit });
        }
        Ok(exit)
    }

    /// Whether nothing is fetched: what exists is to stay, or this is a dry run.
    async fn file_left_as_it_is(&self, source: &Address, path: &Path) -> Result<Option<Exit>, Failure> {
        let Cp { existing, dry_run, version_id, .. } = self.arguments;
        let exists = existing.compares() && path.exists();
        if !exists && !dry_run {
            return Ok(None);
        }
        let mut request = HeadObjectRequest::new(source.bucket.as_str(), source.rest.as_str());
        request.version_id.clone_from(version_id);
        request.if_match.clone_from(&self.arguments.if_match);
        request.request_payer = self.global.payer();
        let head = self.client.head_object(request).await?;
        let state = State::of_head(&head);
        if let Some(reason) = existing.reason(state, State::of_file(path)) {
            self.output.note(format_args!("{source} was skipped: {reason}"));
            let _ = self.output.line(&Skipped::new(source.to_string(), reason.to_owned()));
            return Ok(Some(Exit::Done));
        }
        if !dry_run {
            return Ok(None);
        }
        let (bucket, target) = (source.bucket.as_str(), path.display().to_string());
        let _ = self.output.line(&Planned::download(bucket, &source.rest, target, head.content_length));
        if self.moves.is_some() {
            let _ = self.output.line(&Removed::planned(source.to_string()));
        }
        Ok(Some(Exit::Done))
    }
}

/// The object that was downloaded.
pub(super) fn copied(result: &DownloadResult) -> Copied {
    Copied {
        etag: result.etag.clone(),
        size: Some(result.size),
        crc64: result.hash_crc64,
        version_id: result.version_id.clone(),
    }
}

/// The file that the object goes to: the target itself, or one below it that is called after the key.
fn file_for(target: &Path, key: &str) -> Result<PathBuf, Failure> {
    let text = target.as_os_str().as_encoded_bytes();
    let is_folder = target.is_dir() || text.ends_with(b"/") || (cfg!(windows) && text.ends_with(b"\\"));
    if !is_folder {
        return Ok(target.to_owned());
    }
    let name = key.rsplit('/').next().unwrap_or_default();
    // A name from the service must not lead out of the folder.
    let leads_away =
        matches!(name, "" | "." | "..") || name.contains('\0') || (cfg!(windows) && name.contains(['\\', ':']));
    if leads_away {
        let folder = target.display();
        return Err(Failure::usage(format!(
            "the key {key:?} ends in no file name: name the file to write in {folder}"
        )));
    }
    Ok(target.join(name))
}

/// One run of the command.
struct Run<'a> {
    source: &'a Address,
    path: &'a Path,
    arguments: &'a Cp,
    output: &'a Output,
    signals: &'a mut Signals,
    /// Attempts of the part that took the most, but the first.
    retries: u32,
    began: Instant,
}

impl Run<'_> {
    /// Waits for the download, shows how far it is, and ends it on a signal.
    async fn finish(&mut self, mut handle: DownloadHandle) -> (Result<DownloadResult, DownloadError>, Option<Signal>) {
        let mut screen = Screen::new(self.arguments.progress(), self.output);
        let mut events = handle.events();
        let mut ticks = tokio::time::interval(progress::INTERVAL);
        let done = loop {
            tokio::select! {
                biased;
                Some(event) = events.next() => self.event(&event),
                done = &mut handle => break Ok(done),
                signal = self.signals.next() => break Err(signal),
                _ = ticks.tick() => {
                    screen.show_one(&handle.progress());
                    self.output.flush_warnings(progress::INTERVAL);
                }
            }
        };
        let (done, signal) = match done {
            Ok(done) => (done, None),
            Err(signal) => {
                self.output.note(format_args!("{signal}: stopping; a second one stops at once"));
                let mut cancelling = pin!(handle.cancel());
                let done = tokio::select! {
                    biased;
                    done = &mut cancelling => done,
                    signal = self.signals.next() => {
                        self.output.end_at_once(signal)
                    }
                };
                (done, Some(signal))
            }
        };
        while let Some(event) = events.next().await {
            self.event(&event);
        }
        (done, signal)
    }

    fn event(&mut self, event: &DownloadEvent) {
        if let DownloadEvent::PartFailed { attempt, .. } = event {
            self.retries = self.retries.max(*attempt);
        }
        Event::of_download(self.source, event).iter().for_each(|event| self.output.event(event));
    }

    /// Whether the download failed because an implicit record could not be kept, and may continue without.
    fn goes_without_record(&self, error: &DownloadError) -> bool {
        let DownloadErrorKind::Checkpoint(cause) = error.kind() else { return false };
        let is_other = matches!(cause, ossup::checkpoint::CheckpointError::AlreadyRunning { .. });
        if is_other || self.arguments.tuning.checkpoint_dir.is_some() {
            return false;
        }
        let message = format!("{}; without a record, a download that is interrupted starts over", sentence(cause));
        self.output.event(&Event::of_object(self.source, "warning", message));
        true
    }

    fn report(&self, done: &Result<DownloadResult, DownloadError>, signal: Option<Signal>) -> Exit {
        let target = self.path.display().to_string();
        let error = match done {
            Ok(result) => {
                let took = self.began.elapsed();
                let line = Downloaded::new(self.source, target, result, self.retries + 1, took);
                let _ = self.output.line(&line.compared(self.arguments.tuning.compared_instead()));
                return Exit::Done;
            }
            // As behind `head`.
            Err(error) if is_reader_gone(error) => return Exit::Done,
            Err(error) => error,
        };
        let mut failure = Failure::from(error);
        if matches!(error.kind(), DownloadErrorKind::Cancelled) {
            let kept = if error.is_resumable() { "what was fetched is kept" } else { "what was fetched is removed" };
            failure.message = format!("interrupted: {target} is as it was, and {kept}");
            failure = failure.and_how_to_resume(error.is_resumable());
        }
        self.output.note(&failure);
        let exit = failure.exit();
        let _ = self.output.line(&NotDownloaded::new(self.source, target, failure, error.is_resumable()));
        signal.map_or(exit, Exit::Signal)
    }
}

/// Whether the other end of a pipe was closed.
pub(crate) fn is_reader_gone(error: &DownloadError) -> bool {
    matches!(error.kind(), DownloadErrorKind::Target(TargetError::Writer(error)) if error.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_a_folder_has_the_last_name_of_the_key_if_that_is_safe() {
        let folder = tempfile::tempdir().unwrap();
        let path = |key: &str| file_for(folder.path(), key);
        assert_eq!(path("a/b/c.txt").unwrap(), folder.path().join("c.txt"));
        for key in ["a/..", "..", ".", "a/", "a/b\0c"] {
            assert!(path(key).unwrap_err().message.contains("name the file to write"), "{key}");
        }
        assert_eq!(file_for(Path::new("new/"), "a/b").unwrap(), Path::new("new/b"));
        assert_eq!(file_for(Path::new("new"), "a/..").unwrap(), Path::new("new"));
    }
}
