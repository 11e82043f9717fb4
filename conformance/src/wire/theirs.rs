//! The official Python SDK's half of each scenario.

use std::process::Command;

use anyhow::Result;

use super::scenario::Scene;
use xtask::python::Environment;
use xtask::{step, workspace};

/// Runs a function of `theirs.py`.
///
/// # Errors
/// If it does not come to its end.
pub(super) fn play(environment: &Environment, function: &str, scene: &Scene) -> Result<()> {
    let mut command = Command::new(environment.python());
    command.arg(workspace::root().join("conformance/src/wire/theirs.py")).arg(function).arg(&scene.file);
    scene.server.tell(&mut command);
    let (callback, callback_var) = scene.callback();
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("OSS_ENDPOINT", scene.recorder.url())
        .env("WIRE_CALLBACK", callback)
        .env("WIRE_CALLBACK_VAR", callback_var)
        .env("WIRE_CHECKPOINTS", &scene.checkpoints);
    step::output(&mut command).map(drop)
}
