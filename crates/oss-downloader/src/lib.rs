//! Downloads from Alibaba Cloud OSS: one object becomes one verified file, or one ordered stream.
//!
//! [`Downloader`] works over any [`tower_service::Service`] from [`oss_models::Request`] to [`oss_models::Response`]. The
//! first request brings the first bytes and tells what the object is; the rest is fetched in parts, several at a time,
//! each pinned to that very object. A file is written beside its target and takes its name only when it is whole: its
//! CRC64 was compared with the server's, and it is on the disk.
//!
//! ```
//! # use oss_models::{CallError, GetObjectRequest, Request, Response};
//! # use oss_downloader::{DownloadError, Downloader};
//! # async fn demo<S>(service: S) -> Result<(), DownloadError>
//! # where S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
//! #       S::Future: Send + 'static {
//! let downloader = Downloader::new(service).part_size(10 << 20);
//! let result = downloader.download_file(GetObjectRequest::new("demo", "film.mp4"), "/data/film.mp4").parallel_num(5).await?;
//! println!("{} bytes, {:?}", result.size, result.verified);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "directory")]
pub mod directory;
mod downloader;
mod engine;
mod error;
mod events;
mod handle;
mod object_stream;
mod options;
mod pieces;
mod plan;
mod record;
mod requests;
mod result;
mod save;
mod target;

pub use downloader::{Download, DownloadTo, Downloader, OpenStream, ReadRanges};
pub use error::{DownloadError, DownloadErrorKind, DownloadStage, TargetError};
pub use events::{DownloadEvent, DownloadEvents};
pub use handle::DownloadHandle;
pub use object_stream::ObjectStream;
pub use options::DownloadOptions;
pub use oss_transfer::{InvalidOption, ParallelNum, Priority, Progress, Scheduler};
pub use result::{DownloadResult, Verified};
pub use save::{SaveError, ToFile};
