//! `ossup cp -r`.

use std::process::ExitCode;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use ossup::directory::{DirectoryEvent, DirectorySummary};
use ossup::{Client, PutObjectRequest};
use serde::Serialize;

use crate::arguments::{Cp, Show};
use crate::output::{self, FileLine, FolderLine, Line};
use crate::size::Size;
use crate::{progress, say};

/// Exit code when some files were uploaded and some were not.
const SOME_FAILED: u8 = 2;

#[derive(Serialize)]
struct FailedFile {
    error: String,
}

/// Uploads a folder: a line for each failure, and a summary.
pub(super) async fn upload(client: &Client, arguments: &Cp) -> Result<ExitCode> {
    let prefix = prefix(&arguments.destination.rest);
    let request = PutObjectRequest::new(arguments.destination.bucket.as_str(), prefix);
    let uploader = client.uploader().options(arguments.tuning.options()?);
    let uploader = uploader.enable_checkpoint(arguments.tuning.keeps_checkpoints());
    let is_link = || std::fs::symlink_metadata(&arguments.source).is_ok_and(|metadata| metadata.is_symlink());
    anyhow::ensure!(
        !(arguments.links.no_dereference && is_link()),
        "{} is a symbolic link",
        arguments.source.display()
    );
    let mut upload = uploader.upload_dir(request, &arguments.source).follow_links(arguments.links.dereference);
    for glob in &arguments.folder.include {
        upload = upload.include(glob);
    }
    for glob in &arguments.folder.exclude {
        upload = upload.exclude(glob);
    }
    if let Some(jobs) = arguments.folder.jobs {
        upload = upload.jobs(jobs);
    }

    let bar = bar(&arguments.show);
    let mut run = upload.start().await?;
    let mut interrupted = false;
    loop {
        tokio::select! {
            event = run.next() => match event {
                Some(event) => report(&event, bar.as_ref(), arguments.show.json)?,
                None => break,
            },
            _ = tokio::signal::ctrl_c() => {
                if interrupted {
                    std::process::exit(crate::INTERRUPTED.into());
                }
                interrupted = true;
                run.stop();
                say::note("finishing the files under way; once more Ctrl-C to leave at once");
            }
        }
        if let Some(bar) = &bar {
            let summary = run.summary();
            bar.set_message(format!("{} files, {}, {} failed", summary.uploaded, Size(summary.bytes), summary.failed));
        }
    }
    bar.iter().for_each(ProgressBar::finish_and_clear);
    let code = conclude(&run.summary(), arguments)?;
    Ok(if interrupted && run.summary().stopped { ExitCode::from(crate::INTERRUPTED) } else { code })
}

/// A folder keeps its own slash: `oss://bucket/photos` and `oss://bucket/photos/` mean the same.
fn prefix(rest: &str) -> String {
    if rest.is_empty() || rest.ends_with('/') { rest.to_owned() } else { format!("{rest}/") }
}

fn bar(show: &Show) -> Option<ProgressBar> {
    let bar = progress::bar(show)?;
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(progress::INTERVAL);
    Some(bar)
}

fn report(event: &DirectoryEvent, bar: Option<&ProgressBar>, json: bool) -> Result<()> {
    match event {
        DirectoryEvent::Uploaded { path, key, result } if json => {
            let line = FileLine { path: path.to_string_lossy(), key: Some(key.as_str()), outcome: Line::new(result) };
            say::json(&line)?;
        }
        DirectoryEvent::Failed { path, error } => {
            let error = output::sentence(error);
            let say = || say::note(format_args!("{}: {error}", path.display()));
            bar.map_or_else(say, |bar| bar.suspend(say));
            if json {
                let line =
                    FileLine { path: path.to_string_lossy(), key: None, outcome: FailedFile { error: error.clone() } };
                say::json(&line)?;
            }
        }
        DirectoryEvent::Skipped { path, reason } => {
            let say = || say::note(format_args!("{} was skipped: {reason}", path.display()));
            bar.map_or_else(say, |bar| bar.suspend(say));
        }
        _ => {}
    }
    Ok(())
}

fn conclude(summary: &DirectorySummary, arguments: &Cp) -> Result<ExitCode> {
    let DirectorySummary { uploaded, bytes, failed, skipped, stopped, .. } = *summary;
    if arguments.show.json {
        say::json(&FolderLine { uploaded, bytes, failed, skipped, stopped })?;
    } else {
        let rest = if stopped { ", the rest was not tried" } else { "" };
        say::out(format_args!(
            "{} -> {}\n  {uploaded} files uploaded ({}), {failed} failed, {skipped} skipped{rest}",
            arguments.source.display(),
            arguments.destination,
            Size(bytes),
        ))?;
    }
    Ok(match (summary.is_complete(), uploaded) {
        (true, _) => ExitCode::SUCCESS,
        (false, 0) => ExitCode::from(crate::FAILED),
        (false, _) => ExitCode::from(SOME_FAILED),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_folder() {
        assert_eq!([prefix(""), prefix("a"), prefix("a/b/")], ["", "a/", "a/b/"]);
    }
}
