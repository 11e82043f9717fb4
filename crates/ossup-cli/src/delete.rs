//! Deletes many objects, versions or uploads: page by page, in batches, each reported.

mod batch;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::SystemTime;

use ossup::{
    AbortMultipartUploadRequest, BucketName, CallError, Client, Delete, DeleteMultipleObjectsRequest,
    DeleteObjectRequest, ListEntry, ListMultipartUploadsRequest, ListObjectVersionsRequest, ListPartsRequest, Listing,
    ObjectIdentifier, RequestPayer, UploadId, VersionEntry, pages,
};
use serde::Serialize;

use crate::address::shown;
use crate::failure::{Failure, Kind};
use crate::filters::Filters;
use crate::global::Clients;
use crate::output::{Line, Output, Totals};
use crate::size::counted;
use batch::Batch;

/// Something that can be deleted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    pub(crate) key: String,
    pub(crate) version_id: Option<String>,
    /// Set for a multipart upload.
    pub(crate) upload_id: Option<UploadId>,
}

impl Target {
    pub(crate) fn object(key: impl Into<String>) -> Self {
        Self { key: key.into(), version_id: None, upload_id: None }
    }
}

/// What is looked through for things to delete.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Scope {
    pub(crate) bucket: BucketName,
    /// The beginning of the keys, or the key.
    pub(crate) prefix: String,
    /// Whether only the very key is meant.
    pub(crate) exact: bool,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum What {
    Objects,
    Versions,
    Uploads,
}

impl What {
    /// `3 objects`.
    pub(crate) fn count(self, count: u64) -> String {
        let noun = match self {
            Self::Objects => "object",
            Self::Versions => "version",
            Self::Uploads => "upload",
        };
        counted(count, noun)
    }
}

/// Something that was deleted, would be, or was not.
#[derive(Serialize)]
struct Deletion {
    op: &'static str,
    status: &'static str,
    bucket: String,
    key: String,
    version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_id: Option<String>,
    /// Whether the object got a delete marker, and its versions are kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    delete_marker: bool,
    /// Why it was skipped, or what is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl Deletion {
    fn new(bucket: &BucketName, target: Target, status: &'static str) -> Self {
        Self {
            op: if target.upload_id.is_some() { "abort" } else { "delete" },
            status,
            bucket: bucket.to_string(),
            key: target.key,
            version_id: target.version_id,
            upload_id: target.upload_id.map(|id| id.to_string()),
            delete_marker: false,
            reason: None,
            error: None,
        }
    }

    /// What was to be done with it.
    fn participle(&self) -> &'static str {
        if self.op == "abort" { "aborted" } else { "deleted" }
    }

    fn shown(&self) -> String {
        let at = shown(&self.bucket, &self.key);
        match (&self.version_id, &self.upload_id) {
            (Some(id), _) => format!("{at} version {id}"),
            (_, Some(id)) => format!("{at} upload {id}"),
            _ => at,
        }
    }
}

impl Line for Deletion {
    /// What a dry run prints is all that it does.
    fn is_result(&self) -> bool {
        self.status == "planned"
    }

    fn text(&self) -> Option<String> {
        let verb = match (self.status, self.op) {
            ("done", "abort") => "aborted",
            ("done", _) => "deleted",
            ("planned", "abort") => "would abort",
            ("planned", _) => "would delete",
            // Failures are reported on standard error.
            _ => return None,
        };
        Some(format!("{verb} {}", self.shown()))
    }

    fn count(&self, totals: &mut Totals) {
        match self.status {
            "done" => {
                totals.done += 1;
                totals.deleted += 1;
            }
            "failed" => totals.failed += 1,
            "skipped" => totals.skipped += 1,
            _ => totals.planned += 1,
        }
    }
}

/// A text that names nothing to delete.
#[derive(Serialize)]
struct Unusable {
    op: &'static str,
    status: &'static str,
    address: String,
    error: Failure,
}

impl Line for Unusable {
    fn text(&self) -> Option<String> {
        None
    }

    fn count(&self, totals: &mut Totals) {
        totals.failed += 1;
    }
}

/// Whether a delete marker was made, by key and version of what is deleted.
type Deleted = HashMap<(String, Option<String>), bool>;

/// Deletes, and reports what it deletes.
pub(crate) struct Deleter<'a> {
    clients: &'a Clients<'a>,
    output: &'a Output,
    payer: Option<RequestPayer>,
    dry_run: bool,
    bucket: Option<BucketName>,
    batch: Batch,
    /// Objects that got a delete marker.
    pub(crate) markers: u64,
    /// Why the rest was not tried.
    pub(crate) stopped: Option<Failure>,
}

impl<'a> Deleter<'a> {
    pub(crate) fn new(
        clients: &'a Clients<'a>,
        output: &'a Output,
        payer: Option<RequestPayer>,
        dry_run: bool,
    ) -> Self {
        let batch = Batch::default();
        Self { clients, output, payer, dry_run, bucket: None, batch, markers: 0, stopped: None }
    }

    /// Deletes what is in the scope and for which `is_wanted` holds. Ends early if nothing further can be deleted.
    pub(crate) async fn delete_all(
        &mut self,
        scope: &Scope,
        wanted: &Wanted,
        limit: Option<u64>,
    ) -> Result<ControlFlow<()>, Failure> {
        let mut pages = Found::new(&self.clients.of(&scope.bucket)?, scope, self.payer.clone());
        let mut left = limit.unwrap_or(u64::MAX);
        while let Some(page) = pages.next().await? {
            for target in wanted.of(page, scope) {
                if left == 0 {
                    let limit = limit.unwrap_or_default();
                    let _ = self.flush().await;
                    let message = format!("there is more than --max-delete {limit} by now: the rest is left");
                    self.stopped = Some(Failure::refused(message));
                    return Ok(ControlFlow::Break(()));
                }
                left -= 1;
                if self.delete(&scope.bucket, target).await.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(self.flush().await)
    }

    /// Counts what is in the scope, up to one more than `most`.
    pub(crate) async fn count(&self, scope: &Scope, wanted: &Wanted, most: u64) -> Result<u64, Failure> {
        let mut pages = Found::new(&self.clients.of(&scope.bucket)?, scope, self.payer.clone());
        let mut count = 0;
        while let Some(page) = pages.next().await? {
            count += wanted.of(page, scope).count() as u64;
            if count > most {
                break;
            }
        }
        Ok(count)
    }

    /// How much the first page of the scope holds, and whether there is more.
    pub(crate) async fn first_page(&self, scope: &Scope, wanted: &Wanted) -> Result<(u64, bool), Failure> {
        let mut pages = Found::new(&self.clients.of(&scope.bucket)?, scope, self.payer.clone());
        let Some(page) = pages.next().await? else { return Ok((0, false)) };
        let count = wanted.of(page, scope).count() as u64;
        Ok((count, pages.next().await?.is_some()))
    }

    /// Deletes one thing, with others of its bucket as soon as a batch is full.
    pub(crate) async fn delete(&mut self, bucket: &BucketName, target: Target) -> ControlFlow<()> {
        if self.dry_run {
            let _ = self.output.line(&Deletion::new(bucket, target, "planned"));
            return ControlFlow::Continue(());
        }
        if target.upload_id.is_some() {
            return self.abort(bucket, target).await;
        }
        if self.bucket.as_ref() != Some(bucket) || !self.batch.has_room_for(&target) {
            self.flush().await?;
        }
        self.bucket = Some(bucket.clone());
        self.batch.push(target);
        ControlFlow::Continue(())
    }

    /// Deletes what is waiting for a batch to be full.
    pub(crate) async fn flush(&mut self) -> ControlFlow<()> {
        let targets = self.batch.take();
        let Some(bucket) = self.bucket.clone().filter(|_| !targets.is_empty()) else {
            return ControlFlow::Continue(());
        };
        let client = match self.clients.of(&bucket) {
            Ok(client) => client,
            Err(failure) => {
                self.not_done(&bucket, targets, &failure);
                return ControlFlow::Break(());
            }
        };
        let done = match &targets[..] {
            [one] => self.delete_one(&client, &bucket, one).await,
            several => self.delete_several(&client, &bucket, several).await,
        };
        let lines: Vec<_> = match done {
            Ok(done) => targets
                .into_iter()
                .map(|target| match done.get(&(target.key.clone(), target.version_id.clone())) {
                    Some(marker) => {
                        let mut line = Deletion::new(&bucket, target, "done");
                        line.delete_marker = *marker && line.version_id.is_none();
                        line
                    }
                    None => self.not_deleted(&bucket, target),
                })
                .collect(),
            Err(error) => return self.failed(&bucket, targets, &error),
        };
        self.markers += lines.iter().filter(|line| line.delete_marker).count() as u64;
        // What is not read is deleted all the same.
        let _ = self.output.lines(&lines);
        ControlFlow::Continue(())
    }

    async fn delete_one(&self, client: &Client, bucket: &BucketName, target: &Target) -> Result<Deleted, CallError> {
        let mut request = DeleteObjectRequest::new(bucket.as_str(), target.key.as_str());
        request.version_id.clone_from(&target.version_id);
        request.request_payer.clone_from(&self.payer);
        let result = client.delete_object(request).await?;
        Ok(HashMap::from([((target.key.clone(), target.version_id.clone()), result.delete_marker)]))
    }

    async fn delete_several(
        &self,
        client: &Client,
        bucket: &BucketName,
        targets: &[Target],
    ) -> Result<Deleted, CallError> {
        let objects = targets.iter().map(|target| {
            let object = ObjectIdentifier::new(target.key.as_str());
            match &target.version_id {
                Some(version) => object.version_id(version.as_str()),
                None => object,
            }
        });
        let mut request = DeleteMultipleObjectsRequest::new(bucket.as_str(), Delete::from_iter(objects));
        request.request_payer.clone_from(&self.payer);
        let result = client.delete_multiple_objects(request).await?;
        Ok(result.deleted.into_iter().map(|object| ((object.key, object.version_id), object.delete_marker)).collect())
    }

    /// Reports a text that names nothing to delete.
    pub(crate) fn unusable(&self, text: &str, error: Failure) {
        self.output.note(&error);
        let _ = self.output.line(&Unusable { op: "delete", status: "failed", address: text.to_owned(), error });
    }

    /// Reports something that was left alone, and why.
    pub(crate) fn skipped(&self, bucket: &BucketName, target: Target, reason: String) {
        let mut line = Deletion::new(bucket, target, "skipped");
        self.output.note(format_args!("{} was skipped: {reason}", line.shown()));
        line.reason = Some(reason);
        let _ = self.output.line(&line);
    }

    /// Reports something that could not be aborted.
    pub(crate) fn not_aborted(&self, bucket: &BucketName, target: Target, error: Failure) {
        let mut line = Deletion::new(bucket, target, "failed");
        self.output.note(format_args!("{} was not aborted: {error}", line.shown()));
        line.error = Some(error);
        let _ = self.output.line(&line);
    }

    fn not_deleted(&self, bucket: &BucketName, target: Target) -> Deletion {
        let mut line = Deletion::new(bucket, target, "failed");
        let message = format!("{} was not deleted; the service does not say why", line.shown());
        let error = Failure { retryable: true, ..Failure::new(Kind::Service, message) };
        self.output.note(&error);
        line.error = Some(error);
        line
    }

    /// A request that failed: the others are tried, unless they would fare no better.
    fn failed(&mut self, bucket: &BucketName, targets: Vec<Target>, error: &CallError) -> ControlFlow<()> {
        self.not_done(bucket, targets, &Failure::from(error));
        // No permission, no bucket.
        if error.is_fatal_for_batch() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// One note, and a line for each thing that was not deleted.
    fn not_done(&self, bucket: &BucketName, targets: Vec<Target>, failure: &Failure) {
        let lines: Vec<_> = targets
            .into_iter()
            .map(|target| {
                let mut line = Deletion::new(bucket, target, "failed");
                line.error = Some(failure.clone());
                line
            })
            .collect();
        match &lines[..] {
            [one] => self.output.note(format_args!("{} was not {}: {failure}", one.shown(), one.participle())),
            [first, .., last] => {
                let (count, first, last) = (lines.len(), first.shown(), last.shown());
                self.output.note(format_args!("{count} objects, {first} to {last}, were not deleted: {failure}"));
            }
            [] => {}
        }
        let _ = self.output.lines(&lines);
    }

    /// Aborts an upload. A part that was under way may be stored after the abort, and is billed: OSS asks to list the parts
    /// then, and to abort again as long as there are some.
    async fn abort(&mut self, bucket: &BucketName, target: Target) -> ControlFlow<()> {
        const ATTEMPTS: usize = 3;
        let Some(id) = target.upload_id.clone() else { return ControlFlow::Continue(()) };
        let client = match self.clients.of(bucket) {
            Ok(client) => client,
            Err(failure) => {
                self.not_done(bucket, vec![target], &failure);
                return ControlFlow::Break(());
            }
        };
        let mut left = Left::Unknown;
        for _ in 0..ATTEMPTS {
            let mut request = AbortMultipartUploadRequest::new(bucket.as_str(), target.key.as_str(), id.clone());
            request.request_payer.clone_from(&self.payer);
            match client.abort_multipart_upload(request).await {
                Err(error) if error.code() != Some("NoSuchUpload") => return self.failed(bucket, vec![target], &error),
                _ => {}
            }
            let mut request = ListPartsRequest::new(bucket.as_str(), target.key.as_str(), id.clone());
            request.request_payer.clone_from(&self.payer);
            left = match client.list_parts(request).await {
                Err(error) if error.code() == Some("NoSuchUpload") => Left::Nothing,
                // Permission to abort is not permission to list.
                Err(_) => Left::Unknown,
                Ok(page) => Left::Parts(page.parts.len()),
            };
            if !matches!(left, Left::Parts(_)) {
                break;
            }
        }
        let mut line = Deletion::new(bucket, target, "done");
        match left {
            Left::Nothing => {}
            Left::Unknown => line.reason = Some("whether parts are left could not be found out".to_owned()),
            Left::Parts(count) => {
                let message = format!(
                    "{} was aborted {ATTEMPTS} times and still has {}, billed as long as they are stored: a process may be \
                     sending more; end it, and abort again",
                    line.shown(),
                    counted(count as u64, "part")
                );
                let error = Failure { retryable: true, ..Failure::new(Kind::Service, message) };
                self.output.note(&error);
                (line.status, line.error) = ("failed", Some(error));
            }
        }
        if let Some(reason) = &line.reason {
            self.output.note(format_args!("{}: {reason}", line.shown()));
        }
        let _ = self.output.line(&line);
        ControlFlow::Continue(())
    }
}

/// What an abort left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Left {
    Nothing,
    Unknown,
    Parts(usize),
}

/// Which of the things that are found are to be deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// What was written since is left.
    pub(crate) older_than: Option<SystemTime>,
    pub(crate) filters: Option<Filters>,
}

impl Wanted {
    fn of<'a>(&'a self, page: Page, scope: &'a Scope) -> impl Iterator<Item = Target> + 'a {
        page.into_iter().filter(|found| self.is_wanted(found, &scope.prefix)).map(|found| found.target)
    }

    fn is_wanted(&self, found: &FoundTarget, prefix: &str) -> bool {
        // What has no time is not known to be old.
        let is_old = self.older_than.is_none_or(|limit| found.modified.is_some_and(|time| time < limit));
        let path = found.target.key.strip_prefix(prefix).unwrap_or(&found.target.key);
        is_old && self.filters.as_ref().is_none_or(|filters| filters.surely_keeps(path, found.size, found.modified))
    }
}

/// Something that is found, and what the list says of it.
struct FoundTarget {
    target: Target,
    size: Option<u64>,
    modified: Option<SystemTime>,
}

type Page = Vec<FoundTarget>;

/// The pages of what is in a scope.
struct Found<'a> {
    scope: &'a Scope,
    pages: Pages,
    is_done: bool,
}

enum Pages {
    Objects(ossup::ListPages<ossup::Transport>),
    Versions(ossup::Pages<ossup::Transport, ListObjectVersionsRequest>),
    Uploads(ossup::Pages<ossup::Transport, ListMultipartUploadsRequest>),
}

impl<'a> Found<'a> {
    fn new(client: &Client, scope: &'a Scope, payer: Option<RequestPayer>) -> Self {
        let (service, bucket) = (client.transport().clone(), scope.bucket.as_str());
        let prefix = Some(scope.prefix.clone()).filter(|prefix| !prefix.is_empty());
        let pages = match scope.what {
            What::Objects => {
                let mut listing = Listing::new(scope.bucket.clone()).prefix(scope.prefix.as_str()).request_payer(payer);
                if scope.exact {
                    listing = listing.end_with(scope.prefix.as_str()).page_size(1);
                }
                Pages::Objects(listing.pages(service))
            }
            What::Versions => {
                let mut request = ListObjectVersionsRequest::new(bucket).max_keys(1_000_u16);
                (request.prefix, request.request_payer) = (prefix, payer);
                Pages::Versions(pages(service, request))
            }
            What::Uploads => {
                let mut request = ListMultipartUploadsRequest::new(bucket).max_uploads(1_000_u16);
                (request.prefix, request.request_payer) = (prefix, payer);
                Pages::Uploads(pages(service, request))
            }
        };
        Self { scope, pages, is_done: false }
    }

    async fn next(&mut self) -> Result<Option<Page>, Failure> {
        if self.is_done {
            return Ok(None);
        }
        let mut page: Page = match &mut self.pages {
            Pages::Objects(pages) => {
                let Some(page) = pages.next().await else { return Ok(self.end()) };
                let page = page?;
                let object = |entry| match entry {
                    ListEntry::Object(object) => Some(FoundTarget {
                        target: Target::object(object.key),
                        size: Some(object.size),
                        modified: object.last_modified,
                    }),
                    _ => None,
                };
                page.into_iter().filter_map(object).collect()
            }
            Pages::Versions(pages) => {
                let Some(page) = pages.next().await else { return Ok(self.end()) };
                let page = page?;
                self.is_done = !page.is_truncated;
                page.entries.into_iter().filter_map(version).collect()
            }
            Pages::Uploads(pages) => {
                let Some(page) = pages.next().await else { return Ok(self.end()) };
                let page = page?;
                self.is_done = !page.is_truncated;
                let upload = |upload: ossup::MultipartUpload| {
                    let target = Target { key: upload.key, version_id: None, upload_id: Some(upload.upload_id) };
                    FoundTarget { target, size: None, modified: upload.initiated }
                };
                page.uploads.into_iter().map(upload).collect()
            }
        };
        if self.scope.exact {
            // Keys come in order, so the first longer one is behind all of this one.
            self.is_done |= page.iter().any(|found| found.target.key != self.scope.prefix);
            page.retain(|found| found.target.key == self.scope.prefix);
        }
        Ok(Some(page))
    }

    fn end(&mut self) -> Option<Page> {
        self.is_done = true;
        None
    }
}

fn version(entry: VersionEntry) -> Option<FoundTarget> {
    let (key, version_id, size, modified) = match entry {
        VersionEntry::Version(version) => (version.key, version.version_id, Some(version.size), version.last_modified),
        // A marker has no content.
        VersionEntry::DeleteMarker(marker) => (marker.key, marker.version_id, Some(0), marker.last_modified),
        _ => return None,
    };
    Some(FoundTarget { target: Target { key, version_id: Some(version_id), upload_id: None }, size, modified })
}
