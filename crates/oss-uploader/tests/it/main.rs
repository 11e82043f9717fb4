//! Uploads over a service that plays OSS in memory, with faults on demand and a clock that does not wait.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.
#![cfg(test)]
#![allow(missing_docs, clippy::cast_possible_truncation, reason = "tests, with small numbers")]

mod asks_once;
mod automatic;
mod called_gone;
mod cancel;
mod changed_sources;
mod copy_outcome;
mod dropped;
mod durability;
mod fake;
mod faults;
mod full_disk;
mod log;
mod memory;
#[cfg(unix)]
mod obstacles;
mod outcomes;
mod put_outcome;
mod records;
mod resume;
mod resume_server;
mod runs;
mod scheduling;
mod sources;
mod upload;
mod yielding;
