//! Behaviour of the crate as its users see it.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on panics, and has files of its own"
)]

#[cfg(feature = "tower")]
mod callback;
mod canary;
mod exchange;
mod profiles;
mod vector_check;
mod vectors;
mod wire;
