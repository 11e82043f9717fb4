//! The file that a download goes to: a temporary one beside the target, which takes its name when it is whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use oss_transfer::files::{
    Access, Existing, FileHandle, FileKind, FileSystem, Links, Lock, Metadata, OpenMode, first_link,
};

use crate::error::TargetError;
use crate::plan::temp_name;
use crate::record::hex;

mod folders;

pub(crate) use folders::Folders;

/// Where the bytes go.
pub(crate) enum Destination {
    /// A file, which is replaced as a whole.
    File(Target),
    /// A FIFO or a device, which is written from front to back.
    Stream(Box<dyn Write + Send>),
}

/// A file that is to be created or replaced.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    files: Arc<dyn FileSystem>,
    /// The file, links resolved.
    path: PathBuf,
    /// Permission bits of the file that is there.
    mode: Option<u32>,
    existing: Existing,
    /// Whether its folder is in memory, where calls do not wait.
    in_memory: bool,
}

/// What a path in a folder in memory names, where examining it waits for nothing.
#[derive(Debug)]
pub(crate) struct Seen(io::Result<Metadata>);

impl Seen {
    /// Looks at a path in a folder in memory. `None` if it names what examining may wait for: a link, which may lead to another
    /// file system, or what is opened to be written from front to back.
    pub(crate) fn new(files: &dyn FileSystem, path: &Path) -> Option<Self> {
        let found = files.metadata(path, Links::Refuse);
        let waits = |found: &Metadata| !matches!(found.kind, FileKind::File | FileKind::Directory);
        if found.as_ref().is_ok_and(waits) { None } else { Some(Self(found)) }
    }
}

/// Examines what a path names, without changing anything. Blocks, unless it was `seen` in a folder in memory.
pub(crate) fn examine(
    files: Arc<dyn FileSystem>,
    path: &Path,
    forbid_overwrite: bool,
    seen: Option<Seen>,
) -> Result<Destination, TargetError> {
    let name = |reason| TargetError::Name { path: path.to_owned(), reason };
    if path.as_os_str().is_empty() {
        return Err(name("it is empty"));
    }
    let failed = |source| TargetError::Io { action: "examine", path: path.to_owned(), source };
    let absolute = std::path::absolute(path).map_err(failed)?;
    let in_memory = seen.is_some();
    let found = seen.map_or_else(|| files.metadata(&absolute, Links::Refuse), |Seen(found)| found);
    let (resolved, found) = match resolve(files.as_ref(), absolute, found).map_err(failed)? {
        Resolved::File(resolved, found) => (resolved, found),
        Resolved::OpenFile(resolved) => return open_stream(files.as_ref(), path, &resolved),
    };
    let kind = found.map(|metadata| metadata.kind);
    if matches!(kind, Some(FileKind::Directory | FileKind::Socket | FileKind::Other | FileKind::Symlink)) {
        let kind = kind.map_or("", FileKind::as_str);
        return Err(TargetError::NotAFile { path: path.to_owned(), kind });
    }
    if ends_in_separator(path) || resolved.file_name().is_none() {
        return Err(name("it ends where a file name should be"));
    }
    if matches!(kind, Some(FileKind::Fifo | FileKind::Device)) {
        return open_stream(files.as_ref(), path, &resolved);
    }
    if forbid_overwrite && found.is_some() {
        return Err(TargetError::Exists { path: path.to_owned() });
    }
    let existing = if forbid_overwrite { Existing::Keep } else { Existing::Replace };
    let mode = found.and_then(|metadata| metadata.mode);
    let in_memory = in_memory || resolved.parent().is_some_and(|folder| files.is_in_memory(folder));
    Ok(Destination::File(Target { files, path: resolved, mode, existing, in_memory }))
}

/// Refuses a file below a folder if it, or a folder on the way to it, is a link. Blocks.
pub(crate) fn refuse_links(files: &dyn FileSystem, folder: &Path, path: &Path) -> Result<(), TargetError> {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let found = first_link(files, folder, below);
    match found.map_err(|source| TargetError::Io { action: "examine", path: path.to_owned(), source })? {
        Some(path) => Err(TargetError::Link { path }),
        None => Ok(()),
    }
}

fn ends_in_separator(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.last().is_some_and(|last| char::from(*last) == '/' || char::from(*last) == std::path::MAIN_SEPARATOR)
}

fn open_stream(files: &dyn FileSystem, path: &Path, resolved: &Path) -> Result<Destination, TargetError> {
    let opened = files.open_stream(resolved);
    let failed = |source| TargetError::Io { action: "open", path: path.to_owned(), source };
    Ok(Destination::Stream(opened.map_err(failed)?))
}

/// What the links that a path ends in lead to.
enum Resolved {
    /// A name, and what has it.
    File(PathBuf, Option<Metadata>),
    /// Something that a process has open, such as `/dev/stdout`: it may have no name at all.
    OpenFile(PathBuf),
}

/// Whether a link is where the system shows what processes have open.
fn is_open_file(link: &Path) -> bool {
    ["/proc", "/dev/fd"].iter().any(|folder| link.starts_with(folder))
}

/// Follows the links that a path ends in; `found` is what has the path itself.
fn resolve(files: &dyn FileSystem, mut path: PathBuf, mut found: io::Result<Metadata>) -> io::Result<Resolved> {
    for _ in 0..MAX_LINKS {
        match found {
            Ok(metadata) if metadata.kind == FileKind::Symlink && is_open_file(&path) => {
                return Ok(Resolved::OpenFile(path));
            }
            Ok(metadata) if metadata.kind == FileKind::Symlink => {
                let to = files.read_link(&path)?;
                path = path.parent().map_or_else(|| to.clone(), |parent| parent.join(&to));
                found = files.metadata(&path, Links::Refuse);
            }
            Ok(metadata) => return Ok(Resolved::File(path, Some(metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Resolved::File(path, None)),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

impl Target {
    /// The file, links resolved.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the temporary file that an earlier run left, if it has all of `len` bytes. Blocks.
    pub(crate) fn reopen(&self, digest: &str, len: u64) -> Result<Option<TempFile>, TargetError> {
        let path = self.temp_path(digest);
        let mode = OpenMode::UPDATE.links(Links::Refuse);
        let file = match self.files.open(&path, mode) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|source| self.error("open", &path, source))?,
        };
        match self.claim(file.as_ref(), &path)? {
            Claim::Ours { len: found } if found == len => {}
            Claim::Theirs => return Err(TargetError::Busy { path: self.path.clone() }),
            _ => return Ok(None),
        }
        Ok(Some(self.temp(file, path)))
    }

    /// Creates the temporary file, with room for `len` bytes. `digest` tells it from those of other downloads to the same
    /// file; `chance` makes a name for where one that cannot be locked or trusted has that of the digest. Blocks.
    pub(crate) fn create(&self, digest: &str, chance: f64, len: u64) -> Result<TempFile, TargetError> {
        self.create_folder()?;
        let temp = self.create_empty(digest, chance)?;
        temp.file.allocate(len).map_err(|source| self.error("allocate", &temp.path, source))?;
        Ok(temp)
    }

    /// Creates the file in one step with this content, if it is new and in memory, where nothing is durable anyway. Whether that
    /// worked: whatever was in the way, [`Target::replace`] meets it too, and tells it.
    pub(crate) fn create_whole(&self, content: &[Bytes]) -> bool {
        let content: Vec<&[u8]> = content.iter().map(Bytes::as_ref).collect();
        self.in_memory && self.mode.is_none() && self.files.create_whole(&self.path, &content).is_ok()
    }

    /// Gives the target this content, by a temporary file as [`Target::create`] makes it. Blocks.
    pub(crate) fn replace(&self, digest: &str, chance: f64, content: &[Bytes]) -> Result<(), TargetError> {
        let temp = match self.create_empty(digest, chance) {
            Err(TargetError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                self.create_folder()?;
                self.create_empty(digest, chance)?
            }
            temp => temp?,
        };
        let mut at = 0;
        for piece in content {
            temp.file.write_all_at(piece, at).map_err(|source| self.error("write", &temp.path, source))?;
            at += piece.len() as u64;
        }
        temp.publish()
    }

    fn create_folder(&self) -> Result<(), TargetError> {
        let Some(parent) = self.path.parent() else { return Ok(()) };
        let created = self.files.create_folder(parent, Access::Default);
        created.map_err(|source| self.error("create", parent, source))
    }

    /// An empty temporary file.
    fn create_empty(&self, digest: &str, chance: f64) -> Result<TempFile, TargetError> {
        if let Some(temp) = self.create_shared(digest)? {
            return Ok(temp);
        }
        let path = self.temp_path(&unique_digest(digest, chance));
        let file = self.files.open(&path, OpenMode::CREATE_NEW.links(Links::Refuse));
        Ok(self.temp(file.map_err(|source| self.error("create", &path, source))?, path))
    }

    /// The temporary file of the name that every run of this download gives it, empty; `None` if it cannot be ours alone.
    fn create_shared(&self, digest: &str) -> Result<Option<TempFile>, TargetError> {
        let path = self.temp_path(digest);
        let mode = OpenMode::CREATE_OR_UPDATE.links(Links::Refuse);
        for _ in 0..TRIES {
            let file = match self.files.open(&path, mode) {
                Ok(file) => file,
                // Something that is not a file of ours has the name.
                Err(_) if self.files.metadata(&path, Links::Refuse).is_ok() => return Ok(None),
                Err(source) => return Err(self.error("create", &path, source)),
            };
            match self.claim(file.as_ref(), &path)? {
                Claim::Ours { len } => {
                    let temp = self.temp(file, path);
                    if len > 0 {
                        temp.file.set_len(0).map_err(|source| self.error("empty", &temp.path, source))?;
                    }
                    return Ok(Some(temp));
                }
                Claim::Theirs => return Err(TargetError::Busy { path: self.path.clone() }),
                Claim::Gone => {}
                Claim::Untrusted => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Locks an open temporary file, unless it cannot be relied on.
    fn claim(&self, file: &dyn FileHandle, path: &Path) -> Result<Claim, TargetError> {
        let failed = |source| self.error("examine", path, source);
        let opened = file.metadata().map_err(failed)?;
        if !opened.is_file() || opened.user != self.files.user() {
            return Ok(Claim::Untrusted);
        }
        match file.try_lock(Lock::Exclusive) {
            Ok(true) => {}
            Ok(false) => return Ok(Claim::Theirs),
            // Nothing tells whether another process writes it.
            Err(_) => return Ok(Claim::Untrusted),
        }
        // Its last owner may have given it its final name, or removed it, between our opening and locking it.
        match self.files.metadata(path, Links::Refuse) {
            Ok(named) if named.is_same_file(&opened).unwrap_or(true) => Ok(Claim::Ours { len: opened.len }),
            Ok(_) => Ok(Claim::Gone),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Claim::Gone),
            Err(source) => Err(failed(source)),
        }
    }

    fn temp(&self, file: Arc<dyn FileHandle>, path: PathBuf) -> TempFile {
        TempFile { target: self.clone(), file, path, keep: false }
    }

    fn temp_path(&self, digest: &str) -> PathBuf {
        let digits = digest.get(..16).unwrap_or(digest);
        self.path.with_file_name(temp_name(self.path.file_name().unwrap_or_default(), digits))
    }

    fn error(&self, action: &'static str, path: &Path, source: io::Error) -> TargetError {
        TargetError::Io { action, path: path.to_owned(), source }
    }
}

/// What came of taking a temporary file.
enum Claim {
    /// It has so many bytes.
    Ours { len: u64 },
    /// Another download holds it.
    Theirs,
    /// It no longer has its name.
    Gone,
    /// It may belong to another user, or nothing would keep two downloads apart.
    Untrusted,
}

/// The temporary file of one download, locked. It is removed when dropped, unless it is to be kept.
#[derive(Debug)]
pub(crate) struct TempFile {
    target: Target,
    file: Arc<dyn FileHandle>,
    path: PathBuf,
    keep: bool,
}

impl TempFile {
    pub(crate) fn handle(&self) -> &Arc<dyn FileHandle> {
        &self.file
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is left for another run when this one ends.
    pub(crate) fn keep(&mut self, keep: bool) {
        self.keep = keep;
    }

    /// Makes the content durable and gives the file its name. Blocks.
    pub(crate) fn publish(mut self) -> Result<(), TargetError> {
        let target = self.target.clone();
        let Target { files, path, mode, existing, .. } = &target;
        let error = |action, source| target.error(action, path, source);
        if let Some(mode) = mode {
            self.file.set_mode(*mode).map_err(|source| error("set the mode of", source))?;
        }
        self.file.sync_data().map_err(|source| error("sync", source))?;
        // What another program put in its place must neither become the target nor be removed.
        let named = files.metadata(&self.path, Links::Refuse).and_then(|named| Ok((named, self.file.metadata()?)));
        let (named, written) = named.map_err(|source| target.error("examine", &self.path, source))?;
        if !named.is_same_file(&written).unwrap_or(true) {
            self.keep = true;
            return Err(target.error("rename", &self.path, io::Error::other("another file has taken its name")));
        }
        match files.rename(&self.path, path, *existing) {
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
                return Err(TargetError::Exists { path: path.clone() });
            }
            renamed => renamed.map_err(|source| error("replace", source))?,
        }
        let parent = path.parent().map(Path::to_owned);
        self.keep = true;
        match parent {
            Some(parent) => files.sync_folder(&parent).map_err(|source| error("sync the folder of", source)),
            None => Ok(()),
        }
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = self.target.files.remove(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "a temporary file could not be removed");
        }
    }
}

/// Digits that no other download has.
fn unique_digest(digest: &str, chance: f64) -> String {
    hex(md5::compute(format!("{digest} {} {}", chance.to_bits(), std::process::id())))
}

const MAX_LINKS: usize = 40;
const TRIES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use oss_transfer::files::{MemoryFiles, SystemFiles};

    const DIGEST: &str = "0123456789abcdef0123456789abcdef";
    const CHANCE: f64 = 0.5;

    fn target(files: &MemoryFiles, path: &str) -> Target {
        match examine(Arc::new(files.clone()), path.as_ref(), false, None) {
            Ok(Destination::File(target)) => target,
            Ok(Destination::Stream(_)) => panic!("a stream"),
            Err(error) => panic!("{error}"),
        }
    }

    fn write(temp: &TempFile, bytes: &[u8]) {
        temp.handle().write_all_at(bytes, 0).unwrap();
    }

    #[test]
    fn the_file_takes_its_name_when_it_is_whole() {
        let files = MemoryFiles::new();
        files.plant("/d/a", "old");
        let temp = target(&files, "/d/a").create(DIGEST, CHANCE, 3).unwrap();
        write(&temp, b"new");
        assert_eq!(files.content("/d/a").unwrap(), b"old");
        assert_eq!(files.paths(), [Path::new("/d/.a.ossup-0123456789abcdef"), Path::new("/d/a")]);
        temp.publish().unwrap();
        assert_eq!((files.content("/d/a").unwrap(), files.paths().len()), (b"new".to_vec(), 1));
    }

    /// Otherwise what another download has written so far would become the target.
    #[test]
    fn a_file_that_took_the_temporary_name_is_not_put_in_place() {
        let files = MemoryFiles::new();
        files.plant("/d/a", "old");
        let temp = target(&files, "/d/a").create(DIGEST, CHANCE, 3).unwrap();
        write(&temp, b"new");
        files.remove(temp.path()).unwrap();
        files.plant("/d/.a.ossup-0123456789abcdef", "n");
        let error = temp.publish().unwrap_err();
        assert_eq!(error.to_string(), "could not rename /d/.a.ossup-0123456789abcdef");
        assert_eq!((files.content("/d/a").unwrap(), files.paths().len()), (b"old".to_vec(), 2));
    }

    /// At whichever call the process dies or the power goes, the file is the old one or the new one.
    ///
    /// Rows: R18.
    #[test]
    fn a_death_at_any_call_leaves_the_old_file_or_the_new_one() {
        let run = |files: &MemoryFiles| -> Result<(), TargetError> {
            let temp = target(files, "/d/a").create(DIGEST, CHANCE, 3)?;
            let error = |source| TargetError::Io { action: "write", path: PathBuf::new(), source };
            temp.handle().write_all_at(b"new", 0).map_err(error)?;
            temp.publish()
        };
        let planted = || {
            let files = MemoryFiles::new();
            files.plant("/d/a", "old");
            files
        };
        let whole = planted();
        run(&whole).unwrap();
        let (mut olds, mut news) = (0, 0);
        for call in 1..=whole.changes() + 1 {
            let files = planted();
            files.die_at(call);
            let ended = run(&files).is_ok();
            for after in [files.after_kill(), files.after_power_loss()] {
                match after.content("/d/a").unwrap().as_slice() {
                    b"old" => olds += 1,
                    b"new" => news += 1,
                    other => panic!("{other:?} after call {call}"),
                }
                assert!(!ended || after.content("/d/a").unwrap() == b"new", "what was reported stays");
            }
        }
        assert!(olds > 3 && news > 2, "{olds} {news}");
    }

    #[test]
    fn a_dropped_file_is_removed_unless_it_is_kept() {
        let files = MemoryFiles::new();
        drop(target(&files, "/d/a").create(DIGEST, CHANCE, 3).unwrap());
        assert!(files.paths().is_empty());
        let mut temp = target(&files, "/d/a").create(DIGEST, CHANCE, 3).unwrap();
        temp.keep(true);
        drop(temp);
        let target = target(&files, "/d/a");
        assert!(target.reopen(DIGEST, 4).unwrap().is_none(), "of another length");
        assert!(target.reopen(DIGEST, 3).unwrap().is_some());
    }

    /// Rows: W41.
    #[test]
    fn of_two_downloads_to_one_file_one_is_refused() {
        let files = MemoryFiles::new();
        let first = target(&files, "/d/a").create(DIGEST, CHANCE, 3).unwrap();
        let second = target(&files, "/d/a").create(DIGEST, CHANCE, 3);
        assert!(matches!(second, Err(TargetError::Busy { .. })));
        drop(first);
        assert!(target(&files, "/d/a").create(DIGEST, CHANCE, 3).is_ok());
    }

    #[test]
    fn what_other_downloads_left_is_removed_and_what_is_in_use_stays() {
        let files = MemoryFiles::new();
        let names = ["1111111111111111", "2222222222222222", "0123456789abcdef"];
        for name in names {
            files.plant(format!("/d/.a.ossup-{name}"), "");
        }
        files.plant("/d/.b.ossup-1111111111111111", "");
        let used = files.open("/d/.a.ossup-2222222222222222".as_ref(), OpenMode::UPDATE).unwrap();
        assert!(used.try_lock(Lock::Exclusive).unwrap());
        Folders::default().remove_temps(&target(&files, "/d/a"), Some(DIGEST));
        let left: Vec<_> = files.paths().iter().map(|path| path.display().to_string()).collect();
        assert_eq!(
            left,
            ["/d/.a.ossup-0123456789abcdef", "/d/.a.ossup-2222222222222222", "/d/.b.ossup-1111111111111111"]
        );
    }

    #[test]
    fn a_full_disk_is_told_before_anything_is_fetched() {
        let files = MemoryFiles::new().capacity(10);
        let error = target(&files, "/d/a").create(DIGEST, CHANCE, 11).unwrap_err();
        assert!(matches!(error, TargetError::Io { action: "allocate", .. }), "{error}");
        assert!(files.paths().is_empty());
    }

    #[test]
    fn a_path_that_names_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let examine = |path: &Path| examine(SystemFiles::shared(), path, false, None).map(drop);
        let kind = |path: &Path| match examine(path) {
            Err(TargetError::NotAFile { kind, .. }) => kind,
            Err(TargetError::Name { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind(folder.path()), "a directory");
        assert_eq!(kind(Path::new("")), "it is empty");
        assert_eq!(kind(Path::new("/")), "a directory");
        assert_eq!(kind(&folder.path().join("new/")), "it ends where a file name should be");
        assert!(examine(&folder.path().join("new")).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_the_mode_of_the_file_is_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("sub")).unwrap();
        std::fs::write(path("sub/file"), "old").unwrap();
        std::fs::set_permissions(path("sub/file"), std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("sub/file", path("link")).unwrap();
        symlink("link", path("second")).unwrap();
        symlink("sub/new", path("dangling")).unwrap();
        for (link, file) in [("second", "sub/file"), ("dangling", "sub/new")] {
            let Destination::File(target) = examine(SystemFiles::shared(), &path(link), false, None).unwrap() else {
                panic!("a stream")
            };
            let temp = target.create(DIGEST, CHANCE, 3).unwrap();
            write(&temp, b"new");
            temp.publish().unwrap();
            assert!(path(link).is_symlink(), "the link stays");
            assert_eq!(std::fs::read(path(file)).unwrap(), b"new");
        }
        assert_eq!(std::fs::metadata(path("sub/file")).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(path("sub")).unwrap().count(), 2, "nothing is left behind");
        symlink("loop", path("loop")).unwrap();
        assert!(examine(SystemFiles::shared(), &path("loop"), false, None).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_process_has_open_is_written_as_a_stream() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "before ").unwrap();
        let open = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        let link = format!("/dev/fd/{}", open.as_raw_fd());
        let Destination::Stream(mut writer) = examine(SystemFiles::shared(), link.as_ref(), false, None).unwrap()
        else {
            panic!("a file")
        };
        writer.write_all(b"after").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"before after");
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_in_place_of_the_temporary_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join(".a.ossup-0123456789abcdef")).unwrap();
        let Destination::File(target) = examine(SystemFiles::shared(), &folder.path().join("a"), false, None).unwrap()
        else {
            panic!("a stream")
        };
        let temp = target.create(DIGEST, CHANCE, 3).unwrap();
        write(&temp, b"new");
        temp.publish().unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"new");
    }

    #[test]
    fn a_file_that_must_not_be_replaced_is_not() {
        let files = MemoryFiles::new();
        let keep = |files: &MemoryFiles| examine(Arc::new(files.clone()), "/d/a".as_ref(), true, None);
        let Destination::File(target) = keep(&files).unwrap() else { panic!("a stream") };
        let temp = target.create(DIGEST, CHANCE, 0).unwrap();
        files.plant("/d/a", "meanwhile");
        assert!(matches!(keep(&files), Err(TargetError::Exists { .. })));
        assert!(matches!(temp.publish(), Err(TargetError::Exists { .. })));
        assert_eq!((files.content("/d/a").unwrap(), files.paths().len()), (b"meanwhile".to_vec(), 1));
    }
}
