//! The command line as a process of its own, against the emulator.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.

#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod below;
#[cfg(test)]
mod cat;
#[cfg(test)]
mod check;
#[cfg(test)]
mod completions;
#[cfg(test)]
mod config;
#[cfg(test)]
mod copy;
#[cfg(test)]
mod cp;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod download;
#[cfg(test)]
mod du;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod flags;
#[cfg(test)]
mod flags_filters;
#[cfg(test)]
mod flags_other;
#[cfg(test)]
mod flags_properties;
#[cfg(test)]
mod flags_transfers;
#[cfg(test)]
mod global;
#[cfg(test)]
mod handles;
#[cfg(test)]
mod hash;
#[cfg(test)]
mod hints;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod ls;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
#[cfg(test)]
mod mv;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod output;
#[cfg(test)]
mod presign;
#[cfg(test)]
mod progress;
#[cfg(test)]
mod records;
#[cfg(test)]
mod rm;
#[cfg(test)]
mod safety;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod shards;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod stat;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod transfer_flags;
#[cfg(test)]
mod uploads;
#[cfg(test)]
mod uploads_resume;
#[cfg(test)]
mod warnings;
