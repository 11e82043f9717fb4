//! The examples for many machines, on as many processes of this one.

use std::process::Command;

use anyhow::Result;
use xtask::{python, step, workspace};

/// What the examples and their check need from PyPI.
const PACKAGES: &[&str] = &["distributed==2026.8.0", "kubernetes-validate==1.37.0", "psutil", "PyYAML"];

/// Runs the dask program on a cluster of which workers are killed, and compares the manifest with its schemas.
///
/// # Errors
/// If an object is missing, is not what its file is or was sent once more for no reason; if the manifest is wrong.
pub(super) fn run() -> Result<()> {
    step::run("build the command line", step::cargo().args(step::BUILD_ALL))?;
    let environment = python::Environment::with("python-fleet", PACKAGES)?;
    let mut check = Command::new(environment.python());
    check.current_dir(workspace::root()).arg(workspace::root().join("xtask/src/audit/fleet.py"));
    check.arg(step::built("ossup")?.get_program()).arg(workspace::root().join("examples/fleet"));
    step::run("many machines", &mut check)
}
