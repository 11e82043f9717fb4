//! Two places compared, and made equal, against the emulator.
#![cfg(test)]
#![allow(missing_docs, reason = "tests")]

mod check;
mod support;
mod sync;
