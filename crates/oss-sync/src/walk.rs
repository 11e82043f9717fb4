//! A folder in the order of a bucket's keys.

mod names;
mod runs;

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::time::Duration;
use std::time::SystemTime;

use oss_transfer::files::{HandleWait, is_out_of_handles};
use oss_transfer::{Candidate, Filter};

use crate::setters::setters;
use crate::{Entry, Item, PathRange, Unknown};
use names::{Kind, Names};

/// How a folder is walked.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    follow_links: bool,
    filter: Filter,
    left_out_is_missing: bool,
    temporary_folder: Option<PathBuf>,
}

impl WalkOptions {
    setters! {
        /// Whether symbolic links stand for what they lead to. Default: no; what a link leads to is unknown then.
        follow_links: bool;
        /// Which paths count. Default: all.
        filter: Filter;
        /// Where the names of very wide folders wait. Default: the system's folder for temporary files.
        temporary_folder: impl Into<Option<PathBuf>>;
        /// Whether what the filter leaves out by its size or time is missing. Default: no, it is an unknown path.
        left_out_is_missing: bool;
    }
}

/// The folder itself could not be read. What is wrong below it is an [`Unknown`] range, and the walk goes on.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}", path = path.display())]
pub struct WalkError {
    path: PathBuf,
    source: io::Error,
}

impl WalkError {
    /// Which folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is nothing at its path.
    pub fn is_missing(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

/// The files below a folder, in the order of the bytes of their paths with `/` between names, which is that of a bucket's
/// keys: `a.txt` comes before what is in the folder `a`, and that before `a0`.
///
/// An iterator that reads the file system, so it belongs on a thread that may block. Memory holds the names in the folders
/// that lead to the current one: their bytes and 8 bytes for each name, of each folder at most 100,000 names; those of wider
/// ones wait in a temporary file.
///
/// Neither ignore files nor a leading dot hide a file. What cannot be read, a link that is not followed, what is neither file
/// nor folder, and a name that is not Unicode are ranges of unknown paths.
#[derive(Debug)]
pub struct Walk {
    options: WalkOptions,
    /// From the root to the current folder.
    open: Vec<Folder>,
}

/// A folder that is walked.
#[derive(Debug)]
struct Folder {
    on_disk: PathBuf,
    /// The path below the root; ends in `/` but for the root.
    path: String,
    names: Names,
    /// What tells it from other folders, where a link may lead back to it.
    identity: Option<(u64, u64)>,
    /// The name that came last.
    last: Option<String>,
}

impl Walk {
    /// Walks a folder.
    ///
    /// # Errors
    /// If it is not a folder, or cannot be read.
    pub fn new(root: impl Into<PathBuf>, options: WalkOptions) -> Result<Self, WalkError> {
        let root = root.into();
        match Folder::open(root.clone(), String::new(), &options) {
            Ok(folder) => Ok(Self { options, open: vec![folder] }),
            Err(source) => Err(WalkError { path: root, source }),
        }
    }

    /// What the next name of a folder stands for; nothing if it is left out, gone, or a folder, which is walked next.
    fn visit(&mut self, on_disk: PathBuf, path: String, kind: Kind) -> Option<Item> {
        let unsupported = |paths: PathRange, reason: &str| Some(Item::Unknown(Unknown::unsupported(paths, reason)));
        let unreadable = |paths: PathRange, reason: &str| Some(Item::Unknown(Unknown::unreadable(paths, reason)));
        match kind {
            Kind::NotUnicode { is_folder: true } => {
                unsupported(PathRange::beginning_with(path), "a name that is not Unicode")
            }
            Kind::NotUnicode { is_folder: false } => unsupported(PathRange::one(path), "a name that is not Unicode"),
            Kind::Folder => self.descend(on_disk, path),
            _ if !self.options.filter.admits(Candidate::new(&path)) => None,
            Kind::Link => unsupported(PathRange::folder(&path), "a symbolic link, which is not followed"),
            Kind::Special => unsupported(PathRange::one(path), "neither a file nor a folder"),
            Kind::Unreadable => unreadable(PathRange::folder(&path), "what it is could not be read"),
            Kind::File => match look(&on_disk, self.options.follow_links) {
                Ok(Some(metadata)) => self.file(path, &metadata),
                Ok(None) => None,
                Err(error) => unreadable(PathRange::one(path), &error.to_string()),
            },
        }
    }

    fn descend(&mut self, on_disk: PathBuf, path: String) -> Option<Item> {
        if !self.options.filter.may_admit_below(path.trim_end_matches('/')) {
            return None;
        }
        let unknown = |path: String, reason: &str| {
            Some(Item::Unknown(Unknown::unreadable(PathRange::beginning_with(path), reason)))
        };
        match Folder::open(on_disk, path.clone(), &self.options) {
            Ok(folder)
                if folder.identity.is_some() && self.open.iter().any(|open| open.identity == folder.identity) =>
            {
                unknown(path, "a link that leads back to a folder which contains it")
            }
            Ok(folder) => {
                self.open.push(folder);
                None
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => unknown(path, &error.to_string()),
        }
    }

    fn file(&self, path: String, metadata: &Metadata) -> Option<Item> {
        let modified = metadata.modified().ok();
        let WalkOptions { filter, left_out_is_missing, .. } = &self.options;
        if !filter.admits(Candidate::new(&path).size(metadata.len()).modified(modified)) {
            return (!left_out_is_missing).then(|| Item::Unknown(Unknown::left_out(path)));
        }
        Some(Item::Entry(file_entry(path, metadata)))
    }
}

impl Iterator for Walk {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            let folder = self.open.last_mut()?;
            let (name, kind) = match folder.names.next() {
                Ok(Some(named)) => named,
                Ok(None) => {
                    self.open.pop();
                    continue;
                }
                Err(error) => {
                    let paths = PathRange::rest_of(&folder.path, folder.last.as_deref());
                    self.open.pop();
                    return Some(Item::Unknown(Unknown::unreadable(paths, error.to_string())));
                }
            };
            folder.last = Some(name.clone());
            let path = format!("{}{name}", folder.path);
            let on_disk = folder.on_disk.join(name.trim_end_matches('/'));
            if let Some(item) = self.visit(on_disk, path, kind) {
                return Some(item);
            }
        }
    }
}

impl Folder {
    fn open(on_disk: PathBuf, path: String, options: &WalkOptions) -> io::Result<Self> {
        let mut wait = HandleWait::default();
        let entries = loop {
            match fs::read_dir(&on_disk) {
                // Transfers give handles back when they end.
                Err(error) if is_out_of_handles(&error) => match wait.pause(false) {
                    Some(pause) => std::thread::sleep(pause),
                    None => return Err(error),
                },
                entries => break entries?,
            }
        };
        let identity = fs::metadata(&on_disk).ok().and_then(|metadata| identity(&metadata));
        let names = Names::read(entries, options.follow_links, options.temporary_folder.as_deref())?;
        Ok(Self { names, on_disk, path, identity, last: None })
    }
}

/// The attributes of a file; `None` if it went away since its name was read. It may be replaced at this moment by a file of
/// the same name, so it is looked for twice.
fn look(path: &Path, follow_links: bool) -> io::Result<Option<Metadata>> {
    let metadata = || if follow_links { fs::metadata(path) } else { fs::symlink_metadata(path) };
    let is_gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    match metadata() {
        Err(error) if is_gone(&error) => match metadata() {
            Err(error) if is_gone(&error) => Ok(None),
            again => again.map(Some),
        },
        first => first.map(Some),
    }
}

/// A file by its attributes.
fn file_entry(path: String, metadata: &Metadata) -> Entry {
    Entry { modified: metadata.modified().ok(), changed: changed(metadata), ..Entry::new(path, metadata.len()) }
}

/// When the attributes were changed last.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt as _;
    let nanoseconds = Duration::from_nanos(u64::try_from(metadata.ctime_nsec()).ok()?);
    let seconds = Duration::from_secs(metadata.ctime().unsigned_abs());
    let whole = if metadata.ctime() < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(seconds)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    };
    whole?.checked_add(nanoseconds)
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> Option<SystemTime> {
    None
}

/// Two paths that lead to one folder have the same.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
