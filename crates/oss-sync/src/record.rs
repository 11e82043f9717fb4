//! Entries as lines of JSON, on disk.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use oss_models::{Crc64, Etag};
use serde::{Deserialize, Serialize};

use crate::Entry;

/// An entry as it is written. Times are in nanoseconds since 1970.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryRecord {
    pub(crate) path: String,
    size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    /// As text: many readers round numbers beyond 2^53.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crc64: Option<String>,
}

impl From<&Entry> for EntryRecord {
    fn from(entry: &Entry) -> Self {
        Self {
            path: entry.path.clone(),
            size: entry.size,
            modified: entry.modified.and_then(nanoseconds),
            changed: entry.changed.and_then(nanoseconds),
            etag: entry.etag.as_ref().map(|etag| etag.as_str().to_owned()),
            crc64: entry.crc64.map(|crc64| crc64.to_string()),
        }
    }
}

impl EntryRecord {
    pub(crate) fn entry(self) -> io::Result<Entry> {
        let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{what} of {:?}", self.path));
        let etag = self.etag.as_ref().map(Etag::new).transpose().map_err(|_| invalid("the entity tag"))?;
        let crc64 = self.crc64.as_ref().map(|text| text.parse::<u64>().map(Crc64::from_u64));
        let crc64 = crc64.transpose().map_err(|_| invalid("the CRC64"))?;
        let of = |nanoseconds: Option<i64>| nanoseconds.and_then(|nanoseconds| time(nanoseconds.into()));
        let (modified, changed) = (of(self.modified), of(self.changed));
        Ok(Entry { modified, changed, etag, crc64, ..Entry::new(self.path, self.size) })
    }
}

fn nanoseconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).ok(),
        Err(before) => i64::try_from(before.duration().as_nanos()).ok().map(|before| -before),
    }
}

/// A time by its nanoseconds since 1970.
pub(crate) fn time(nanoseconds: i128) -> Option<SystemTime> {
    let distance = Duration::from_nanos(nanoseconds.unsigned_abs().try_into().ok()?);
    let epoch = SystemTime::UNIX_EPOCH;
    if nanoseconds < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) }
}

/// Entries that wait on disk, in a file that has no name: it is gone when the program is.
#[derive(Debug)]
pub(crate) struct Spill {
    file: BufWriter<File>,
}

impl Spill {
    /// An empty one in this folder; without one, in that for temporary files.
    pub(crate) fn new(folder: Option<&Path>) -> io::Result<Self> {
        let file = match folder {
            Some(folder) => tempfile::tempfile_in(folder)?,
            None => tempfile::tempfile()?,
        };
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file) })
    }

    pub(crate) fn push(&mut self, entry: &Entry) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, &EntryRecord::from(entry))?;
        self.file.write_all(b"\n")
    }

    /// What was pushed, in its order.
    pub(crate) fn read(self) -> io::Result<Spilled> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Spilled { file: BufReader::with_capacity(BUFFER, file), line: String::new() })
    }
}

/// The entries of a [`Spill`], one after the other.
#[derive(Debug)]
pub(crate) struct Spilled {
    file: BufReader<File>,
    line: String,
}

impl Spilled {
    /// The next few; none after the last.
    pub(crate) fn next(&mut self, most: usize) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        while entries.len() < most {
            self.line.clear();
            if self.file.read_line(&mut self.line)? == 0 {
                break;
            }
            entries.push(serde_json::from_str::<EntryRecord>(&self.line)?.entry()?);
        }
        Ok(entries)
    }
}

const BUFFER: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_without_a_name_leaves_nothing_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(Some(folder.path())).unwrap();
        (0..3_u64).for_each(|size| spill.push(&Entry::new("a", size)).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut read = spill.read().unwrap();
        assert_eq!(read.next(2).unwrap(), [Entry::new("a", 0), Entry::new("a", 1)]);
        assert_eq!((read.next(2).unwrap().len(), read.next(2).unwrap().len()), (1, 0));
    }

    proptest! {
        #[test]
        fn any_entry_survives(path in "\\PC{1,20}", size in any::<u64>(), time_of in any::<i64>(), crc64 in any::<u64>()) {
            let time_of = time(time_of.into());
            let (etag, crc64) = (Etag::new("ABC-1").unwrap(), Crc64::from_u64(crc64));
            let entry = Entry { modified: time_of, changed: time_of, etag: Some(etag), crc64: Some(crc64), ..Entry::new(path, size) };
            let mut spill = Spill::new(None).unwrap();
            spill.push(&entry).unwrap();
            prop_assert_eq!(spill.read().unwrap().next(9).unwrap(), [entry]);
        }
    }
}
