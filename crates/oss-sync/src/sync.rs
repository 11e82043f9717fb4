use std::path::{Path, PathBuf};
use std::sync::Arc;

use oss_downloader::Downloader;
use oss_models::{CallError, PutObjectRequest, Request, Response};
use oss_transfer::files::{FileSystem, SystemFiles};
use oss_transfer::{AnyService, Clock, Filter};
use oss_uploader::{Copier, Uploader};

use crate::run::{SyncError, SyncRun};
use crate::setters::setters;
use crate::{Comparison, DeleteLimits, Place};

/// Makes a destination equal to a source: a folder to a prefix of a bucket, a prefix to a folder, or one prefix to another.
///
/// Both are listed in the order of their paths at once, so memory does not grow with them. What differs is transferred; what is
/// extra is deleted only on request, last of all, and only where both lists prove that it is extra.
///
/// ```no_run
/// use oss_sync::{Managers, Place, Sync, SyncEvent};
/// # async fn demo(managers: Managers, bucket: oss_models::BucketName) -> Result<(), oss_sync::SyncError> {
/// let sync = Sync::new(Place::folder("photos"), Place::objects(bucket, "photos/")).delete(true);
/// let mut run = sync.start(managers).await?;
/// while let Some(event) = run.next().await? {
///     if let SyncEvent::Failed { path, error, .. } = event {
///         println!("{path}: {error}");
///     }
/// }
/// println!("{:?}", run.summary());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is transferred until it is started"]
pub struct Sync {
    pub(crate) source: Place,
    pub(crate) destination: Place,
    pub(crate) comparison: Comparison,
    pub(crate) filter: Filter,
    pub(crate) delete: bool,
    pub(crate) delete_excluded: bool,
    pub(crate) delete_checked: bool,
    pub(crate) limits: DeleteLimits,
    pub(crate) backup: Option<Place>,
    pub(crate) dry_run: bool,
    pub(crate) plan: Option<PathBuf>,
    pub(crate) apply: Option<PathBuf>,
    pub(crate) preserve_mtime: bool,
    pub(crate) request: Option<PutObjectRequest>,
    pub(crate) jobs: usize,
    pub(crate) checkers: usize,
    pub(crate) temporary: Option<PathBuf>,
    pub(crate) list_jobs: usize,
    pub(crate) list_qps: Option<u32>,
    pub(crate) files: Arc<dyn FileSystem>,
    pub(crate) clock: Clock,
}

/// What carries out the transfers of a [`Sync`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Managers {
    /// Lists, asks and deletes.
    pub service: AnyService,
    /// Uploads.
    pub uploader: Uploader,
    /// Downloads.
    pub downloader: Downloader,
    /// Copies between prefixes.
    pub copier: Copier,
}

impl Managers {
    /// Those of one service.
    pub fn new<S>(service: S, uploader: Uploader, downloader: Downloader, copier: Copier) -> Self
    where
        S: tower_service::Service<Request, Response = Response, Error = CallError>
            + Clone
            + Send
            + std::marker::Sync
            + 'static,
        S::Future: Send + 'static,
    {
        Self { service: AnyService::new(service), uploader, downloader, copier }
    }
}

impl Sync {
    /// Makes `destination` equal to `source`.
    pub fn new(source: Place, destination: Place) -> Self {
        Self {
            source,
            destination,
            comparison: Comparison::Auto,
            filter: Filter::default(),
            delete: false,
            delete_excluded: false,
            delete_checked: false,
            limits: DeleteLimits::default(),
            backup: None,
            dry_run: false,
            plan: None,
            apply: None,
            preserve_mtime: false,
            request: None,
            jobs: DEFAULT_JOBS,
            checkers: DEFAULT_CHECKERS,
            temporary: None,
            list_jobs: DEFAULT_LIST_JOBS,
            list_qps: None,
            files: SystemFiles::shared(),
            clock: Clock::default(),
        }
    }

    setters! {
        /// How entries that are on both sides are compared. Default: [`Comparison::Auto`].
        comparison: Comparison;
        /// Which paths count. What is left out is not transferred, and not deleted either. Default: all.
        filter: Filter;
        /// Whether what is on the destination alone is deleted. Default: no.
        delete: bool;
        /// Whether what the filter leaves out counts as missing on the source, so that it is deleted too. Paths outside of the
        /// filter's range, names and shard are left alone all the same. Default: no.
        delete_excluded: bool;
        /// Whether each object is asked for once more before it is deleted, and kept if it changed since it was listed. A file
        /// always is. Default: no; it costs a HeadObject for each.
        delete_checked: bool;
        /// What must hold before anything is deleted. Default: [`DeleteLimits::default`].
        limits: DeleteLimits;
        /// Where each file or object goes before it is deleted, verified; what could not be kept there is not deleted. Default:
        /// nowhere.
        ///
        /// # Errors
        /// [`start`](Self::start) fails with [`SyncError::Overlap`] within the source or the destination, and with
        /// [`SyncError::BackupWithoutDelete`] without [`delete`](Self::delete).
        backup: impl Into<Option<Place>>;
        /// Whether only to say what would be done. Default: no.
        dry_run: bool;
        /// Whether the time of a file's last modification goes with its object, in the metadata `ossup-mtime`, and comes back
        /// with it. Default: no; a downloaded file gets the time at which its object was written.
        preserve_mtime: bool;
        /// What each uploaded object gets beside its content; bucket and key of the request have no meaning. Default: nothing.
        request: PutObjectRequest;
        /// The most list requests a second; 0 counts as 1. Default: no limit.
        list_qps: impl Into<Option<u32>>;
        /// The files that deletions and backups change. Folders are walked as the operating system has them. Default: those of
        /// the operating system.
        files: Arc<dyn FileSystem>;
        /// Sets the time of day. Default: the system's.
        clock: Clock;
    }

    /// Writes what would be done to this file, and does nothing. Default none: it is done at once.
    ///
    /// # Errors
    /// [`start`](Self::start), or the run, fails with [`SyncError::Plan`] if the file cannot be written.
    pub fn plan(mut self, file: impl Into<PathBuf>) -> Self {
        self.plan = Some(file.into());
        self
    }

    /// Does what this file, written by a run with [`plan`](Self::plan), says, except for what changed since then. Default none:
    /// both places are listed and compared.
    ///
    /// # Errors
    /// [`start`](Self::start) fails with [`SyncError::Plan`] if the file cannot be read, was not written to its end, or is about
    /// other places.
    pub fn apply(mut self, file: impl Into<PathBuf>) -> Self {
        self.apply = Some(file.into());
        self
    }

    /// Sets how many files or objects are transferred at once, 1 to 256; other values are moved into the range. Default 4.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.clamp(1, oss_transfer::MAX_JOBS);
        self
    }

    /// Sets how many contents are compared at once; 0 counts as 1. Default 16.
    pub fn checkers(mut self, checkers: usize) -> Self {
        self.checkers = checkers.max(1);
        self
    }

    /// Sets how many pages of a bucket's list are asked for at once; 0 counts as 1. Default 1. Dividing the keys among several
    /// costs some requests of its own, so more pay off only for tens of thousands of objects.
    pub fn list_jobs(mut self, jobs: usize) -> Self {
        self.list_jobs = jobs.max(1);
        self
    }

    /// Sets the folder for what does not fit into memory: what waits to be deleted, pages that came early, the names of very
    /// wide folders. Default: the system's for temporary files.
    pub fn temporary_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.temporary = Some(folder.into());
        self
    }

    /// Begins. Transfers go on while events are taken.
    ///
    /// # Errors
    /// If the places cannot be synchronised, the plan cannot be used, or no temporary file can be made; nothing was sent.
    pub async fn start(self, managers: Managers) -> Result<SyncRun, SyncError> {
        SyncRun::start(self, managers).await
    }

    /// Why these places cannot be synchronised.
    pub(crate) fn check(&self) -> Result<(), SyncError> {
        if let (Place::Folder { .. }, Place::Folder { .. }) = (&self.source, &self.destination) {
            return Err(SyncError::TwoFolders);
        }
        let pairs = [
            Some((&self.source, &self.destination)),
            self.backup.as_ref().map(|backup| (backup, &self.source)),
            self.backup.as_ref().map(|backup| (backup, &self.destination)),
        ];
        for (one, other) in pairs.into_iter().flatten() {
            if overlap(one, other) {
                return Err(SyncError::Overlap { one: one.to_string(), other: other.to_string() });
            }
        }
        if self.backup.is_some() && !self.delete && self.apply.is_none() {
            return Err(SyncError::BackupWithoutDelete);
        }
        Ok(())
    }
}

/// Whether one place contains the other.
fn overlap(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Objects { bucket: a, prefix: one, .. }, Place::Objects { bucket: b, prefix: other, .. }) => {
            a == b && (one.starts_with(other.as_str()) || other.starts_with(one.as_str()))
        }
        (Place::Folder { root: one, .. }, Place::Folder { root: other, .. }) => {
            let (one, other) = (whole(one), whole(other));
            one.starts_with(&other) || other.starts_with(&one)
        }
        _ => false,
    }
}

/// The path without links, as far as it exists.
fn whole(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let existing = path.ancestors().find_map(|folder| Some((folder, folder.canonicalize().ok()?)));
    existing.and_then(|(folder, real)| Some(real.join(path.strip_prefix(folder).ok()?))).unwrap_or(path)
}

const DEFAULT_JOBS: usize = oss_transfer::DEFAULT_JOBS;
const DEFAULT_CHECKERS: usize = 16;
const DEFAULT_LIST_JOBS: usize = 1;

#[cfg(test)]
mod tests {
    use oss_models::BucketName;

    use super::*;

    #[test]
    fn places_that_contain_one_another_are_refused() {
        let objects = |bucket: &str, prefix: &str| Place::objects(BucketName::new(bucket).unwrap(), prefix);
        let folder = tempfile::tempdir().unwrap();
        let here = |name: &str| Place::folder(folder.path().join(name));
        for (source, destination, backup, is_refused) in [
            (objects("demo", "a"), objects("demo", "a/"), None, true),
            (objects("demo", "a"), objects("demo", "a/b"), None, true),
            (objects("demo", "a/b"), objects("demo", ""), None, true),
            (objects("demo", "a"), objects("demo", "ab"), None, false),
            (objects("demo", "a"), objects("other", "a"), None, false),
            (here("a"), objects("demo", "a"), None, false),
            (here("a"), objects("demo", "a"), Some(objects("demo", "a/old")), true),
            (here("a"), objects("demo", "a"), Some(here("a/old")), true),
            (here("a"), objects("demo", "a"), Some(here("./a")), true),
            (here("a"), objects("demo", "a"), Some(objects("demo", "old")), false),
            (objects("demo", "a"), here("a"), Some(here("old")), false),
        ] {
            let sync = Sync::new(source, destination).delete(true).backup(backup);
            assert_eq!(matches!(sync.check(), Err(SyncError::Overlap { .. })), is_refused, "{sync:?}");
        }
        assert!(matches!(Sync::new(here("a"), here("b")).check(), Err(SyncError::TwoFolders)));
        let sync = Sync::new(here("a"), objects("demo", "a")).backup(here("b"));
        assert!(matches!(sync.check(), Err(SyncError::BackupWithoutDelete)));
    }
}
