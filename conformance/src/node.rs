//! The official JavaScript SDK against the emulator.

use std::process::Command;

use anyhow::Result;

use crate::server::Server;
use xtask::node::Environment;
use xtask::{step, workspace};

/// Runs the suite, or says why not.
///
/// # Errors
/// If a case fails, or the SDK cannot be installed.
pub(super) fn run() -> Result<()> {
    let Some(environment) = Environment::with_sdk()? else {
        println!("node: left out, since this machine has no `node` with `npm`");
        return Ok(());
    };
    let server = Server::start()?;
    let mut command = Command::new("node");
    command.arg(workspace::root().join("conformance/node/suite.cjs")).env("NODE_PATH", environment.modules());
    server.tell(&mut command);
    step::run("the official JavaScript SDK against the emulator", &mut command)
}
