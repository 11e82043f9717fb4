//! The simulation, built to run many times.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, ensure};
use xtask::{step, workspace};

use crate::promises;

/// Builds it. What is ours is optimised (`sim/optimised.toml`); of dependencies it takes what the build of the tests has.
pub(crate) fn build() -> Command {
    let mut build = step::cargo();
    build.args(["build", "--package", "sim", "--bin", "sim", "--config", "sim/optimised.toml"]);
    build.args(["--package", "dependencies", "--features", "dependencies/tests"]);
    // What `.ci/run` sets, but no clippy: what it compiles is less optimised.
    build.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("RUSTC_WORKSPACE_WRAPPER");
    build
}

/// Runs it. What a whole sweep comes to is kept, and told where the promises are.
///
/// # Errors
/// If it is not built, or a run breaks a promise.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let is_nightly = arguments.iter().any(|argument| argument == "--nightly");
    let figures = workspace::root().join(if is_nightly { promises::NIGHTLY } else { promises::FIGURES });
    let before = std::fs::read(&figures).ok();
    ensure!(build().arg("--quiet").status()?.success(), "sim was not built");
    let status = step::built("sim")?.arg("--figures").arg(&figures).args(arguments).status()?;
    if std::fs::read(&figures).ok() != before {
        promises::run(false)?;
    }
    ensure!(status.success(), "sim failed ({status})");
    Ok(())
}
