use std::fs::{self, DirBuilder, File, FileType, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::handles::handle_limit;
use super::{Access, Existing, FileHandle, FileKind, FileSystem, Intent, Links, Lock, Metadata, OpenMode};
use crate::checkpoint::unix_nanos;

/// The files of the operating system.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemFiles;

impl SystemFiles {
    /// The files of the operating system, to be shared.
    pub fn shared() -> Arc<dyn FileSystem> {
        Arc::new(Self)
    }

    /// A file that was opened elsewhere.
    pub fn adopt(file: File) -> Arc<dyn FileHandle> {
        Arc::new(SystemFile(file))
    }
}

impl FileSystem for SystemFiles {
    fn open(&self, path: &Path, how: OpenMode) -> io::Result<Arc<dyn FileHandle>> {
        let mut options = OpenOptions::new();
        options.read(true);
        match how.intent {
            Intent::Read => &mut options,
            Intent::Update => options.write(true),
            Intent::CreateOrUpdate => options.write(true).create(true).truncate(false),
            Intent::CreateNew => options.write(true).create_new(true),
        };
        platform::flags(&mut options, how);
        Ok(Self::adopt(options.open(path)?))
    }

    fn open_cached(&self, path: &Path, links: Links) -> io::Result<Arc<dyn FileHandle>> {
        Ok(Self::adopt(platform::open_cached(path, links)?))
    }

    fn metadata(&self, path: &Path, links: Links) -> io::Result<Metadata> {
        let metadata = match links {
            Links::Follow => fs::metadata(path)?,
            Links::Refuse => fs::symlink_metadata(path)?,
        };
        Ok(Metadata::from(&metadata))
    }

    fn is_in_memory(&self, folder: &Path) -> bool {
        platform::is_in_memory(folder)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn open_stream(&self, path: &Path) -> io::Result<Box<dyn io::Write + Send>> {
        let mut options = OpenOptions::new();
        // What is redirected to a file may have something already, which a process wrote before; a device has no end.
        if fs::metadata(path)?.is_file() {
            options.append(true);
        }
        Ok(Box::new(options.write(true).open(path)?))
    }

    fn create_folder(&self, path: &Path, access: Access) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        if access == Access::Private {
            platform::private(&mut builder);
        }
        builder.create(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    }

    fn rename(&self, from: &Path, to: &Path, existing: Existing) -> io::Result<()> {
        match existing {
            Existing::Replace => fs::rename(from, to),
            Existing::Keep => platform::rename_new(from, to),
        }
    }

    fn create_whole(&self, path: &Path, content: &[&[u8]]) -> io::Result<()> {
        platform::create_whole(path, content)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Other platforms cannot open a folder, and keep the order of renames by themselves.
        if !cfg!(unix) {
            return Ok(());
        }
        match File::open(folder)?.sync_all() {
            // Some file systems have nothing to sync for a folder and say so.
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
            synced => synced,
        }
    }

    fn user(&self) -> Option<u32> {
        platform::user()
    }

    fn handle_limit(&self) -> Option<u64> {
        handle_limit()
    }
}

/// An open file of the operating system.
#[derive(Debug)]
struct SystemFile(File);

impl FileHandle for SystemFile {
    fn metadata(&self) -> io::Result<Metadata> {
        Ok(Metadata::from(&self.0.metadata()?))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        platform::read_at(&self.0, buffer, offset)
    }

    fn read_cached_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        platform::read_cached_at(&self.0, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        platform::write_at(&self.0, bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        match platform::allocate(&self.0, len) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.0.set_len(len),
            allocated => allocated,
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        platform::set_mode(&self.0, mode)
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        let locked = match lock {
            Lock::Exclusive => self.0.try_lock(),
            Lock::Shared => self.0.try_lock_shared(),
        };
        match locked {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn forget(&self, offset: u64, len: u64) {
        platform::forget(&self.0, offset, len);
    }
}

impl From<&fs::Metadata> for Metadata {
    fn from(metadata: &fs::Metadata) -> Self {
        // A platform without times of files never says that a file is unchanged.
        let modified_ns = metadata.modified().map_or(0, unix_nanos);
        let kind = kind_of(metadata.file_type());
        platform::complete(Self::new(kind, metadata.len(), modified_ns), metadata)
    }
}

fn kind_of(kind: FileType) -> FileKind {
    if kind.is_file() {
        FileKind::File
    } else if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_symlink() {
        FileKind::Symlink
    } else {
        platform::special_kind(kind)
    }
}

/// Gives a file a new name that no file has, by a second name for it.
fn link_and_remove(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

#[cfg(unix)]
mod platform {
    use std::os::unix::fs::{DirBuilderExt, FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};

    use rustix::fs::OFlags;

    use super::*;

    pub(super) fn flags(options: &mut OpenOptions, how: OpenMode) {
        // Opening a FIFO to read waits for a writer, for ever if there is none; NONBLOCK makes it return at once, and
        // means nothing to a regular file.
        let flags = OFlags::NONBLOCK | no_follow(how.links);
        options.custom_flags(flags.bits().cast_signed());
        if how.access == Access::Private {
            options.mode(0o600);
        }
    }

    fn no_follow(links: Links) -> OFlags {
        match links {
            Links::Follow => OFlags::empty(),
            Links::Refuse => OFlags::NOFOLLOW,
        }
    }

    #[cfg(target_os = "linux")]
    pub(super) fn open_cached(path: &Path, links: Links) -> io::Result<File> {
        use rustix::fs::{CWD, Mode, ResolveFlags, openat2};
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | no_follow(links);
        Ok(openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED)?.into())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn open_cached(_: &Path, _: Links) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(target_os = "linux")]
    pub(super) fn is_in_memory(folder: &Path) -> bool {
        // linux/magic.h: ramfs, tmpfs. The type is wider on some processors than on others.
        const IN_MEMORY: [u64; 2] = [0x8584_58f6, 0x0102_1994];
        rustix::fs::statfs(folder).is_ok_and(|found| IN_MEMORY.contains(&(found.f_type as u64 & 0xffff_ffff)))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn is_in_memory(_: &Path) -> bool {
        false
    }

    #[cfg(target_os = "linux")]
    pub(super) fn create_whole(path: &Path, content: &[&[u8]]) -> io::Result<()> {
        use std::io::Write;
        use std::os::fd::AsRawFd;

        use rustix::fs::{AtFlags, CWD, Mode, linkat, openat};
        use rustix::io::Errno;
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        // A name alone is in the working folder.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // O_TMPFILE: a file without a name, which ends with its handle. The mask of the process applies to the mode.
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let mut file = File::from(openat(CWD, folder, flags, Mode::from_raw_mode(0o666))?);
        content.iter().try_for_each(|bytes| file.write_all(bytes))?;
        match linkat(&file, "", CWD, path, AtFlags::EMPTY_PATH) {
            // Before Linux 6.10 this takes a capability (CAP_DAC_READ_SEARCH); the link under /proc never does.
            Err(Errno::NOENT) => {
                let link = format!("/proc/self/fd/{}", file.as_raw_fd());
                Ok(linkat(CWD, link, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
            }
            linked => Ok(linked?),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn create_whole(_: &Path, _: &[&[u8]]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn private(builder: &mut DirBuilder) {
        builder.mode(0o700);
    }

    #[cfg(target_os = "linux")]
    pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system knows the flag.
            Err(Errno::INVAL | Errno::NOSYS) => link_and_remove(from, to),
            renamed => Ok(renamed?),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        link_and_remove(from, to)
    }

    pub(super) fn user() -> Option<u32> {
        Some(rustix::process::geteuid().as_raw())
    }

    pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        file.read_at(buffer, offset)
    }

    #[cfg(target_os = "linux")]
    pub(super) fn read_cached_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        use rustix::io::{ReadWriteFlags, preadv2};
        Ok(preadv2(file, &mut [io::IoSliceMut::new(buffer)], offset, ReadWriteFlags::NOWAIT)?)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn read_cached_at(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        file.write_at(bytes, offset)
    }

    #[cfg(target_os = "linux")]
    pub(super) fn allocate(file: &File, len: u64) -> io::Result<()> {
        use rustix::fs::{FallocateFlags, fallocate};
        if len == 0 {
            return file.set_len(0);
        }
        Ok(fallocate(file, FallocateFlags::empty(), 0, len)?)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn allocate(_: &File, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        file.set_permissions(fs::Permissions::from_mode(mode))
    }

    #[cfg(target_os = "linux")]
    pub(super) fn forget(file: &File, offset: u64, len: u64) {
        if let Some(len) = std::num::NonZeroU64::new(len) {
            let _ = rustix::fs::fadvise(file, offset, Some(len), rustix::fs::Advice::DontNeed);
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn forget(_: &File, _: u64, _: u64) {}

    pub(super) fn complete(known: Metadata, metadata: &fs::Metadata) -> Metadata {
        Metadata {
            changed_ns: Some(i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec())),
            device: Some(metadata.dev()),
            inode: Some(metadata.ino()),
            mode: Some(metadata.mode() & 0o7777),
            user: Some(metadata.uid()),
            ..known
        }
    }

    pub(super) fn special_kind(kind: FileType) -> FileKind {
        if kind.is_fifo() {
            FileKind::Fifo
        } else if kind.is_socket() {
            FileKind::Socket
        } else if kind.is_char_device() || kind.is_block_device() {
            FileKind::Device
        } else {
            FileKind::Other
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use super::*;

    #[cfg(windows)]
    pub(super) fn flags(options: &mut OpenOptions, how: OpenMode) {
        use std::os::windows::fs::OpenOptionsExt;
        // Opens a link itself, which is then no regular file.
        const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
        if how.links == Links::Refuse {
            options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        }
    }

    #[cfg(not(windows))]
    pub(super) fn flags(_: &mut OpenOptions, _: OpenMode) {}

    pub(super) fn open_cached(_: &Path, _: Links) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn create_whole(_: &Path, _: &[&[u8]]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn private(_: &mut DirBuilder) {}

    pub(super) fn is_in_memory(_: &Path) -> bool {
        false
    }

    pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        link_and_remove(from, to)
    }

    pub(super) fn user() -> Option<u32> {
        None
    }

    #[cfg(windows)]
    pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
    }

    #[cfg(windows)]
    pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(file, bytes, offset)
    }

    pub(super) fn read_cached_at(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn allocate(_: &File, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn set_mode(_: &File, _: u32) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn forget(_: &File, _: u64, _: u64) {}

    pub(super) fn complete(known: Metadata, _: &fs::Metadata) -> Metadata {
        known
    }

    pub(super) fn special_kind(_: FileType) -> FileKind {
        FileKind::Other
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_keeps_its_file_where_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let [from, taken, free] = ["from", "taken", "free"].map(|name| folder.path().join(name));
        fs::write(&from, "new").unwrap();
        fs::write(&taken, "old").unwrap();
        let files = SystemFiles::default();
        let error = files.rename(&from, &taken, Existing::Keep).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!([&from, &taken].map(|path| fs::read(path).unwrap()), [b"new", b"old"]);
        files.rename(&from, &free, Existing::Keep).unwrap();
        assert_eq!((fs::read(&free).unwrap(), from.exists()), (b"new".to_vec(), false));
        files.rename(&free, &taken, Existing::Replace).unwrap();
        assert_eq!((fs::read(&taken).unwrap(), free.exists()), (b"new".to_vec(), false));
    }

    /// A file that is written elsewhere first could be left there.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_without_a_name_gets_one_that_is_free_with_all_of_its_content() {
        use std::os::unix::fs::PermissionsExt;
        let files = SystemFiles::default();
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = folder.path().join("new");
        let content = ["ab", "", "cde"].map(str::as_bytes);
        files.create_whole(&path, &content).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abcde");
        fs::write(folder.path().join("other"), "").unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("new"), mode("other"), "as of any new file");
        std::os::unix::fs::symlink("elsewhere", folder.path().join("link")).unwrap();
        for taken in ["new", "link", "."] {
            let error = files.create_whole(&folder.path().join(taken), &[]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{taken}");
        }
        assert_eq!(fs::read(&path).unwrap(), b"abcde");
        let error = files.create_whole(&folder.path().join("none/new"), &[]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_is_no_regular_file_says_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let _listener = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        std::os::unix::fs::symlink("socket", path("link")).unwrap();
        let files = SystemFiles::default();
        for (at, kind, text) in [
            (path("socket"), FileKind::Socket, "a socket"),
            (path("link"), FileKind::Symlink, "a symbolic link"),
            (folder.path().to_owned(), FileKind::Directory, "a directory"),
            ("/dev/null".into(), FileKind::Device, "a device"),
        ] {
            let found = files.metadata(&at, Links::Refuse).unwrap();
            assert_eq!((found.kind, found.kind.to_string().as_str(), found.is_file()), (kind, text, false));
        }
        assert_eq!(files.metadata(&path("link"), Links::Follow).unwrap().kind, FileKind::Socket);
    }

    /// What the system itself says about what is mounted.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_is_in_memory_where_a_tmpfs_is_mounted() {
        let files = SystemFiles::default();
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let mounted = mounts.lines().filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            Some((fields.next()?, fields.next()?))
        });
        // Where several are mounted in one place the last one is seen.
        let mounted: std::collections::BTreeMap<_, _> = mounted.collect();
        for (folder, kind) in &mounted {
            if ["tmpfs", "ramfs", "proc", "sysfs", "ext4", "overlay"].contains(kind) && Path::new(folder).is_dir() {
                let in_memory = ["tmpfs", "ramfs"].contains(kind);
                assert_eq!(files.is_in_memory(folder.as_ref()), in_memory, "{folder}: {kind}");
            }
        }
        assert!(!files.is_in_memory("/proc".as_ref()) && !files.is_in_memory("/no such folder".as_ref()));
    }
}
