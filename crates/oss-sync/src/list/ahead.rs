//! Pages that were listed ahead of the caller: a few in memory, the rest in a file without a name.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::record::EntryRecord;
use crate::{Cause, Item, PathRange, Unknown};

/// So many pages wait in memory; one has up to 1,000 entries, of some 150 bytes each.
const IN_MEMORY: usize = 24;

/// A page that waits.
#[derive(Debug)]
pub(super) enum Waiting {
    Memory(Vec<Item>),
    /// Where it is in the file.
    Disk {
        at: u64,
        len: usize,
    },
}

/// Where pages wait.
#[derive(Debug)]
pub(super) struct Ahead {
    folder: Option<PathBuf>,
    file: Option<File>,
    end: u64,
    in_memory: usize,
    on_disk: usize,
}

impl Ahead {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, file: None, end: 0, in_memory: 0, on_disk: 0 }
    }

    /// Keeps a page; one that is taken next always stays in memory.
    pub(super) fn put(&mut self, page: Vec<Item>, is_next: bool) -> io::Result<Waiting> {
        if is_next || self.in_memory < IN_MEMORY {
            self.in_memory += 1;
            return Ok(Waiting::Memory(page));
        }
        let bytes = serde_json::to_vec(&page.into_iter().map(Record::of).collect::<Vec<_>>())?;
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(match &self.folder {
                Some(folder) => tempfile::tempfile_in(folder)?,
                None => tempfile::tempfile()?,
            }),
        };
        let at = self.end;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&bytes)?;
        self.end += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.on_disk += 1;
        Ok(Waiting::Disk { at, len: bytes.len() })
    }

    pub(super) fn take(&mut self, waiting: Waiting) -> io::Result<Vec<Item>> {
        let (at, len) = match waiting {
            Waiting::Memory(page) => {
                self.in_memory -= 1;
                return Ok(page);
            }
            Waiting::Disk { at, len } => (at, len),
        };
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        let mut bytes = vec![0; len];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut bytes)?;
        self.on_disk -= 1;
        if self.on_disk == 0 {
            // The room is used again from its beginning.
            self.end = 0;
        }
        serde_json::from_slice::<Vec<Record>>(&bytes)?.into_iter().map(Record::item).collect()
    }
}

/// An item of a list as it is written; what is unknown there is a path alone.
#[derive(Debug, Deserialize, Serialize)]
enum Record {
    Entry(EntryRecord),
    LeftOut(String),
    Unsupported(String, String),
}

impl Record {
    fn of(item: Item) -> Self {
        match item {
            Item::Entry(entry) => Self::Entry(EntryRecord::from(&entry)),
            Item::Unknown(Unknown { paths, cause: Cause::LeftOut, .. }) => Self::LeftOut(paths.first().to_owned()),
            Item::Unknown(Unknown { paths, reason, .. }) => Self::Unsupported(paths.first().to_owned(), reason),
        }
    }

    fn item(self) -> io::Result<Item> {
        Ok(match self {
            Self::Entry(record) => Item::Entry(record.entry()?),
            Self::LeftOut(path) => Item::Unknown(Unknown::left_out(path)),
            Self::Unsupported(path, reason) => Item::Unknown(Unknown::unsupported(PathRange::one(path), reason)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entry;

    #[test]
    fn pages_come_back_as_they_were_from_memory_and_from_disk() {
        let page = |number: usize| {
            vec![
                Item::Entry(Entry::new(format!("{number:03}"), 7)),
                Item::Unknown(Unknown::left_out(format!("{number:03}x"))),
                Item::Unknown(Unknown::unsupported(PathRange::one(format!("{number:03}y/")), "a slash")),
            ]
        };
        let mut ahead = Ahead::new(None);
        for _ in 0..2 {
            let waiting: Vec<_> = (0..IN_MEMORY + 10).map(|number| ahead.put(page(number), false).unwrap()).collect();
            assert_eq!(ahead.on_disk, 10);
            assert!(matches!(ahead.put(page(0), true).unwrap(), Waiting::Memory(_)));
            ahead.in_memory -= 1;
            for (number, waiting) in waiting.into_iter().enumerate() {
                assert_eq!(ahead.take(waiting).unwrap(), page(number));
            }
            assert_eq!((ahead.on_disk, ahead.in_memory, ahead.end), (0, 0, 0));
        }
    }
}
