//! The second half of a move: the source is removed once its copy is proven, if it is still what was copied.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use ossup::{CallError, Client, Crc64, DeleteObjectRequest, Etag, HeadObjectRequest, HeadObjectResult, RequestPayer};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::address::Address;
use crate::failure::{Failure, Kind};
use crate::output::{Output, Removed};

/// How sources are moved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Moves {
    /// Whether local folders that became empty stay.
    pub(crate) keep_empty_dirs: bool,
}

/// A local file at one moment: what changes when it is written or replaced.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    /// Of the file that is read under this name.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::from(&metadata))
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self { len: metadata.len(), modified: metadata.modified().ok(), inode }
    }
}

/// An object as it was copied.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Copied {
    pub(crate) etag: Option<Etag>,
    pub(crate) size: Option<u64>,
    pub(crate) crc64: Option<Crc64>,
    pub(crate) version_id: Option<String>,
}

impl Copied {
    /// What HeadObject says of an object.
    pub(crate) fn of_head(head: &HeadObjectResult) -> Self {
        Self {
            etag: head.etag.clone(),
            size: head.content_length,
            crc64: head.hash_crc64,
            version_id: head.version_id.clone(),
        }
    }

    /// Why an object is not known to be the one that was copied, if it is not.
    fn difference(&self, now: &Self) -> Option<&'static str> {
        fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
            matches!((a, b), (Some(a), Some(b)) if a != b)
        }
        if self.etag.is_none() || now.etag.is_none() {
            Some("the service gave no entity tag to know it by")
        } else if self.etag != now.etag
            || differ(self.size.as_ref(), now.size.as_ref())
            || differ(self.crc64.as_ref(), now.crc64.as_ref())
            || differ(self.version_id.as_ref(), now.version_id.as_ref())
        {
            Some("it was replaced since it was copied")
        } else {
            None
        }
    }
}

/// Removes objects that were copied, several at a time, and reports each.
pub(super) struct Remover {
    service: Removing,
    /// Removals at a time.
    jobs: usize,
    running: JoinSet<()>,
}

/// What each removal needs.
#[derive(Clone)]
struct Removing {
    client: Client,
    payer: Option<RequestPayer>,
    output: Output,
    /// Objects that got a delete marker.
    markers: Arc<AtomicU64>,
}

impl Remover {
    pub(super) fn new(client: &Client, payer: Option<RequestPayer>, output: &Output, jobs: usize) -> Self {
        let service = Removing { client: client.clone(), payer, output: output.clone(), markers: Arc::default() };
        Self { service, jobs, running: JoinSet::new() }
    }

    /// Waits for the removals under way, and says what a bucket with versions made of all.
    pub(super) async fn conclude(&mut self) {
        while self.running.join_next().await.is_some() {}
        let markers = self.service.markers.load(Ordering::Relaxed);
        if markers > 0 {
            self.service.output.note(format_args!(
                "{markers} of the sources got a delete marker, and their versions are kept: rm --all-versions deletes those too"
            ));
        }
    }

    /// Removes an object, unless it is another one than was copied.
    pub(super) async fn object(&mut self, object: Address, copied: Copied, is_proven: bool) {
        let service = self.service.clone();
        self.begin(async move {
            let removed = match is_proven {
                true => service.delete(&object, Some(&copied)).await,
                false => Err(Failure::new(Kind::Verification, format!("{object} is kept: {UNPROVEN}"))),
            };
            report(&service.output, object.to_string(), removed);
        })
        .await;
    }

    /// Removes an object that stood for a folder, unless it has bytes by now.
    pub(super) async fn folder(&mut self, object: Address) {
        let service = self.service.clone();
        self.begin(async move {
            report(&service.output, object.to_string(), service.delete(&object, None).await);
        })
        .await;
    }

    /// Begins a removal as soon as few enough are under way.
    async fn begin(&mut self, removal: impl Future<Output = ()> + Send + 'static) {
        while self.running.len() >= self.jobs {
            self.running.join_next().await;
        }
        self.running.spawn(removal.in_current_span());
    }
}

impl Removing {
    async fn delete(&self, object: &Address, copied: Option<&Copied>) -> Result<(), Failure> {
        let (bucket, key) = (object.bucket.as_str(), object.rest.as_str());
        let mut head = HeadObjectRequest::new(bucket, key);
        head.request_payer.clone_from(&self.payer);
        let now = self.client.head_object(head).await.map_err(|error| failed("is kept", object, &error))?;
        let now = Copied::of_head(&now);
        let difference = match copied {
            Some(copied) => copied.difference(&now),
            None => (now.size != Some(0)).then_some("it has bytes, which a folder cannot have"),
        };
        if let Some(difference) = difference {
            return Err(Failure::new(Kind::Verification, format!("{object} is kept: {difference}")));
        }
        let mut delete = DeleteObjectRequest::new(bucket, key);
        delete.request_payer.clone_from(&self.payer);
        let deleted = self.client.delete_object(delete).await;
        if deleted.as_ref().is_ok_and(|deleted| deleted.delete_marker) {
            self.markers.fetch_add(1, Ordering::Relaxed);
        }
        deleted.map(drop).map_err(|error| match error.outcome_unknown() {
            true => failed("may be there still", object, &error),
            false => failed("is kept", object, &error),
        })
    }
}

/// Removes a file that was uploaded, unless it was written or replaced since `stamp`.
pub(super) fn remove_file(output: &Output, path: &Path, stamp: Option<&Stamp>, is_proven: bool) {
    let kept = |reason: &str| Failure::new(Kind::Source, format!("{} is kept: {reason}", path.display()));
    let removed = match (is_proven, Stamp::of(path)) {
        (false, _) => Err(kept(UNPROVEN)),
        (true, Ok(now)) if Some(&now) == stamp => std::fs::remove_file(path)
            .map_err(|error| Failure::new(Kind::Source, format!("{} could not be removed: {error}", path.display()))),
        (true, Ok(_)) => Err(kept("it was written since it was uploaded")),
        (true, Err(error)) => Err(kept(&error.to_string())),
    };
    report(output, path.display().to_string(), removed);
}

/// Removes the folders below `root` that are empty, `root` too; those that are not stay.
pub(super) fn remove_empty_folders(root: &Path) {
    let mut folders = vec![root.to_owned()];
    let mut next = 0;
    while let Some(folder) = folders.get(next).cloned() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        folders.extend(entries.filter(is_folder).map(|entry| entry.path()).collect::<Vec<PathBuf>>());
        next += 1;
    }
    // One that holds anything is refused by the system itself.
    folders.iter().rev().for_each(|folder| drop(std::fs::remove_dir(folder)));
}

fn report(output: &Output, source: String, removed: Result<(), Failure>) {
    let line = match removed {
        Ok(()) => Removed::done(source),
        Err(error) => {
            output.note(&error);
            Removed::failed(source, error)
        }
    };
    let _ = output.line(&line);
}

const UNPROVEN: &str = "nothing proves that the copy holds the same bytes";

fn failed(what: &str, object: &Address, error: &CallError) -> Failure {
    let failure = Failure::from(error);
    Failure { message: format!("{object} {what}: {failure}"), ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_removed_only_if_it_is_known_to_be_the_one_that_was_copied() {
        let of = |etag: Option<&str>, size, crc64: Option<u64>, version_id: Option<&str>| Copied {
            etag: etag.map(|etag| Etag::new(etag).unwrap()),
            size,
            crc64: crc64.map(Crc64::from),
            version_id: version_id.map(str::to_owned),
        };
        let copied = of(Some("e"), Some(5), Some(1), Some("v"));
        for (now, is_same) in [
            (copied.clone(), true),
            (of(Some("e"), None, None, None), true),
            (of(Some("f"), Some(5), Some(1), Some("v")), false),
            (of(Some("e"), Some(6), Some(1), Some("v")), false),
            (of(Some("e"), Some(5), Some(2), Some("v")), false),
            (of(Some("e"), Some(5), Some(1), Some("w")), false),
            (of(None, Some(5), Some(1), Some("v")), false),
        ] {
            assert_eq!(copied.difference(&now).is_none(), is_same, "{now:?}");
        }
        assert!(Copied::default().difference(&copied).is_some());
    }
}
