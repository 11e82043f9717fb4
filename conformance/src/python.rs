//! The official Python SDK against the emulator.

use std::process::Command;

use anyhow::Result;

use crate::server::Server;
use xtask::python::Environment;
use xtask::{step, workspace};

/// Runs the suite in `environment`.
///
/// # Errors
/// If a case fails.
pub(super) fn run(environment: &Environment, only: Option<&str>) -> Result<()> {
    let server = Server::start()?;
    let suite = workspace::root().join("conformance/python/suite.py");
    let mut command = Command::new(environment.python());
    command.arg(suite).args(only).env("PYTHONDONTWRITEBYTECODE", "1");
    server.tell(&mut command);
    step::run("the official Python SDK against the emulator", &mut command)
}
