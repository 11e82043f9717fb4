//! Downloads that something extra is in the way of: a file where a folder has to be, or a folder where a file has to be. They
//! wait until what is extra is gone.

use std::io;
use std::path::Path;
use std::sync::Arc;

use oss_downloader::{DownloadErrorKind, TargetError};
use oss_transfer::files::{FileKind, FileSystem, Links, run_blocking};

use super::tasks::Done;
use super::{ItemError, Shared};
use crate::planner::Transfer;
use crate::{Entry, Place};

/// Whether a download failed since something else is at its path, or a file at that of one of its folders.
pub(super) fn is_blocked(error: &ItemError) -> bool {
    let ItemError::Download(error) = error else { return false };
    match error.kind() {
        DownloadErrorKind::Target(TargetError::NotAFile { kind, .. }) => *kind == FileKind::Directory.as_str(),
        DownloadErrorKind::Target(TargetError::Io { source, .. }) => source.kind() == io::ErrorKind::NotADirectory,
        _ => false,
    }
}

/// Removes empty folders where files go. What has a file in it stays, and the download says so.
pub(super) async fn make_room(shared: Arc<Shared>, entries: Vec<Entry>) -> Done {
    if let Place::Folder { root, .. } = &shared.sync.destination {
        let paths: Vec<_> = entries.iter().map(|entry| root.join(&entry.path)).collect();
        let files = shared.sync.files.clone();
        let clear = move || {
            for path in paths {
                // What cannot be removed fails the download, which names it.
                let _ = remove_empty_folders(&*files, &path);
            }
        };
        // As does what was not tried.
        let _ = run_blocking(&*shared.sync.files, clear).await;
    }
    Done::Cleared(entries.into_iter().map(|entry| Transfer::new(entry, None)).collect())
}

/// Removes a folder that has nothing but folders in it, at any depth.
fn remove_empty_folders(files: &dyn FileSystem, path: &Path) -> io::Result<()> {
    let mut found = vec![path.to_owned()];
    let mut next = 0;
    while let Some(folder) = found.get(next) {
        if files.metadata(folder, Links::Refuse)?.kind != FileKind::Directory {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        let inside = files.list(folder)?;
        found.extend(inside);
        next += 1;
    }
    // Those inside come later.
    found.iter().rev().try_for_each(|folder| files.remove_folder(folder))
}

#[cfg(test)]
mod tests {
    use oss_transfer::files::SystemFiles;

    use super::*;

    #[test]
    fn a_folder_goes_away_only_if_no_file_is_in_it() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir_all(at("empty/a/b")).unwrap();
        std::fs::create_dir_all(at("empty/c")).unwrap();
        std::fs::create_dir_all(at("full/a")).unwrap();
        std::fs::create_dir_all(at("full/b")).unwrap();
        std::fs::write(at("full/b/file"), "1").unwrap();
        let files = SystemFiles::default();
        remove_empty_folders(&files, &at("empty")).unwrap();
        assert!(!at("empty").exists());
        assert!(remove_empty_folders(&files, &at("full")).is_err());
        assert!(at("full/a").exists() && at("full/b/file").exists());
        assert!(remove_empty_folders(&files, &at("full/b/file")).is_err());
        assert!(at("full/b/file").exists());
    }
}
