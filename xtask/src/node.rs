//! A throw-away folder with the official JavaScript SDK in it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::step;

/// The official SDK as npm names it, at the version that the expectations were written against.
pub(crate) const SDK: &str = "ali-oss@6.23.0";

/// A folder that is deleted with this value.
pub(crate) struct Environment {
    folder: tempfile::TempDir,
}

impl Environment {
    /// Makes a folder and installs the official SDK from npm; `None` if this machine has no `node` with `npm`.
    pub(crate) fn with_sdk() -> Result<Option<Self>> {
        if !there_is("node") || !there_is("npm") {
            return Ok(None);
        }
        let folder = tempfile::Builder::new().prefix("ossup-node-").tempdir()?;
        println!("installing {SDK} into a throw-away folder");
        let install =
            ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"];
        step::output(Command::new("npm").args(install).arg(folder.path()).arg(SDK))
            .context("installing the official SDK from npm")?;
        Ok(Some(Self { folder }))
    }

    /// Where `node` finds the SDK: the value of its variable `NODE_PATH`.
    pub(crate) fn modules(&self) -> PathBuf {
        self.folder.path().join("node_modules")
    }
}

fn there_is(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}
