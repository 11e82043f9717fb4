//! A Python environment with the official SDK in it, kept in the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{step, workspace};

/// The official SDK as PyPI names it, at the version that the expectations were written against.
pub const SDK: &str = "alibabacloud-oss-v2==1.4.1";

/// A virtual environment.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The environment that an earlier run left, or a new one with the official SDK from PyPI.
    ///
    /// # Errors
    /// Without a `python3` that has `venv`, with the line that says how to get one.
    pub fn with_sdk() -> Result<Self> {
        let folder = workspace::kept("python-sdk", SDK, |folder| {
            println!("installing {SDK} into {}", workspace::relative(folder));
            let made = Command::new("python3").args(["-m", "venv"]).arg(folder).status();
            if !made.is_ok_and(|status| status.success()) {
                bail!("python3 with its venv module is needed (Debian: apt-get install python3-venv)");
            }
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary"];
            step::output(Command::new(python_in(folder)).args(install).args([SDK, "aiohttp"]))
                .context("installing the official SDK from PyPI")?;
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
    let bin = if cfg!(windows) { Path::new("Scripts") } else { Path::new("bin") };
    folder.join(bin).join("python")
}
