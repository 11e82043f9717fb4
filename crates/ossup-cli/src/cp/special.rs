//! Sources that look like files and are none, and what to write instead.

use std::fs::{File, FileType};
use std::io::Read as _;
use std::path::Path;

use crate::arguments::quoted;
use crate::failure::Failure;

/// What to write instead, if `path` is no regular file, or one whose size says nothing about its content.
///
/// # Errors
/// It cannot be read, or is a folder.
pub(super) fn hint(path: &Path, target: &str) -> Result<Option<String>, Failure> {
    let unreadable = |error| Failure::unreadable(path, &error);
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    let (shown, quoted, target) = (path.display(), quoted(path.as_os_str()), quoted(target.as_ref()));
    if metadata.is_dir() {
        return Err(is_folder(path));
    }
    if let Some(kind) = kind(metadata.file_type()) {
        let is_descriptor = ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.starts_with(folder));
        let command = match path.to_str() {
            Some("/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0") => format!("ossup cp - {target}"),
            // Process substitution of a shell.
            _ if is_descriptor => format!("COMMAND | ossup cp - {target}"),
            _ => format!("ossup cp - {target} < {quoted}"),
        };
        return Ok(Some(format!("{shown} is {kind}, which can only be read as a stream: write {command}")));
    }
    // A file that cannot be opened is the upload's to report.
    let Some(mut file) = File::open(path).ok().filter(is_made_by_the_kernel) else { return Ok(None) };
    file.read(&mut [0]).map_err(unreadable)?;
    let what = "is made by the kernel as it is read, so its size is not that of its content";
    Ok(Some(format!("{shown} {what}: write cat {quoted} | ossup cp - {target}")))
}

/// What is said of a folder where a file is meant.
pub(super) fn is_folder(path: &Path) -> Failure {
    Failure::usage(format!("{} is a folder: add -r to upload everything in it", path.display()))
}

#[cfg(unix)]
fn kind(kind: FileType) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt as _;

    if kind.is_fifo() {
        Some("a pipe")
    } else if kind.is_char_device() || kind.is_block_device() {
        Some("a device")
    } else {
        None
    }
}

#[cfg(not(unix))]
fn kind(_: FileType) -> Option<&'static str> {
    None
}

/// Whether the file is on one of the file systems whose files have no content until they are read: procfs, sysfs and
/// their like, by the numbers of `linux/magic.h`.
#[cfg(target_os = "linux")]
pub(super) fn is_made_by_the_kernel(file: &File) -> bool {
    const MAGIC: [u32; 8] = [
        0x9fa0,      // proc
        0x6265_6572, // sysfs
        0x0027_e0eb, // cgroup
        0x6367_7270, // cgroup2
        0x6462_6720, // debugfs
        0x7472_6163, // tracefs
        0x7363_6673, // securityfs
        0x6265_6570, // configfs
    ];
    // The type of the field differs from architecture to architecture.
    let is = |kind: i128| MAGIC.iter().any(|magic| i128::from(*magic) == kind);
    rustix::fs::fstatfs(file).is_ok_and(|system| is(system.f_type.into()))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_made_by_the_kernel(_: &File) -> bool {
    false
}
