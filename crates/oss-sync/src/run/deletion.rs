//! What is extra goes away: looked at once more, kept elsewhere if that is asked for, then deleted.

use std::io;
use std::path::Path;
use std::sync::Arc;

use oss_models::{ObjectIdentifier, delete_many};
use oss_transfer::files::{first_link, run_blocking};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::backup::keep;
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
        let prepared = async move {
            // It is never closed.
            let _permit = permits.acquire_owned().await;
            prepare(&shared, entry).await
        };
        preparing.spawn(prepared.in_current_span());
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
    if let Place::Folder { root, .. } = &sync.destination {
        match is_behind_a_link(shared, root, &entry.path).await {
            Ok(false) => {}
            Ok(true) => return Err(changed(entry, "it is behind a symbolic link now".to_owned())),
            Err(error) => return Err(failed(entry, ItemError::Remove(error))),
        }
    }
    if let Some(backup) = &sync.backup
        && let Err(reason) = keep(shared, backup, &entry).await
    {
        return Err(failed(entry, ItemError::NotBackedUp(reason)));
    }
    let Place::Folder { root, .. } = &sync.destination else { return Ok(entry) };
    let (path, files) = (root.join(&entry.path), sync.files.clone());
    let removed = run_blocking(&*sync.files, move || files.remove(&path)).await.map_err(io::Error::other);
    Err(match removed.flatten() {
        Ok(()) => Outcome::Deleted { entry, is_marker: false },
        // The backup took it along.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Outcome::Deleted { entry, is_marker: false },
        Err(error) => failed(entry, ItemError::Remove(error)),
    })
}

/// Whether a folder on the way to a file became a link, so that the file is another one. The files below links were not listed.
async fn is_behind_a_link(shared: &Shared, root: &Path, path: &str) -> io::Result<bool> {
    let (root, path, files) = (root.to_owned(), path.to_owned(), shared.sync.files.clone());
    let look = move || first_link(&*files, &root, Path::new(&path)).map(|link| link.is_some());
    run_blocking(&*shared.sync.files, look).await.map_err(io::Error::other).flatten()
}

fn changed(entry: Entry, reason: String) -> Outcome {
    Outcome::Changed { path: entry.path, reason }
}

fn failed(entry: Entry, error: ItemError) -> Outcome {
    Outcome::Failed { path: entry.path, error }
}
