//! The store against the emulator, on both versions of the trait: the same tests, compiled twice.

#![cfg(test)]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::duplicate_mod, reason = "the tests are compiled once for each version of the trait")]

mod guide;
mod support;
mod v0_13;
mod v0_14;
