//! Uploads of files and streams of any size to Alibaba Cloud OSS: one source becomes one verified object.
//!
//! [`Uploader`] works over any [`tower_service::Service`] from [`oss_models::Request`] to [`oss_models::Response`]. It
//! sends small objects by one PutObject and large ones in parts, several at a time; compares the CRC64 of every part and
//! of the whole object with the server's; resumes where an interrupted run ended ([`checkpoint`]); and finds out what
//! became of an object whose response was lost.
//!
//! Beside single uploads there are whole folders (`Uploader::upload_dir`, feature `directory`), uploads that several
//! processes carry out together ([`session`]), and the search for uploads that were never finished ([`stale`]).
//!
//! ```
//! # use oss_models::{CallError, PutObjectRequest, Request, Response};
//! # use oss_uploader::{UploadError, Uploader};
//! # async fn demo<S>(service: S) -> Result<(), UploadError>
//! # where S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
//! #       S::Future: Send + 'static {
//! let uploader = Uploader::new(service).part_size(10 << 20);
//! let result = uploader.upload_file(PutObjectRequest::new("demo", "film.mp4"), "/data/film.mp4").parallel_num(5).await?;
//! println!("{:?} {:?}", result.etag, result.verified);
//! # Ok(())
//! # }
//! ```

pub mod checkpoint;
mod copier;
#[cfg(feature = "directory")]
pub mod directory;
mod engine;
mod error;
mod events;
mod handle;
mod options;
mod plan;
mod requests;
mod result;
pub mod session;
mod source;
#[cfg(test)]
mod speed;
pub mod stale;
mod uploader;

pub use copier::{Copier, CopyOptions, ObjectCopy};
pub use error::{Leftovers, Stage, Stored, UploadError, UploadErrorKind};
pub use events::{Events, UploadEvent};
pub use handle::UploadHandle;
pub(crate) use options::Settings;
pub use options::UploadOptions;
pub use oss_transfer::{
    DEFAULT_PARALLEL_NUM, DEFAULT_PART_SIZE, InvalidOption, MAX_PARALLEL_NUM, ParallelNum, Priority, Progress,
    Scheduler,
};
pub use plan::{MAX_OBJECT_SIZE, MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE};
pub use result::{CallbackOutcome, UploadResult, Verified};
pub use source::{Source, SourceError};
pub use uploader::{Upload, Uploader};
