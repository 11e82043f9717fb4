//! Two places compared, against the emulator.
#![cfg(test)]
#![allow(missing_docs, reason = "tests")]

mod check;
