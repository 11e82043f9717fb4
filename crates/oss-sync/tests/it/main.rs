//! Two places compared, and made equal, against the emulator.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.
#![cfg(test)]
#![allow(missing_docs, reason = "tests")]

mod check;
mod comparisons;
mod deletions;
mod lists;
mod log;
mod plans;
mod support;
