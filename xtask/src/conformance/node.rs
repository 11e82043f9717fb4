//! The official JavaScript SDK against the emulator.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::server::Server;
use crate::{step, workspace};

/// The official SDK as npm names it, at the version that the expectations were written against.
const SDK: &str = "ali-oss@6.23.0";

/// Runs the suite, or says why not.
///
/// # Errors
/// If a case fails, or the SDK cannot be installed.
pub(super) fn run() -> Result<()> {
    if !there_is("node") || !there_is("npm") {
        println!("node: left out, since this machine has no `node` with `npm`");
        return Ok(());
    }
    let folder = tempfile::Builder::new().prefix("ossup-node-").tempdir()?;
    println!("installing {SDK} into a throw-away folder");
    let install =
        ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"];
    step::output(Command::new("npm").args(install).arg(folder.path()).arg(SDK))
        .context("installing the official SDK from npm")?;
    let server = Server::start()?;
    let mut command = Command::new("node");
    command
        .arg(workspace::root().join("xtask/src/conformance/node/suite.cjs"))
        .env("NODE_PATH", folder.path().join("node_modules"));
    server.tell(&mut command);
    step::run("the official JavaScript SDK against the emulator", &mut command)
}

fn there_is(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}
