//! Multipart uploads that no one finishes: to find them, beside what local records say, and to abort the old ones.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use oss_models::{
    AbortMultipartUploadRequest, BucketName, CallError, ListMultipartUploadsRequest, MultipartUpload, Request,
    RequestPayer, Response, UploadId, call,
};
use tower_service::Service;

use crate::checkpoint::{CheckpointError, CheckpointSlot, CheckpointStore, Loaded, Owner, Record, StoredUpload};

/// The unfinished multipart uploads of a bucket, of every program that uses it.
///
/// Parts of an unfinished upload are stored, and billed, until it is completed or aborted. A few ways to leave one
/// behind cannot be closed from the client: a process that is killed without a checkpoint, a response to Initiate that is
/// lost. What a lifecycle rule (`AbortMultipartUpload` after so many days) does on the server, this does by hand.
///
/// Other programs and other machines upload too: only age tells whether such an upload is still wanted. One that an
/// upload with a checkpoint in the given store is working on at this moment is never aborted.
#[derive(Clone)]
pub struct UnfinishedUploads<S> {
    service: S,
    bucket: BucketName,
    prefix: String,
    request_payer: Option<RequestPayer>,
    checkpoints: Option<Arc<dyn CheckpointStore>>,
}

/// One multipart upload that is neither completed nor aborted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UnfinishedUpload {
    /// Key of the object to be.
    pub key: String,
    /// The upload.
    pub upload_id: UploadId,
    /// When it was initiated, by the server's clock; `None` if the server did not say.
    pub initiated: Option<SystemTime>,
    /// The local record of it, and who is working on it.
    pub local: Option<StoredUpload>,
}

/// What became of one unfinished upload.
#[derive(Debug)]
#[non_exhaustive]
pub struct StaleUpload {
    /// The upload.
    pub upload: UnfinishedUpload,
    /// What became of it.
    pub outcome: StaleOutcome,
}

/// What became of an unfinished upload.
#[derive(Debug)]
#[non_exhaustive]
pub enum StaleOutcome {
    /// It is not old enough, or its age is unknown.
    Young,
    /// It would have been aborted; nothing was done.
    WouldAbort,
    /// It was aborted, or ended by itself meanwhile; a local record of it was removed.
    Aborted,
    /// An upload is working on it.
    Running(Owner),
    /// Its local record could not be claimed, so it was left alone.
    Unclaimed(CheckpointError),
    /// It could not be aborted.
    Failed(CallError),
}

/// What to do with uploads that are old enough.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Action {
    Abort,
    Tell,
}

impl<S> UnfinishedUploads<S> {
    /// The unfinished uploads of a whole bucket.
    pub fn new(service: S, bucket: BucketName) -> Self {
        Self { service, bucket, prefix: String::new(), request_payer: None, checkpoints: None }
    }

    /// Only of keys that begin with this. Default: all.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Who pays for the requests. Default: the owner of the bucket.
    #[must_use]
    pub fn request_payer(mut self, request_payer: RequestPayer) -> Self {
        self.request_payer = Some(request_payer);
        self
    }

    /// Where local records are looked for. Default: nowhere.
    #[must_use]
    pub fn checkpoints(mut self, store: Arc<dyn CheckpointStore>) -> Self {
        self.checkpoints = Some(store);
        self
    }
}

impl<S> UnfinishedUploads<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone,
{
    /// All of them, oldest first. Changes nothing.
    ///
    /// # Errors
    /// The first page that could not be obtained, or the store that could not be read.
    pub async fn list(&self) -> Result<Vec<UnfinishedUpload>, StaleError> {
        let mut local = self.local().await?;
        let mut uploads: Vec<_> = self
            .list_server()
            .await?
            .into_iter()
            .map(|upload| {
                let of_upload =
                    |stored: &StoredUpload| is_record_of(&stored.record, &self.bucket, &upload.key, &upload.upload_id);
                let local = local.iter().position(of_upload).map(|at| local.swap_remove(at));
                let MultipartUpload { key, upload_id, initiated, .. } = upload;
                UnfinishedUpload { key, upload_id, initiated, local }
            })
            .collect();
        uploads.sort_by_key(|upload| (upload.initiated.is_none(), upload.initiated));
        Ok(uploads)
    }

    /// Says which [`UnfinishedUploads::abort_stale`] would abort. Changes nothing.
    ///
    /// # Errors
    /// As [`UnfinishedUploads::list`].
    pub async fn list_stale(&self, older_than: Duration, now: SystemTime) -> Result<Vec<StaleUpload>, StaleError> {
        self.visit(older_than, now, Action::Tell).await
    }

    /// Aborts those that were initiated more than `older_than` before `now`, and removes their local records.
    ///
    /// Ages are counted from the server's time of Initiate; `now` should be the server's time too, as far as it is known.
    /// An upload without a local record may be another's that is still at work: choose `older_than` longer than any
    /// upload takes. After an error that every other upload would meet too (no permission, for instance) the rest is
    /// left out of the response.
    ///
    /// # Errors
    /// As [`UnfinishedUploads::list`]. What happens to a single upload is in its [`StaleUpload::outcome`].
    pub async fn abort_stale(&self, older_than: Duration, now: SystemTime) -> Result<Vec<StaleUpload>, StaleError> {
        self.visit(older_than, now, Action::Abort).await
    }

    async fn visit(
        &self,
        older_than: Duration,
        now: SystemTime,
        action: Action,
    ) -> Result<Vec<StaleUpload>, StaleError> {
        let mut report = Vec::new();
        for upload in self.list().await? {
            let outcome = self.outcome_of(&upload, older_than, now, action).await;
            let fatal = matches!(&outcome, StaleOutcome::Failed(error) if error.is_fatal_for_batch());
            report.push(StaleUpload { upload, outcome });
            if fatal {
                break;
            }
        }
        Ok(report)
    }

    async fn outcome_of(
        &self,
        upload: &UnfinishedUpload,
        older_than: Duration,
        now: SystemTime,
        action: Action,
    ) -> StaleOutcome {
        let age = upload.initiated.and_then(|initiated| now.duration_since(initiated).ok());
        if age.is_none_or(|age| age <= older_than) {
            return StaleOutcome::Young;
        }
        if let Some(owner) = upload.local.as_ref().and_then(|local| local.running.clone()) {
            return StaleOutcome::Running(owner);
        }
        if action == Action::Tell {
            return StaleOutcome::WouldAbort;
        }
        // Held until the upload is aborted, so that no upload resumes it meanwhile.
        let claim = match self.claim(upload).await {
            Ok(claim) => claim,
            Err(CheckpointError::AlreadyRunning { owner }) => return StaleOutcome::Running(owner),
            Err(error) => return StaleOutcome::Unclaimed(error),
        };
        let mut request =
            AbortMultipartUploadRequest::new(self.bucket.as_str(), &*upload.key, upload.upload_id.clone());
        request.request_payer = self.request_payer.clone();
        match call(self.service.clone(), request).await {
            Err(error) if error.code() != Some("NoSuchUpload") => StaleOutcome::Failed(error),
            _ => match claim.release().await {
                Ok(()) => StaleOutcome::Aborted,
                Err(error) => StaleOutcome::Unclaimed(error),
            },
        }
    }

    async fn local(&self) -> Result<Vec<StoredUpload>, StaleError> {
        let Some(store) = self.checkpoints.clone() else { return Ok(Vec::new()) };
        Ok(blocking(move || store.list()).await?)
    }

    /// Takes the lock of the local record, if there is one by now and it still is about this upload.
    async fn claim(&self, upload: &UnfinishedUpload) -> Result<Claim, CheckpointError> {
        let Some(store) = self.checkpoints.clone() else { return Ok(Claim(None)) };
        let (known, bucket) = (upload.local.as_ref().map(|local| local.record.clone()), self.bucket.clone());
        let (key, upload_id) = (upload.key.clone(), upload.upload_id.clone());
        blocking(move || {
            // The upload may have begun, and written its record, after the records were listed.
            let record = match known {
                Some(record) => Some(record),
                None => {
                    let stored = store.list()?.into_iter().map(|stored| stored.record);
                    let mut fitting = stored.filter(|record| is_record_of(record, &bucket, &key, &upload_id));
                    fitting.next()
                }
            };
            let Some(record) = record else { return Ok(Claim(None)) };
            let mut slot = store.open(&record.identity)?;
            let same = match slot.load(&record.source)? {
                Loaded::Record(record) => record.upload().is_some_and(|open| open.id == upload_id),
                _ => false,
            };
            Ok(Claim(same.then_some(slot)))
        })
        .await
    }

    async fn list_server(&self) -> Result<Vec<MultipartUpload>, StaleError> {
        let mut uploads = Vec::new();
        let mut marker = None;
        loop {
            let page = call(self.service.clone(), self.page(marker.clone())).await?;
            uploads.extend(page.uploads);
            if !page.is_truncated {
                return Ok(uploads);
            }
            let next = page.next_key_marker.map(|key| (key, page.next_upload_id_marker.unwrap_or_default()));
            // A server whose marker does not advance would keep us here without end.
            if next <= marker {
                return Err(StaleError::Listing);
            }
            marker = next;
        }
    }

    fn page(&self, marker: Option<(String, String)>) -> ListMultipartUploadsRequest {
        let mut request = ListMultipartUploadsRequest::new(self.bucket.as_str());
        request.request_payer = self.request_payer.clone();
        request.max_uploads = Some(MAX_PAGE);
        request.prefix = Some(self.prefix.clone()).filter(|prefix| !prefix.is_empty());
        if let Some((key, upload_id)) = marker {
            request.key_marker = Some(key);
            request.upload_id_marker = Some(upload_id).filter(|id| !id.is_empty());
        }
        request
    }
}

impl<S> std::fmt::Debug for UnfinishedUploads<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnfinishedUploads")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Why the unfinished uploads could not be listed.
#[derive(Debug)]
#[non_exhaustive]
pub enum StaleError {
    /// A page could not be obtained.
    Call(CallError),
    /// The local records could not be listed.
    Checkpoint(CheckpointError),
    /// The server's pages do not get on.
    Listing,
}

impl fmt::Display for StaleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => fmt::Display::fmt(error, f),
            Self::Checkpoint(error) => fmt::Display::fmt(error, f),
            Self::Listing => {
                f.write_str("the list of uploads does not end: a page began where the one before it began")
            }
        }
    }
}

impl Error for StaleError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Call(error) => error.source(),
            Self::Checkpoint(error) => error.source(),
            _ => None,
        }
    }
}

impl From<CallError> for StaleError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<CheckpointError> for StaleError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

const MAX_PAGE: u16 = 1000;

/// The locked record of an upload that is being aborted, if it has one.
struct Claim(Option<Box<dyn CheckpointSlot>>);

impl Claim {
    /// The upload is gone, and its record goes with it.
    async fn release(self) -> Result<(), CheckpointError> {
        match self.0 {
            Some(slot) => blocking(move || slot.remove()).await,
            None => Ok(()),
        }
    }
}

fn is_record_of(record: &Record, bucket: &BucketName, key: &str, upload_id: &UploadId) -> bool {
    record.identity.bucket == *bucket
        && record.identity.key.as_str() == key
        && record.upload().is_some_and(|open| open.id == *upload_id)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CheckpointError> + Send + 'static,
) -> Result<T, CheckpointError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| Err(CheckpointError::Store(panic.into())))
}
