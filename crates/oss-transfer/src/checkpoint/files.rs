//! Files that only their owner may read or write, and that no link can redirect. Every call blocks.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Bits of a mode that let a user other than the owner write.
pub const WRITABLE_BY_GROUP_OR_OTHERS: u32 = 0o022;
/// Bits of a mode that let a user outside the group write.
pub const WRITABLE_BY_OTHERS: u32 = 0o002;
/// Bits of a mode that let a user other than the owner do anything.
const OPEN_TO_OTHERS: u32 = 0o077;

/// Opens a file that another user may have put there: follows no link and does not wait for a pipe's other end.
///
/// # Errors
/// The system's reason.
pub fn open_untrusted(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    never_follow(&mut options);
    options.open(path)
}

/// Opens a private file (mode 0600) for reading and writing, and creates it if it is missing; follows no link.
///
/// # Errors
/// The system's reason.
pub fn open_or_create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    options.open(path)
}

/// Creates a private file (mode 0600); whatever is at `path` already, a link included, is an error.
///
/// # Errors
/// The system's reason.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    options.open(path)
}

fn private(options: &mut OpenOptions) {
    never_follow(options);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
}

#[cfg(unix)]
fn never_follow(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
}

#[cfg(not(unix))]
fn never_follow(_options: &mut OpenOptions) {}

/// Creates a folder and its missing parents, open to no other user (mode 0700).
///
/// # Errors
/// The system's reason.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Whether others than the owner may enter, read or change it, as far as the platform tells.
pub fn is_open_to_others(metadata: &Metadata) -> bool {
    mode(metadata) & OPEN_TO_OTHERS != 0
}

/// Why a file cannot be relied on to have been written by this user; `refused` are the bits its mode must not have.
pub fn distrust(metadata: &Metadata, refused: u32) -> Option<String> {
    if !metadata.is_file() {
        return Some("it is not a regular file".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let user = rustix::process::geteuid().as_raw();
        if metadata.uid() != user {
            return Some(format!("it belongs to user {}, not to {user}", metadata.uid()));
        }
    }
    let mode = mode(metadata);
    (mode & refused != 0).then(|| format!("others than its owner may write it (mode {mode:03o})"))
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_metadata: &Metadata) -> u32 {
    0
}

/// Reads a whole file; `None` if it has more than `limit` bytes, whatever its metadata say.
///
/// # Errors
/// The system's reason.
pub fn read_at_most(file: &File, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Makes the names in a folder durable: without it a renamed file may have its old name after a loss of power.
///
/// # Errors
/// The system's reason.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
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

/// Whether the open file is still what `path` names.
///
/// # Errors
/// The system's reason.
#[cfg(unix)]
pub fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let opened = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
