//! Two places compared, and made equal, against the emulator.
#![cfg(test)]
#![allow(missing_docs, reason = "tests")]

mod check;
mod comparisons;
mod deletions;
mod lists;
mod plans;
mod support;
