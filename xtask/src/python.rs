//! A throw-away Python environment with the official SDK in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step;

/// The official SDK as PyPI names it, at the version that the expectations were written against.
pub(crate) const SDK: &str = "alibabacloud-oss-v2==1.4.1";

/// A virtual environment that is deleted with this value.
pub(crate) struct Environment {
    folder: tempfile::TempDir,
}

impl Environment {
    /// Makes an environment and installs the official SDK from PyPI.
    ///
    /// # Errors
    /// Without a `python3` that has `venv`, with the line that says how to get one.
    pub(crate) fn with_sdk() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("ossup-python-").tempdir()?;
        println!("installing {SDK} into a throw-away environment");
        let made = Command::new("python3").args(["-m", "venv"]).arg(folder.path()).status();
        if !made.is_ok_and(|status| status.success()) {
            bail!("python3 with its venv module is needed (Debian: apt-get install python3-venv)");
        }
        let environment = Self { folder };
        step::output(Command::new(environment.python()).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            SDK,
            "aiohttp",
        ]))
        .context("installing the official SDK from PyPI")?;
        Ok(environment)
    }

    /// Its interpreter.
    pub(crate) fn python(&self) -> PathBuf {
        let bin = if cfg!(windows) { Path::new("Scripts") } else { Path::new("bin") };
        self.folder.path().join(bin).join("python")
    }
}
