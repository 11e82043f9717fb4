//! The plan of one download: which bytes to ask for, what each outcome means, when to wait, what is proved, when to stop.
//!
//! ```text
//!  opening ──► parts ──► proof ──► done
//!     │          │         │
//!     │          │         ├──► attributes, where no response told the CRC64 ──► proof
//!     └──────────┴─────────┴──► opening again, if the bytes are not those of the object, or it changed and the caller
//!                               allows that; else the error
//! ```
//!
//! Nothing here reads a clock, a file or a socket. Time comes in as the time since the download began; the engine asks for
//! the next step, carries it out, and reports back.

mod body;
mod coalesce;
mod durability;
mod failure;
mod names;
mod object;
mod opening;
mod parts;
mod proof;
mod resume;
mod span;
mod throughput;

pub(crate) use body::{BodyProgress, PartProgress};
pub(crate) use coalesce::Pieces;
pub(crate) use durability::SyncSchedule;
pub(crate) use failure::{Failure, Restarts, check_range, is_resumable};
pub(crate) use names::{is_temp_name, temp_name};
pub(crate) use object::{Facts, Object};
pub(crate) use opening::{Ask, Opened, OpenedBody, Opening, Unopened};
pub(crate) use oss_transfer::Verified;
pub(crate) use parts::{PartsOptions, PartsPlan, Step, Verdict, is_small};
pub(crate) use proof::{Evidence, Proof};
pub(crate) use resume::{Earlier, Imported, Layout, OnDisk, adopts, too_large};
pub(crate) use span::{Span, Wanted};
pub(crate) use throughput::Throughput;
