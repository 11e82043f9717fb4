use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use oss_auth::Presigned;
use oss_downloader::{Download, Downloader};
use oss_models::{
    CallError, DeleteMany, GetObjectRequest, HeadObjectRequest, ObjectIdentifier, Operation, PutObjectRequest, Request,
    Response, delete_many,
};
use oss_transport::{Config, ConfigError, Transport};
use oss_uploader::{Copier, MAX_PART_SIZE, Scheduler, Upload, Uploader};

/// A client of one account in one region.
///
/// Cheap to clone; clones share connections, credentials, limits and the scheduler of uploads and downloads. Needs a Tokio
/// runtime.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
    uploader: Uploader,
    downloader: Downloader,
}

impl Client {
    /// Creates a client with this configuration. No connection is opened.
    ///
    /// # Errors
    /// [`ConfigError`] if options are missing, out of range or contradict each other.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.build().map(Self::from)
    }

    /// Returns the upload manager with its defaults; its setters change them.
    pub fn uploader(&self) -> Uploader {
        self.uploader.clone()
    }

    /// Returns the download manager with its defaults; its setters change them. It shares its scheduler with
    /// [`Client::uploader`].
    pub fn downloader(&self) -> Downloader {
        self.downloader.clone()
    }

    /// Returns the copy manager with its defaults; its setters change them. It shares its scheduler with
    /// [`Client::uploader`].
    pub fn copier(&self) -> Copier {
        self.uploader.clone().into()
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// [`CallError`] if the server could not be asked, may not be asked, or has no such bucket.
    pub async fn exists(&self, bucket: impl Into<String>, key: impl Into<String>) -> Result<bool, CallError> {
        match self.call(HeadObjectRequest::new(bucket, key)).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing_object() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Downloads an object to a file: as [`Downloader::download_file`], whose options can be set here too.
    pub fn get_object_to_file(&self, request: GetObjectRequest, path: impl Into<PathBuf>) -> Download {
        self.downloader.download_file(request, path)
    }

    /// Uploads a file by one PutObject, or in parts if it has 5 GiB or more: as [`Uploader::upload_file`], whose options can
    /// be set here too.
    pub fn put_object_from_file(&self, request: PutObjectRequest, path: impl Into<PathBuf>) -> Upload {
        self.uploader.upload_file(request, path).multipart_threshold(MAX_PART_SIZE)
    }

    /// Deletes any number of objects of a bucket, by requests of up to 1,000 keys and 2 MiB. Each object has an outcome:
    /// [`DeleteMany::next`].
    pub fn delete_objects<I>(&self, bucket: impl Into<String>, objects: I) -> DeleteMany<Transport, I::IntoIter>
    where
        I: IntoIterator,
        I::Item: Into<ObjectIdentifier>,
    {
        delete_many(self.transport.clone(), bucket, objects)
    }

    /// Begins to make one place equal to another, with the managers of this client as they are; for other options of theirs see
    /// [`Sync::start`](oss_sync::Sync::start).
    ///
    /// # Errors
    /// Those of [`Sync::start`](oss_sync::Sync::start).
    #[cfg(feature = "sync")]
    pub async fn sync(&self, sync: oss_sync::Sync) -> Result<oss_sync::SyncRun, oss_sync::SyncError> {
        let (uploader, downloader, copier) = (self.uploader(), self.downloader(), self.copier());
        sync.start(oss_sync::Managers::new(self.transport.clone(), uploader, downloader, copier)).await
    }

    /// Returns the stack that carries this client's requests.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Carries out one operation; every method named after an operation does this.
    ///
    /// # Errors
    /// [`CallError`] names the operation, its target and the cause.
    pub async fn call<O: Operation>(&self, operation: O) -> Result<O::Output, CallError> {
        oss_models::call(self.transport.clone(), operation).await
    }

    /// Makes a URL with which anyone can make this very request for the time `expires`, without credentials of their own.
    /// Nothing is sent, but for what the credentials take.
    ///
    /// The body plays no part. Headers of the request are signed and have to be sent with it:
    /// [`Presigned::signed_headers`]. The URL is as secret as a key while it is valid.
    ///
    /// # Errors
    /// [`CallError`] if a field of the request breaks a rule, there are no credentials, or `expires` is not between 1 s and
    /// 7 days.
    pub async fn presign<O: Operation>(&self, operation: O, expires: Duration) -> Result<Presigned, CallError> {
        let request = operation.into_request().map_err(|error| CallError::invalid(O::INFO.name, error))?;
        self.transport.presign(&request, expires).await
    }
}

impl Client {
    /// A client whose uploads and downloads send their requests by `service`.
    pub(crate) fn with_service<S>(transport: Transport, service: S) -> Self
    where
        S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        let endpoint = transport.endpoint();
        let (origin, style) = (endpoint.origin(), endpoint.style().as_str());
        let scheduler = Scheduler::new();
        let uploader = Uploader::new(service.clone()).endpoint(origin.clone(), style).scheduler(scheduler.clone());
        let downloader = Downloader::new(service).endpoint(origin, style).scheduler(scheduler);
        Self { transport, uploader, downloader }
    }
}

impl From<Transport> for Client {
    fn from(transport: Transport) -> Self {
        Self::with_service(transport.clone(), transport)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.transport.endpoint().to_string()).finish_non_exhaustive()
    }
}
