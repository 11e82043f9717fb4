//! The bytes of objects and parts: files written once and renamed, or buffers in memory.
//!
//! No text from a client ever becomes part of a path: a file's name is a random number in hex.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};

use super::records::{BlobId, Segment};
use crate::error::{OssError, Outcome, code};

/// Where bytes go.
#[derive(Debug)]
enum Place {
    Memory(Mutex<HashMap<BlobId, Arc<[Bytes]>>>),
    Disk { root: PathBuf, sync: bool },
}

/// All stored bytes.
#[derive(Debug)]
pub(crate) struct Blobs {
    place: Place,
    used: AtomicU64,
    quota: Option<u64>,
    /// Blobs that responses still read from, with the number of readers.
    pinned: Mutex<Pins>,
}

#[derive(Debug, Default)]
struct Pins {
    readers: HashMap<BlobId, usize>,
    removed_when_unpinned: HashSet<BlobId>,
}

impl Blobs {
    pub(crate) fn in_memory(quota: Option<u64>) -> Self {
        Self::new(Place::Memory(Mutex::default()), quota)
    }

    /// Opens or creates the folders below `root`.
    pub(crate) fn on_disk(root: &Path, sync: bool, quota: Option<u64>) -> io::Result<Self> {
        fs::create_dir_all(root.join(UNFINISHED))?;
        fs::create_dir_all(root.join(FINISHED))?;
        Ok(Self::new(Place::Disk { root: root.to_owned(), sync }, quota))
    }

    fn new(place: Place, quota: Option<u64>) -> Self {
        Self { place, used: AtomicU64::new(0), quota, pinned: Mutex::default() }
    }

    pub(crate) fn is_on_disk(&self) -> bool {
        matches!(self.place, Place::Disk { .. })
    }

    /// Removes every file that no record knows: what a crash left of uploads that were never acknowledged.
    pub(crate) fn sweep(&self, known: &HashSet<BlobId>) -> io::Result<()> {
        let Place::Disk { root, .. } = &self.place else { return Ok(()) };
        for entry in fs::read_dir(root.join(UNFINISHED))? {
            fs::remove_file(entry?.path())?;
        }
        for entry in fs::read_dir(root.join(FINISHED))? {
            let entry = entry?;
            let id = entry.file_name().to_str().and_then(|name| u64::from_str_radix(name, 16).ok()).map(BlobId);
            if id.is_some_and(|id| known.contains(&id)) {
                self.used.fetch_add(entry.metadata()?.len(), Ordering::Relaxed);
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Begins a new blob. Nothing is visible before [`BlobWriter::finish`], and nothing stays if that is not called.
    pub(crate) fn create(self: &Arc<Self>) -> Outcome<BlobWriter> {
        let (id, sink) = match &self.place {
            Place::Memory(blobs) => {
                let mut id = BlobId(fastrand::u64(..));
                while lock(blobs).contains_key(&id) {
                    id = BlobId(fastrand::u64(..));
                }
                (id, Sink::Memory(Vec::new()))
            }
            Place::Disk { root, .. } => loop {
                let id = BlobId(fastrand::u64(..));
                if finished(root, id).exists() {
                    continue;
                }
                match OpenOptions::new().write(true).create_new(true).open(unfinished(root, id)) {
                    Ok(file) => break (id, Sink::Disk(file)),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(error.into()),
                }
            },
        };
        Ok(BlobWriter { blobs: Arc::clone(self), id, len: 0, sink, done: false })
    }

    /// Removes a blob now, or when its last reader is done.
    pub(crate) fn remove(&self, id: BlobId) {
        let mut pins = lock(&self.pinned);
        if pins.readers.contains_key(&id) {
            pins.removed_when_unpinned.insert(id);
            return;
        }
        drop(pins);
        self.remove_now(id);
    }

    fn remove_now(&self, id: BlobId) {
        let len = match &self.place {
            Place::Memory(blobs) => lock(blobs).remove(&id).map_or(0, |pieces| total(&pieces)),
            Place::Disk { root, .. } => {
                let path = finished(root, id);
                let len = fs::metadata(&path).map_or(0, |meta| meta.len());
                if let Err(error) = fs::remove_file(&path) {
                    tracing::warn!(%error, "could not remove a blob; the next start will");
                }
                len
            }
        };
        self.used.fetch_sub(len, Ordering::Relaxed);
    }

    /// Keeps the blobs of these segments readable until the pin is dropped. To be called within [`super::Store::read_pinned`].
    pub(crate) fn pin(self: &Arc<Self>, segments: &[Segment]) -> Pin {
        let ids: Vec<BlobId> = segments.iter().map(|segment| segment.blob).collect();
        let mut pins = lock(&self.pinned);
        for id in &ids {
            *pins.readers.entry(*id).or_default() += 1;
        }
        Pin { blobs: Arc::clone(self), ids }
    }

    /// Reads these segments, which must be pinned or not be part of any object yet.
    pub(crate) fn reader(self: &Arc<Self>, segments: Vec<Segment>) -> SegmentReader {
        SegmentReader { pin: self.pin(&segments), segments, next: 0, done: 0, open: None }
    }

    /// Opens a blob at an offset.
    fn open(&self, id: BlobId, offset: u64) -> io::Result<Open> {
        match &self.place {
            Place::Memory(blobs) => {
                let pieces = lock(blobs).get(&id).cloned().ok_or(io::ErrorKind::NotFound)?;
                let mut offset = usize::try_from(offset).map_err(io::Error::other)?;
                let mut piece = 0;
                while let Some(passed) = pieces.get(piece).map(Bytes::len).filter(|len| *len <= offset) {
                    offset -= passed;
                    piece += 1;
                }
                Ok(Open::Memory { pieces, piece, offset })
            }
            Place::Disk { root, .. } => {
                let mut file = File::open(finished(root, id))?;
                file.seek(SeekFrom::Start(offset))?;
                Ok(Open::Disk(file))
            }
        }
    }

    /// Path of a blob's file; `None` in memory.
    pub(crate) fn path(&self, id: BlobId) -> Option<PathBuf> {
        match &self.place {
            Place::Memory(_) => None,
            Place::Disk { root, .. } => Some(finished(root, id)),
        }
    }
}

fn total(pieces: &[Bytes]) -> u64 {
    pieces.iter().map(|piece| piece.len() as u64).sum()
}

const UNFINISHED: &str = "unfinished";
const FINISHED: &str = "blobs";

fn unfinished(root: &Path, id: BlobId) -> PathBuf {
    root.join(UNFINISHED).join(format!("{:016x}", id.0))
}

fn finished(root: &Path, id: BlobId) -> PathBuf {
    root.join(FINISHED).join(format!("{:016x}", id.0))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
enum Sink {
    Memory(Vec<Bytes>),
    Disk(File),
}

/// A blob being written.
#[derive(Debug)]
pub(crate) struct BlobWriter {
    blobs: Arc<Blobs>,
    id: BlobId,
    len: u64,
    sink: Sink,
    done: bool,
}

impl BlobWriter {
    pub(crate) fn write(&mut self, piece: &Bytes) -> Outcome<()> {
        let len = piece.len() as u64;
        let used = self.blobs.used.fetch_add(len, Ordering::Relaxed) + len;
        self.len += len;
        if self.blobs.quota.is_some_and(|quota| used > quota) {
            return Err(code::QUOTA_EXCEEDED.into());
        }
        match &mut self.sink {
            // A piece is a window on a network buffer; holding it would hold the whole buffer.
            Sink::Memory(pieces) => pieces.push(Bytes::copy_from_slice(piece)),
            Sink::Disk(file) => file.write_all(piece)?,
        }
        Ok(())
    }

    /// Makes the blob durable and gives the segment that covers it. An empty blob is no segment at all.
    pub(crate) fn finish(mut self) -> Outcome<Option<Segment>> {
        if self.len == 0 {
            return Ok(None);
        }
        match (&mut self.sink, &self.blobs.place) {
            (Sink::Memory(pieces), Place::Memory(blobs)) => {
                lock(blobs).insert(self.id, std::mem::take(pieces).into());
            }
            (Sink::Disk(file), Place::Disk { root, sync }) => {
                if *sync {
                    file.sync_data()?;
                }
                fs::rename(unfinished(root, self.id), finished(root, self.id))?;
                if *sync {
                    File::open(root.join(FINISHED))?.sync_all()?;
                }
            }
            _ => return Err(OssError::internal("a blob changed its place")),
        }
        self.done = true;
        Ok(Some(Segment { blob: self.id, offset: 0, len: self.len }))
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        self.blobs.used.fetch_sub(self.len, Ordering::Relaxed);
        if let Place::Disk { root, .. } = &self.blobs.place {
            // Whatever cannot be removed now is swept at the next start.
            let _ = fs::remove_file(unfinished(root, self.id));
        }
    }
}

/// Reads the bytes of a list of segments in order, one bounded piece after another.
#[derive(Debug)]
pub(crate) struct SegmentReader {
    pin: Pin,
    segments: Vec<Segment>,
    next: usize,
    done: u64,
    open: Option<Open>,
}

/// The blob of the current segment, at the next byte to read.
#[derive(Debug)]
enum Open {
    Memory { pieces: Arc<[Bytes]>, piece: usize, offset: usize },
    Disk(File),
}

/// Bytes read from a file at a time.
const PIECE: usize = 256 * 1024;

impl SegmentReader {
    /// The next piece, `None` at the end. Blocks when the bytes are on disk.
    pub(crate) fn read(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            let Some(segment) = self.segments.get(self.next).copied() else { return Ok(None) };
            let left = segment.len - self.done;
            if left == 0 {
                self.next += 1;
                self.done = 0;
                self.open = None;
                continue;
            }
            let open = match &mut self.open {
                Some(open) => open,
                None => self.open.insert(self.pin.blobs.open(segment.blob, segment.offset)?),
            };
            let piece = open.read(usize::try_from(left).unwrap_or(usize::MAX))?;
            self.done += piece.len() as u64;
            return Ok(Some(piece));
        }
    }

    pub(crate) fn blocks(&self) -> bool {
        self.pin.blobs.is_on_disk()
    }
}

impl Open {
    /// The next bytes, at most `limit`.
    fn read(&mut self, limit: usize) -> io::Result<Bytes> {
        match self {
            Self::Memory { pieces, piece, offset } => {
                let whole = pieces.get(*piece).ok_or(io::ErrorKind::UnexpectedEof)?;
                let end = whole.len().min(offset.saturating_add(limit));
                let bytes = whole.slice(*offset..end);
                (*piece, *offset) = if end == whole.len() { (*piece + 1, 0) } else { (*piece, end) };
                Ok(bytes)
            }
            Self::Disk(file) => {
                let mut buffer = BytesMut::zeroed(limit.min(PIECE));
                file.read_exact(&mut buffer)?;
                Ok(buffer.freeze())
            }
        }
    }
}

/// Keeps blobs readable.
#[derive(Debug)]
pub(crate) struct Pin {
    blobs: Arc<Blobs>,
    ids: Vec<BlobId>,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut free = Vec::new();
        let mut pins = lock(&self.blobs.pinned);
        for id in &self.ids {
            if let Some(readers) = pins.readers.get_mut(id) {
                *readers -= 1;
                if *readers == 0 {
                    pins.readers.remove(id);
                    if pins.removed_when_unpinned.remove(id) {
                        free.push(*id);
                    }
                }
            }
        }
        drop(pins);
        for id in free {
            self.blobs.remove_now(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(mut reader: SegmentReader) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(piece) = reader.read().unwrap() {
            out.extend_from_slice(&piece);
        }
        out
    }

    fn both(check: impl Fn(Arc<Blobs>)) {
        check(Arc::new(Blobs::in_memory(None)));
        let dir = tempfile::tempdir().unwrap();
        check(Arc::new(Blobs::on_disk(dir.path(), false, None).unwrap()));
    }

    #[test]
    fn a_finished_blob_is_read_back_and_a_dropped_one_is_gone() {
        both(|blobs| {
            let mut writer = blobs.create().unwrap();
            writer.write(&Bytes::from_static(b"hello ")).unwrap();
            writer.write(&Bytes::from_static(b"world")).unwrap();
            let segment = writer.finish().unwrap().unwrap();
            assert_eq!(read_all(blobs.reader(vec![segment])), b"hello world");
            assert_eq!(read_all(blobs.reader(vec![Segment { offset: 4, len: 4, ..segment }])), b"o wo");
            let mut writer = blobs.create().unwrap();
            writer.write(&Bytes::from_static(b"x")).unwrap();
            drop(writer);
            assert_eq!(blobs.used.load(Ordering::Relaxed), 11);
        });
    }

    /// Were every read to begin at the first piece, this would take minutes.
    #[test]
    fn a_blob_of_many_pieces_is_read_in_linear_time() {
        const PIECES: usize = 150_000;
        let blobs = Arc::new(Blobs::in_memory(None));
        let mut writer = blobs.create().unwrap();
        for n in 0..PIECES {
            writer.write(&Bytes::from(vec![u8::try_from(n % 251).unwrap()])).unwrap();
        }
        let segment = writer.finish().unwrap().unwrap();
        let (began, mut content, mut reader) = (std::time::Instant::now(), Vec::new(), blobs.reader(vec![segment]));
        while let Some(piece) = reader.read().unwrap() {
            content.extend_from_slice(&piece);
            assert!(began.elapsed() < std::time::Duration::from_secs(30), "after {} bytes", content.len());
        }
        assert_eq!(content.len(), PIECES);
        assert!(content.iter().enumerate().all(|(n, byte)| usize::from(*byte) == n % 251));
        let middle = Segment { offset: 120_000, len: 3, ..segment };
        assert_eq!(read_all(blobs.reader(vec![middle])), content[120_000..120_003]);
    }

    #[test]
    fn a_blob_stays_until_its_last_reader_is_done() {
        both(|blobs| {
            let mut writer = blobs.create().unwrap();
            writer.write(&Bytes::from_static(b"abc")).unwrap();
            let segment = writer.finish().unwrap().unwrap();
            let reader = blobs.reader(vec![segment]);
            blobs.remove(segment.blob);
            assert_eq!(read_all(reader), b"abc");
            assert_eq!(blobs.used.load(Ordering::Relaxed), 0);
            assert!(blobs.reader(vec![segment]).read().is_err());
        });
    }

    #[test]
    fn the_quota_refuses_what_does_not_fit_and_gives_it_back() {
        let blobs = Arc::new(Blobs::in_memory(Some(4)));
        let mut writer = blobs.create().unwrap();
        assert_eq!(writer.write(&Bytes::from_static(b"12345")).unwrap_err().code, "QuotaExceeded");
        drop(writer);
        let mut writer = blobs.create().unwrap();
        assert!(writer.write(&Bytes::from_static(b"1234")).is_ok());
    }
}
