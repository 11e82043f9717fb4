//! `ossup cp`.

mod folder;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use oss_emulator::Emulator;
use ossup::checkpoint::DirectoryStore;
use ossup::{
    Client, Config, Credentials, ParallelNum, PutObjectRequest, Source, UploadError, UploadErrorKind, UploadHandle,
    UploadOptions, UploadResult,
};

use crate::address::Address;
use crate::arguments::{Cp, Tuning};
use crate::output::{FailedLine, Line};
use crate::{output, progress, say, serve};

/// Files from this size on have a checkpoint unless told otherwise: sending them twice would hurt.
const CHECKPOINT_FROM: u64 = 100 << 20;
/// How long cleaning up may take after Ctrl-C.
const CLEANUP_AFTER_INTERRUPT: Duration = Duration::from_secs(5);

/// Uploads what the arguments name.
pub(crate) async fn cp(arguments: Cp) -> Result<ExitCode> {
    let emulator = match &arguments.local {
        Some(folder) => Some(start_local(folder, &arguments).await?),
        None => None,
    };
    let client = match &emulator {
        Some(emulator) => client_of(emulator)?,
        None => arguments.service.client()?,
    };
    let done = match arguments.folder.recursive {
        true => folder::upload(&client, &arguments).await,
        false => one(&client, emulator.as_ref(), &arguments).await,
    };
    if let Some(emulator) = emulator {
        emulator.shutdown().await;
    }
    done
}

async fn one(client: &Client, emulator: Option<&Emulator>, arguments: &Cp) -> Result<ExitCode> {
    let from_stdin = arguments.source.as_os_str() == "-";
    let name = arguments.source.file_name().and_then(|name| name.to_str()).filter(|_| !from_stdin);
    let key = arguments.destination.key_for(name)?;
    let address = Address { rest: key.clone(), ..arguments.destination.clone() };
    let request = PutObjectRequest::new(address.bucket.as_str(), &key);
    let uploader = client.uploader();

    let upload = if from_stdin {
        anyhow::ensure!(
            arguments.tuning.checkpoint_dir.is_none(),
            "standard input cannot be resumed: leave --checkpoint-dir out"
        );
        uploader.upload_from(request, Source::file(standard_input().context("cannot read standard input")?))
    } else {
        refuse_folder(&arguments.source)?;
        uploader.upload_file(request, &arguments.source).enable_checkpoint(arguments.tuning.keeps_checkpoints())
    };
    let handle = upload.options(arguments.tuning.options()?).follow_links(!arguments.links.no_dereference).start();

    match finish(handle, arguments).await {
        Ok(result) => {
            if arguments.show.json {
                say::json(&Line::new(&result))?;
            } else {
                let stored = match emulator {
                    Some(emulator) => emulator.object_paths(address.bucket.as_str(), &key)?,
                    None => Vec::new(),
                };
                say::out(output::text(
                    &arguments.source.display().to_string(),
                    &address.to_string(),
                    &result,
                    &stored,
                ))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            if arguments.show.json {
                say::json(&FailedLine::new(&error))?;
            }
            let (resumable, interrupted) = (error.is_resumable(), matches!(error.kind(), UploadErrorKind::Cancelled));
            let mut error = anyhow::Error::new(error);
            if resumable {
                error = error.context("run the same command again to go on from here");
            }
            if !interrupted {
                return Err(error);
            }
            say::note(output::chain(&error));
            Ok(ExitCode::from(crate::INTERRUPTED))
        }
    }
}

/// Standard input without the buffer that `std::io::Stdin` puts before it. A file behind it can be read anywhere.
fn standard_input() -> io::Result<File> {
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned()?;
    Ok(handle.into())
}

/// Waits for the upload, shows how far it is, and ends it on Ctrl-C.
async fn finish(handle: UploadHandle, arguments: &Cp) -> Result<UploadResult, UploadError> {
    let bar = progress::bar(&arguments.show);
    let mut handle = handle;
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let mut ticks = tokio::time::interval(progress::INTERVAL);
    loop {
        tokio::select! {
            done = &mut handle => {
                bar.iter().for_each(ProgressBar::finish_and_clear);
                return done;
            }
            _ = &mut interrupt => break,
            _ = ticks.tick() => bar.iter().for_each(|bar| progress::show(bar, &handle.progress())),
        }
    }
    bar.iter().for_each(ProgressBar::abandon);
    say::note("stopping; once more Ctrl-C to leave at once");
    tokio::select! {
        done = handle.cancel() => done,
        _ = tokio::signal::ctrl_c() => std::process::exit(crate::INTERRUPTED.into()),
    }
}

impl Tuning {
    /// Without a home there is no state folder to keep records in, which is no reason not to upload.
    pub(crate) fn keeps_checkpoints(&self) -> bool {
        !self.no_checkpoint && (self.checkpoint_dir.is_some() || DirectoryStore::for_user().is_ok())
    }

    pub(crate) fn options(&self) -> Result<UploadOptions> {
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

fn parse_parallel(text: &str) -> Result<ParallelNum> {
    if text == "auto" {
        return Ok(ParallelNum::Auto);
    }
    let number = text.parse().with_context(|| format!("--parallel-num {text:?} is neither a number nor auto"))?;
    Ok(ParallelNum::Fixed(number))
}

/// Says at once how a folder can be uploaded.
fn refuse_folder(path: &Path) -> Result<()> {
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(!metadata.is_dir(), "{} is a folder: add -r to upload all that is in it", path.display());
    Ok(())
}

async fn start_local(folder: &PathBuf, arguments: &Cp) -> Result<Emulator> {
    let mut builder = Emulator::builder().dir(folder).bucket(arguments.destination.bucket.as_str());
    if let Some((id, secret)) = serve::credentials_from_environment() {
        builder = builder.credentials(id, secret);
    }
    if let Some(region) = &arguments.service.region {
        builder = builder.region(region);
    }
    builder.start().await.with_context(|| format!("cannot start the emulator in {}", folder.display()))
}

fn client_of(emulator: &Emulator) -> Result<Client> {
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    Ok(Client::new(config.credentials(Credentials::new(id, secret)))?)
}
