//! What differs between a folder on disk and a prefix of a bucket, or between two prefixes, in memory that does not grow
//! with them.
//!
//! Both sides are lists in the order of their paths' bytes: [`Walk`] goes through a folder in this order, [`ObjectList`]
//! is the list of a bucket. [`Merge`] puts them beside each other and says of each path on which side it is. A part of a
//! side that could not be read is a range of [`Unknown`] paths there: what the other side has in it is never called
//! missing. [`Comparison`] says whether two entries of one path are equal, and [`DeleteLimits`] whether what is on one
//! side alone may be deleted. [`Check`] compares two [`Place`]s and changes neither; [`Sync`] makes one equal to the other.
//!
//! All that decides has no IO and no clock.

mod check;
mod compare;
mod delete_limits;
mod entry;
mod list;
mod manifest;
mod merge;
mod place;
mod plan_file;
mod planner;
mod record;
mod run;
mod server_clock;
mod setters;
mod sync;
mod walk;

pub use check::{Check, CheckError, Finding, Findings};
pub use compare::{Comparison, Direction, Equality, Reason};
pub use delete_limits::{DeleteLimits, DeleteRefusal, MaxDelete, Sides};
pub use entry::{Cause, Entry, Item, PathRange, Unknown};
pub use list::{ObjectList, ObjectListPages};
pub use manifest::{ManifestError, write_manifest};
pub use merge::{Merge, MergeError, Pair, Side, Step};
pub use place::{Place, PlaceError};
pub use plan_file::PlanError;
pub use planner::{Action, Content, Decision, Kept, Planner, Transfer};
pub use run::{ItemError, Step as SyncStep, SyncError, SyncEvent, SyncRun, SyncSummary};
pub use sync::{Managers, Sync};
pub use walk::{Walk, WalkError, WalkOptions};
