//! Names of a very wide folder: sorted pieces in a file without a name, merged as they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::names::{Block, Kind};

/// Runs that are written one after the other.
pub(super) struct Runs {
    file: BufWriter<File>,
    written: u64,
    /// Where each run begins and ends.
    runs: Vec<(u64, u64)>,
}

impl Runs {
    pub(super) fn new(folder: Option<&Path>) -> io::Result<Self> {
        let file = match folder {
            Some(folder) => tempfile::tempfile_in(folder)?,
            None => tempfile::tempfile()?,
        };
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), written: 0, runs: Vec::new() })
    }

    /// Writes what a sorted block has, and leaves it empty.
    pub(super) fn write(&mut self, block: &mut Block) -> io::Result<()> {
        let begin = self.written;
        for (name, kind) in block {
            let len = u16::try_from(name.len()).map_err(io::Error::other)?;
            self.file.write_all(&[code(kind)])?;
            self.file.write_all(&len.to_le_bytes())?;
            self.file.write_all(name.as_bytes())?;
            self.written += 3 + u64::from(len);
        }
        self.runs.push((begin, self.written));
        Ok(())
    }

    pub(super) fn read(self) -> io::Result<RunsOnDisk> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let runs = self.runs.into_iter().map(|(at, end)| Run { at, end, buffer: Vec::new(), used: 0 }).collect();
        let mut on_disk = RunsOnDisk { file, runs, next: BinaryHeap::new() };
        for run in 0..on_disk.runs.len() {
            on_disk.advance(run)?;
        }
        Ok(on_disk)
    }
}

/// Runs that are merged: of each, the next name and a part of the file are in memory.
#[derive(Debug)]
pub(super) struct RunsOnDisk {
    file: File,
    runs: Vec<Run>,
    next: BinaryHeap<Reverse<(String, u8, usize)>>,
}

#[derive(Debug)]
struct Run {
    /// What is not in the buffer yet.
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    used: usize,
}

/// Of each run so much is in memory, and of what is written.
const BUFFER: usize = 16 * 1024;

impl RunsOnDisk {
    /// The next name of all runs; `None` after the last.
    pub(super) fn next(&mut self) -> io::Result<Option<(String, Kind)>> {
        let Some(Reverse((name, code, run))) = self.next.pop() else { return Ok(None) };
        self.advance(run)?;
        Ok(Some((name, kind(code))))
    }

    fn advance(&mut self, index: usize) -> io::Result<()> {
        let Some(run) = self.runs.get_mut(index) else { return Ok(()) };
        if !run.fill(&mut self.file, 3)? {
            return Ok(());
        }
        let (code, len) = match run.ahead() {
            [code, low, high, ..] => (*code, u16::from_le_bytes([*low, *high])),
            _ => return Err(cut()),
        };
        let whole = 3 + usize::from(len);
        if !run.fill(&mut self.file, whole)? {
            return Err(cut());
        }
        let name = run.ahead().get(3..whole).and_then(|name| std::str::from_utf8(name).ok()).ok_or_else(cut)?;
        let name = name.to_owned();
        run.used += whole;
        self.next.push(Reverse((name, code, index)));
        Ok(())
    }
}

impl Run {
    fn ahead(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Reads on until so many bytes are there; `false` at the end of the run.
    fn fill(&mut self, file: &mut File, most: usize) -> io::Result<bool> {
        while self.ahead().len() < most {
            if self.at == self.end {
                return Ok(false);
            }
            self.buffer.drain(..self.used);
            self.used = 0;
            let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(BUFFER);
            let begin = self.buffer.len();
            self.buffer.resize(begin + left, 0);
            file.seek(SeekFrom::Start(self.at))?;
            file.read_exact(self.buffer.get_mut(begin..).unwrap_or_default())?;
            self.at += u64::try_from(left).unwrap_or(u64::MAX);
        }
        Ok(true)
    }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a temporary file of names was changed")
}

const KINDS: [Kind; 7] = [
    Kind::File,
    Kind::Folder,
    Kind::Link,
    Kind::Special,
    Kind::NotUnicode { is_folder: false },
    Kind::NotUnicode { is_folder: true },
    Kind::Unreadable,
];

fn code(kind: Kind) -> u8 {
    KINDS.iter().position(|other| *other == kind).and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// What cannot be told is not known.
fn kind(code: u8) -> Kind {
    KINDS.get(usize::from(code)).copied().unwrap_or(Kind::Unreadable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::names::Names;
    use super::*;

    proptest! {
        /// However few are sorted at once, and whatever they stand for.
        #[test]
        fn runs_come_as_one_sorted_list(
            names in proptest::collection::btree_map("[a-d/\u{e9}]{1,6}", 0_usize..7, 0..60), most in 1_usize..20, turn in any::<usize>(),
        ) {
            let sorted: Vec<_> = names.into_iter().map(|(name, code)| (name, KINDS[code])).collect();
            let mut given = sorted.clone();
            given.rotate_left(turn % sorted.len().max(1));
            let mut read = Names::sort(given.into_iter().map(Ok), None, most).unwrap();
            let mut found = Vec::new();
            while let Some(name) = read.next().unwrap() {
                found.push(name);
            }
            prop_assert_eq!(found, sorted);
        }
    }

    #[test]
    fn a_file_that_was_cut_is_an_error_and_not_an_end() {
        let names = || (0..100).map(|number| Ok((format!("{number:0100}"), Kind::File)));
        let Names::Disk(mut runs) = Names::sort(names(), None, 50).unwrap() else { panic!("in memory") };
        runs.file.set_len(1_000).unwrap();
        // A part of each run was read already.
        runs.runs.iter_mut().for_each(|run| run.at = run.at.min(run.end - 1));
        let outcome = (0..200).find_map(|_| match runs.next() {
            Ok(Some(_)) => None,
            Ok(None) => Some(false),
            Err(_) => Some(true),
        });
        assert_eq!(outcome, Some(true));
    }
}
