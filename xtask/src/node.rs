//! A folder with the official JavaScript SDK in it, kept in the target folder.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::{step, workspace};

/// The official SDK as npm names it, at the version that the expectations were written against.
pub const SDK: &str = "ali-oss@6.23.0";

/// A folder of packages.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The folder that an earlier run left, or a new one with the official SDK from npm; `None` if this machine has no
    /// `node` with `npm`.
    pub fn with_sdk() -> Result<Option<Self>> {
        if !there_is("node") || !there_is("npm") {
            return Ok(None);
        }
        let folder = workspace::kept("node-sdk", SDK, |folder| {
            println!("installing {SDK} into {}", workspace::relative(folder));
            let install =
                ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"];
            step::output(Command::new("npm").args(install).arg(folder).arg(SDK))
                .context("installing the official SDK from npm")?;
            Ok(())
        })?;
        Ok(Some(Self { folder }))
    }

    /// Where `node` finds the SDK: the value of its variable `NODE_PATH`.
    pub fn modules(&self) -> PathBuf {
        self.folder.join("node_modules")
    }
}

fn there_is(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}
