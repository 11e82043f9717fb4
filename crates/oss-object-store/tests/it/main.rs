//! The store against the emulator, on both versions of the trait: the same tests, compiled twice.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.

#![cfg(test)]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::duplicate_mod, reason = "the tests are compiled once for each version of the trait")]

mod guide;
mod support;
mod v0_13;
mod v0_14;
