//! What is asked, compared or changed beside the transfers, each in a task of its own.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use oss_downloader::DownloadResult;

use super::{Shared, deletion};
use crate::planner::{Content, Transfer};
use crate::{Entry, Place, PlaceError, Side};

/// What a task has done.
#[derive(Debug)]
pub(super) enum Done {
    Compared {
        source: Entry,
        destination: Entry,
        by_md5: bool,
        content: Result<Content, (Side, PlaceError)>,
    },
    /// What changed since the plan was made, if something did.
    Planned {
        transfer: Transfer,
        checked: Result<Option<String>, (Side, PlaceError)>,
    },
    Downloaded {
        transfer: Arc<Transfer>,
        result: Box<DownloadResult>,
        path: PathBuf,
        warning: Option<String>,
    },
    Deleted(Vec<deletion::Outcome>),
    /// Nothing empty is in the way of these any more.
    Cleared(Vec<Transfer>),
}

/// Compares two contents.
pub(super) async fn compare(shared: Arc<Shared>, source: Entry, destination: Entry, by_md5: bool) -> Done {
    let content = match by_md5 {
        true => by_etag(&shared, &source, &destination).await,
        false => by_crc64(&shared, &source, &destination).await,
    };
    Done::Compared { source, destination, by_md5, content }
}

async fn by_crc64(shared: &Shared, source: &Entry, destination: &Entry) -> Result<Content, (Side, PlaceError)> {
    let crc64 = async |place: &Place, entry: &Entry, side| match entry.crc64 {
        Some(crc64) => Ok(Some(crc64)),
        None => place.crc64(entry, shared.managers.service.clone()).await.map_err(|error| (side, error)),
    };
    // The object first: without a CRC64 of its own, no file need be read.
    let (first, second) = match &shared.sync.source {
        Place::Objects { .. } => {
            ((&shared.sync.source, source, Side::Source), (&shared.sync.destination, destination, Side::Destination))
        }
        Place::Folder { .. } => {
            ((&shared.sync.destination, destination, Side::Destination), (&shared.sync.source, source, Side::Source))
        }
    };
    let Some(one) = crc64(first.0, first.1, first.2).await? else { return Ok(Content::Unknown) };
    Ok(match crc64(second.0, second.1, second.2).await? {
        Some(other) if one == other => Content::Same,
        Some(_) => Content::Different,
        None => Content::Unknown,
    })
}

async fn by_etag(shared: &Shared, source: &Entry, destination: &Entry) -> Result<Content, (Side, PlaceError)> {
    let (md5, etag) = match &shared.sync.source {
        Place::Folder { .. } => {
            let md5 = shared.sync.source.md5(&source.path).await;
            (md5.map_err(|error| (Side::Source, error))?, &destination.etag)
        }
        Place::Objects { .. } => {
            let md5 = shared.sync.destination.md5(&destination.path).await;
            (md5.map_err(|error| (Side::Destination, error))?, &source.etag)
        }
    };
    let is_same = etag.as_ref().is_some_and(|etag| etag.as_str().eq_ignore_ascii_case(&md5));
    Ok(if is_same { Content::Same } else { Content::Different })
}

/// Whether both ends of a planned transfer are as the plan has them.
pub(super) async fn still_as_planned(shared: Arc<Shared>, transfer: Transfer) -> Done {
    let checked = changes(&shared, &transfer).await;
    Done::Planned { transfer, checked }
}

async fn changes(shared: &Shared, transfer: &Transfer) -> Result<Option<String>, (Side, PlaceError)> {
    let Transfer { source, replaces } = transfer;
    let (here, there) = (&shared.sync.source, &shared.sync.destination);
    if let Some(change) =
        change(here, &source.path, Some(source), shared).await.map_err(|error| (Side::Source, error))?
    {
        return Ok(Some(format!("the source {change} since the plan was made")));
    }
    let change = change(there, &source.path, replaces.as_ref(), shared).await;
    let change = change.map_err(|error| (Side::Destination, error))?;
    Ok(change.map(|change| format!("the destination {change} since the plan was made")))
}

/// How what is at a path differs from what was seen there.
pub(super) async fn change(
    place: &Place,
    path: &str,
    seen: Option<&Entry>,
    shared: &Shared,
) -> Result<Option<&'static str>, PlaceError> {
    let now = place.look(path, &shared.sync.files, shared.managers.service.clone()).await?;
    Ok(match (seen, now) {
        (None, None) => None,
        (None, Some(_)) => Some("appeared"),
        (Some(_), None) => Some("went away"),
        (Some(seen), Some(now)) => (!is_same(seen, &now)).then_some("changed"),
    })
}

fn is_same(seen: &Entry, now: &Entry) -> bool {
    // An object is what its entity tag says; the list may have its time in other units.
    let by_time = seen.etag.is_some() || (seen.modified == now.modified && seen.changed == now.changed);
    seen.size == now.size && seen.etag.as_ref().is_none_or(|etag| now.etag.as_ref() == Some(etag)) && by_time
}

/// A file that was just written has the time of its object, so that the next run knows it again.
pub(super) async fn set_time(shared: Arc<Shared>, transfer: Arc<Transfer>, result: Box<DownloadResult>) -> Done {
    let Place::Folder { root, .. } = &shared.sync.destination else {
        return Done::Downloaded { transfer, result, path: PathBuf::new(), warning: None };
    };
    let path = root.join(&transfer.source.path);
    let mut warning = None;
    if let Some(time) = time_of(&shared, &transfer, &result) {
        let set = tokio::task::spawn_blocking({
            let path = path.clone();
            move || set_modified(&path, time)
        });
        let set = set.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        warning = set.err().map(|error| format!("its time of modification could not be set: {error}"));
    }
    Done::Downloaded { transfer, result, path, warning }
}

/// The time that a file gets.
fn time_of(shared: &Shared, transfer: &Transfer, result: &DownloadResult) -> Option<SystemTime> {
    if shared.sync.preserve_mtime
        && let Some(text) = result.headers.get(MTIME_HEADER).and_then(|value| value.to_str().ok())
        && let Some(time) = read_mtime(text)
    {
        return Some(time);
    }
    let written = result.last_modified.or(transfer.source.modified)?;
    // An object that was written this very second may be written once more in it, with other bytes of the same size.
    let is_over = shared.clock.now()?.duration_since(written).is_ok_and(|age| age > ONE_SECOND_AND_ERROR);
    is_over.then_some(written)
}

/// What a server's time in whole seconds can hide, and by how much its clock may be misjudged.
const ONE_SECOND_AND_ERROR: Duration = Duration::from_secs(4);

fn set_modified(path: &Path, time: SystemTime) -> io::Result<()> {
    File::options().write(true).open(path)?.set_modified(time)
}

/// Where the time of a file goes with its object.
pub(super) const MTIME: &str = "ossup-mtime";
const MTIME_HEADER: &str = "x-oss-meta-ossup-mtime";

/// Seconds since 1970 with nine digits behind the point.
pub(super) fn write_mtime(time: SystemTime) -> Option<String> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(format!("{}.{:09}", since.as_secs(), since.subsec_nanos()))
}

fn read_mtime(text: &str) -> Option<SystemTime> {
    let (seconds, nanoseconds) = text.split_once('.').unwrap_or((text, "0"));
    let nanoseconds = format!("{nanoseconds:0<9}").get(..9)?.parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds.parse().ok()?, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_metadata_is_read_as_it_was_written() {
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 120_000_003);
        assert_eq!(write_mtime(time).as_deref(), Some("1700000000.120000003"));
        assert_eq!(read_mtime("1700000000.120000003"), Some(time));
        assert_eq!(read_mtime("1.5"), Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500)));
        for text in ["", "x", "1.x", "-1", "99999999999999999999"] {
            assert_eq!(read_mtime(text), None, "{text}");
        }
    }
}
