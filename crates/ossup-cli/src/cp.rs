//! `ossup cp`, and the first half of `ossup mv`.

mod arguments;
mod below;
mod copy;
mod download;
mod existing;
mod folder;
mod limit;
mod one;
mod options;
mod plan;
mod preserve;
mod removal;
mod special;
mod watch;

use std::path::Path;

use anyhow::Context as _;
use oss_emulator::Emulator;
use ossup::checkpoint::CheckpointError;
use ossup::{
    BucketName, Client, Config, Credentials, HeadObjectRequest, Leftovers, RequestPayer, Stored, UploadError,
    UploadErrorKind, UploadHandle, UploadOptions, UploadResult,
};
use std::pin::pin;

pub(crate) use arguments::{Cp, End, Tuning, jobs_of_profile, parse_jobs, parse_parallel, parse_rate};
pub(crate) use download::is_reader_gone;
pub(crate) use plan::together;
pub(crate) use preserve::{Attribute, Preserve};
pub(crate) use removal::Moves;
pub(crate) use watch::Watch;

use crate::address::{Address, shown};
use crate::arguments as command_line;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::global::{Clients, Global};
use crate::output::{Event, Instead, NotDownloaded, NotUploaded, Output, Place};
use crate::progress::{self, Screen};
use crate::report;
use crate::serve;
use crate::signals::{Signal, Signals};
use crate::size::{Size, counted};
use crate::versioned::refuse_if_versioned;
use existing::State;
use plan::{Transfer, Way, transfers};
use removal::Remover;

/// Copies what the arguments name; with `moves`, the sources are removed.
pub(crate) async fn cp(
    arguments: &Cp,
    moves: Option<Moves>,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let recursive = arguments.folder.recursive;
    let transfers = transfers(&arguments.sources, &arguments.destination, recursive, Path::is_dir)?;
    let Some(first) = transfers.first() else { return Ok(Exit::Done) };
    arguments.refuse_meaningless(&first.way, moves.is_some())?;
    let arguments = &match arguments.local {
        None => arguments.with_profile(&global.settings()?)?,
        Some(_) => arguments.clone(),
    };
    if let Some(to) = &arguments.report {
        report::begin(to, arguments.dry_run, global, output)?;
    }
    let signals = Signals::listen().map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
    let mut limited = global.clone();
    limited.limits = arguments.limits();
    let global = &limited;
    let emulator = start_local(arguments, first.bucket(), global).await?;
    let local = emulator.as_ref().map(|emulator| local_client(emulator, global, output)).transpose()?;
    let clients = global.clients(output);
    let client = |bucket: &BucketName| local.clone().map_or_else(|| clients.of(bucket), Ok);
    let (client, source_client) = (client(first.bucket())?, client(first.source_bucket())?);
    if arguments.properties.forbids_overwrite() {
        refuse_if_versioned(&client, first.bucket(), output).await?;
    }
    let mut session =
        Session { client, source_client, clients, local, emulator, signals, arguments, moves, global, output };
    let done = Box::pin(session.carry_out(&transfers)).await;
    if let Some(emulator) = session.emulator {
        emulator.shutdown().await;
    }
    done
}

/// One run of the command: what all of its transfers share.
struct Session<'a> {
    /// The client for what is written to OSS, or read from it to this machine.
    client: Client,
    /// The client for the object that a copy is made of.
    source_client: Client,
    clients: Clients<'a>,
    /// The client of the emulator, which has all buckets.
    local: Option<Client>,
    /// The one of `--local`.
    emulator: Option<Emulator>,
    signals: Signals,
    arguments: &'a Cp,
    moves: Option<Moves>,
    global: &'a Global,
    output: &'a Output,
}

impl Session<'_> {
    async fn carry_out(&mut self, transfers: &[Transfer]) -> Result<Exit, Failure> {
        if let [only] = transfers {
            return self.transfer(only).await;
        }
        let mut exits = Vec::with_capacity(transfers.len());
        for transfer in transfers {
            // A source that fails does not stop the others.
            let exit = match self.transfer(transfer).await {
                Ok(exit) => exit,
                Err(failure) => self.not_begun(transfer, failure),
            };
            exits.push(exit);
            if matches!(exit, Exit::Signal(_)) || self.has_too_many_errors() {
                break;
            }
        }
        Ok(together(&exits))
    }

    async fn transfer(&mut self, transfer: &Transfer) -> Result<Exit, Failure> {
        if self.local.is_none() {
            self.client = self.clients.of(transfer.bucket())?;
            self.source_client = self.clients.of(transfer.source_bucket())?;
        }
        match (&transfer.way, transfer.recursive) {
            (Way::Up { source, destination }, recursive) => self.upload(source, destination, recursive).await,
            (Way::Down { source, target }, false) => self.download(source, target).await,
            (Way::Down { source, target }, true) => self.download_folder(source, target).await,
            (Way::Copy { source, destination }, false) => Box::pin(self.copy(source, destination)).await,
            (Way::Copy { source, destination }, true) => self.copy_folder(source, destination).await,
        }
    }

    async fn upload(&mut self, source: &Path, destination: &Address, recursive: bool) -> Result<Exit, Failure> {
        let arguments = self.arguments;
        let mut run = Run {
            client: self.client.clone(),
            source,
            destination,
            arguments,
            moves: self.moves,
            options: arguments.tuning.upload_options()?,
            keeps_records: arguments.tuning.keeps_records(),
            payer: self.global.payer(),
            signals: &mut self.signals,
            watch: Watch::new(self.output),
            output: self.output,
        };
        match recursive {
            true => run.folder().await,
            false => Ok(run.one(self.emulator.as_ref()).await),
        }
    }

    /// Reports one of several sources that could not be started.
    fn not_begun(&self, transfer: &Transfer, failure: Failure) -> Exit {
        self.output.note(&failure);
        let exit = failure.exit();
        let place = |source: String, destination: &Address| Place {
            source: Some(source),
            bucket: destination.bucket.to_string(),
            key: None,
        };
        let _ = match &transfer.way {
            Way::Up { source, destination } => {
                let place = place(source.display().to_string(), destination);
                self.output.line(&NotUploaded::unsent(place, failure))
            }
            Way::Copy { source, destination } => {
                self.output.line(&NotUploaded::unsent(place(source.to_string(), destination), failure).of_copy())
            }
            Way::Down { source, target } => {
                self.output.line(&NotDownloaded::new(source, target.display().to_string(), failure, false))
            }
        };
        exit
    }

    fn has_too_many_errors(&self) -> bool {
        has_too_many_errors(self.arguments, self.output)
    }

    /// Removes sources of objects.
    fn remover(&self) -> Remover {
        Remover::new(&self.source_client, self.global.payer(), self.output, JOBS)
    }
}

/// Files or objects at once, if not set.
const JOBS: usize = 4;
/// Destinations that are examined at once, if not set.
const CHECKERS: usize = 16;

/// Whether as many failed as `--max-errors` allows.
fn has_too_many_errors(arguments: &Cp, output: &Output) -> bool {
    arguments.max_errors.is_some_and(|most| output.totals().failed >= most)
}

/// Says how the transfer of a folder ended.
fn conclude(output: &Output, title: &str, verb: Verb, left_out: bool, signal: Option<Signal>) -> Exit {
    let totals = output.totals();
    let rest = if left_out { ", the rest was not tried" } else { "" };
    let count_of = |count| counted(count, "file");
    let skipped = if totals.skipped > 0 { format!(", {} skipped", totals.skipped) } else { String::new() };
    let (count, done) = match totals.planned {
        0 => (totals.done, verb.done),
        planned => (planned, verb.planned),
    };
    let bytes = Size(totals.bytes);
    output.row(format_args!(
        "{title}\n  {} {done} ({bytes}), {} failed{skipped}{rest}",
        count_of(count),
        totals.failed
    ));
    match (totals.failed > 0 || left_out, totals.done, signal) {
        // A signal that came after the last file ended nothing.
        (false, ..) => Exit::Done,
        (true, _, Some(signal)) => {
            let typed = command_line::typed();
            output.note(format_args!("interrupted; to {} the rest too: {typed}", verb.infinitive));
            Exit::Signal(signal)
        }
        (true, 0, None) => Exit::Failed,
        (true, _, None) => Exit::SomeFailed,
    }
}

/// What is done to files, in the forms in which it is said.
#[derive(Clone, Copy)]
struct Verb {
    infinitive: &'static str,
    done: &'static str,
    planned: &'static str,
}

const UPLOAD: Verb = Verb { infinitive: "upload", done: "uploaded", planned: "to upload" };
const DOWNLOAD: Verb = Verb { infinitive: "download", done: "downloaded", planned: "to download" };
const COPY: Verb = Verb { infinitive: "copy", done: "copied", planned: "to copy" };

/// Why a file or object is left out that is not among those that were listed. It is not reported.
const UNLISTED: &str = "it is not listed";
/// Why one is left out that a dry run would transfer.
const PLANNED: &str = "it would be transferred";
/// Why one is left out whose destination could not be looked at.
const UNKNOWN: &str = "its destination could not be looked at";

/// One run of an upload.
struct Run<'a> {
    client: Client,
    source: &'a Path,
    destination: &'a Address,
    arguments: &'a Cp,
    moves: Option<Moves>,
    options: UploadOptions,
    /// Whether large files have a record, so that an interrupted upload is resumed.
    keeps_records: bool,
    payer: Option<RequestPayer>,
    signals: &'a mut Signals,
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
        let mut screen = Screen::new(self.arguments.progress(), self.output);
        let mut events = handle.events();
        let mut ticks = tokio::time::interval(progress::INTERVAL);
        let done = loop {
            tokio::select! {
                biased;
                Some(event) = events.next() => self.watch.event(place, &event),
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
        (done, signal)
    }

    /// Ends the program without cleaning up, and says what that leaves.
    fn end_at_once(&self, signal: Signal) -> ! {
        self.watch.name_open_uploads();
        self.output.end_at_once(signal)
    }

    /// Names what a lost response to Initiate may have left.
    async fn name_lost_uploads(&mut self, prefix: &str) {
        self.watch.name_lost_uploads(&self.client, &self.destination.bucket, prefix, self.signals).await;
    }

    /// What is compared in place of CRC64.
    fn instead(&self) -> Option<Instead> {
        self.arguments.tuning.compared_instead()
    }

    /// With `--verify size`, compares the size of the object with what was sent.
    async fn compare_size(&self, key: &str, size: u64) -> Result<(), Failure> {
        compare_size(self.instead(), &self.client, &self.destination.bucket, key, self.payer.clone(), size).await
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

/// What is compared of an object, if there is one.
async fn head(
    client: &Client,
    bucket: &BucketName,
    key: &str,
    payer: Option<RequestPayer>,
) -> Result<Option<State>, Failure> {
    let mut request = HeadObjectRequest::new(bucket.as_str(), key);
    request.request_payer = payer;
    match client.head_object(request).await {
        Ok(head) => Ok(Some(State::of_head(&head))),
        Err(error) if error.status().is_some_and(|status| status.as_u16() == 404) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// With `--verify size`, compares the size of an object with what was sent or copied.
async fn compare_size(
    instead: Option<Instead>,
    client: &Client,
    bucket: &BucketName,
    key: &str,
    payer: Option<RequestPayer>,
    size: u64,
) -> Result<(), Failure> {
    if instead != Some(Instead::Size) {
        return Ok(());
    }
    let at = shown(bucket.as_str(), key);
    match head(client, bucket, key, payer).await? {
        Some(there) if there.size == size => Ok(()),
        Some(there) => {
            let (there, size) = (counted(there.size, "byte"), counted(size, "byte"));
            Err(Failure::new(Kind::Verification, format!("{at} has {there}, and {size} were stored")))
        }
        None => Err(Failure::new(Kind::Verification, format!("{at} is not there any more"))),
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

/// The client of the emulator of `--local`.
fn local_client(emulator: &Emulator, global: &Global, output: &Output) -> Result<Client, Failure> {
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    let config = global.limits.of(config).credentials(Credentials::new(id, secret));
    Ok(Client::new(config.recorder(output.requests()))?)
}
