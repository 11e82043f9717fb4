//! The programs of `bench/peers`, built for speed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use xtask::{step, workspace};

/// Where they were built.
#[derive(Clone)]
pub(crate) struct Programs {
    folder: PathBuf,
}

/// The folder of the workspace that holds them.
pub(crate) fn source() -> PathBuf {
    workspace::root().join("bench/peers")
}

impl Programs {
    /// Builds all of them.
    pub(crate) fn build() -> Result<Self> {
        let target = workspace::target()?.join("bench-peers");
        let mut build = step::cargo();
        build.args(["build", "--release", "--workspace", "--bins", "--quiet"]);
        build.current_dir(source()).arg("--target-dir").arg(&target);
        step::run("building the programs to measure", &mut build)?;
        Ok(Self { folder: target.join("release") })
    }

    /// Path of one of them.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// The limit, which also makes and reads the files.
    pub(crate) fn limit(&self) -> Command {
        Command::new(self.path("bench-limit"))
    }
}

/// Version of a crate in the lock file of the programs.
pub(crate) fn locked_version(name: &str) -> Result<String> {
    version_in(&source().join("Cargo.lock"), name)
}

fn version_in(lock: &Path, name: &str) -> Result<String> {
    let text = std::fs::read_to_string(lock).with_context(|| lock.display().to_string())?;
    let start = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = text.split_once(&start).with_context(|| format!("{name} is not locked"))?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}
