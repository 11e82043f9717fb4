//! The programs of `examples/engines`, each of which fails by itself when what it promises does not hold.

use anyhow::Result;
use xtask::{step, workspace};

/// The programs, in the order in which they run.
const PROGRAMS: [&str; 2] = ["datafusion-on-oss", "delta-on-oss"];

/// Builds and runs them. They have a workspace, a lock file and a target folder of their own.
///
/// # Errors
/// If one does not build with the lock file as it is, or fails.
pub(super) fn run() -> Result<()> {
    for program in PROGRAMS {
        let mut command = step::cargo();
        command.current_dir(workspace::root().join("examples/engines"));
        step::run(program, command.args(["run", "--locked", "--bin", program]))?;
    }
    Ok(())
}
