//! How much there is to transfer, counted while the transfers are under way.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use ossup::{ListEntry, ListPages, Transport};

use crate::filters::Filters;

/// A count that is under way. It ends when this is dropped.
#[derive(Default)]
pub(crate) struct Ahead(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Files and bytes, once all are counted.
    total: Mutex<Option<(u64, u64)>>,
    stopped: AtomicBool,
}

impl Ahead {
    /// Files and bytes, if they are counted by now.
    pub(crate) fn total(&self) -> Option<(u64, u64)> {
        *self.0.total.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn set(&self, files: u64, bytes: u64) {
        *self.total.lock().unwrap_or_else(PoisonError::into_inner) = Some((files, bytes));
    }
}

/// Counts the files below a folder that are chosen, without those behind symbolic links.
pub(crate) fn files_below(root: PathBuf, filters: Filters) -> Ahead {
    let ahead = Ahead::default();
    let shared = ahead.0.clone();
    tokio::task::spawn_blocking(move || {
        let (mut files, mut bytes) = (0, 0);
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if shared.is_stopped() {
                    return;
                }
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                let Some(metadata) = entry.metadata().ok().filter(|_| kind.is_file()) else { continue };
                let path = entry.path();
                let below = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy();
                let below = below.replace(std::path::MAIN_SEPARATOR, "/");
                if filters.keeps(&below, metadata.len(), metadata.modified().ok()) {
                    files += 1;
                    bytes += metadata.len();
                }
            }
        }
        shared.set(files, bytes);
    });
    ahead
}

/// Counts the objects of a list that are chosen. It costs the requests of one more list.
pub(crate) fn objects_below(mut pages: ListPages<Transport>, prefix: String, filters: Filters) -> Ahead {
    let ahead = Ahead::default();
    let shared = ahead.0.clone();
    tokio::spawn(async move {
        let (mut files, mut bytes) = (0, 0);
        while let Some(page) = pages.next().await {
            let Ok(page) = page else { return };
            for entry in page {
                let ListEntry::Object(object) = entry else { continue };
                let below = object.key.strip_prefix(&prefix).unwrap_or_default();
                if filters.keeps(below, object.size, object.last_modified) {
                    files += 1;
                    bytes += object.size;
                }
            }
            if shared.is_stopped() {
                return;
            }
        }
        shared.set(files, bytes);
    });
    ahead
}
