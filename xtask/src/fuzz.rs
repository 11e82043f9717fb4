//! The fuzz targets in `fuzz/`, each for a while.
//!
//! `cargo-fuzz` does the work; if it is not installed, it is fetched into the target folder. Its sanitizer needs flags
//! that are not stable: `RUSTC_BOOTSTRAP` lets the toolchain at hand take them, so no other one has to be installed.
//! What the fuzzer learns stays in `fuzz/corpus`, what it finds in `fuzz/artifacts`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{step, workspace};

const CARGO_FUZZ: &str = "0.13.2";
/// An input that takes longer than this is a finding, in seconds.
const SLOW: u32 = 10;
/// Megabytes that a target may need, its server in memory and the sanitizer included.
const MEMORY: u32 = 1024;

/// Runs every target for `seconds`, those after a finding too.
///
/// # Errors
/// If there was a finding, or `cargo-fuzz` cannot be installed.
pub(crate) fn run(seconds: u32) -> Result<()> {
    let cargo_fuzz = cargo_fuzz()?;
    let folder = workspace::root().join("fuzz");
    let mut findings = Vec::new();
    for program in workspace::files(&folder.join("fuzz_targets"), "rs")? {
        let target = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let corpus = folder.join("corpus").join(&target);
        std::fs::create_dir_all(&corpus)?;
        let mut command = Command::new(&cargo_fuzz);
        command.current_dir(&folder).env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "run", &target]);
        command.arg(&corpus).arg(folder.join("seeds").join(&target)).arg("--");
        command.arg(format!("-max_total_time={seconds}"));
        command.args([
            format!("-timeout={SLOW}"),
            format!("-rss_limit_mb={MEMORY}"),
            "-print_final_stats=1".to_owned(),
        ]);
        if let Err(error) = step::run(&format!("fuzz {target} for {seconds} s"), &mut command) {
            println!("{error:#}");
            findings.push(target);
        }
    }
    if !findings.is_empty() {
        bail!("findings in {}: the inputs are in fuzz/artifacts", findings.join(", "));
    }
    Ok(())
}

/// The program that is on the path, or one that is installed below the target folder.
fn cargo_fuzz() -> Result<PathBuf> {
    if Command::new("cargo-fuzz").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok("cargo-fuzz".into());
    }
    let content = format!("cargo-fuzz {CARGO_FUZZ}");
    let folder = workspace::kept("cargo-fuzz", &content, |folder| {
        println!("cargo-fuzz is not installed; fetching version {CARGO_FUZZ} into {}", folder.display());
        install(folder).context("cargo-fuzz could not be installed; a C++ compiler and access to crates.io are needed")
    })?;
    Ok(folder.join("bin").join("cargo-fuzz"))
}

fn install(folder: &Path) -> Result<()> {
    let mut command = step::cargo();
    command.args(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ, "--root"]).arg(folder);
    step::run("install cargo-fuzz", &mut command)
}
