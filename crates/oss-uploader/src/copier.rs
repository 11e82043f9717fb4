mod options;

pub use options::CopyOptions;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin;

use oss_models::{BucketName, CallError, CopyObjectRequest, ObjectKey, Operation, PutObjectRequest, Request, Response};
use oss_transfer::{Controls, Progress, ProgressCallback};
use tracing::field::Empty;
use tracing::{Instrument, info_span};

use crate::engine;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::requests::Requests;
use crate::{UploadHandle, UploadResult, Uploader};

/// Copies objects within the service, over any service that carries OSS requests: the server moves the bytes. Cheap to
/// clone.
///
/// A copy is an upload whose parts the server reads itself, with the promises of an upload: each request names the very
/// object that HeadObject described, so that a source which is replaced meanwhile is an error and no mixture; the CRC64
/// of the copy is compared with that of its source; nothing is left on the server after a failure.
///
/// ```
/// # use oss_models::{CallError, CopyObjectRequest, CopySource, Request, Response};
/// # use oss_uploader::{Copier, UploadError};
/// # async fn demo<S>(service: S) -> Result<(), UploadError>
/// # where S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
/// #       S::Future: Send + 'static {
/// let copier = Copier::new(service);
/// let request = CopyObjectRequest::new("archive", "2024/film.mp4", CopySource::new("demo", "film.mp4"));
/// let result = copier.copy(request).parallel_num(16).await?;
/// println!("{} bytes, {:?}", result.size, result.verified);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Copier {
    /// For all that a copy shares with an upload.
    uploader: Uploader,
    pub(crate) options: CopyOptions,
}

impl Copier {
    /// A copier over `service`, with the default options.
    pub fn new<S>(service: S) -> Self
    where
        S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        Self::from(Uploader::new(service))
    }

    /// Copies an object of the same region.
    ///
    /// The directives of the request hold however the object is copied: `metadata_directive` says whether metadata and
    /// content type come from the source (the default) or from the request, `tagging_directive` the same of tags. The ACL,
    /// the storage class and the encryption never come from the source. Its conditions on the source hold when the copy
    /// begins.
    pub fn copy(&self, request: CopyObjectRequest) -> ObjectCopy {
        ObjectCopy { copier: self.clone(), request, options: CopyOptions::default(), on_progress: None }
    }
}

impl From<Uploader> for Copier {
    /// A copier with the service, the scheduler and the identity of an uploader, and the default options.
    fn from(uploader: Uploader) -> Self {
        Self { uploader, options: CopyOptions::default() }
    }
}

/// One copy that has not started: set options, then `.await` it, or [`start`](ObjectCopy::start) it and keep the handle.
///
/// Dropping the future ends the copy; parts that were made are aborted in the background unless they are kept.
///
/// # Errors
/// [`UploadError`], whose text says that it is of a copy. Beside those of uploads there are
/// [`UploadErrorKind::SourceChanged`], [`UploadErrorKind::CrossRegion`] and [`UploadErrorKind::CopyDiffers`].
#[must_use = "a copy does nothing until it is awaited or started"]
pub struct ObjectCopy {
    copier: Copier,
    request: CopyObjectRequest,
    pub(crate) options: CopyOptions,
    on_progress: Option<ProgressCallback>,
}

impl ObjectCopy {
    /// Sets a function that is called with the progress after every part and at the end. It must not block. A panic in it ends
    /// the copy with an error. Default none.
    pub fn on_progress(mut self, callback: impl FnMut(Progress) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Begins the copy in the background and gives a handle to watch, pause and cancel it.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(self) -> UploadHandle {
        UploadHandle::spawn(|controls| self.run(controls))
    }

    async fn run(self, controls: Controls<UploadError>) -> Result<UploadResult, UploadError> {
        let Self { copier, request, options, on_progress } = self;
        let invalid = |error| UploadError::new(Stage::Options, UploadErrorKind::Request(error), Stored::No).of_copy();
        let bucket = BucketName::new(request.bucket.as_str()).map_err(invalid)?;
        let key = ObjectKey::new(request.key.as_str()).map_err(invalid)?;
        // Every field is checked before anything is sent.
        request.clone().into_request().map_err(invalid)?;
        let options = options.or(&copier.options);
        let span = info_span!(
            "copy", %bucket, %key, source_bucket = request.copy_source.bucket, source_key = request.copy_source.key,
            upload_id = Empty, size = Empty
        );
        let copying = async {
            let requests = Requests::new(PutObjectRequest::new(bucket.as_str(), key.as_str()), None);
            let as_upload = options.as_upload();
            let context = copier.uploader.context(requests, &as_upload, controls, on_progress)?;
            let rules = options.rules(&context.settings)?;
            let source = source_name(&request);
            let keeps = options.enable_checkpoint == Some(true);
            let place = || keeps.then(|| copier.uploader.place(&as_upload, &bucket, &key, source, false)).transpose();
            engine::copy(context, request, rules, place).await
        };
        // The states of a copy are large, and its future is moved around.
        Box::pin(copying).instrument(span).await.map_err(|error: UploadError| error.on(&bucket, &key).of_copy())
    }
}

impl IntoFuture for ObjectCopy {
    type Output = Result<UploadResult, UploadError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run(Controls::none()))
    }
}

impl fmt::Debug for ObjectCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectCopy")
            .field("source", &self.request.copy_source)
            .field("bucket", &self.request.bucket)
            .field("key", &self.request.key)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// What takes the place of the path of a file in the record of a copy.
fn source_name(request: &CopyObjectRequest) -> PathBuf {
    let source = &request.copy_source;
    let version = source.version_id.as_ref().map(|version| format!("?versionId={version}"));
    format!("oss://{}/{}{}", source.bucket, source.key, version.unwrap_or_default()).into()
}
