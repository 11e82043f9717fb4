use std::fs::File;
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::sync::LazyLock;

use bytes::Bytes;
use oss_transfer::files::{FileHandle, FileKind, FileSystem, Links, Metadata, OpenFile, OpenMode, SystemFiles};

use super::pool::BlockPool;
use super::{Freshness, RandomAccess, SourceError};
use crate::checkpoint::{SourceStamp, StampChange};

/// What a file may do while it is uploaded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum GrowthRule {
    /// Nothing.
    #[default]
    Unchanged,
    /// Grow at its end: what it had when it was opened is uploaded.
    MayGrow,
}

/// What becomes of a path that is a symbolic link.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum LinkRule {
    /// It is followed, once, when the file is opened.
    #[default]
    Follow,
    /// It is an error.
    Refuse,
}

impl From<LinkRule> for Links {
    fn from(rule: LinkRule) -> Self {
        match rule {
            LinkRule::Follow => Self::Follow,
            LinkRule::Refuse => Self::Refuse,
        }
    }
}

/// What holds for a file that is named by a path.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct FileRules {
    pub(crate) growth: GrowthRule,
    pub(crate) links: LinkRule,
}

impl FileRules {
    /// As the options say.
    pub(crate) fn of(settings: &crate::Settings) -> Self {
        Self {
            growth: if settings.allow_growth { GrowthRule::MayGrow } else { GrowthRule::Unchanged },
            links: if settings.follow_links { LinkRule::Follow } else { LinkRule::Refuse },
        }
    }
}

impl From<GrowthRule> for FileRules {
    fn from(growth: GrowthRule) -> Self {
        Self { growth, links: LinkRule::default() }
    }
}

/// A regular file that is read by position, from where it stood when it was handed over to its end at that time.
#[derive(Debug)]
pub(crate) struct FileSource {
    file: Arc<dyn FileHandle>,
    path: Option<PathBuf>,
    base: u64,
    stamp: SourceStamp,
    growth: GrowthRule,
    /// Whether the file system can tell what it has in memory.
    cached_reads: bool,
    /// Whether the system may forget what was read.
    read_once: bool,
    /// Whether calls never wait for a device.
    runs_inline: bool,
    blocks: BlockPool,
    /// Counts it among the files that are open.
    _counted: Option<OpenFile>,
}

impl FileSource {
    /// Opens a file by its path. The handle is examined, never the path again, so that nothing can be swapped in between.
    /// Blocks.
    pub(crate) fn open(
        files: &dyn FileSystem,
        path: PathBuf,
        rules: impl Into<FileRules>,
    ) -> Result<Self, SourceError> {
        let FileRules { growth, links } = rules.into();
        let failed = |source| SourceError::Open { path: path.clone(), source };
        let is_link = || files.metadata(&path, Links::Refuse).is_ok_and(|metadata| metadata.kind == FileKind::Symlink);
        let file = match files.open(&path, OpenMode::READ.links(links.into())) {
            // The system's word for it is a loop of links, which would puzzle a caller who has only one.
            Err(_) if links == LinkRule::Refuse && is_link() => {
                return Err(SourceError::NotAFile { path, kind: FileKind::Symlink.as_str() });
            }
            opened => opened.map_err(failed)?,
        };
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(SourceError::NotAFile { path, kind: metadata.kind.as_str() });
        }
        let cached_reads = has_cached_reads(file.as_ref(), 0);
        let source = Self::new(file, Some(path), 0, &metadata, growth, cached_reads);
        source.check_emptiness()?;
        Ok(Self { runs_inline: files.runs_inline(), ..source })
    }

    /// Opens a file as [`FileSource::open`] does if that needs no waiting for a disk or a network; `None` if it does, or
    /// it is unknown, or anything is wrong with the file.
    pub(crate) fn open_cached(files: &dyn FileSystem, path: &Path, rules: impl Into<FileRules>) -> Option<Self> {
        let FileRules { growth, links } = rules.into();
        let opened = files.open_cached(path, links.into()).ok();
        let file = opened.filter(|file| has_cached_reads(file.as_ref(), 0))?;
        let metadata = file.metadata().ok().filter(|metadata| metadata.is_file() && metadata.len > 0)?;
        let source = Self::new(file, Some(path.to_owned()), 0, &metadata, growth, true);
        Some(Self { runs_inline: files.runs_inline(), ..source })
    }

    /// Takes an open file from its current position; gives it back if it cannot be read by position.
    pub(crate) fn from_file(mut file: File, growth: GrowthRule) -> Result<Self, File> {
        let Some(metadata) = file.metadata().ok().filter(std::fs::Metadata::is_file) else { return Err(file) };
        let (Ok(base), Ok(second)) = (file.stream_position(), file.try_clone()) else { return Err(file) };
        let handle = SystemFiles::adopt(second);
        let cached_reads = has_cached_reads(handle.as_ref(), base);
        let source = Self::new(handle, None, base, &Metadata::from(&metadata), growth, cached_reads);
        // A file that does not know its length (as under /proc) can still be read to its end; the reader of one that cannot
        // be read will say why.
        if source.check_emptiness().is_ok() { Ok(source) } else { Err(file) }
    }

    fn new(
        file: Arc<dyn FileHandle>,
        path: Option<PathBuf>,
        base: u64,
        metadata: &Metadata,
        growth: GrowthRule,
        cached_reads: bool,
    ) -> Self {
        let stamp = SourceStamp::from(metadata);
        let longest = usize::try_from(stamp.len.saturating_sub(base)).unwrap_or(usize::MAX);
        let blocks = BlockPool::new(longest.min(BLOCK));
        let read_once = total_memory().is_some_and(|memory| stamp.len > memory / 2);
        let runs_inline = false;
        Self { file, path, base, stamp, growth, cached_reads, read_once, runs_inline, blocks, _counted: None }
    }

    /// The same, counted among the files that are open.
    pub(crate) fn counted(self, counted: OpenFile) -> Self {
        Self { _counted: Some(counted), ..self }
    }

    /// As on a system that cannot tell what it has in memory.
    #[cfg(test)]
    pub(super) fn without_cached_reads(self) -> Self {
        Self { cached_reads: false, ..self }
    }

    /// As if it were too large to be kept in memory.
    #[cfg(test)]
    pub(super) fn too_large_to_keep(self) -> Self {
        Self { read_once: true, ..self }
    }

    pub(crate) fn len(&self) -> u64 {
        self.stamp.len.saturating_sub(self.base)
    }

    /// Whether calls never wait for a device, so that they can be made anywhere.
    pub(crate) fn runs_inline(&self) -> bool {
        self.runs_inline
    }

    /// What the file was when it was opened.
    pub(crate) fn stamp(&self) -> SourceStamp {
        self.stamp
    }

    /// Compares the file with what it was when it was opened. Blocks.
    pub(crate) fn check(&self) -> Result<Freshness, SourceError> {
        let metadata = self.file.metadata().map_err(|source| self.read_error(0, source))?;
        let now = SourceStamp::from(&metadata);
        if self.growth == GrowthRule::MayGrow && now.len >= self.stamp.len {
            return Ok(Freshness::Same);
        }
        match self.stamp.compare(&now) {
            StampChange::Same => Ok(Freshness::Same),
            StampChange::AttributesOnly => Ok(Freshness::Doubtful),
            StampChange::Different => Err(self.changed(describe(&self.stamp, &now))),
        }
    }

    /// The file turned out to have other bytes than before.
    pub(crate) fn changed(&self, change: impl Into<String>) -> SourceError {
        SourceError::Changed { path: self.path.clone(), change: change.into() }
    }

    /// Whether [`FileSource::read_cached`] may find something. True of local file systems under Linux, which have the
    /// attributes of an open file in memory.
    pub(crate) fn reads_without_waiting(&self) -> bool {
        self.cached_reads
    }

    /// Reads the start of the range `offset..end` as far as it is in the system's memory, at most [`BLOCK`] bytes; `None`
    /// if it is not, or that is unknown. Never waits for a disk.
    pub(crate) fn read_cached(&self, offset: u64, end: u64) -> Result<Option<Bytes>, SourceError> {
        if !self.cached_reads {
            return Ok(None);
        }
        let mut block = self.blocks.take(block_len(offset, end));
        match self.file.read_cached_at(&mut block, self.base.saturating_add(offset)) {
            Ok(0) => Err(self.cut(offset)),
            Ok(n) => Ok(Some(block.freeze(n))),
            // What is wrong with the file, if anything, an ordinary read will tell.
            Err(_) => Ok(None),
        }
    }

    /// Reads the next block of the range `offset..end`: at most [`BLOCK`] bytes, and all of them. Blocks.
    pub(crate) fn read_block(&self, offset: u64, end: u64) -> Result<Bytes, SourceError> {
        let mut block = self.blocks.take(block_len(offset, end));
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let position = self.base.saturating_add(offset).saturating_add(filled as u64);
            match self.file.read_at(rest, position) {
                Ok(0) => return Err(self.cut(offset.saturating_add(filled as u64))),
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_error(offset, error)),
            }
        }
        Ok(block.freeze(filled))
    }

    /// Whether [`FileSource::let_go`] does anything: true of a file that takes more than half of the machine's memory. The
    /// system would keep what was read of it last, and for that forget what other programs still need.
    pub(crate) fn is_read_once(&self) -> bool {
        self.read_once
    }

    /// Lets the system forget the range `offset..end`, which was read; it can be read again. Blocks.
    pub(crate) fn let_go(&self, offset: u64, end: u64) {
        if self.read_once {
            self.file.forget(self.base.saturating_add(offset), end.saturating_sub(offset));
        }
    }

    fn cut(&self, found: u64) -> SourceError {
        self.changed(format!("{} bytes were there, now it ends after {found}", self.len()))
    }

    fn read_error(&self, offset: u64, source: io::Error) -> SourceError {
        SourceError::Read { path: self.path.clone(), offset, source }
    }

    /// Reads where nothing is to be read. Files that are made up as they are read say that they are empty, and one that
    /// cannot be read must not pass for an empty one.
    fn check_emptiness(&self) -> Result<(), SourceError> {
        while self.len() == 0 {
            match self.file.read_at(&mut [0], self.base) {
                Ok(1..) if self.stamp.len == 0 => {
                    return Err(SourceError::SizeMismatch { declared: 0, found: 1 });
                }
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_error(0, error)),
            }
        }
        Ok(())
    }
}

impl From<FileSource> for RandomAccess {
    fn from(file: FileSource) -> Self {
        Self::File(Arc::new(file))
    }
}

fn describe(before: &SourceStamp, now: &SourceStamp) -> String {
    if before.len != now.len {
        format!("its length was {} bytes and is {}", before.len, now.len)
    } else {
        "it was written to".to_owned()
    }
}

/// Bytes of memory that the machine has, where it can be told to let go of some.
#[cfg(target_os = "linux")]
#[allow(clippy::useless_conversion, reason = "the count has 32 bits on some processors")]
fn total_memory() -> Option<u64> {
    /// It is asked for once: the question takes longer than a look at a file.
    static TOTAL: LazyLock<Option<u64>> = LazyLock::new(|| {
        let info = rustix::system::sysinfo();
        u64::from(info.totalram).checked_mul(info.mem_unit.into())
    });
    *TOTAL
}

#[cfg(not(target_os = "linux"))]
fn total_memory() -> Option<u64> {
    None
}

/// Whether the file system can tell what it has in memory.
fn has_cached_reads(file: &dyn FileHandle, offset: u64) -> bool {
    match file.read_cached_at(&mut [0], offset) {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}

fn block_len(offset: u64, end: u64) -> usize {
    usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX).min(BLOCK)
}

/// Bytes that are read from a file at a time. Small enough for a block to be still in the processor's cache when it is
/// summed up and written to the network.
pub(crate) const BLOCK: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, SeekFrom, Write};

    fn temporary(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    /// Rows: W4, R9.
    #[test]
    fn an_open_file_is_read_from_where_it_stands() {
        let mut file = temporary(b"0123456789").reopen().unwrap();
        file.seek(SeekFrom::Start(4)).unwrap();
        let source = FileSource::from_file(file, GrowthRule::Unchanged).unwrap();
        assert_eq!(source.len(), 6);
        assert_eq!(source.read_block(1, 6).unwrap(), "56789");
    }

    #[test]
    fn a_position_past_the_end_leaves_nothing() {
        let mut file = temporary(b"0123").reopen().unwrap();
        file.seek(SeekFrom::Start(400)).unwrap();
        assert_eq!(FileSource::from_file(file, GrowthRule::Unchanged).unwrap().len(), 0);
    }

    /// Rows: W30, R2.
    #[test]
    fn a_file_that_was_cut_is_noticed_by_the_first_short_read() {
        let file = temporary(&[7; 1000]);
        let source = FileSource::open(&SystemFiles::default(), file.path().to_owned(), GrowthRule::Unchanged).unwrap();
        file.as_file().set_len(600).unwrap();
        let error = source.read_block(500, 1000).unwrap_err();
        assert!(matches!(&error, SourceError::Changed { change, .. } if change.contains("600")), "{error}");
    }

    /// Rows: W26, W29, R1, R3.
    #[test]
    fn growing_is_a_change_unless_it_is_allowed() {
        for (rule, allowed) in [(GrowthRule::Unchanged, false), (GrowthRule::MayGrow, true)] {
            let mut file = temporary(b"abc");
            let source = FileSource::open(&SystemFiles::default(), file.path().to_owned(), rule).unwrap();
            assert_eq!(source.check().unwrap(), Freshness::Same);
            file.write_all(b"d").unwrap();
            assert_eq!(source.check().is_ok(), allowed, "{rule:?}");
            assert_eq!(source.len(), 3, "never more than what was announced");
        }
    }

    /// Rows: R4.
    #[cfg(unix)]
    #[test]
    fn a_path_that_is_replaced_does_not_replace_the_open_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "old").unwrap();
        let source = FileSource::open(&SystemFiles::default(), path.clone(), GrowthRule::Unchanged).unwrap();
        std::fs::write(folder.path().join("b"), "new").unwrap();
        std::fs::rename(folder.path().join("b"), &path).unwrap();
        assert_eq!(source.read_block(0, 3).unwrap(), "old");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn opening_without_waiting_gives_the_same_file_or_nothing() {
        let file = temporary(b"abc");
        // Old kernels and some sandboxes have no such way.
        if let Some(source) = FileSource::open_cached(&SystemFiles::default(), file.path(), GrowthRule::Unchanged) {
            assert_eq!(source.read_block(0, 3).unwrap(), "abc");
            assert_eq!(
                source.stamp(),
                FileSource::open(&SystemFiles::default(), file.path().to_owned(), GrowthRule::Unchanged)
                    .unwrap()
                    .stamp()
            );
        }
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
        for path in [folder.path(), &fifo, Path::new("/dev/zero"), Path::new("/proc/self/status"), &fifo.join("none")] {
            assert!(
                FileSource::open_cached(&SystemFiles::default(), path, GrowthRule::Unchanged).is_none(),
                "{}",
                path.display()
            );
        }
    }

    /// Rows: R5.
    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_once_or_refused_whatever_it_becomes_later() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let [old, new, link] = ["old", "new", "link"].map(|name| folder.path().join(name));
        std::fs::write(&old, "old").unwrap();
        std::fs::write(&new, "new").unwrap();
        symlink(&old, &link).unwrap();

        let refuse = FileRules { links: LinkRule::Refuse, ..FileRules::default() };
        assert!(FileSource::open_cached(&SystemFiles::default(), &link, refuse).is_none());
        let error = FileSource::open(&SystemFiles::default(), link.clone(), refuse).unwrap_err();
        assert!(matches!(&error, SourceError::NotAFile { kind: "a symbolic link", .. }), "{error}");
        assert!(FileSource::open(&SystemFiles::default(), old.clone(), refuse).is_ok());

        let followed = [
            FileSource::open_cached(&SystemFiles::default(), &link, FileRules::default()),
            FileSource::open(&SystemFiles::default(), link.clone(), FileRules::default()).ok(),
        ];
        std::fs::remove_file(&link).unwrap();
        symlink(&new, &link).unwrap();
        for source in followed.into_iter().flatten() {
            assert_eq!(source.read_block(0, 3).unwrap(), "old");
            assert_eq!(source.check().unwrap(), Freshness::Same);
            assert_eq!(
                source.stamp(),
                FileSource::open(&SystemFiles::default(), old.clone(), refuse).unwrap().stamp(),
                "of the file, not the link"
            );
        }
    }

    /// Rows: W25, R6.
    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_taken_and_a_fifo_does_not_block() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
        let cases =
            [(folder.path().to_owned(), "a directory"), (fifo, "a FIFO"), (PathBuf::from("/dev/zero"), "a device")];
        for (path, expected) in cases {
            let error = FileSource::open(&SystemFiles::default(), path, GrowthRule::Unchanged).unwrap_err();
            assert!(matches!(error, SourceError::NotAFile { kind, .. } if kind == expected), "{error}");
        }
    }

    /// Rows: R6.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_hides_its_length_is_refused_by_path_and_streamed_by_handle() {
        let path = PathBuf::from("/proc/self/status");
        let error = FileSource::open(&SystemFiles::default(), path.clone(), GrowthRule::Unchanged).unwrap_err();
        assert!(matches!(error, SourceError::SizeMismatch { declared: 0, .. }), "{error}");
        let mut file = FileSource::from_file(File::open(path).unwrap(), GrowthRule::Unchanged).unwrap_err();
        let mut rest = String::new();
        file.read_to_string(&mut rest).unwrap();
        assert!(!rest.is_empty());
    }
}
