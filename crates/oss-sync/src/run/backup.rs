//! A verified copy of what is to be deleted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oss_models::{CopyObjectRequest, CopySource, Crc64, Crc64Digest, GetObjectRequest, PutObjectRequest};
use oss_transfer::files::{Access, Existing, FileHandle, FileSystem, Links, OpenMode, run_blocking};
use oss_transfer::{PathRules, Verified};

use super::Shared;
use crate::{Entry, Place};

/// Keeps a verified copy of what is to be deleted; a file that goes to another folder of its disk is moved.
pub(super) async fn keep(shared: &Shared, backup: &Place, entry: &Entry) -> Result<(), String> {
    let path = entry.path.as_str();
    let verified = match (&shared.sync.destination, backup) {
        (Place::Folder { root, .. }, Place::Folder { root: to, .. }) => {
            let (from, to, files) = (root.join(path), to.join(path), shared.sync.files.clone());
            let moved = run_blocking(&*shared.sync.files, move || move_file(&*files, &from, &to)).await;
            return moved.map_err(|error| error.to_string())?.map_err(|error| error.to_string());
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
        _ => Err("nothing proves that the copy holds the same bytes".to_owned()),
    }
}

/// The path of an object below a folder, if it has one.
fn local(root: &Path, path: &str) -> Result<PathBuf, String> {
    match PathRules::HOST.local_path(path) {
        Ok(_) => Ok(root.join(path)),
        Err(error) => Err(error.to_string()),
    }
}

/// Renames a file. To another disk it is copied, and the copy is verified and durable before it has its name; the file itself
/// stays then.
fn move_file(files: &dyn FileSystem, from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().ok_or(io::ErrorKind::InvalidInput)?;
    files.create_folder(folder, Access::Default)?;
    match files.rename(from, to, Existing::Replace) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {}
        renamed => return renamed,
    }
    let part = folder.join(part_name(to));
    let copied = copy(files, from, &part);
    let named = copied.and_then(|()| files.rename(&part, to, Existing::Replace));
    if let Err(error) = named {
        // The first error says more than one about this.
        let _ = files.remove(&part);
        return Err(error);
    }
    files.sync_folder(folder)
}

/// What a copy is called until it is whole: short, so that it fits wherever its own name does.
fn part_name(to: &Path) -> String {
    format!(".ossup-backup-{:016x}", Crc64::of(to.as_os_str().as_encoded_bytes()).to_u64())
}

fn copy(files: &dyn FileSystem, from: &Path, part: &Path) -> io::Result<()> {
    let source = files.open(from, OpenMode::READ.links(Links::Refuse))?;
    let target = files.open(part, OpenMode::CREATE_OR_UPDATE.links(Links::Refuse))?;
    let before = source.metadata()?;
    target.set_len(0)?;
    let sent = read(&source, |block, at| target.write_all_at(block, at))?;
    let after = source.metadata()?;
    if (before.len, before.modified_ns) != (after.len, after.modified_ns) {
        return Err(io::Error::other("it changed while it was copied"));
    }
    if let Some(mode) = before.mode {
        target.set_mode(mode)?;
    }
    target.sync_data()?;
    let kept = read(&target, |_, _| Ok(()))?;
    if kept == sent { Ok(()) } else { Err(io::Error::other("the copy does not hold the same bytes")) }
}

/// Reads a file to its end, and gives its CRC64.
fn read(file: &Arc<dyn FileHandle>, mut take: impl FnMut(&[u8], u64) -> io::Result<()>) -> io::Result<u64> {
    let (mut block, mut at, mut digest) = (vec![0; BLOCK], 0, Crc64Digest::new());
    loop {
        let read = match file.read_at(&mut block, at) {
            Ok(0) => return Ok(digest.value().to_u64()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = block.get(..read).unwrap_or_default();
        digest.update(bytes);
        take(bytes, at)?;
        at += u64::try_from(read).unwrap_or(u64::MAX);
    }
}

const BLOCK: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use oss_transfer::files::{MemoryFiles, Metadata};

    use super::*;

    const FROM: &str = "/here/a";
    const TO: &str = "/there/d/a";

    fn files() -> MemoryFiles {
        let files = MemoryFiles::new();
        files.plant(FROM, vec![7; 600_000]);
        files
    }

    /// Two disks: nothing is renamed from one to the other.
    #[derive(Debug)]
    struct TwoDisks(MemoryFiles);

    impl FileSystem for TwoDisks {
        fn open(&self, path: &Path, how: OpenMode) -> io::Result<Arc<dyn FileHandle>> {
            self.0.open(path, how)
        }
        fn metadata(&self, path: &Path, links: Links) -> io::Result<Metadata> {
            self.0.metadata(path, links)
        }
        fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
            self.0.read_link(path)
        }
        fn create_folder(&self, path: &Path, access: Access) -> io::Result<()> {
            self.0.create_folder(path, access)
        }
        fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
            self.0.list(folder)
        }
        fn rename(&self, from: &Path, to: &Path, existing: Existing) -> io::Result<()> {
            match from.parent() == Some(Path::new("/here")) {
                true => Err(io::ErrorKind::CrossesDevices.into()),
                false => self.0.rename(from, to, existing),
            }
        }
        fn remove(&self, path: &Path) -> io::Result<()> {
            self.0.remove(path)
        }
        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            self.0.sync_folder(folder)
        }
    }

    #[test]
    fn a_file_is_moved_on_its_disk_and_copied_to_another() {
        let one = files();
        move_file(&one, Path::new(FROM), Path::new(TO)).unwrap();
        assert_eq!((one.content(FROM), one.content(TO)), (None, Some(vec![7; 600_000])));
        let two = TwoDisks(files());
        move_file(&two, Path::new(FROM), Path::new(TO)).unwrap();
        assert_eq!((two.0.content(FROM), two.0.content(TO)), (Some(vec![7; 600_000]), Some(vec![7; 600_000])));
        assert_eq!(two.0.list(Path::new("/there/d")).unwrap(), [PathBuf::from(TO)]);
    }

    /// The process dies, or the power goes, at any change of the disk: the file is where it was, or where it goes.
    #[test]
    fn whenever_it_ends_the_file_is_whole_here_or_there() {
        for at in 0..20 {
            let two = TwoDisks(files());
            let before = two.0.changes();
            two.0.die_at(before + at);
            let is_kept = move_file(&two, Path::new(FROM), Path::new(TO)).is_ok();
            for left in [two.0.after_kill(), two.0.after_power_loss()] {
                assert!(left.content(FROM).is_some_and(|bytes| bytes == [7; 600_000]), "{at}");
                let copy = left.content(TO);
                assert!(copy.as_ref().is_none_or(|bytes| *bytes == [7; 600_000]), "{at}");
                assert!(!is_kept || copy.is_some(), "{at}");
            }
        }
    }

    #[test]
    fn a_disk_that_is_full_keeps_the_file_and_nothing_else() {
        let two = TwoDisks(MemoryFiles::new().capacity(700_000));
        two.0.plant(FROM, vec![7; 600_000]);
        assert!(move_file(&two, Path::new(FROM), Path::new(TO)).is_err());
        assert!(two.0.list(Path::new("/there/d")).unwrap().is_empty());
        assert!(two.0.content(FROM).is_some());
    }
}
