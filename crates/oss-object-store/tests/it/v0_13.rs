//! `object_store` 0.13.

#[path = "both/bad_input.rs"]
mod bad_input;
#[path = "both/create.rs"]
mod create;
#[path = "both/lists.rs"]
mod lists;
#[path = "both/reads.rs"]
mod reads;
#[path = "both/suite.rs"]
mod suite;
#[path = "both/uploads.rs"]
mod uploads;

pub(crate) use object_store_0_13 as object_store;
pub(crate) use oss_object_store::v0_13 as oss;

/// Rounds of the race between two writers.
pub(crate) const ROUNDS: usize = 1_000;
