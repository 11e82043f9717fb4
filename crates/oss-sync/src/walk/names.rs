use std::fs::{self, DirEntry, ReadDir};
use std::io;
use std::path::Path;

use super::runs::{Runs, RunsOnDisk};

/// What a name stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    File,
    Folder,
    /// A symbolic link that is not followed.
    Link,
    /// A device, a socket, a FIFO.
    Special,
    /// The name, shown as far as it is text, is that of nothing that could have a key.
    NotUnicode {
        is_folder: bool,
    },
    /// A link to nothing, or what cannot be asked what it is.
    Unreadable,
}

/// The names in one folder in the order of keys. Those of folders end in `/`, since so do they in a key. Those of a very wide
/// folder are sorted piece by piece, and wait on disk.
#[derive(Debug)]
pub(super) enum Names {
    Memory(Block),
    Disk(RunsOnDisk),
}

/// Names in memory.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// All names, one after the other.
    text: String,
    /// Where each ends, and what it stands for; those that come last are first, once they are sorted.
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    begin: u32,
    len: u16,
    kind: Kind,
}

/// So many names, or bytes of them, are sorted in memory at once.
const MOST_NAMES: usize = 100_000;
const MOST_BYTES: usize = 4 << 20;

impl Names {
    /// Reads the names of a folder; those beyond the first 100,000 go to a file in `temporary`.
    pub(super) fn read(entries: ReadDir, follow_links: bool, temporary: Option<&Path>) -> io::Result<Self> {
        Self::sort(entries.map(|entry| named(&entry?, follow_links)), temporary, MOST_NAMES)
    }

    /// Sorts names, `most` at once.
    pub(super) fn sort(
        names: impl Iterator<Item = io::Result<(String, Kind)>>,
        temporary: Option<&Path>,
        most: usize,
    ) -> io::Result<Self> {
        let (mut block, mut runs) = (Block::default(), None);
        for name in names {
            let (name, kind) = name?;
            block.add(&name, kind)?;
            if block.places.len() >= most || block.text.len() >= MOST_BYTES {
                let runs = match &mut runs {
                    Some(runs) => runs,
                    None => runs.insert(Runs::new(temporary)?),
                };
                block.sort();
                runs.write(&mut block)?;
            }
        }
        block.sort();
        match runs {
            None => Ok(Self::Memory(block)),
            Some(mut runs) => {
                runs.write(&mut block)?;
                runs.read().map(Self::Disk)
            }
        }
    }

    /// The next name in order; `None` after the last.
    pub(super) fn next(&mut self) -> io::Result<Option<(String, Kind)>> {
        match self {
            Self::Memory(block) => Ok(block.next()),
            Self::Disk(runs) => runs.next(),
        }
    }
}

/// A name, with `/` behind that of a folder.
fn named(entry: &DirEntry, follow_links: bool) -> io::Result<(String, Kind)> {
    let kind = kind(entry, follow_links);
    let (mut name, kind) = match entry.file_name().into_string() {
        Ok(name) => (name, kind),
        Err(name) => (name.to_string_lossy().into_owned(), Kind::NotUnicode { is_folder: kind == Kind::Folder }),
    };
    if matches!(kind, Kind::Folder | Kind::NotUnicode { is_folder: true }) {
        name.push('/');
    }
    Ok((name, kind))
}

impl Block {
    fn add(&mut self, name: &str, kind: Kind) -> io::Result<()> {
        let begin = self.text.len();
        self.text.push_str(name);
        let too_long = |_| io::Error::other("a name of more than 64 KiB");
        let (begin, len) = (u32::try_from(begin), u16::try_from(name.len()));
        self.places.push(Place { begin: begin.map_err(too_long)?, len: len.map_err(too_long)?, kind });
        Ok(())
    }

    fn sort(&mut self) {
        let text = &self.text;
        self.places.sort_unstable_by(|a, b| b.of(text).cmp(a.of(text)));
    }
}

/// Each name once, in order; the block is empty after the last, and keeps its room.
impl Iterator for Block {
    type Item = (String, Kind);

    fn next(&mut self) -> Option<Self::Item> {
        let Some(place) = self.places.pop() else {
            self.text.clear();
            return None;
        };
        Some((place.of(&self.text).to_owned(), place.kind))
    }
}

impl Place {
    fn of(self, text: &str) -> &str {
        let begin = usize::try_from(self.begin).unwrap_or(usize::MAX);
        text.get(begin..begin.saturating_add(usize::from(self.len))).unwrap_or_default()
    }
}

fn kind(entry: &DirEntry, follow_links: bool) -> Kind {
    let kind = match entry.file_type() {
        Ok(kind) if kind.is_symlink() && follow_links => {
            fs::metadata(entry.path()).map(|metadata| metadata.file_type())
        }
        kind => kind,
    };
    match kind {
        Ok(kind) if kind.is_file() => Kind::File,
        Ok(kind) if kind.is_dir() => Kind::Folder,
        Ok(kind) if kind.is_symlink() => Kind::Link,
        Ok(_) => Kind::Special,
        Err(_) => Kind::Unreadable,
    }
}
