//! `ossup cp`.

mod folder;
mod watch;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressBar;
use oss_emulator::Emulator;
use ossup::checkpoint::DirectoryStore;
use ossup::{
    Client, Config, Credentials, Leftovers, ParallelNum, PutObjectRequest, Source, Stored, UploadError,
    UploadErrorKind, UploadHandle, UploadOptions, UploadResult,
};

use crate::arguments::{Cp, Tuning};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::output::{NotUploaded, Output, Place, Uploaded};
use crate::signals::{Signal, Signals};
use crate::{progress, serve};
use watch::Watch;

/// Files from this size on have a checkpoint unless told otherwise: sending them twice would hurt.
const CHECKPOINT_FROM: u64 = 100 << 20;
/// How long cleaning up may take after Ctrl-C.
const CLEANUP_AFTER_INTERRUPT: Duration = Duration::from_secs(5);

/// Uploads what the arguments name.
pub(crate) async fn cp(arguments: Cp, output: &Output) -> Result<Exit, Failure> {
    let options = arguments.tuning.options()?;
    let mut signals = Signals::listen().map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
    let emulator = match &arguments.local {
        Some(folder) => Some(start_local(folder, &arguments).await?),
        None => None,
    };
    let config = emulator.as_ref().map_or_else(|| arguments.service.config(), config_of);
    let client = Client::new(config.recorder(output.requests()))?;
    let done = match arguments.folder.recursive {
        true => folder::upload(&client, &arguments, options, &mut signals, output).await,
        false => Ok(one(&client, emulator.as_ref(), &arguments, options, &mut signals, output).await),
    };
    if let Some(emulator) = emulator {
        emulator.shutdown().await;
    }
    done
}

/// Uploads one file or stream.
async fn one(
    client: &Client,
    emulator: Option<&Emulator>,
    arguments: &Cp,
    options: UploadOptions,
    signals: &mut Signals,
    output: &Output,
) -> Exit {
    let mut place = Place {
        source: Some(arguments.source.display().to_string()),
        bucket: arguments.destination.bucket.to_string(),
        key: None,
    };
    let handle = match begin(client, arguments, options, &mut place) {
        Ok(handle) => handle,
        Err(error) => return not_uploaded(NotUploaded::new(place, error.clone()), &error, output),
    };
    let mut watch = Watch::new(output);
    watch.started(&place);
    let (done, signal) = finish(handle, &place, &mut watch, signals, arguments, output).await;
    let observed = watch.ended(&place, done.as_ref().err());
    let key = place.key.clone().unwrap_or_default();
    tokio::select! {
        biased;
        () = watch.name_lost_uploads(client, &arguments.destination.bucket, &key) => {}
        _ = signals.next() => {}
    }
    match done {
        Ok(result) => {
            let paths = |emulator: &Emulator| emulator.object_paths(&place.bucket, &key).unwrap_or_default();
            let stored = emulator.map(paths).unwrap_or_default();
            let _ = output.line(&Uploaded::new(place, &result, observed).with_rows(&stored));
            Exit::Done
        }
        Err(error) => {
            let failure = match error.kind() {
                UploadErrorKind::Cancelled => interrupted(&error, &place).and_how_to_resume(error.is_resumable()),
                _ => Failure::from(&error),
            };
            let upload_id = error.upload_id().map(ToString::to_string);
            let line = NotUploaded::new(place, failure.clone()).with_upload(upload_id, error.is_resumable());
            let exit = not_uploaded(line, &failure, output);
            signal.map_or(exit, Exit::Signal)
        }
    }
}

fn not_uploaded(line: NotUploaded, error: &Failure, output: &Output) -> Exit {
    output.note(error);
    let _ = output.line(&line);
    error.exit()
}

/// Starts the upload, and fills in the key as soon as it is known.
fn begin(client: &Client, arguments: &Cp, options: UploadOptions, place: &mut Place) -> Result<UploadHandle, Failure> {
    let from_stdin = arguments.source.as_os_str() == "-";
    let name = arguments.source.file_name().and_then(|name| name.to_str()).filter(|_| !from_stdin);
    let key = arguments.destination.key_for(name)?;
    place.key = Some(key.clone());
    let request = PutObjectRequest::new(arguments.destination.bucket.as_str(), key);
    let uploader = client.uploader();
    let upload = if from_stdin {
        if arguments.tuning.checkpoint_dir.is_some() {
            return Err(Failure::usage("standard input cannot be resumed: leave --checkpoint-dir out"));
        }
        let stdin = standard_input().map_err(|error| Failure::unreadable(Path::new("standard input"), &error))?;
        uploader.upload_from(request, Source::file(stdin))
    } else {
        refuse_folder(&arguments.source)?;
        uploader.upload_file(request, &arguments.source).enable_checkpoint(arguments.tuning.keeps_checkpoints())
    };
    Ok(upload.options(options).follow_links(!arguments.links.no_dereference).start())
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

/// Standard input without the buffer that `std::io::Stdin` puts before it. A file behind it can be read anywhere.
fn standard_input() -> io::Result<File> {
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned()?;
    Ok(handle.into())
}

/// Waits for the upload, shows how far it is, and ends it on a signal.
async fn finish(
    mut handle: UploadHandle,
    place: &Place,
    watch: &mut Watch<'_>,
    signals: &mut Signals,
    arguments: &Cp,
    output: &Output,
) -> (Result<UploadResult, UploadError>, Option<Signal>) {
    let bar = progress::bar(&arguments.show, output);
    let mut events = handle.events();
    let mut ticks = tokio::time::interval(progress::INTERVAL);
    let done = loop {
        tokio::select! {
            biased;
            Some(event) = events.next() => watch.event(place, &event),
            done = &mut handle => break Ok(done),
            signal = signals.next() => break Err(signal),
            _ = ticks.tick() => {
                bar.iter().for_each(|bar| progress::show(bar, &handle.progress()));
                output.flush_warnings(progress::INTERVAL);
            }
        }
    };
    let (done, signal) = match done {
        Ok(done) => (done, None),
        Err(signal) => {
            output.note(format_args!("{signal}: stopping; a second one stops at once"));
            let mut cancelling = pin!(handle.cancel());
            let done = loop {
                tokio::select! {
                    biased;
                    Some(event) = events.next() => watch.event(place, &event),
                    done = &mut cancelling => break done,
                    signal = signals.next() => end_at_once(signal, watch, output),
                }
            };
            (done, Some(signal))
        }
    };
    while let Some(event) = events.next().await {
        watch.event(place, &event);
    }
    bar.iter().for_each(ProgressBar::finish_and_clear);
    (done, signal)
}

/// Ends the program without cleaning up, and says what that leaves.
fn end_at_once(signal: Signal, watch: &Watch<'_>, output: &Output) -> ! {
    watch.name_open_uploads();
    std::process::exit(output.finish(Exit::Signal(signal)).code().into())
}

impl Tuning {
    /// Without a home there is no state folder to keep records in, which is no reason not to upload.
    pub(crate) fn keeps_checkpoints(&self) -> bool {
        !self.no_checkpoint && (self.checkpoint_dir.is_some() || DirectoryStore::for_user().is_ok())
    }

    pub(crate) fn options(&self) -> Result<UploadOptions, Failure> {
        let mut options = UploadOptions::default()
            .leave_parts_on_error(self.leave_parts_on_error)
            .checkpoint_threshold(CHECKPOINT_FROM)
            .cleanup_timeout(CLEANUP_AFTER_INTERRUPT);
        if let Some(size) = self.part_size {
            options = options.part_size(size.0);
        }
        if let Some(parallel) = &self.parallel_num {
            options = options.parallel_num(parse_parallel(parallel)?);
        }
        if let Some(attempts) = self.part_attempts {
            options = options.part_attempts(attempts);
        }
        if let Some(folder) = &self.checkpoint_dir {
            options = options.checkpoint_dir(folder).checkpoint_threshold(0_u64);
        }
        Ok(options)
    }
}

fn parse_parallel(text: &str) -> Result<ParallelNum, Failure> {
    if text == "auto" {
        return Ok(ParallelNum::Auto);
    }
    let number = text.parse();
    let number = number.map_err(|_| Failure::usage(format!("--parallel-num {text:?} is neither a number nor auto")))?;
    Ok(ParallelNum::Fixed(number))
}

/// Says at once how a folder can be uploaded.
fn refuse_folder(path: &Path) -> Result<(), Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| Failure::unreadable(path, &error))?;
    if metadata.is_dir() {
        let message = format!("{} is a folder: add -r to upload everything in it", path.display());
        return Err(Failure::usage(message));
    }
    Ok(())
}

async fn start_local(folder: &PathBuf, arguments: &Cp) -> Result<Emulator, Failure> {
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
