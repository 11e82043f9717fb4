//! `ossup cp`.

mod folder;
mod one;
mod options;
mod special;
mod watch;

use std::path::Path;

use anyhow::Context as _;
use oss_emulator::Emulator;
use ossup::checkpoint::CheckpointError;
use ossup::{
    Client, Config, Credentials, Leftovers, Stored, UploadError, UploadErrorKind, UploadHandle, UploadOptions,
    UploadResult,
};
use std::pin::pin;

use indicatif::ProgressBar;

use crate::arguments::Cp;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::output::{Event, Output, Place};
use crate::signals::{Signal, Signals};
use crate::{progress, serve};
use watch::Watch;

/// Uploads what the arguments name.
pub(crate) async fn cp(arguments: Cp, output: &Output) -> Result<Exit, Failure> {
    let options = arguments.tuning.options()?;
    let signals = Signals::listen().map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
    let emulator = match &arguments.local {
        Some(folder) => Some(start_local(folder, &arguments).await?),
        None => None,
    };
    let config = emulator.as_ref().map_or_else(|| arguments.service.config(), config_of);
    let client = Client::new(config.recorder(output.requests()))?;
    let keeps_records = arguments.tuning.keeps_records();
    let watch = Watch::new(output);
    let mut run = Run { client, arguments: &arguments, options, keeps_records, signals, watch, output };
    let done = match arguments.folder.recursive {
        true => run.folder().await,
        false => Ok(run.one(emulator.as_ref()).await),
    };
    if let Some(emulator) = emulator {
        emulator.shutdown().await;
    }
    done
}

/// One run of the command.
struct Run<'a> {
    client: Client,
    arguments: &'a Cp,
    options: UploadOptions,
    /// Whether large files have a record, so that an interrupted upload is resumed.
    keeps_records: bool,
    signals: Signals,
    watch: Watch<'a>,
    output: &'a Output,
}

impl Run<'_> {
    /// Waits for the upload, shows how far it is, and ends it on a signal.
    async fn finish(
        &mut self,
        mut handle: UploadHandle,
        place: &Place,
    ) -> (Result<UploadResult, UploadError>, Option<Signal>) {
        let bar = progress::bar(&self.arguments.show, self.output);
        let mut events = handle.events();
        let mut ticks = tokio::time::interval(progress::INTERVAL);
        let done = loop {
            tokio::select! {
                biased;
                Some(event) = events.next() => self.watch.event(place, &event),
                done = &mut handle => break Ok(done),
                signal = self.signals.next() => break Err(signal),
                _ = ticks.tick() => {
                    bar.iter().for_each(|bar| progress::show(bar, &handle.progress()));
                    self.output.flush_warnings(progress::INTERVAL);
                }
            }
        };
        let (done, signal) = match done {
            Ok(done) => (done, None),
            Err(signal) => {
                self.output.note(format_args!("{signal}: stopping; a second one stops at once"));
                let mut cancelling = pin!(handle.cancel());
                let done = loop {
                    tokio::select! {
                        biased;
                        Some(event) = events.next() => self.watch.event(place, &event),
                        done = &mut cancelling => break done,
                        signal = self.signals.next() => self.end_at_once(signal),
                    }
                };
                (done, Some(signal))
            }
        };
        while let Some(event) = events.next().await {
            self.watch.event(place, &event);
        }
        bar.iter().for_each(ProgressBar::finish_and_clear);
        (done, signal)
    }

    /// Ends the program without cleaning up, and says what that leaves.
    fn end_at_once(&self, signal: Signal) -> ! {
        self.watch.name_open_uploads();
        std::process::exit(self.output.finish(Exit::Signal(signal)).code().into())
    }

    /// Names what a lost response to Initiate may have left, unless a signal ends the wait.
    async fn name_lost_uploads(&mut self, prefix: &str) {
        tokio::select! {
            biased;
            () = self.watch.name_lost_uploads(&self.client, &self.arguments.destination.bucket, prefix) => {}
            _ = self.signals.next() => {}
        }
    }

    /// Whether an upload failed because an implicit record could not be kept, and may continue without; warns once.
    fn goes_without_record(&mut self, error: &UploadError, place: &Place) -> bool {
        let UploadErrorKind::Checkpoint(cause) = error.kind() else { return false };
        // Two uploads of one file to one key would be in each other's way.
        let is_other = matches!(cause, CheckpointError::AlreadyRunning { .. });
        if is_other || self.arguments.tuning.checkpoint_dir.is_some() {
            return false;
        }
        if std::mem::replace(&mut self.keeps_records, false) {
            let message = format!("{}; without a record, an upload that is interrupted starts over", sentence(cause));
            self.output.event(&Event::warning(Some(place.clone()), message));
        }
        true
    }
}

/// What a signal left: one sentence about the object and the parts.
fn interrupted(error: &UploadError, place: &Place) -> Failure {
    let target = place.target();
    let left = match (error.leftovers(), error.stored()) {
        (_, Stored::Yes) => format!("{target} is stored"),
        (_, Stored::Unknown) => format!("whether {target} is stored is unknown"),
        (Some(Leftovers { upload_id, reason: Some(reason), .. }), _) => {
            format!("{target} is not stored; upload id {upload_id} could not be aborted: {reason}")
        }
        (Some(Leftovers { upload_id, .. }), _) => {
            format!("{target} is not stored yet; its parts are kept (upload id {upload_id})")
        }
        (None, _) => format!("{target} is not stored, and nothing is left on the server"),
    };
    Failure { retryable: true, ..Failure::new(Kind::Interrupted, format!("interrupted: {left}")) }
}

async fn start_local(folder: &Path, arguments: &Cp) -> Result<Emulator, Failure> {
    let mut builder = Emulator::builder().dir(folder).bucket(arguments.destination.bucket.as_str());
    if let Some((id, secret)) = serve::credentials_from_environment() {
        builder = builder.credentials(id, secret);
    }
    if let Some(region) = &arguments.service.region {
        builder = builder.region(region);
    }
    let started = builder.start().await.with_context(|| format!("cannot start the emulator in {}", folder.display()));
    Ok(started?)
}

fn config_of(emulator: &Emulator) -> Config {
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    config.credentials(Credentials::new(id, secret))
}
