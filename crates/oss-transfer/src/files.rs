//! The seam between transfers and files: every file call of an upload or a download goes through [`FileSystem`] and
//! [`FileHandle`].
//!
//! [`SystemFiles`] is the operating system. [`MemoryFiles`] keeps everything in memory, runs inline, and can lose power,
//! fill up or die at any call, so that tests can ask what is left afterwards.
//!
//! Calls block; [`run_blocking`] makes them where that is allowed.

mod below;
mod handles;
mod memory;
mod system;

pub use below::{first_link, ignores_case};
pub use handles::{HandleWait, OpenFile, OpenFiles, is_out_of_handles, when_handles_are_left};
pub use memory::MemoryFiles;
pub use system::SystemFiles;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Names of files, and what becomes of them. Calls block.
///
/// Errors are those of the operating system, by their [`io::ErrorKind`].
pub trait FileSystem: fmt::Debug + Send + Sync {
    /// Opens a file. Does not wait for the other end of a FIFO.
    ///
    /// # Errors
    /// The system's reason.
    fn open(&self, path: &Path, how: OpenMode) -> io::Result<Arc<dyn FileHandle>>;

    /// Opens a file to be read if that needs no waiting for a disk or a network.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] where that cannot be found out; otherwise the system's reason.
    fn open_cached(&self, _path: &Path, _links: Links) -> io::Result<Arc<dyn FileHandle>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Attributes of what the path names.
    ///
    /// # Errors
    /// The system's reason.
    fn metadata(&self, path: &Path, links: Links) -> io::Result<Metadata>;

    /// Where a symbolic link leads, as it says it.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if it is not a link; otherwise the system's reason.
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;

    /// Opens a FIFO, a device, or a file at its end, to be written from front to back. Waits for the reader of a FIFO.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] where there is no such thing; otherwise the system's reason.
    fn open_stream(&self, _path: &Path) -> io::Result<Box<dyn io::Write + Send>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Creates a folder and its missing parents; one that is there already stays as it is.
    ///
    /// # Errors
    /// The system's reason.
    fn create_folder(&self, path: &Path, access: Access) -> io::Result<()>;

    /// The paths in a folder, in no order.
    ///
    /// # Errors
    /// The system's reason.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Gives a file another name on the same file system, in one step.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if `to` exists and must not be replaced; otherwise the system's reason.
    fn rename(&self, from: &Path, to: &Path, existing: Existing) -> io::Result<()>;

    /// Creates a file that has its name only with all of its content, so that nothing is left of one that could not be written.
    /// Neither its content nor its name is durable.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if something has the name; [`io::ErrorKind::Unsupported`] where files always have a
    /// name; otherwise the system's reason.
    fn create_whole(&self, _path: &Path, _content: &[&[u8]]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Removes a file.
    ///
    /// # Errors
    /// The system's reason.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder that has nothing in it.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] where folders are no entries of their own; otherwise the system's reason.
    fn remove_folder(&self, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Makes the names in a folder durable: without it a renamed file may have its old name after a loss of power.
    ///
    /// # Errors
    /// The system's reason.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// The user that owns the files which this process creates, where files have owners.
    fn user(&self) -> Option<u32> {
        None
    }

    /// How many files, and connections where they count too, may be open at a time; `None` if nothing is known of a limit.
    fn handle_limit(&self) -> Option<u64> {
        None
    }

    /// Whether calls never wait for a device, so that they can be made anywhere.
    fn runs_inline(&self) -> bool {
        false
    }

    /// Whether calls on the files of a folder never wait for a device, since its file system is in memory. False if that is
    /// not known.
    fn is_in_memory(&self, folder: &Path) -> bool {
        let _ = folder;
        self.runs_inline()
    }
}

/// An open file. Calls block, except [`FileHandle::read_cached_at`].
pub trait FileHandle: fmt::Debug + Send + Sync {
    /// Attributes of the file.
    ///
    /// # Errors
    /// The system's reason.
    fn metadata(&self) -> io::Result<Metadata>;

    /// Reads at a position into the buffer, and returns how many bytes; 0 at the end of the file.
    ///
    /// # Errors
    /// The system's reason.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The same with what is in memory already.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if that is nothing, [`io::ErrorKind::Unsupported`] where it cannot be found out.
    fn read_cached_at(&self, _buffer: &mut [u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Writes at a position, and returns how many bytes.
    ///
    /// # Errors
    /// The system's reason.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Writes all bytes at a position.
    ///
    /// # Errors
    /// The system's reason; some bytes may have been written.
    fn write_all_at(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write_at(bytes, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    bytes = bytes.get(written..).unwrap_or_default();
                    offset = offset.saturating_add(written as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Cuts or extends the file.
    ///
    /// # Errors
    /// The system's reason.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Sets the length, and reserves room on the device where the file system can.
    ///
    /// # Errors
    /// [`io::ErrorKind::StorageFull`] if there is not that much room; otherwise the system's reason.
    fn allocate(&self, len: u64) -> io::Result<()>;

    /// Makes the content durable.
    ///
    /// # Errors
    /// The system's reason.
    fn sync_data(&self) -> io::Result<()>;

    /// Sets the permission bits, where files have them.
    ///
    /// # Errors
    /// The system's reason.
    fn set_mode(&self, mode: u32) -> io::Result<()>;

    /// Locks the file for this handle alone, or for reading together with others; `false` if another handle has it. The
    /// lock ends with the handle, however the process ends.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] on a file system without locks; otherwise the system's reason.
    fn try_lock(&self, lock: Lock) -> io::Result<bool>;

    /// Lets the system forget a range of the content that was read or written. A hint.
    fn forget(&self, _offset: u64, _len: u64) {}
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OpenMode {
    /// Whether it may be written, and created.
    pub intent: Intent,
    /// What becomes of a path that is a symbolic link.
    pub links: Links,
    /// Which users may use the file if it is created.
    pub access: Access,
}

impl OpenMode {
    /// Reads an existing file.
    pub const READ: Self = Self::new(Intent::Read);
    /// Reads and writes an existing file.
    pub const UPDATE: Self = Self::new(Intent::Update);
    /// Reads and writes a file that is created if it is missing.
    pub const CREATE_OR_UPDATE: Self = Self::new(Intent::CreateOrUpdate);
    /// Reads and writes a file that does not exist yet; whatever is there already, a link included, is an error.
    pub const CREATE_NEW: Self = Self::new(Intent::CreateNew);

    const fn new(intent: Intent) -> Self {
        Self { intent, links: Links::Follow, access: Access::Default }
    }

    /// Sets what becomes of a symbolic link.
    #[must_use]
    pub const fn links(mut self, links: Links) -> Self {
        self.links = links;
        self
    }

    /// Sets which users may use the file if it is created.
    #[must_use]
    pub const fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }
}

/// Whether a file may be written, and created.
#[expect(clippy::exhaustive_enums, reason = "an implementation must know every one of them")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Intent {
    /// Read an existing file.
    Read,
    /// Read and write an existing file.
    Update,
    /// Read and write a file that is created if it is missing.
    CreateOrUpdate,
    /// Read and write a file that does not exist yet.
    CreateNew,
}

/// What becomes of a path that is a symbolic link.
#[expect(clippy::exhaustive_enums, reason = "an implementation must know every one of them")]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Links {
    /// It is followed.
    #[default]
    Follow,
    /// It is not followed: opening it is an error, its attributes are its own.
    Refuse,
}

/// Which users may use what is created.
#[expect(clippy::exhaustive_enums, reason = "an implementation must know every one of them")]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Access {
    /// Those that the process's mask leaves.
    #[default]
    Default,
    /// Its owner alone.
    Private,
}

/// What becomes of a file that has the new name already.
#[expect(clippy::exhaustive_enums, reason = "an implementation must know every one of them")]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Existing {
    /// It is replaced.
    #[default]
    Replace,
    /// It stays, and the call fails.
    Keep,
}

/// How a file is locked.
#[expect(clippy::exhaustive_enums, reason = "an implementation must know every one of them")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lock {
    /// By one handle.
    Exclusive,
    /// By any number of handles.
    Shared,
}

/// Attributes of a file at one moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// What it is.
    pub kind: FileKind,
    /// Length in bytes.
    pub len: u64,
    /// When its content was last written, in nanoseconds since 1970; negative before.
    pub modified_ns: i128,
    /// When its content or attributes were last changed, where the platform tells.
    pub changed_ns: Option<i128>,
    /// The file system it is on, where the platform tells.
    pub device: Option<u64>,
    /// Its number there, where the platform tells.
    pub inode: Option<u64>,
    /// Its permission bits, where files have them.
    pub mode: Option<u32>,
    /// Its owner, where files have owners.
    pub user: Option<u32>,
}

impl Metadata {
    /// Attributes of a file of this kind and length, written at this time; the rest unknown.
    pub const fn new(kind: FileKind, len: u64, modified_ns: i128) -> Self {
        Self { kind, len, modified_ns, changed_ns: None, device: None, inode: None, mode: None, user: None }
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }

    /// Whether both are attributes of one and the same file; `None` where the platform does not tell.
    pub fn is_same_file(&self, other: &Self) -> Option<bool> {
        let id = |metadata: &Self| metadata.device.zip(metadata.inode);
        Some(id(self)? == id(other)?)
    }
}

/// What a path names. `Display` says it with its article, such as `a directory`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A FIFO.
    Fifo,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
    /// Something else.
    Other,
}

impl FileKind {
    /// What it is, with its article.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "a regular file",
            Self::Directory => "a directory",
            Self::Symlink => "a symbolic link",
            Self::Fifo => "a FIFO",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Other => "something else",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Work on files panicked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct WorkPanicked;

impl fmt::Display for WorkPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("work on a file panicked")
    }
}

impl std::error::Error for WorkPanicked {}

/// Makes calls that block: on a thread where that is allowed, within the caller's span, or at once if `files` never wait.
///
/// Work that has started ends by itself, also if the future is dropped.
///
/// # Errors
/// [`WorkPanicked`].
pub async fn run_blocking<T: Send + 'static>(
    files: &dyn FileSystem,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WorkPanicked> {
    start_blocking(files, work).await
}

/// As [`run_blocking`], but the work begins at once, before the future is polled.
pub fn start_blocking<T: Send + 'static>(
    files: &dyn FileSystem,
    work: impl FnOnce() -> T + Send + 'static,
) -> Blocking<T> {
    if files.runs_inline() {
        return Blocking(Running::Done(Some(work())));
    }
    let span = tracing::Span::current();
    Blocking(Running::Elsewhere(tokio::task::spawn_blocking(move || span.in_scope(work))))
}

/// Work that blocks, under way; see [`start_blocking`].
#[derive(Debug)]
#[must_use = "a future gives its outcome when it is awaited"]
pub struct Blocking<T>(Running<T>);

#[derive(Debug)]
enum Running<T> {
    Done(Option<T>),
    Elsewhere(tokio::task::JoinHandle<T>),
}

impl<T> Unpin for Blocking<T> {}

impl<T> Future for Blocking<T> {
    type Output = Result<T, WorkPanicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Running::Done(done) => Poll::Ready(done.take().ok_or(WorkPanicked)),
            // An error here is a panic, or the runtime going away, which ends this future too.
            Running::Elsewhere(task) => Pin::new(task).poll(cx).map_err(|_| WorkPanicked),
        }
    }
}
