//! `ossup cp`.

mod arguments;
mod download;
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
    BucketName, Client, Config, Credentials, Leftovers, RequestPayer, Stored, UploadError, UploadErrorKind,
    UploadHandle, UploadOptions, UploadResult,
};
use std::pin::pin;

use indicatif::ProgressBar;

pub(crate) use arguments::Cp;
use arguments::End;
pub(crate) use download::is_reader_gone;

use crate::address::Address;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::global::Global;
use crate::output::{Event, Output, Place};
use crate::signals::{Signal, Signals};
use crate::{progress, serve};
use download::download;
use watch::Watch;

/// Copies what the arguments name.
pub(crate) async fn cp(arguments: Cp, global: &Global, output: &Output) -> Result<Exit, Failure> {
    if !arguments.folder.recursive && (arguments.filters.are_given() || arguments.range.is_given()) {
        return Err(Failure::usage("filters choose among the files or objects of a folder: add -r"));
    }
    match (&arguments.source, &arguments.destination) {
        (End::Local(source), End::Object(destination)) => {
            arguments.refuse_for_uploads()?;
            upload(source, destination, &arguments, global, output).await
        }
        (End::Object(source), End::Local(target)) => {
            arguments.refuse_for_downloads()?;
            download(source, target, &arguments, global, output).await
        }
        (End::Object(_), End::Object(_)) => Err(Failure::usage(
            "objects are not copied on the server yet: write ossup cp oss://BUCKET/KEY - | ossup cp - oss://BUCKET/KEY",
        )),
        (End::Local(source), End::Local(target)) => Err(Failure::usage(format!(
            "neither {} nor {} is in OSS: write oss://BUCKET/KEY for one of them",
            source.display(),
            target.display()
        ))),
    }
}

async fn upload(
    source: &Path,
    destination: &Address,
    arguments: &Cp,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let options = arguments.tuning.upload_options()?;
    let signals = Signals::listen().map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
    let emulator = start_local(arguments, &destination.bucket, global).await?;
    let client = client(emulator.as_ref(), global, output)?;
    let keeps_records = arguments.tuning.keeps_records();
    let watch = Watch::new(output);
    let payer = global.payer();
    let mut run = Run { client, source, destination, arguments, options, keeps_records, payer, signals, watch, output };
    let done = match arguments.folder.recursive {
        true => run.folder().await,
        false => Ok(run.one(emulator.as_ref()).await),
    };
    if let Some(emulator) = emulator {
        emulator.shutdown().await;
    }
    done
}

/// One run of an upload.
struct Run<'a> {
    client: Client,
    source: &'a Path,
    destination: &'a Address,
    arguments: &'a Cp,
    options: UploadOptions,
    /// Whether large files have a record, so that an interrupted upload is resumed.
    keeps_records: bool,
    payer: Option<RequestPayer>,
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
        let bar = progress::bar(self.arguments.no_progress, self.output);
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
            () = self.watch.name_lost_uploads(&self.client, &self.destination.bucket, prefix) => {}
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

/// Starts the emulator of `--local`, if that is where the service is.
async fn start_local(arguments: &Cp, bucket: &BucketName, global: &Global) -> Result<Option<Emulator>, Failure> {
    let Some(folder) = &arguments.local else { return Ok(None) };
    let mut builder = Emulator::builder().dir(folder).bucket(bucket.as_str());
    if let Some((id, secret)) = serve::credentials_from_environment() {
        builder = builder.credentials(id, secret);
    }
    if let Some(region) = &global.region {
        builder = builder.region(region);
    }
    let started = builder.start().await.with_context(|| format!("cannot start the emulator in {}", folder.display()));
    Ok(Some(started?))
}

fn client(emulator: Option<&Emulator>, global: &Global, output: &Output) -> Result<Client, Failure> {
    let Some(emulator) = emulator else { return global.client(output) };
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    Ok(Client::new(config.credentials(Credentials::new(id, secret)).recorder(output.requests()))?)
}
