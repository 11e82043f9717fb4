//! Files of records: only their owner may read or write them, and no link can redirect them. Every call blocks.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::CheckpointError;
use crate::files::{Access, FileHandle, FileSystem, Links, Metadata, OpenMode};

/// Bits of a mode that let a user other than the owner write.
pub const WRITABLE_BY_GROUP_OR_OTHERS: u32 = 0o022;
/// Bits of a mode that let a user outside the group write.
pub const WRITABLE_BY_OTHERS: u32 = 0o002;
/// Bits of a mode that let a user other than the owner do anything.
const OPEN_TO_OTHERS: u32 = 0o077;

/// Opens a private file (mode 0600) for reading and writing, and creates it if it is missing; follows no link.
pub(super) fn open_or_create_private(files: &dyn FileSystem, path: &Path) -> io::Result<Arc<dyn FileHandle>> {
    files.open(path, OpenMode::CREATE_OR_UPDATE.links(Links::Refuse).access(Access::Private))
}

/// Creates a private file (mode 0600); whatever is at `path` already, a link included, is an error.
pub(super) fn create_private(files: &dyn FileSystem, path: &Path) -> io::Result<Arc<dyn FileHandle>> {
    files.open(path, OpenMode::CREATE_NEW.links(Links::Refuse).access(Access::Private))
}

/// Whether the name is free or that of a regular file: a link would not be followed, and whatever else has it would neither be
/// written nor replaced. A failure to look is left to the call that follows.
pub(super) fn check_unobstructed(files: &dyn FileSystem, path: &Path) -> Result<(), CheckpointError> {
    match files.metadata(path, Links::Refuse) {
        Ok(found) if !found.is_file() => Err(CheckpointError::Obstructed { path: path.to_owned(), kind: found.kind }),
        _ => Ok(()),
    }
}

/// Whether others than the owner may enter, read or change it, as far as the platform tells.
pub(super) fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode.is_some_and(|mode| mode & OPEN_TO_OTHERS != 0)
}

/// Opens a file that another user may have put there: follows no link and does not wait for a pipe's other end.
///
/// # Errors
/// The system's reason.
pub fn open_untrusted(files: &dyn FileSystem, path: &Path) -> io::Result<Arc<dyn FileHandle>> {
    files.open(path, OpenMode::READ.links(Links::Refuse))
}

/// Why a file cannot be relied on to have been written by this user; `refused` are the bits its mode must not have.
pub fn distrust(files: &dyn FileSystem, metadata: &Metadata, refused: u32) -> Option<String> {
    if !metadata.is_file() {
        return Some("it is not a regular file".to_owned());
    }
    if let (Some(owner), Some(user)) = (metadata.user, files.user())
        && owner != user
    {
        return Some(format!("it belongs to user {owner}, not to {user}"));
    }
    let mode = metadata.mode? & 0o777;
    (mode & refused != 0).then(|| format!("others than its owner may write it (mode {mode:03o})"))
}

/// Reads a whole file; `None` if it has more than `limit` bytes, whatever its metadata say.
///
/// # Errors
/// The system's reason.
pub fn read_at_most(file: &dyn FileHandle, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let (mut bytes, mut block) = (Vec::new(), vec![0; BLOCK]);
    loop {
        match file.read_at(&mut block, bytes.len() as u64) {
            Ok(0) => return Ok(Some(bytes)),
            Ok(read) => bytes.extend_from_slice(block.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if bytes.len() as u64 > limit {
            return Ok(None);
        }
    }
}

const BLOCK: usize = 16 << 10;
