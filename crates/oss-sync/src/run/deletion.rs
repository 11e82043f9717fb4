//! What is extra goes away: looked at once more, kept elsewhere if that is asked for, then deleted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oss_models::{CopyObjectRequest, CopySource, GetObjectRequest, ObjectIdentifier, PutObjectRequest, delete_many};
use oss_transfer::Verified;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::tasks::{Done, change};
use super::{ItemError, Shared};
use crate::{Entry, Place};

/// What became of an entry that was to be deleted.
#[derive(Debug)]
pub(super) enum Outcome {
    Deleted { entry: Entry, is_marker: bool },
    Changed { path: String, reason: String },
    Failed { path: String, error: ItemError },
}

/// Deletes a few entries.
pub(super) async fn delete_chunk(shared: Arc<Shared>, chunk: Vec<Entry>) -> Done {
    let (mut outcomes, entries) = match needs_look(&shared) {
        true => prepare_all(&shared, chunk).await,
        false => (Vec::new(), chunk),
    };
    match &shared.sync.destination {
        Place::Objects { bucket, prefix, .. } => {
            let objects = entries.iter().map(|entry| ObjectIdentifier::new(format!("{prefix}{}", entry.path)));
            let objects = objects.collect::<Vec<_>>();
            let mut deleting = delete_many(shared.managers.service.clone(), bucket.as_str(), objects);
            // The outcomes come in the order in which the objects were given.
            for entry in entries {
                let Some(outcome) = deleting.next().await else { break };
                outcomes.push(match outcome.result {
                    Ok(deleted) => Outcome::Deleted { entry, is_marker: deleted.delete_marker },
                    Err(error) => failed(entry, ItemError::Delete(error)),
                });
            }
        }
        // Removed one by one, each right after it was looked at.
        Place::Folder { .. } => {}
    }
    Done::Deleted(outcomes)
}

/// Whether each entry has to be looked at before it is deleted.
fn needs_look(shared: &Shared) -> bool {
    let sync = &shared.sync;
    sync.delete_checked
        || sync.apply.is_some()
        || sync.backup.is_some()
        || matches!(sync.destination, Place::Folder { .. })
}

/// Looks at each entry, several at once; gives those that may be deleted by one request, and what became of the others.
async fn prepare_all(shared: &Arc<Shared>, chunk: Vec<Entry>) -> (Vec<Outcome>, Vec<Entry>) {
    let permits = Arc::new(Semaphore::new(shared.sync.checkers));
    let mut preparing = JoinSet::new();
    for entry in chunk {
        let (shared, permits) = (shared.clone(), permits.clone());
        preparing.spawn(async move {
            // It is never closed.
            let _permit = permits.acquire_owned().await;
            prepare(&shared, entry).await
        });
    }
    let (mut outcomes, mut entries) = (Vec::new(), Vec::new());
    while let Some(prepared) = preparing.join_next().await {
        match prepared {
            Ok(Ok(entry)) => entries.push(entry),
            Ok(Err(outcome)) => outcomes.push(outcome),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => {}
        }
    }
    (outcomes, entries)
}

async fn prepare(shared: &Shared, entry: Entry) -> Result<Entry, Outcome> {
    let sync = &shared.sync;
    let is_planned = sync.apply.is_some();
    if is_planned {
        match change(&sync.source, &entry.path, None, shared).await {
            Ok(None) => {}
            Ok(Some(change)) => return Err(changed(entry, format!("the source {change} since the plan was made"))),
            Err(error) => return Err(failed(entry, ItemError::Place(error))),
        }
    }
    match change(&sync.destination, &entry.path, Some(&entry), shared).await {
        Ok(None) => {}
        Ok(Some(change)) => {
            let since = if is_planned { "since the plan was made" } else { "since it was listed" };
            return Err(changed(entry, format!("the destination {change} {since}")));
        }
        Err(error) => return Err(failed(entry, ItemError::Place(error))),
    }
    if let Some(backup) = &sync.backup
        && let Err(reason) = keep(shared, backup, &entry).await
    {
        return Err(failed(entry, ItemError::NotBackedUp(reason)));
    }
    let Place::Folder { root, .. } = &sync.destination else { return Ok(entry) };
    let path = root.join(&entry.path);
    let removed = tokio::task::spawn_blocking(move || fs::remove_file(path)).await;
    Err(match removed.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(()) => Outcome::Deleted { entry, is_marker: false },
        // The backup took it along.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Outcome::Deleted { entry, is_marker: false },
        Err(error) => failed(entry, ItemError::Remove(error)),
    })
}

/// Keeps a verified copy of what is to be deleted; a file that goes to another folder of its disk is moved.
async fn keep(shared: &Shared, backup: &Place, entry: &Entry) -> Result<(), String> {
    let path = entry.path.as_str();
    let verified = match (&shared.sync.destination, backup) {
        (Place::Folder { root, .. }, Place::Folder { root: to, .. }) => {
            let (from, to) = (root.join(path), to.join(path));
            let moved = tokio::task::spawn_blocking(move || move_file(&from, &to)).await;
            return moved.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| error.to_string());
        }
        (Place::Folder { root, .. }, Place::Objects { bucket, prefix, payer }) => {
            let mut request = PutObjectRequest::new(bucket.as_str(), format!("{prefix}{path}"));
            request.request_payer.clone_from(payer);
            let upload = shared.managers.uploader.upload_file(request, root.join(path));
            upload.await.map_err(|error| error.to_string())?.verified
        }
        (Place::Objects { bucket, prefix, .. }, Place::Objects { bucket: to, prefix: below, payer }) => {
            let source = CopySource::new(bucket.as_str(), format!("{prefix}{path}"));
            let mut request = CopyObjectRequest::new(to.as_str(), format!("{below}{path}"), source);
            request.copy_source_if_match.clone_from(&entry.etag);
            request.request_payer.clone_from(payer);
            shared.managers.copier.copy(request).await.map_err(|error| error.to_string())?.verified
        }
        (Place::Objects { bucket, prefix, payer }, Place::Folder { root, .. }) => {
            let mut request = GetObjectRequest::new(bucket.as_str(), format!("{prefix}{path}"));
            request.if_match.clone_from(&entry.etag);
            request.request_payer.clone_from(payer);
            let download = shared.managers.downloader.download_file(request, local(root, path)?);
            download.without_links_below(root).await.map_err(|error| error.to_string())?.verified
        }
    };
    match verified {
        Verified::Crc64 => Ok(()),
        _ => Err("that the copy holds the same bytes is not proven".to_owned()),
    }
}

/// The path of an object below a folder, if it has one.
fn local(root: &Path, path: &str) -> Result<PathBuf, String> {
    match oss_transfer::PathRules::HOST.local_path(path) {
        Ok(_) => Ok(root.join(path)),
        Err(error) => Err(error.to_string()),
    }
}

/// Renames a file; to another disk it is copied, and the copy is on that disk before it has its name.
fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {}
        renamed => return renamed,
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".ossup-backup");
    let part = PathBuf::from(name);
    let copied = fs::copy(from, &part)?;
    let file = fs::File::options().write(true).open(&part)?;
    file.sync_all()?;
    if copied != fs::metadata(from)?.len() {
        return Err(io::Error::other("it changed while it was copied"));
    }
    fs::rename(part, to)
}

fn changed(entry: Entry, reason: String) -> Outcome {
    Outcome::Changed { path: entry.path, reason }
}

fn failed(entry: Entry, error: ItemError) -> Outcome {
    Outcome::Failed { path: entry.path, error }
}
