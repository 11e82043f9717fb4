//! A plan as a file: a line of JSON for what it is about, one for each transfer and deletion, and one for its end.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::record::EntryRecord;
use crate::{Entry, Sides, Transfer};

/// The version of the lines.
const VERSION: u8 = 1;

/// A line of a plan.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Plan { v: u8, source: String, destination: String },
    Transfer { source: EntryRecord, replaces: Option<EntryRecord> },
    Delete { entry: EntryRecord },
    End { transfers: u64, deletes: u64, source_entries: u64, destination_entries: u64, failed: u64 },
}

/// Why a plan cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The file could not be read or written.
    #[error("the plan {path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has a line that is none of a plan.
    #[error("the plan {path}, line {line}: {reason}", path = path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// It has no end: what wrote it was interrupted.
    #[error("the plan {path} has no end: it was not written to the last line, and nothing of it is carried out", path = path.display())]
    Incomplete {
        /// Which file.
        path: PathBuf,
    },
    /// It was made for other places.
    #[error("the plan {path} is from {source_name} to {destination_name}, and not for these places", path = path.display())]
    OtherPlaces {
        /// Which file.
        path: PathBuf,
        /// Its source.
        source_name: String,
        /// Its destination.
        destination_name: String,
    },
}

impl PlanError {
    /// Whether the plan could be read, and must not be carried out.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Incomplete { .. } | Self::OtherPlaces { .. })
    }
}

/// Writes a plan.
#[derive(Debug)]
pub(crate) struct PlanWriter {
    file: BufWriter<File>,
    path: PathBuf,
    transfers: u64,
    deletes: u64,
}

impl PlanWriter {
    pub(crate) fn create(path: &Path, source: String, destination: String) -> Result<Self, PlanError> {
        let file = File::create(path).map_err(|source| PlanError::Io { path: path.to_owned(), source })?;
        let mut plan = Self { file: BufWriter::new(file), path: path.to_owned(), transfers: 0, deletes: 0 };
        plan.write(&Line::Plan { v: VERSION, source, destination })?;
        Ok(plan)
    }

    pub(crate) fn transfer(&mut self, transfer: &Transfer) -> Result<(), PlanError> {
        self.transfers += 1;
        let replaces = transfer.replaces.as_ref().map(EntryRecord::from);
        self.write(&Line::Transfer { source: EntryRecord::from(&transfer.source), replaces })
    }

    pub(crate) fn delete(&mut self, entry: &Entry) -> Result<(), PlanError> {
        self.deletes += 1;
        self.write(&Line::Delete { entry: EntryRecord::from(entry) })
    }

    /// The last line, without which nothing of the plan is carried out.
    pub(crate) fn finish(mut self, sides: &Sides) -> Result<(), PlanError> {
        let Self { transfers, deletes, .. } = self;
        let Sides { source_entries, destination_entries, failed, .. } = *sides;
        self.write(&Line::End { transfers, deletes, source_entries, destination_entries, failed })?;
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|source| PlanError::Io { path: self.path, source })
    }

    fn write(&mut self, line: &Line) -> Result<(), PlanError> {
        let written = serde_json::to_writer(&mut self.file, line).map_err(io::Error::from);
        let written = written.and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|source| PlanError::Io { path: self.path.clone(), source })
    }
}

/// What a plan asks for.
#[derive(Debug)]
pub(crate) enum Planned {
    Transfer(Transfer),
    Delete(Entry),
}

/// Reads a plan that has an end.
#[derive(Debug)]
pub(crate) struct PlanReader {
    lines: Lines,
    /// What was counted when it was made.
    pub(crate) sides: Sides,
}

#[derive(Debug)]
struct Lines {
    file: BufReader<File>,
    path: PathBuf,
    number: u64,
}

impl PlanReader {
    /// Opens a plan for these places, and reads it once to its end.
    pub(crate) fn open(path: &Path, source: &str, destination: &str) -> Result<Self, PlanError> {
        let mut lines = Lines::open(path)?;
        lines.begin(source, destination)?;
        let (mut transfers, mut deletes) = (0, 0);
        let sides = loop {
            match lines.next()? {
                None => return Err(PlanError::Incomplete { path: path.to_owned() }),
                Some(Line::Transfer { .. }) => transfers += 1,
                Some(Line::Delete { .. }) => deletes += 1,
                Some(Line::End { transfers: of, deletes: most, source_entries, destination_entries, failed })
                    if (of, most) == (transfers, deletes) =>
                {
                    break Sides {
                        // A plan is written to its end only when both lists came to theirs.
                        source_complete: true,
                        destination_complete: true,
                        source_entries,
                        destination_entries,
                        failed,
                        extra: deletes,
                    };
                }
                Some(_) => return Err(lines.wrong("it does not match the lines before it")),
            }
        };
        if lines.next()?.is_some() {
            return Err(lines.wrong("it comes after the end"));
        }
        let mut lines = Lines::open(path)?;
        lines.begin(source, destination)?;
        Ok(Self { lines, sides })
    }

    /// What comes next; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Planned>, PlanError> {
        let entry =
            |lines: &Lines, record: EntryRecord| record.entry().map_err(|error| lines.wrong(&error.to_string()));
        match self.lines.next()? {
            Some(Line::Transfer { source, replaces }) => {
                let source = entry(&self.lines, source)?;
                let replaces = replaces.map(|record| entry(&self.lines, record)).transpose()?;
                Ok(Some(Planned::Transfer(Transfer::new(source, replaces))))
            }
            Some(Line::Delete { entry: record }) => Ok(Some(Planned::Delete(entry(&self.lines, record)?))),
            Some(Line::End { .. }) => Ok(None),
            _ => Err(self.lines.wrong("the plan changed while it was read")),
        }
    }
}

impl Lines {
    fn open(path: &Path) -> Result<Self, PlanError> {
        let file = File::open(path).map_err(|source| PlanError::Io { path: path.to_owned(), source })?;
        Ok(Self { file: BufReader::new(file), path: path.to_owned(), number: 0 })
    }

    /// Reads the first line.
    fn begin(&mut self, source: &str, destination: &str) -> Result<(), PlanError> {
        match self.next()? {
            Some(Line::Plan { v: VERSION, source: from, destination: to }) => {
                if (from.as_str(), to.as_str()) == (source, destination) {
                    return Ok(());
                }
                Err(PlanError::OtherPlaces { path: self.path.clone(), source_name: from, destination_name: to })
            }
            _ => Err(self.wrong("it is not a plan of this version")),
        }
    }

    fn next(&mut self) -> Result<Option<Line>, PlanError> {
        let mut text = String::new();
        self.number += 1;
        let read = self.file.read_line(&mut text);
        match read.map_err(|source| PlanError::Io { path: self.path.clone(), source })? {
            0 => Ok(None),
            _ if !text.ends_with('\n') => Err(PlanError::Incomplete { path: self.path.clone() }),
            _ => serde_json::from_str(&text).map(Some).map_err(|error| self.wrong(&error.to_string())),
        }
    }

    fn wrong(&self, reason: &str) -> PlanError {
        PlanError::Line { path: self.path.clone(), line: self.number, reason: reason.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &Path) -> String {
        let mut plan = PlanWriter::create(path, "/a".to_owned(), "oss://b/".to_owned()).unwrap();
        plan.transfer(&Transfer::new(Entry::new("x", 1), Some(Entry::new("x", 2)))).unwrap();
        plan.delete(&Entry::new("y", 3)).unwrap();
        plan.finish(&Sides { source_entries: 1, destination_entries: 2, extra: 1, ..Sides::default() }).unwrap();
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan");
        written(&path);
        let mut plan = PlanReader::open(&path, "/a", "oss://b/").unwrap();
        assert_eq!((plan.sides.extra, plan.sides.destination_entries), (1, 2));
        let Some(Planned::Transfer(transfer)) = plan.next().unwrap() else { panic!("no transfer") };
        assert_eq!(transfer, Transfer::new(Entry::new("x", 1), Some(Entry::new("x", 2))));
        assert!(matches!(plan.next().unwrap(), Some(Planned::Delete(entry)) if entry == Entry::new("y", 3)));
        assert!(plan.next().unwrap().is_none());
    }

    #[test]
    fn a_plan_without_its_end_or_for_other_places_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan");
        let text = written(&path);
        let open = |text: &str| {
            std::fs::write(&path, text).unwrap();
            PlanReader::open(&path, "/a", "oss://b/").map(drop).unwrap_err().to_string()
        };
        for at in text.match_indices('\n').map(|(at, _)| at).chain([text.len() - 2]) {
            let cut = &text[..at];
            assert!(open(cut).contains("has no end"), "{cut}");
        }
        // Between two lines, too.
        let last = text.trim_end().rfind('\n').unwrap() + 1;
        assert!(open(&text[..last]).contains("has no end"));
        let without_delete: String =
            text.lines().filter(|line| !line.contains("delete\"")).fold(String::new(), |text, line| text + line + "\n");
        assert!(open(&without_delete).contains("does not match"));
        assert!(open(&text.replace("\"v\":1", "\"v\":9")).contains("not a plan of this version"));
        assert!(open(&format!("{text}{{}}\n")).contains("line 5"));
        let (begin, end) = (text.lines().next().unwrap(), &text[last..]);
        for more in [format!("{begin}\n"), end.to_owned()] {
            let refusal = open(&format!("{text}{more}"));
            assert!(refusal.ends_with("line 5: it comes after the end"), "{refusal}");
        }
        std::fs::write(&path, &text).unwrap();
        let error = PlanReader::open(&path, "/a", "oss://c/").map(drop).unwrap_err();
        assert!(matches!(error, PlanError::OtherPlaces { .. }), "{error}");
    }
}
