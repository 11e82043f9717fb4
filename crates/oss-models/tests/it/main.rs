//! The operations from outside: what they write, what they read, and how lists continue.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "some tests read the sources")]

mod carry;
mod facts;
mod own_operation;
mod pages;
mod responses;
mod rules;
mod serialized;
mod sources;
mod support;
mod wire;
