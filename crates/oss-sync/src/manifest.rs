//! What a place has, as a file: a line of JSON for each entry, in order, and one for the end.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use oss_models::{CallError, Crc64, Request, Response};
use oss_transfer::{Candidate, Filter};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tower_service::Service;
use tracing::Instrument as _;

use crate::place::FeedOptions;
use crate::record::EntryRecord;
use crate::{Entry, Item, Place, PlaceError};

/// The version of the lines.
const VERSION: u8 = 1;

/// A line of a manifest.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Manifest { v: u8, of: String },
    Entry(EntryRecord),
    End { entries: u64, bytes: u64 },
}

/// Why a manifest could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file could not be read or written.
    #[error("the manifest {path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has a line that is none of a manifest, or no end.
    #[error("the manifest {path}, line {line}: {reason}", path = path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The place could not be listed to its end, or content not be read.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A part of the place could not be read, or has no CRC64, so that nothing could be said of it later.
    #[error("{path}: {reason}")]
    Unknown {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
}

/// Writes what a place has, with the CRC64 of each content: of files it is computed, of objects asked for, `concurrency` at once.
/// Gives how many entries there are. The file has its name only when it is whole.
///
/// # Errors
/// If anything of the place could not be read; no manifest is left then.
pub async fn write_manifest<S>(
    place: &Place,
    filter: Filter,
    path: &Path,
    concurrency: usize,
    service: S,
) -> Result<u64, ManifestError>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let written = write(place, filter, &part, concurrency, service).await;
    let failed = |source| ManifestError::Io { path: path.to_owned(), source };
    match written {
        Ok(entries) => std::fs::rename(&part, path).map(|()| entries).map_err(failed),
        Err(error) => {
            // The error that is returned says more than one about this.
            let _ = std::fs::remove_file(&part);
            Err(error)
        }
    }
}

/// Contents that are read, in the order of their entries.
type Reading = VecDeque<(Entry, JoinHandle<Result<Option<Crc64>, PlaceError>>)>;

async fn write<S>(place: &Place, filter: Filter, path: &Path, most: usize, service: S) -> Result<u64, ManifestError>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    let mut writer = Writer::create(path, place.to_string())?;
    let mut feed = place.feed(FeedOptions { filter, ..FeedOptions::default() }, service.clone());
    let mut reading: Reading = VecDeque::new();
    while let Some(item) = feed.next().await? {
        let entry = match item {
            Item::Entry(entry) => entry,
            Item::Unknown(unknown) if unknown.cause == crate::Cause::Unreadable => {
                let path = unknown.paths.first().to_owned();
                return Err(ManifestError::Unknown { path, reason: unknown.reason });
            }
            // What is left out, or no file, is not in a manifest.
            Item::Unknown(_) => continue,
        };
        if reading.len() >= most.max(1) {
            writer.next(&mut reading).await?;
        }
        let (place, of, service) = (place.clone(), entry.clone(), service.clone());
        let read = async move { place.crc64(&of, service).await };
        reading.push_back((entry, tokio::spawn(read.in_current_span())));
    }
    while !reading.is_empty() {
        writer.next(&mut reading).await?;
    }
    writer.finish()
}

struct Writer {
    file: BufWriter<File>,
    path: PathBuf,
    entries: u64,
    bytes: u64,
}

impl Writer {
    fn create(path: &Path, of: String) -> Result<Self, ManifestError> {
        let file = File::create(path).map_err(|source| ManifestError::Io { path: path.to_owned(), source })?;
        let mut writer = Self { file: BufWriter::new(file), path: path.to_owned(), entries: 0, bytes: 0 };
        writer.write(&Line::Manifest { v: VERSION, of })?;
        Ok(writer)
    }

    async fn next(&mut self, reading: &mut Reading) -> Result<(), ManifestError> {
        let Some((mut entry, crc64)) = reading.pop_front() else { return Ok(()) };
        let crc64 = match crc64.await {
            Ok(crc64) => crc64?,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => None,
        };
        if crc64.is_none() {
            let reason = "the server knows no CRC64 of the object".to_owned();
            return Err(ManifestError::Unknown { path: entry.path, reason });
        }
        self.entries += 1;
        self.bytes += entry.size;
        // The content alone is compared later: times and entity tags of copies differ.
        (entry.crc64, entry.changed, entry.etag) = (crc64, None, None);
        self.write(&Line::Entry(EntryRecord::from(&entry)))
    }

    fn finish(mut self) -> Result<u64, ManifestError> {
        let Self { entries, bytes, .. } = self;
        self.write(&Line::End { entries, bytes })?;
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|source| ManifestError::Io { path: self.path, source })?;
        Ok(entries)
    }

    fn write(&mut self, line: &Line) -> Result<(), ManifestError> {
        let written = serde_json::to_writer(&mut self.file, line).map_err(io::Error::from);
        let written = written.and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|source| ManifestError::Io { path: self.path.clone(), source })
    }
}

/// Reads a manifest, entry by entry.
#[derive(Debug)]
pub(crate) struct ManifestReader {
    file: BufReader<File>,
    path: PathBuf,
    number: u64,
    entries: u64,
    is_over: bool,
    filter: Filter,
}

impl ManifestReader {
    pub(crate) fn open(path: &Path, filter: Filter) -> Result<Self, ManifestError> {
        let file = File::open(path).map_err(|source| ManifestError::Io { path: path.to_owned(), source })?;
        let (file, path) = (BufReader::new(file), path.to_owned());
        let mut reader = Self { file, path, number: 0, entries: 0, is_over: false, filter };
        match reader.line()? {
            Line::Manifest { v: VERSION, .. } => Ok(reader),
            _ => Err(reader.wrong("it is not a manifest of this version")),
        }
    }

    /// The next entries; none after the last.
    pub(crate) fn next(&mut self, most: usize) -> Result<Vec<Item>, ManifestError> {
        let mut items = Vec::new();
        while items.len() < most && !self.is_over {
            match self.line()? {
                Line::Entry(record) => {
                    self.entries += 1;
                    let entry = record.entry().map_err(|error| self.wrong(&error.to_string()))?;
                    let candidate = Candidate::new(&entry.path).size(entry.size).modified(entry.modified);
                    if self.filter.admits(candidate) {
                        items.push(Item::Entry(entry));
                    }
                }
                Line::End { entries, .. } if entries == self.entries => self.is_over = true,
                _ => return Err(self.wrong("it does not match the lines before it")),
            }
        }
        Ok(items)
    }

    fn line(&mut self) -> Result<Line, ManifestError> {
        let mut text = String::new();
        self.number += 1;
        let read = self.file.read_line(&mut text);
        read.map_err(|source| ManifestError::Io { path: self.path.clone(), source })?;
        if !text.ends_with('\n') {
            return Err(self.wrong("the manifest is cut short"));
        }
        serde_json::from_str(&text).map_err(|error| self.wrong(&error.to_string()))
    }

    fn wrong(&self, reason: &str) -> ManifestError {
        ManifestError::Line { path: self.path.clone(), line: self.number, reason: reason.to_owned() }
    }
}
