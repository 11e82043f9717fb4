//! The command line as a process of its own, against the emulator.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.

#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
mod cp;
#[cfg(test)]
mod handles;
#[cfg(test)]
mod kill;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
#[cfg(test)]
mod output;
#[cfg(test)]
mod records;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod warnings;
