//! The same client for programs without async.
//!
//! It runs the async client on its own runtime, so nothing behaves differently. Do not wait inside an async runtime: that
//! would block it. Dropping is allowed anywhere. The runtime lives as long as a client, an upload or a download that uses it,
//! and as long as a dropped upload takes to clean up.
//!
//! ```no_run
//! use ossup::{Config, PutObjectRequest, blocking::Client};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(Config::load_default().region("cn-hangzhou"))?;
//! let upload = client.uploader().upload_file(PutObjectRequest::new("demo", "film.mkv"), "film.mkv");
//! let result = client.wait(upload)?;
//! println!("{:?}", result.verified);
//! # Ok(())
//! # }
//! ```

use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use oss_downloader::Downloader;
use oss_models::{CallError, Operation, Request, Response};
use oss_transport::{Config, ConfigError, Transport};
use oss_uploader::{Copier, Uploader};
use tokio::runtime::{Builder, Handle, Runtime};
use tower_service::Service;

/// A client whose methods block until they are done.
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<OwnRuntime>,
}

/// Why a client could not be created.
#[derive(Debug)]
#[non_exhaustive]
pub enum BlockingError {
    /// The configuration cannot be used.
    Config(ConfigError),
    /// The operating system could not provide the runtime's thread.
    Runtime(io::Error),
}

impl fmt::Display for BlockingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => fmt::Display::fmt(error, f),
            Self::Runtime(_) => f.write_str("could not start the runtime"),
        }
    }
}

impl Error for BlockingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(error) => error.source(),
            Self::Runtime(error) => Some(error),
        }
    }
}

impl From<ConfigError> for BlockingError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl Client {
    /// Creates a client with this configuration and a runtime with one worker thread. No connection is opened.
    ///
    /// # Errors
    /// [`BlockingError`].
    pub fn new(config: Config) -> Result<Self, BlockingError> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(BlockingError::Runtime)?;
        let runtime = Arc::new(OwnRuntime { handle: runtime.handle().clone(), runtime: Some(runtime) });
        let transport = config.build()?;
        let service = OnRuntime { transport: transport.clone(), _runtime: runtime.clone() };
        Ok(Self { client: crate::Client::with_service(transport, service), runtime })
    }

    /// Returns the upload manager; pass its uploads to [`wait`](Self::wait).
    pub fn uploader(&self) -> Uploader {
        self.client.uploader()
    }

    /// Returns the download manager; pass its downloads to [`wait`](Self::wait).
    pub fn downloader(&self) -> Downloader {
        self.client.downloader()
    }

    /// Returns the copy manager; pass its copies to [`wait`](Self::wait).
    pub fn copier(&self) -> Copier {
        self.client.copier()
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// [`CallError`] if the server could not be asked, may not be asked, or has no such bucket.
    ///
    /// # Panics
    /// Inside an async runtime.
    pub fn exists(&self, bucket: impl Into<String>, key: impl Into<String>) -> Result<bool, CallError> {
        self.runtime.handle.block_on(self.client.exists(bucket, key))
    }

    /// Carries out one operation.
    ///
    /// # Errors
    /// [`CallError`] names the operation, its target and the cause.
    ///
    /// # Panics
    /// Inside an async runtime.
    pub fn call<O: Operation>(&self, operation: O) -> Result<O::Output, CallError> {
        self.runtime.handle.block_on(self.client.call(operation))
    }

    /// Waits for an upload, a download, or any other future of the async client.
    ///
    /// # Panics
    /// Inside an async runtime.
    pub fn wait<F: IntoFuture>(&self, work: F) -> F::Output {
        self.runtime.handle.block_on(work.into_future())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

/// The runtime of a client.
struct OwnRuntime {
    handle: Handle,
    /// Taken when it is dropped.
    runtime: Option<Runtime>,
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads, which async code must not, least of all that of the runtime itself.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Carries requests, and keeps the runtime for as long as there is something that may send one: also while a dropped upload
/// is being aborted.
#[derive(Clone)]
struct OnRuntime {
    transport: Transport,
    _runtime: Arc<OwnRuntime>,
}

impl Service<Request> for OnRuntime {
    type Response = Response;
    type Error = CallError;
    type Future = <Transport as Service<Request>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.transport.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.transport.call(request)
    }
}
