//! The emulator and the signer, judged by the official SDKs.
//!
//! The SDKs are fetched from their registries into environments that vanish afterwards; the emulator runs in this
//! process. What is expected stands in the suites beside this file and comes from the documents of the service, so a
//! failure is a defect of ours (or of the suite), never something to be copied from the emulator.

mod node;
mod python;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::python::Environment;

/// A part of the conformance suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Part {
    /// The official Python SDK against the emulator.
    Python,
    /// The official JavaScript SDK against the emulator.
    Node,
    /// Every part.
    All,
}

/// Runs `part`; of the Python suite only the cases whose sentence or module has `only`.
///
/// # Errors
/// If a case fails, or an SDK cannot be installed.
pub(crate) fn run(part: Part, only: Option<&str>) -> Result<()> {
    let has = |other| part == other || part == Part::All;
    let mut failed = Vec::new();
    let mut note = |name, done: Result<()>| {
        if let Err(error) = done {
            println!("{name}: {error:#}");
            failed.push(name);
        }
    };
    if has(Part::Python) {
        note("python", Environment::with_sdk().and_then(|environment| python::run(&environment, only)));
    }
    if has(Part::Node) {
        note("node", node::run());
    }
    if !failed.is_empty() {
        bail!("conformance failed: {}", failed.join(", "));
    }
    Ok(())
}
