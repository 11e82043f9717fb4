//! The same client for programs without async.
//!
//! It runs the async client on its own runtime, so nothing behaves differently. Do not use it inside an async runtime:
//! waiting would block that runtime.
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

use oss_downloader::Downloader;
use oss_models::{CallError, Operation};
use oss_transport::{Config, ConfigError};
use oss_uploader::Uploader;
use tokio::runtime::{Builder, Runtime};

/// A client whose methods block until they are done.
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Runtime>,
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
        Ok(Self { client: crate::Client::new(config)?, runtime: Arc::new(runtime) })
    }

    /// Returns the upload manager; pass its uploads to [`wait`](Self::wait).
    pub fn uploader(&self) -> Uploader {
        self.client.uploader()
    }

    /// Returns the download manager; pass its downloads to [`wait`](Self::wait).
    pub fn downloader(&self) -> Downloader {
        self.client.downloader()
    }

    /// Carries out one operation.
    ///
    /// # Errors
    /// [`CallError`] names the operation, its target and the cause.
    ///
    /// # Panics
    /// Inside an async runtime.
    pub fn call<O: Operation>(&self, operation: O) -> Result<O::Output, CallError> {
        self.runtime.block_on(self.client.call(operation))
    }

    /// Waits for an upload, a download, or any other future of the async client.
    ///
    /// # Panics
    /// Inside an async runtime.
    pub fn wait<F: IntoFuture>(&self, work: F) -> F::Output {
        self.runtime.block_on(work.into_future())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}
