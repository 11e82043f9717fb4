//! What every managed transfer with Alibaba Cloud OSS shares, whichever way the bytes go.
//!
//! The upload manager (`oss-uploader`) is built on this crate, and so is whatever moves objects in parts: it says where
//! parts begin and end ([`PartLayout`], [`GrowingLayout`]), how many may be in flight ([`Concurrency`]), when a failed
//! one is tried again ([`RetryPolicy`]), which transfer goes first ([`Scheduler`]), how far it is ([`Progress`]), what
//! happened ([`Events`]), how an unfinished one is recorded on disk ([`checkpoint`]), how files are reached ([`files`]),
//! what there is to move ([`Listing`]), which of it is meant (`Filter`, with the feature `filter`), and which path a key has
//! ([`PathRules`]).
//!
//! It knows nothing of uploads, of downloads, or of who carries requests. Layout, concurrency and retry decide without
//! a clock and without IO: time and randomness are arguments.
//!
//! ```
//! use oss_transfer::PartLayout;
//!
//! let layout = PartLayout::new(20 << 20, 6 << 20)?;
//! assert_eq!(layout.count(), 4);
//! assert_eq!(layout.parts().last().map(|part| part.len), Some(2 << 20));
//! # Ok::<(), oss_transfer::ObjectTooLarge>(())
//! ```

mod batch;
pub mod checkpoint;
mod clock;
mod commands;
mod concurrency;
mod events;
pub mod files;
#[cfg(feature = "filter")]
mod filter;
mod handle;
mod hedging;
#[cfg(test)]
mod interleavings;
mod layout;
mod listing;
mod local_path;
mod options;
mod part_tasks;
mod path_conflicts;
mod progress;
mod reporter;
mod retry;
mod scheduler;
mod service;
mod transfer;
mod verified;

pub use batch::{Batch, BatchEvent, DEFAULT_JOBS, MAX_JOBS, jobs_by_handles};
pub use clock::{Clock, Entropy};
pub use commands::{Command, Commands};
pub use concurrency::Concurrency;
pub use events::{EventHub, Events, TransferEvent};
#[cfg(feature = "filter")]
pub use filter::{Candidate, Filter, FilterBuilder, InvalidFilter, InvalidShard, Shard};
pub use handle::{Controls, TransferHandle};
pub use hedging::Hedging;
pub use layout::{
    GrowingLayout, MAX_OBJECT_SIZE, MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE, ObjectTooLarge, Part, PartLayout,
};
pub use listing::{KeyRange, ListEntry, ListPages, Listing, UnorderedPages};
pub use local_path::{LocalPath, PathRules, TEMPORARY_MARK, UnsafeKey};
pub use options::{
    DEFAULT_PARALLEL_NUM, DEFAULT_PART_SIZE, InvalidOption, MAX_PARALLEL_NUM, MAX_PART_ATTEMPTS, ParallelNum, Unit,
    within,
};
pub use part_tasks::{PartTasks, Wake};
pub use path_conflicts::{PathConflict, PathConflicts};
pub use progress::{Meter, PartGauge, Progress};
pub use reporter::{ProgressCallback, Reporter};
pub use retry::{DEFAULT_PART_ATTEMPTS, Failures, RetryPolicy, may_help};
pub use scheduler::{Lane, Pacer, Permit, Priority, Scheduler};
pub use service::AnyService;
pub use transfer::{Environment, Transfer, TransferError};
pub use verified::Verified;
