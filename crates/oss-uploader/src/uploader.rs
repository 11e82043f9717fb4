use std::fmt;
use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use oss_models::{BucketName, CallError, InvalidRequest, ObjectKey, PutObjectRequest, Request, Response};
use oss_transfer::files::{FileSystem, OpenFiles};
use oss_transfer::{Clock, Controls, Entropy, Environment, Progress, ProgressCallback, Transfer};
use tracing::field::Empty;
use tracing::{Instrument, info_span};

use crate::checkpoint::{CheckpointPlace, CheckpointStore, DirectoryStore, UploadIdentity};
use crate::engine::{self, Context};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::options::{Settings, UploadOptions};
use crate::requests::Requests;
use crate::source::{Source, SourceError};
use crate::{InvalidOption, Scheduler, UploadHandle, UploadResult};

/// Uploads files and streams over any service that carries OSS requests. Cheap to clone.
///
/// Small objects go by one PutObject, large ones in parts, several at a time. Options set here hold for every upload;
/// the same options set on one [`Upload`] win there.
#[derive(Clone)]
pub struct Uploader {
    environment: Environment,
    open_files: OpenFiles,
    pub(crate) options: UploadOptions,
}

impl Uploader {
    /// An uploader over `service`, with the default options.
    pub fn new<S>(service: S) -> Self
    where
        S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        Self {
            environment: Environment::new(service),
            open_files: OpenFiles::default(),
            options: UploadOptions::default(),
        }
    }

    /// Says where requests go: the endpoint, such as `https://oss-cn-hangzhou.aliyuncs.com`, and how they address the
    /// bucket, such as `virtual-host`. Both are part of what a checkpoint is known by. Default: both empty.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>, address_style: impl Into<String>) -> Self {
        self.environment.endpoint = endpoint.into().into();
        self.environment.address_style = address_style.into().into();
        self
    }

    /// Sets the limits that all uploads of this uploader and of its clones share. Default: none.
    #[must_use]
    pub fn scheduler(mut self, scheduler: Scheduler) -> Self {
        self.environment.scheduler = scheduler;
        self
    }

    /// Sets what tells the time of day, for the records of unfinished uploads. Default: the system's clock.
    ///
    /// With [`Uploader::entropy`] and Tokio's paused time everything that an upload does follows from its inputs, so that
    /// it can be simulated.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.environment.clock = Clock::new(now);
        self
    }

    /// Sets where the numbers come from that spread the waits between attempts: evenly from 0 (inclusive) to 1
    /// (exclusive). Default: a generator for each thread, seeded by the system.
    #[must_use]
    pub fn entropy(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.environment.entropy = Entropy::new(random);
        self
    }

    /// Sets the file system that files named by a path are read from. Default: the operating system's. A record of an
    /// unfinished upload is kept where its store says
    /// ([`DirectoryStore::with_files`](crate::checkpoint::DirectoryStore::with_files)).
    #[must_use]
    pub fn with_files(mut self, files: Arc<dyn FileSystem>) -> Self {
        self.environment.files = files;
        self
    }

    pub(crate) fn files(&self) -> Arc<dyn FileSystem> {
        self.environment.files.clone()
    }

    pub(crate) fn open_files(&self) -> &OpenFiles {
        &self.open_files
    }

    /// Uploads a regular file. The request says where to and how; its body does not count.
    ///
    /// A `content_md5` of the request is that of the whole. OSS compares it with a small object; an object that goes in parts
    /// is compared here: a file or bytes in memory by an additional reading before anything is sent, anything else while
    /// it is read.
    pub fn upload_file(&self, request: PutObjectRequest, path: impl Into<PathBuf>) -> Upload {
        self.upload(request, Source::path(path))
    }

    /// Uploads an open file from its current position, bytes, or anything that can be read to its end.
    pub fn upload_from(&self, request: PutObjectRequest, source: impl Into<Source>) -> Upload {
        self.upload(request, source.into())
    }

    /// What a single step outside of an [`Upload`] is carried out with, by the options of this uploader.
    pub(crate) fn context_of_step(&self, request: PutObjectRequest) -> Result<Context, UploadError> {
        let requests = Requests::new(request, None);
        if requests.content_md5().is_some() {
            let reason = "no process of a session has the whole object to compare it with";
            return Err(UploadError::new(Stage::Options, InvalidRequest::new("content_md5", reason), Stored::No));
        }
        self.context(requests, &self.options, Controls::none(), None)
    }

    /// Where the record of an upload or copy is kept, and what it is known by; `path` names its source. `imports` says
    /// whether records of the official SDKs are taken over.
    pub(crate) fn place(
        &self,
        options: &UploadOptions,
        bucket: &BucketName,
        key: &ObjectKey,
        path: PathBuf,
        imports: bool,
    ) -> Result<CheckpointPlace, UploadError> {
        let store: Arc<dyn CheckpointStore> = match (&options.checkpoint_store, &options.checkpoint_dir) {
            (Some(store), _) => store.clone(),
            (None, folder) => {
                let store =
                    folder.as_ref().map_or_else(DirectoryStore::for_user, |folder| Ok(DirectoryStore::new(folder)));
                let store = store.map_err(|error| UploadError::new(Stage::Checkpoint, error, Stored::No))?;
                // Users of the official SDKs find their unfinished uploads by the same option.
                let sdk_folder = folder.clone().unwrap_or_default();
                Arc::new(if imports { store.import_sdk_records(sdk_folder) } else { store })
            }
        };
        let Environment { endpoint, address_style, .. } = &self.environment;
        let identity = UploadIdentity::new(&**endpoint, &**address_style, bucket.clone(), key.clone(), path);
        Ok(CheckpointPlace { store, identity })
    }

    pub(crate) fn context(
        &self,
        requests: Requests,
        options: &UploadOptions,
        controls: Controls<UploadError>,
        on_progress: Option<ProgressCallback>,
    ) -> Result<Context, UploadError> {
        let settings = Settings::check(options).map_err(|error| UploadError::new(Stage::Options, error, Stored::No))?;
        requests.check().map_err(|error| UploadError::new(Stage::Options, error, Stored::No))?;
        let transfer = Transfer::new(&self.environment, settings.priority, controls, on_progress);
        Ok(Context { transfer, requests, settings, open_files: self.open_files.clone() })
    }

    fn upload(&self, request: PutObjectRequest, source: Source) -> Upload {
        let (uploader, request, options) = (self.clone(), Arc::new(request), UploadOptions::default());
        Upload { uploader, request, source, options, on_progress: None }
    }
}

impl fmt::Debug for Uploader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploader")
            .field("endpoint", &self.environment.endpoint)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// One upload that has not started: set options, then `.await` it, or [`start`](Upload::start) it and keep the handle.
///
/// Dropping the future ends the upload: every task ends, files are closed, and unless parts are to be kept one attempt
/// to abort, limited in time, runs in the background. For certainty, cancel through the handle and wait.
///
/// # Errors
/// [`UploadError`]; ranges of options and fields of the request are checked before anything is sent.
#[must_use = "an upload does nothing until it is awaited or started"]
pub struct Upload {
    uploader: Uploader,
    /// Large, and moved around with each step of its way to the wire.
    request: Arc<PutObjectRequest>,
    source: Source,
    pub(crate) options: UploadOptions,
    on_progress: Option<ProgressCallback>,
}

impl Upload {
    /// Sets a function that is called with the progress while bytes move, at most ten times a second, after every part
    /// and at the end. It must not block. A panic in it ends the upload with an error. Default none.
    pub fn on_progress(mut self, callback: impl FnMut(Progress) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Begins the upload in the background and gives a handle to watch, pause and cancel it.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(self) -> UploadHandle {
        UploadHandle::spawn(|controls| self.run(controls))
    }

    async fn run(self, controls: Controls<UploadError>) -> Result<UploadResult, UploadError> {
        let Self { uploader, request, source, options, on_progress } = self;
        let invalid = |error| UploadError::new(Stage::Options, UploadErrorKind::Request(error), Stored::No);
        let bucket = BucketName::new(request.bucket.as_str()).map_err(invalid)?;
        let key = ObjectKey::new(request.key.as_str()).map_err(invalid)?;
        let file_name = source.as_path().and_then(Path::file_name).and_then(|name| name.to_str()).map(str::to_owned);
        let prepared = refuse_checkpoint_of_stream(&options, &source).and_then(|()| {
            let options = options.or(&uploader.options);
            let requests = Requests::new(request, file_name.as_deref());
            Ok((uploader.context(requests, &options, controls, on_progress)?, options))
        });
        let (context, options) = prepared.map_err(|error| error.on(&bucket, &key))?;
        let path = source.as_path().map(Path::to_owned);
        let checkpoint = || checkpoint_place(&uploader, &options, &bucket, &key, path.as_deref());
        let span = info_span!("upload", %bucket, %key, upload_id = Empty, size = Empty);
        // The states of an upload are large, and its future is moved around.
        let uploading = Box::pin(engine::run(&context, source, checkpoint));
        uploading.instrument(span).await.map_err(|error| error.on(&bucket, &key))
    }
}

impl IntoFuture for Upload {
    type Output = Result<UploadResult, UploadError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run(Controls::none()))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("bucket", &self.request.bucket)
            .field("key", &self.request.key)
            .field("source", &self.source)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A checkpoint that was asked for and cannot be kept is an error, not a surprise after a crash.
fn refuse_checkpoint_of_stream(options: &UploadOptions, source: &Source) -> Result<(), UploadError> {
    if options.enable_checkpoint != Some(true) || source.as_path().is_some() {
        return Ok(());
    }
    let reason = "requires a file that is named by a path: nothing else can be resumed".to_owned();
    Err(UploadError::new(Stage::Options, InvalidOption::new("enable_checkpoint", reason), Stored::No))
}

fn checkpoint_place(
    uploader: &Uploader,
    options: &UploadOptions,
    bucket: &BucketName,
    key: &ObjectKey,
    path: Option<&Path>,
) -> Result<Option<CheckpointPlace>, UploadError> {
    let (Some(path), Some(true)) = (path, options.enable_checkpoint) else { return Ok(None) };
    let absolute = std::path::absolute(path).map_err(|source| {
        UploadError::new(Stage::Source, SourceError::Open { path: path.to_owned(), source }, Stored::No)
    })?;
    uploader.place(options, bucket, key, absolute, true).map(Some)
}
