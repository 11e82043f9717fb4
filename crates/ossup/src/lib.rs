//! Uploads to Alibaba Cloud Object Storage Service (OSS), and the SDK under them.
//!
//! A file or a stream of any size goes in, one verified object comes out:
//!
//! ```no_run
//! use ossup::{Client, Config, PutObjectRequest};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! // Credentials come from OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and OSS_SESSION_TOKEN.
//! let client = Client::new(Config::load_default().region("cn-hangzhou"))?;
//! let result = client.uploader().upload_file(PutObjectRequest::new("demo", "film.mkv"), "film.mkv").await?;
//! println!("{} bytes, {:?}", result.size, result.verified);
//! # Ok(())
//! # }
//! ```
//!
//! [`Client`] has a method for each operation of the service and [`Client::uploader`] for the upload manager. This crate
//! holds no logic: it puts the layers together and gives all of their types one place to be named from.
//!
//! | layer | crate | to be used alone for |
//! |---|---|---|
//! | signing | [`auth`] | tools that make their own requests |
//! | operations as values | [`models`] | tests, other transports |
//! | the stack | [`transport`] | calls without the upload manager |
//! | the upload manager | [`uploader`] | uploads over a transport of one's own |
//!
//! # Features
//!
//! - `native-roots` (default): trust the certificates that the operating system trusts.
//! - `webpki-roots`: trust Mozilla's, compiled in; for containers without a store of certificates.
//! - `directory`: upload whole folders.
//! - `blocking`: the same client for programs without async.
//! - `metrics`: hand numbers about calls and attempts to a [`Recorder`](transport::metrics).
//! - `callback`: verify on a server of one's own that it is OSS that calls after an upload (`auth::callback`).
//! - `tower`: the same as a layer in front of any service.

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod operations;
#[cfg(doctest)]
mod readme;

pub use client::Client;
pub use http;
pub use oss_auth as auth;
pub use oss_auth::{Credentials, Presigned, SignatureVersion};
pub use oss_models as models;
pub use oss_models::*;
pub use oss_transport as transport;
pub use oss_transport::credentials;
pub use oss_transport::{BandwidthLimit, ConfigError, Transport, TransportBuilder as Config};
pub use oss_uploader as uploader;
#[cfg(feature = "directory")]
pub use oss_uploader::directory;
pub use oss_uploader::{
    CallbackOutcome, Events, InvalidOption, Leftovers, ParallelNum, Progress, Source, SourceError, Stage, Stored,
    Upload, UploadError, UploadErrorKind, UploadEvent, UploadHandle, UploadOptions, UploadResult, Uploader, Verified,
    checkpoint, stale,
};
