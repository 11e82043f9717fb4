use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::handles::out_of_handles;
use super::{Access, Existing, FileHandle, FileKind, FileSystem, Intent, Links, Lock, Metadata, OpenMode};

/// Files in memory, for tests and simulations. Runs inline; clones share the files.
///
/// Keeps what a loss of power would leave apart from what a process sees: content becomes durable by
/// [`FileHandle::sync_data`], names by [`FileSystem::sync_folder`]. There are no symbolic links. A folder exists
/// once it was created or a file is in it, and is durable at once.
///
/// ```
/// use oss_transfer::files::{FileSystem, MemoryFiles, OpenMode};
///
/// let files = MemoryFiles::new();
/// let file = files.open("/a".as_ref(), OpenMode::CREATE_NEW)?;
/// file.write_all_at(b"abc", 0)?;
/// assert_eq!(files.after_kill().content("/a").as_deref(), Some(&b"abc"[..]));
/// assert_eq!(files.after_power_loss().content("/a"), None, "neither content nor name was synced");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct MemoryFiles(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    names: BTreeMap<PathBuf, Inode>,
    durable_names: BTreeMap<PathBuf, Inode>,
    folders: BTreeSet<PathBuf>,
    last_inode: u64,
    last_handle: u64,
    clock_ns: i128,
    capacity: Option<u64>,
    cannot_allocate: bool,
    keeps_no_owners: bool,
    handle_limit: Option<u64>,
    handles: u64,
    read_only: bool,
    /// Calls that change something, so far.
    changes: u64,
    dies_at: Option<u64>,
}

/// A file, whatever its names.
#[derive(Clone)]
struct Inode(Arc<Mutex<Content>>);

#[derive(Clone, Default)]
struct Content {
    number: u64,
    bytes: Vec<u8>,
    durable: Vec<u8>,
    /// Room that was reserved past the content.
    allocated: u64,
    modified_ns: i128,
    changed_ns: i128,
    user: u32,
    mode: u32,
    locked: BTreeMap<u64, Lock>,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State { clock_ns: 1_700_000_000_000_000_000, ..State::default() })))
    }

    /// Sets how many bytes all files may have; more is [`io::ErrorKind::StorageFull`]. Default: no limit.
    #[must_use]
    pub fn capacity(self, bytes: u64) -> Self {
        self.state().capacity = Some(bytes);
        self
    }

    /// Leaves [`FileHandle::allocate`] without reservation, as on file systems that cannot.
    #[must_use]
    pub fn without_allocation(self) -> Self {
        self.state().cannot_allocate = true;
        self
    }

    /// Keeps neither owners nor modes of files, as FAT and some file systems of networks do: what is created belongs to
    /// user 0 and is open to everyone.
    #[must_use]
    pub fn without_owners(self) -> Self {
        self.state().keeps_no_owners = true;
        self
    }

    /// Sets how many files may be open at a time; another one fails as in a process that has too many open. Default: no
    /// limit.
    #[must_use]
    pub fn handle_limit(self, handles: u64) -> Self {
        self.state().handle_limit = Some(handles);
        self
    }

    /// Refuses every change from now on with [`io::ErrorKind::ReadOnlyFilesystem`].
    #[must_use]
    pub fn read_only(self) -> Self {
        self.state().read_only = true;
        self
    }

    /// From the `number`-th call on that changes something (counted from 1), no call has an effect and each fails, as if
    /// the process had been killed.
    pub fn die_at(&self, number: u64) {
        self.state().dies_at = Some(number);
    }

    /// Calls so far that changed something.
    pub fn changes(&self) -> u64 {
        self.state().changes
    }

    /// What the next process finds after this one was killed.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        self.restart(|state| &state.names, |content| content.bytes.clone())
    }

    /// What the next process finds after a loss of power, when nothing became durable by itself.
    #[must_use]
    pub fn after_power_loss(&self) -> Self {
        self.restart(|state| &state.durable_names, |content| content.durable.clone())
    }

    /// The whole content of a file, if there is one.
    pub fn content(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let state = self.state();
        let inode = state.names.get(&normal(path.as_ref()))?;
        Some(inode.lock().bytes.clone())
    }

    /// Puts a durable file in place.
    pub fn plant(&self, path: impl AsRef<Path>, bytes: impl Into<Vec<u8>>) {
        let mut state = self.state();
        let inode = state.new_inode(0o644);
        {
            let mut content = inode.lock();
            content.bytes = bytes.into();
            content.durable = content.bytes.clone();
        }
        let path = normal(path.as_ref());
        state.names.insert(path.clone(), inode.clone());
        state.durable_names.insert(path, inode);
    }

    /// The paths of all files, in order.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    fn restart(
        &self,
        names: impl Fn(&State) -> &BTreeMap<PathBuf, Inode>,
        bytes: impl Fn(&Content) -> Vec<u8>,
    ) -> Self {
        let state = self.state();
        let copy = |inode: &Inode| {
            let content = inode.lock();
            let bytes = bytes(&content);
            let (durable, locked) = (bytes.clone(), BTreeMap::new());
            Inode(Arc::new(Mutex::new(Content { bytes, durable, locked, ..content.clone() })))
        };
        let names: BTreeMap<_, _> = names(&state).iter().map(|(path, inode)| (path.clone(), copy(inode))).collect();
        Self(Arc::new(Mutex::new(State {
            durable_names: names.clone(),
            names,
            folders: state.folders.clone(),
            last_inode: state.last_inode,
            last_handle: state.last_handle,
            clock_ns: state.clock_ns,
            capacity: state.capacity,
            cannot_allocate: state.cannot_allocate,
            keeps_no_owners: state.keeps_no_owners,
            handle_limit: state.handle_limit,
            handles: 0,
            changes: 0,
            read_only: false,
            dies_at: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state for a call that reads.
    fn alive(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.dies_at.is_some_and(|at| state.changes >= at) { Err(dead()) } else { Ok(state) }
    }

    /// The state for a call that changes something.
    fn change(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.changes += 1;
        state.clock_ns += 1;
        if state.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        if state.dies_at.is_some_and(|at| state.changes >= at) { Err(dead()) } else { Ok(state) }
    }
}

impl Default for MemoryFiles {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryFiles").field("paths", &self.paths()).finish_non_exhaustive()
    }
}

impl State {
    fn new_inode(&mut self, mode: u32) -> Inode {
        self.last_inode += 1;
        let (number, now) = (self.last_inode, self.clock_ns);
        let (user, mode) = if self.keeps_no_owners { (0, 0o777) } else { (USER, mode) };
        let times = Content { modified_ns: now, changed_ns: now, ..Content::default() };
        Inode(Arc::new(Mutex::new(Content { number, user, mode, ..times })))
    }

    /// Whether files that have a name may have so many bytes more.
    fn has_room_for(&self, more: u64) -> bool {
        let Some(capacity) = self.capacity else { return true };
        let mut used = BTreeMap::new();
        for inode in self.names.values() {
            let content = inode.lock();
            used.insert(content.number, content.allocated.max(content.bytes.len() as u64));
        }
        used.values().sum::<u64>().saturating_add(more) <= capacity
    }
}

impl Inode {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn metadata(&self) -> Metadata {
        Metadata {
            changed_ns: Some(self.changed_ns),
            device: Some(1),
            inode: Some(self.number),
            mode: Some(self.mode),
            user: Some(self.user),
            ..Metadata::new(FileKind::File, self.bytes.len() as u64, self.modified_ns)
        }
    }
}

impl FileSystem for MemoryFiles {
    fn open(&self, path: &Path, how: OpenMode) -> io::Result<Arc<dyn FileHandle>> {
        let path = normal(path);
        let found = {
            let state = self.alive()?;
            if state.handle_limit.is_some_and(|limit| state.handles >= limit) {
                return Err(out_of_handles());
            }
            state.names.get(&path).cloned()
        };
        let inode = match (found, how.intent) {
            (Some(_), Intent::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Some(inode), _) => inode,
            (None, Intent::Read | Intent::Update) => return Err(io::ErrorKind::NotFound.into()),
            (None, Intent::CreateOrUpdate | Intent::CreateNew) => {
                let mut state = self.change()?;
                let mode = if how.access == Access::Private { 0o600 } else { 0o644 };
                let inode = state.new_inode(mode);
                state.names.insert(path, inode.clone());
                inode
            }
        };
        let mut state = self.state();
        state.last_handle += 1;
        state.handles += 1;
        let writable = how.intent != Intent::Read;
        Ok(Arc::new(Handle { files: self.clone(), inode, id: state.last_handle, writable }))
    }

    fn metadata(&self, path: &Path, _: Links) -> io::Result<Metadata> {
        let path = normal(path);
        let state = self.alive()?;
        if let Some(inode) = state.names.get(&path) {
            return Ok(inode.lock().metadata());
        }
        let mut inside = state.names.keys().chain(&state.folders);
        let is_folder = path == Path::new("/") || inside.any(|name| name.starts_with(&path));
        let folder = Metadata { mode: Some(0o700), user: Some(USER), ..Metadata::new(FileKind::Directory, 0, 0) };
        if is_folder { Ok(folder) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.metadata(path, Links::Refuse)?;
        Err(io::ErrorKind::InvalidInput.into())
    }

    fn create_folder(&self, path: &Path, _: Access) -> io::Result<()> {
        let path = normal(path);
        let mut state = self.alive()?;
        if state.read_only && !state.names.keys().chain(&state.folders).any(|name| name.starts_with(&path)) {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        state.folders.insert(path);
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let folder = normal(folder);
        Ok(self.alive()?.names.keys().filter(|path| path.parent() == Some(&folder)).cloned().collect())
    }

    fn rename(&self, from: &Path, to: &Path, existing: Existing) -> io::Result<()> {
        let (from, to) = (normal(from), normal(to));
        let mut state = self.change()?;
        if existing == Existing::Keep && state.names.contains_key(&to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = state.names.remove(&from).ok_or(io::ErrorKind::NotFound)?;
        inode.lock().changed_ns = state.clock_ns;
        state.names.insert(to, inode);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = self.change()?.names.remove(&normal(path));
        removed.map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let folder = normal(folder);
        let mut state = self.change()?;
        let is_inside = |path: &Path| path.parent() == Some(&folder);
        state.durable_names.retain(|path, _| !is_inside(path));
        let inside: Vec<_> = state.names.iter().filter(|(path, _)| is_inside(path)).collect();
        let inside: Vec<_> = inside.into_iter().map(|(path, inode)| (path.clone(), inode.clone())).collect();
        state.durable_names.extend(inside);
        Ok(())
    }

    fn user(&self) -> Option<u32> {
        Some(USER)
    }

    fn handle_limit(&self) -> Option<u64> {
        self.state().handle_limit
    }

    fn runs_inline(&self) -> bool {
        true
    }
}

/// An open file in memory.
#[derive(Debug)]
struct Handle {
    files: MemoryFiles,
    inode: Inode,
    id: u64,
    writable: bool,
}

impl fmt::Debug for Inode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inode").field(&self.lock().number).finish()
    }
}

impl Handle {
    /// The state and the content for a call that changes the file.
    fn change(&self) -> io::Result<MutexGuard<'_, State>> {
        if !self.writable {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.files.change()
    }

    fn resize(&self, len: u64, reserve: bool) -> io::Result<()> {
        let state = self.change()?;
        let (used, now) = {
            let content = self.inode.lock();
            (content.allocated.max(content.bytes.len() as u64), state.clock_ns)
        };
        let reserve = reserve && !state.cannot_allocate;
        if reserve && !state.has_room_for(len.saturating_sub(used)) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut content = self.inode.lock();
        content.bytes.resize(usize::try_from(len).map_err(|_| io::ErrorKind::StorageFull)?, 0);
        content.allocated = if reserve { len } else { 0 };
        (content.modified_ns, content.changed_ns) = (now, now);
        Ok(())
    }
}

impl FileHandle for Handle {
    fn metadata(&self) -> io::Result<Metadata> {
        let _alive = self.files.alive()?;
        Ok(self.inode.lock().metadata())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let _alive = self.files.alive()?;
        let content = self.inode.lock();
        let rest = usize::try_from(offset).ok().and_then(|offset| content.bytes.get(offset..)).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        Ok(len)
    }

    fn read_cached_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let state = self.change()?;
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::StorageFull)?;
        let end = start.checked_add(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        let used = {
            let content = self.inode.lock();
            content.allocated.max(content.bytes.len() as u64)
        };
        // A sparse file takes room as it is written.
        let more = (end as u64).saturating_sub(used);
        if !state.has_room_for(more) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut content = self.inode.lock();
        if content.bytes.len() < end {
            content.bytes.resize(end, 0);
        }
        if let Some(place) = content.bytes.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
        (content.modified_ns, content.changed_ns) = (state.clock_ns, state.clock_ns);
        Ok(bytes.len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.resize(len, false)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.resize(len, true)
    }

    fn sync_data(&self) -> io::Result<()> {
        let _state = self.files.change()?;
        let mut content = self.inode.lock();
        content.durable = content.bytes.clone();
        Ok(())
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        let state = self.change()?;
        let mut content = self.inode.lock();
        (content.mode, content.changed_ns) = (mode, state.clock_ns);
        Ok(())
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        let _alive = self.files.alive()?;
        let mut content = self.inode.lock();
        let free =
            content.locked.iter().all(|(id, held)| *id == self.id || (*held, lock) == (Lock::Shared, Lock::Shared));
        if free {
            content.locked.insert(self.id, lock);
        }
        Ok(free)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.inode.lock().locked.remove(&self.id);
        self.files.state().handles -= 1;
    }
}

/// The path without `.` and `..`, from the root.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => normal.push(name),
            Component::ParentDir => drop(normal.pop()),
            _ => {}
        }
    }
    normal
}

fn dead() -> io::Error {
    io::Error::other("the process was killed")
}

const USER: u32 = 1000;

#[cfg(test)]
mod tests;
