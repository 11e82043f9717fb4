//! Downloads against a small OSS in memory. `Rows: W18, R20` on a test names the failure modes that it guards against; the
//! table in `docs/failure-modes.md` is written from these lines.
#![cfg(test)]
#![allow(missing_docs, reason = "tests")]

mod cancel;
mod fake;
mod faults;
mod file;
mod memory_files;
mod resume;
mod stream;
