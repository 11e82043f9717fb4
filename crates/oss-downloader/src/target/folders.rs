use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use oss_transfer::files::{FileSystem, Links, OpenMode};

use super::{Claim, Target};
use crate::plan::is_temp_name;

/// What is known of folders that files were downloaded to.
#[derive(Debug, Default)]
pub(crate) struct Folders(Mutex<HashMap<PathBuf, Folder>>);

#[derive(Debug)]
struct Folder {
    /// Temporary files of ended downloads. Each folder is read once.
    temps: Vec<OsString>,
    in_memory: bool,
}

impl Folders {
    /// Whether the folder of a file is known to be in a file system in memory, and was read: then examining, making and
    /// replacing the file does not block.
    pub(crate) fn are_in_memory(&self, file: &Path) -> bool {
        let folders = self.lock();
        file.parent().and_then(|folder| folders.get(folder)).is_some_and(|folder| folder.in_memory)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Folder>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the temporary files that other downloads to this file left, except the one of `digest`. Best effort: what is
    /// locked is in use, and stays. Blocks.
    pub(crate) fn remove_temps(&self, target: &Target, digest: &str) {
        let (Some(folder), Some(name)) = (target.path.parent(), target.path.file_name()) else { return };
        let stale: Vec<PathBuf> = {
            let mut folders = self.lock();
            // Of a great many folders the older ones are forgotten, and at worst read again.
            if folders.len() >= MAX_FOLDERS {
                folders.clear();
            }
            let found = folders
                .entry(folder.to_owned())
                .or_insert_with(|| Folder { temps: temps(target.files.as_ref(), folder), in_memory: target.in_memory });
            found.temps.iter().filter(|temp| is_temp_name(temp, name)).map(|temp| folder.join(temp)).collect()
        };
        if stale.is_empty() {
            return;
        }
        let own = target.temp_path(digest);
        for path in stale.into_iter().filter(|path| *path != own) {
            let opened = target.files.open(&path, OpenMode::UPDATE.links(Links::Refuse));
            if let Ok(file) = opened
                && let Ok(Claim::Ours { .. }) = target.claim(file.as_ref(), &path)
            {
                let _ = target.files.remove(&path);
            }
        }
    }
}

fn temps(files: &dyn FileSystem, folder: &Path) -> Vec<OsString> {
    let paths = files.list(folder).unwrap_or_default();
    let names = paths.iter().filter_map(|path| path.file_name());
    names.filter(|name| name.as_encoded_bytes().starts_with(b".")).map(ToOwned::to_owned).collect()
}

const MAX_FOLDERS: usize = 1024;
