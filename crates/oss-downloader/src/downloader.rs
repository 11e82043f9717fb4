use std::fmt;
use std::future::IntoFuture;
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use oss_models::{CallError, GetObjectRequest, InvalidRequest, Request, Response};
use oss_transfer::checkpoint::{RecordFolder, state_folder};
use oss_transfer::files::FileSystem;
use oss_transfer::{Clock, Controls, Entropy, Environment, InvalidOption, Progress, ProgressCallback, Transfer};
use tokio::io::AsyncWrite;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use crate::engine::{CheckpointPlace, Context, Ordered, Place, ranges, to_blocking_writer, to_file, to_writer};
use crate::error::{DownloadError, DownloadStage};
use crate::object_stream::ObjectStream;
use crate::options::{DownloadOptions, Settings};
use crate::plan::{Object, Pieces};
use crate::record::Identity;
use crate::requests::Requests;
use crate::target::{Destination, Folders, Seen, Target, examine, refuse_links};
use crate::{DownloadHandle, DownloadResult, Scheduler};

/// Downloads objects over any service that carries OSS requests. Cheap to clone.
///
/// Objects are fetched in parts, several at a time, each of which must be of the very same object. Options set here hold
/// for every download; the same options set on one [`Download`] win there.
#[derive(Clone)]
pub struct Downloader {
    environment: Environment,
    folders: Arc<Folders>,
    pub(crate) options: DownloadOptions,
}

impl Downloader {
    /// A downloader over `service`, with the default options.
    pub fn new<S>(service: S) -> Self
    where
        S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        Self { environment: Environment::new(service), folders: Arc::default(), options: DownloadOptions::default() }
    }

    /// Says where requests go: the endpoint, such as `https://oss-cn-hangzhou.aliyuncs.com`, and how they address the
    /// bucket, such as `virtual-host`. Both are part of what a checkpoint is known by. Default: both empty.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>, address_style: impl Into<String>) -> Self {
        self.environment.endpoint = endpoint.into().into();
        self.environment.address_style = address_style.into().into();
        self
    }

    /// Sets the limits that all downloads of this downloader and of its clones share, with uploads if they have the same
    /// scheduler. Default: none.
    #[must_use]
    pub fn scheduler(mut self, scheduler: Scheduler) -> Self {
        self.environment.scheduler = scheduler;
        self
    }

    /// Sets the files that downloads go to and records are kept in. Default: those of the operating system.
    #[must_use]
    pub fn files(mut self, files: Arc<dyn FileSystem>) -> Self {
        self.environment.files = files;
        self
    }

    /// Sets the time of day that records are dated by. Default: the system's.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.environment.clock = Clock::new(now);
        self
    }

    /// Sets where random numbers, evenly from 0 to 1, come from, which spread the waits between attempts. Default: a
    /// generator of this process.
    #[must_use]
    pub fn entropy(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.environment.entropy = Entropy::new(random);
        self
    }

    /// Downloads an object, or the range that the request asks for, to a file. A file that exists keeps its content until
    /// all of the new one is there and verified, and then has it at once.
    ///
    /// Missing folders are created. A symbolic link is followed. A FIFO or a device is written from front to back.
    pub fn download_file(&self, request: GetObjectRequest, path: impl Into<PathBuf>) -> Download {
        let options = DownloadOptions::default();
        let below = Below::default();
        Download { downloader: self.clone(), request, path: path.into(), below, options, on_progress: None }
    }

    /// Downloads an object, or the range that the request asks for, to a writer, which is shut down at the end.
    ///
    /// The writer has bytes before all of them are verified; an error says that they are not those of the object.
    pub fn download_to<'a>(
        &self,
        request: GetObjectRequest,
        writer: impl AsyncWrite + Unpin + Send + 'a,
    ) -> DownloadTo<'a> {
        let options = DownloadOptions::default();
        DownloadTo { downloader: self.clone(), request, writer: Box::new(writer), options, on_progress: None }
    }

    /// Opens an object, or the range that the request asks for, as a stream. `.await` gives the [`ObjectStream`].
    pub fn stream(&self, request: GetObjectRequest) -> OpenStream {
        OpenStream { downloader: self.clone(), request, options: DownloadOptions::default() }
    }

    /// Reads several ranges of one object. `.await` gives the bytes of each, in the order in which they are given.
    ///
    /// Ranges that overlap or are within 64 KiB of each other are fetched by one request. A range that reaches past the end
    /// is cut there; one that begins past it is an error.
    pub fn ranges(&self, request: GetObjectRequest, ranges: &[Range<u64>]) -> ReadRanges {
        let options = DownloadOptions::default();
        ReadRanges { downloader: self.clone(), request, ranges: ranges.to_vec(), options }
    }

    #[cfg(feature = "directory")]
    pub(crate) fn service(&self) -> oss_transfer::AnyService {
        self.environment.service.clone()
    }

    #[cfg(feature = "directory")]
    pub(crate) fn file_system(&self) -> Arc<dyn FileSystem> {
        self.environment.files.clone()
    }

    fn context(
        &self,
        request: GetObjectRequest,
        options: &DownloadOptions,
        controls: Controls<DownloadError>,
        on_progress: Option<ProgressCallback>,
    ) -> Result<Context, DownloadError> {
        let invalid = |error: InvalidRequest| DownloadError::new(DownloadStage::Options, error);
        let settings = Settings::check(options).map_err(|error| DownloadError::new(DownloadStage::Options, error))?;
        let requests = Requests::new(request).map_err(invalid)?;
        let transfer = Transfer::new(&self.environment, settings.priority, controls, on_progress);
        Ok(Context { transfer, requests, settings })
    }

    fn place(
        &self,
        context: &Context,
        target: Target,
        listed: Option<Object>,
        checkpoint: Option<CheckpointPlace>,
    ) -> Place {
        let requests = &context.requests;
        let identity = Identity {
            endpoint: self.environment.endpoint.clone(),
            address_style: self.environment.address_style.clone(),
            bucket: requests.bucket.clone(),
            key: requests.key.clone(),
            version_id: requests.version_id().map(str::to_owned),
            range: requests.range(),
            path: target.path().to_owned(),
        };
        Place { target, identity, listed, folders: self.folders.clone(), checkpoint }
    }

    fn checkpoint(&self, options: &DownloadOptions) -> Result<Option<CheckpointPlace>, DownloadError> {
        if options.enable_checkpoint != Some(true) {
            return Ok(None);
        }
        let folder = match &options.checkpoint_dir {
            Some(folder) => folder.clone(),
            None => state_folder("downloads", |name| std::env::var_os(name))
                .map_err(|error| DownloadError::new(DownloadStage::Checkpoint, error))?,
        };
        let folder = RecordFolder::new(folder, "ossup-download").with_files(self.environment.files.clone());
        let sdk_dir = options.checkpoint_dir.clone().unwrap_or_default();
        Ok(Some(CheckpointPlace { folder: Arc::new(folder), sdk_dir }))
    }
}

impl fmt::Debug for Downloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Downloader")
            .field("endpoint", &self.environment.endpoint)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// One download to a file that has not started: set options, then `.await` it, or [`start`](Download::start) it and keep the
/// handle.
///
/// Dropping the future ends the download: every task ends, and what was fetched is removed unless a checkpoint is kept.
///
/// # Errors
/// [`DownloadError`]; ranges of options, fields of the request and the path are checked before anything is sent.
#[must_use = "a download does nothing until it is awaited or started"]
pub struct Download {
    downloader: Downloader,
    request: GetObjectRequest,
    path: PathBuf,
    below: Below,
    pub(crate) options: DownloadOptions,
    on_progress: Option<ProgressCallback>,
}

/// What is known of a download that is one of many into a folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Below {
    /// The folder that it must not lead out of: no name between it and the file may be a link, nor the file.
    pub(crate) folder: Option<PathBuf>,
    /// The object as a list told it.
    pub(crate) listed: Option<Object>,
}

/// One download to a writer that has not started: set options, then `.await` it.
///
/// # Errors
/// [`DownloadError`]; ranges of options and fields of the request are checked before anything is sent.
#[must_use = "a download does nothing until it is awaited or started"]
pub struct DownloadTo<'a> {
    downloader: Downloader,
    request: GetObjectRequest,
    writer: Box<dyn AsyncWrite + Unpin + Send + 'a>,
    pub(crate) options: DownloadOptions,
    on_progress: Option<ProgressCallback>,
}

/// A stream that is not open yet: set options, then `.await` it for the [`ObjectStream`].
///
/// # Errors
/// [`DownloadError`]; ranges of options and fields of the request are checked before anything is sent.
#[must_use = "a stream is not opened until it is awaited"]
#[derive(Debug)]
pub struct OpenStream {
    downloader: Downloader,
    request: GetObjectRequest,
    pub(crate) options: DownloadOptions,
}

/// Ranges that are not read yet: set options, then `.await` them for their bytes.
///
/// # Errors
/// [`DownloadError`]; ranges of options and fields of the request are checked before anything is sent.
#[must_use = "nothing is read until it is awaited"]
#[derive(Debug)]
pub struct ReadRanges {
    downloader: Downloader,
    request: GetObjectRequest,
    ranges: Vec<Range<u64>>,
    pub(crate) options: DownloadOptions,
}

fn span(request: &GetObjectRequest) -> Span {
    info_span!("download", bucket = request.bucket, key = request.key, size = Empty)
}

impl Download {
    /// Sets a function that is called with the progress while bytes move, at most ten times a second, after every part and at
    /// the end. It must not block. A panic in it ends the download with an error. Default none.
    pub fn on_progress(mut self, callback: impl FnMut(Progress) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Refuses the download if the file, or a folder between `folder` and it, is a symbolic link: a path that was made of a
    /// key must not lead out of the folder. Default: links are followed.
    pub fn without_links_below(mut self, folder: impl Into<PathBuf>) -> Self {
        self.below.folder = Some(folder.into());
        self
    }

    /// This download is one of many into a folder.
    #[cfg(feature = "directory")]
    pub(crate) fn below(mut self, below: Below) -> Self {
        self.below = below;
        self
    }

    /// Begins the download in the background and gives a handle to watch, pause and cancel it.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(self) -> DownloadHandle {
        DownloadHandle::spawn(|controls| self.run(controls))
    }

    async fn run(self, controls: Controls<DownloadError>) -> Result<DownloadResult, DownloadError> {
        let Self { downloader, request, path, below, options, on_progress } = self;
        let span = span(&request);
        let downloading = async {
            let options = options.or(&downloader.options);
            let context = downloader.context(request, &options, controls, on_progress)?;
            let (bucket, key) = (context.requests.bucket.clone(), context.requests.key.clone());
            let running = async {
                let checkpoint = downloader.checkpoint(&options)?;
                let (files, forbid) = (downloader.environment.files.clone(), context.settings.forbid_overwrite);
                let Below { folder, listed } = below;
                // Where nothing blocks, another thread would take longer to begin than the work takes.
                let in_memory = downloader.folders.are_in_memory(&path);
                let seen = if in_memory { Seen::new(files.as_ref(), &path) } else { None };
                let here = seen.is_some();
                let examining = move || {
                    if let Some(folder) = folder {
                        refuse_links(files.as_ref(), &folder, &path)?;
                    }
                    examine(files, &path, forbid, seen)
                };
                let destination = if here {
                    examining().map_err(|error| DownloadError::new(DownloadStage::Target, error))?
                } else {
                    let examining = context.on_files(DownloadStage::Target, examining);
                    context.unless_cancelled(DownloadStage::Target, examining).await??
                };
                match destination {
                    Destination::File(target) => {
                        let place = downloader.place(&context, target, listed, checkpoint);
                        Box::pin(to_file(&context, place)).await
                    }
                    Destination::Stream(writer) => Box::pin(to_blocking_writer(&context, writer)).await,
                }
            };
            running.await.map_err(|error| error.on(&bucket, &key))
        };
        // The states of a download are large, and its future is moved around.
        Box::pin(downloading).instrument(span).await
    }
}

impl DownloadTo<'static> {
    /// Begins the download in the background and gives a handle to watch, pause and cancel it.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(self) -> DownloadHandle {
        DownloadHandle::spawn(|controls| self.run(controls))
    }
}

impl DownloadTo<'_> {
    /// Sets a function that is called with the progress while bytes move, at most ten times a second, after every part and at
    /// the end. It must not block. A panic in it ends the download with an error. Default none.
    pub fn on_progress(mut self, callback: impl FnMut(Progress) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    async fn run(self, controls: Controls<DownloadError>) -> Result<DownloadResult, DownloadError> {
        let Self { downloader, request, mut writer, options, on_progress } = self;
        let span = span(&request);
        let downloading = async {
            let options = in_order(options, &downloader.options)?;
            let context = downloader.context(request, &options, controls, on_progress)?;
            let (bucket, key) = (context.requests.bucket.clone(), context.requests.key.clone());
            to_writer(&context, &mut writer).await.map_err(|error| error.on(&bucket, &key))
        };
        Box::pin(downloading).instrument(span).await
    }
}

impl OpenStream {
    async fn run(self) -> Result<ObjectStream, DownloadError> {
        let Self { downloader, request, options } = self;
        let span = span(&request);
        let opening = async {
            let options = in_order(options, &downloader.options)?;
            let context = downloader.context(request, &options, Controls::none(), None)?;
            let (bucket, key) = (context.requests.bucket.clone(), context.requests.key.clone());
            let ordered = Ordered::open(&context).await.map_err(|error| error.on(&bucket, &key))?;
            let (info, window, meter) = (ordered.info(), ordered.window.clone(), context.reporter.meter.clone());
            let running = async move { ordered.run(&context).await.map_err(|error| error.on(&bucket, &key)) };
            let task = tokio::spawn(running.instrument(Span::current()));
            Ok(ObjectStream::new(info, window, task, meter))
        };
        Box::pin(opening).instrument(span).await
    }
}

impl ReadRanges {
    async fn run(self) -> Result<Vec<Bytes>, DownloadError> {
        let Self { downloader, request, ranges: wanted, options } = self;
        let span = span(&request);
        let reading = async {
            let options = in_order(options, &downloader.options)?;
            let mut context = downloader.context(request, &options, Controls::none(), None)?;
            let (bucket, key) = (context.requests.bucket.clone(), context.requests.key.clone());
            check_ranges(&context, &wanted).map_err(|error| DownloadError::new(DownloadStage::Options, error))?;
            let pieces = Pieces::new(&wanted, context.settings.part_size);
            let Some(first) = pieces.first() else { return Ok(vec![Bytes::new(); wanted.len()]) };
            context.requests = context.requests.for_bytes(first);
            ranges(&context, &pieces, &wanted).await.map_err(|error| error.on(&bucket, &key))
        };
        Box::pin(reading).instrument(span).await
    }
}

/// Options of a download whose bytes are taken in order: what was asked for and cannot be is an error.
fn in_order(options: DownloadOptions, outer: &DownloadOptions) -> Result<DownloadOptions, DownloadError> {
    let refuse = |option| InvalidOption::new(option, "needs a file; what is taken in order cannot be resumed");
    match options.enable_checkpoint {
        Some(true) => Err(DownloadError::new(DownloadStage::Options, refuse("enable_checkpoint"))),
        _ => Ok(options.or(outer)),
    }
}

fn check_ranges(context: &Context, ranges: &[Range<u64>]) -> Result<(), InvalidRequest> {
    if context.requests.range().is_some() {
        return Err(InvalidRequest::new("range", "cannot be combined with a list of ranges"));
    }
    match ranges.iter().find(|range| range.end < range.start) {
        Some(range) => Err(InvalidRequest::new(
            "ranges",
            format!("must not end before they begin, got {}..{}", range.start, range.end),
        )),
        None => Ok(()),
    }
}

macro_rules! into_future {
    ($target:ident -> $output:ty: $run:expr) => {
        impl IntoFuture for $target {
            type Output = Result<$output, DownloadError>;
            type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(($run)(self))
            }
        }
    };
}

into_future!(Download -> DownloadResult: |download: Self| download.run(Controls::none()));
into_future!(OpenStream -> ObjectStream: Self::run);
into_future!(ReadRanges -> Vec<Bytes>: Self::run);

impl<'a> IntoFuture for DownloadTo<'a> {
    type Output = Result<DownloadResult, DownloadError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run(Controls::none()))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("bucket", &self.request.bucket)
            .field("key", &self.request.key)
            .field("path", &self.path)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DownloadTo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadTo")
            .field("bucket", &self.request.bucket)
            .field("key", &self.request.key)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
