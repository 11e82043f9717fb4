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

    /// Removes the temporary files that other downloads to this file left, except the one of the `digest` that is about to be
    /// used. Best effort: what is locked is in use, and stays. Blocks.
    pub(crate) fn remove_temps(&self, target: &Target, digest: Option<&str>) {
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
        let own = digest.map(|digest| target.temp_path(digest));
        for path in stale.into_iter().filter(|path| Some(path) != own.as_ref()) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use oss_transfer::files::MemoryFiles;

    use super::super::{Destination, Seen, examine};
    use super::*;

    /// Reading a folder for the first time may take long, wherever it is.
    #[test]
    fn a_folder_is_known_to_be_in_memory_once_it_was_read() {
        let files = MemoryFiles::new();
        files.plant("/d/a", "old");
        files.plant("/d/.a.ossup-00112233445566778899aabbccddeeff", "of an earlier run");
        let Ok(Destination::File(target)) = examine(Arc::new(files.clone()), "/d/a".as_ref(), false, None) else {
            panic!("no file")
        };
        let folders = Folders::default();
        assert!(!folders.are_in_memory("/d/a".as_ref()));
        folders.remove_temps(&target, Some("0123456789abcdef0123456789abcdef"));
        assert!(folders.are_in_memory("/d/b".as_ref()));
        assert!(!folders.are_in_memory("/e/a".as_ref()) && !folders.are_in_memory("/".as_ref()));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_link_and_what_is_written_front_to_back_may_wait() {
        let files = oss_transfer::files::SystemFiles::shared();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "old").unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
        let waits = |name| Seen::new(files.as_ref(), &path(name)).is_none();
        assert_eq!(["file", "none", ".", "link", "fifo"].map(waits), [false, false, false, true, true]);
        assert!(Seen::new(files.as_ref(), "/dev/null".as_ref()).is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_a_new_file_in_memory_is_created_in_one_step() {
        use bytes::Bytes;
        use oss_transfer::files::SystemFiles;
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = folder.path().join("a");
        let target = |path: &std::path::Path| {
            let seen = Seen::new(&SystemFiles::default(), path);
            match examine(SystemFiles::shared(), path, false, seen) {
                Ok(Destination::File(target)) => target,
                _ => panic!("no file"),
            }
        };
        let (new, again) = (target(&path), target(&path));
        let content = ["ab", "c"].map(Bytes::from);
        assert!(new.create_whole(&content));
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
        assert!(!again.create_whole(&[]), "something has taken the name");
        let old = target(&path);
        assert!(!old.create_whole(&[]), "it replaces a file");
        old.replace("0123456789abcdef0123456789abcdef", 0.5, &content[..1]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"ab");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        let Ok(Destination::File(elsewhere)) = examine(Arc::new(MemoryFiles::new()), "/d/a".as_ref(), false, None)
        else {
            panic!("no file")
        };
        assert!(!elsewhere.create_whole(&[]), "the file system has no such step");
    }
}
