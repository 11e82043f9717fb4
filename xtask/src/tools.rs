//! Programs that other people wrote, each at one version, installed from crates.io below the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{step, workspace};

/// One program.
pub(crate) struct Tool {
    /// As crates.io names it.
    package: &'static str,
    version: &'static str,
    program: &'static str,
    /// Further arguments of `cargo install`.
    install: &'static [&'static str],
}

/// Without optimisation a program is built in half the time.
const UNOPTIMISED: &[&str] = &["--debug"];

pub(crate) const FUZZ: Tool = Tool { package: "cargo-fuzz", version: "0.13.2", program: "cargo-fuzz", install: &[] };
pub(crate) const HACK: Tool =
    Tool { package: "cargo-hack", version: "0.6.46", program: "cargo-hack", install: UNOPTIMISED };
pub(crate) const DENY: Tool =
    Tool { package: "cargo-deny", version: "0.20.2", program: "cargo-deny", install: UNOPTIMISED };
pub(crate) const TYPOS: Tool = Tool { package: "typos-cli", version: "1.52.0", program: "typos", install: UNOPTIMISED };
pub(crate) const MACHETE: Tool =
    Tool { package: "cargo-machete", version: "0.9.2", program: "cargo-machete", install: UNOPTIMISED };
pub(crate) const SEMVER: Tool =
    Tool { package: "cargo-semver-checks", version: "0.51.0", program: "cargo-semver-checks", install: &[] };

pub(crate) const LLVM_COV: Tool =
    Tool { package: "cargo-llvm-cov", version: "0.9.1", program: "cargo-llvm-cov", install: UNOPTIMISED };

impl Tool {
    /// A command that starts it in the workspace's root: the program on the path if it is of this version, or one that
    /// is installed first.
    ///
    /// # Errors
    /// If it cannot be installed.
    pub(crate) fn command(&self) -> Result<Command> {
        let mut command = Command::new(self.path()?);
        command.current_dir(workspace::root());
        Ok(command)
    }

    fn path(&self) -> Result<PathBuf> {
        if self.is_on_the_path() {
            return Ok(self.program.into());
        }
        let content = format!("{} {}", self.package, self.version);
        let folder = workspace::kept(&format!("tools/{}", self.package), &content, |folder| {
            println!("{content} is not installed; fetching it into {}", workspace::relative(folder));
            self.install(folder).with_context(|| format!("{content} could not be installed from crates.io"))
        })?;
        Ok(folder.join("bin").join(format!("{}{}", self.program, std::env::consts::EXE_SUFFIX)))
    }

    fn is_on_the_path(&self) -> bool {
        let version = step::output(Command::new(self.program).arg("--version")).unwrap_or_default();
        version.split_whitespace().any(|word| word == self.version)
    }

    fn install(&self, folder: &Path) -> Result<()> {
        let mut command = step::cargo();
        command.args(["install", self.package, "--locked", "--version", self.version]).args(self.install);
        command.arg("--root").arg(folder);
        step::run(&format!("install {}", self.package), &mut command)
    }
}
