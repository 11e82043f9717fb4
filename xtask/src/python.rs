//! Python environments, kept in the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{step, workspace};

/// The official SDK as PyPI names it, at the version that the expectations were written against.
pub const SDK: &str = "alibabacloud-oss-v2==1.4.1";

/// What the conformance suite and the tests of the Python package need from PyPI.
pub const PACKAGES: &[&str] =
    &["maturin>=1.9,<2", "setuptools>=77", "pytest>=8", "pytest-asyncio", "aiohttp", "fsspec", "mypy", SDK];

/// A virtual environment.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The one with the official SDK.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn with_sdk() -> Result<Self> {
        Self::with("python", PACKAGES)
    }

    /// The environment `name` that an earlier run left, or a new one with `packages` from PyPI.
    ///
    /// # Errors
    /// Without a `python3` that has `venv`, with the line that says how to get one.
    pub fn with(name: &str, packages: &[&str]) -> Result<Self> {
        let folder = workspace::kept(name, &packages.join(" "), |folder| {
            println!("installing {} into {}", packages.join(", "), workspace::relative(folder));
            let made = Command::new("python3").args(["-m", "venv"]).arg(folder).status();
            if !made.is_ok_and(|status| status.success()) {
                bail!("python3 with its venv module is needed (Debian: apt-get install python3-venv)");
            }
            // What is imported is compiled then; most of it never is.
            let install =
                ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary", "--no-compile"];
            step::output(Command::new(python_in(folder)).args(install).args(packages))
                .context("installing from PyPI")?;
            Ok(())
        })?;
        Ok(Self { folder })
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        python_in(&self.folder)
    }
}

fn python_in(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}
