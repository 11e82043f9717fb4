//! Checkpoints and what is built on them, through the public interface.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "the helpers of tests fail as tests do, and a child process reports to its parent by standard output"
)]

#[cfg(feature = "directory")]
mod directory;
mod directory_store;
mod fixture;
#[cfg(feature = "directory")]
mod handles;
mod locking;
mod memory_store;
mod sdk_records;
mod server;
mod session;
mod stale;
