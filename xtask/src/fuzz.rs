//! The fuzz targets in `fuzz/`, each for a while.
//!
//! `cargo-fuzz` does the work; if it is not installed, it is fetched into the target folder. Its sanitizer needs flags
//! that are not stable: `RUSTC_BOOTSTRAP` lets the toolchain at hand take them, so no other one has to be installed.
//! What the fuzzer learns stays in `fuzz/corpus`, what it finds in `fuzz/artifacts`.

use anyhow::{Result, bail};

use crate::{step, tools, workspace};

/// An input that takes longer than this is a finding, in seconds.
const SLOW: u32 = 10;
/// Megabytes that a target may need, its server in memory and the sanitizer included.
const MEMORY: u32 = 1024;

/// Runs every target for `seconds`, those after a finding too.
///
/// # Errors
/// If there was a finding, or `cargo-fuzz` cannot be installed.
pub(crate) fn run(seconds: u32) -> Result<()> {
    let folder = workspace::root().join("fuzz");
    let mut findings = Vec::new();
    for program in workspace::files(&folder.join("fuzz_targets"), "rs")? {
        let target = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let corpus = folder.join("corpus").join(&target);
        std::fs::create_dir_all(&corpus)?;
        let mut command = tools::FUZZ.command()?;
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
