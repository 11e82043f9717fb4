//! The operations from outside: what they write, what they read, and how lists go on.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod carry;
mod facts;
mod pages;
mod responses;
mod rules;
mod serialized;
mod sources;
mod support;
mod wire;
