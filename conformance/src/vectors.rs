//! `cargo xtask vectors DIR`: checks files of signing vectors against `oss-auth`.

// The crate's own tests use the same check on the copies in `tests/vectors`.
#[path = "../../crates/oss-auth/tests/it/vector_check.rs"]
mod vector_check;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

/// Checks every `.json` file in `dir` and prints what passed and what failed.
///
/// # Errors
/// If a vector fails, a kind is unknown, or there is no file to check.
pub(crate) fn run(dir: &Path) -> anyhow::Result<()> {
    let mut failed = 0;
    for file in json_files(dir)? {
        let text = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
        let report = vector_check::check(&text);
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        println!("{name}: {} passed, {} failed", report.passed, report.failures.len());
        for failure in &report.failures {
            println!("  {failure}");
        }
        failed += report.failures.len();
    }
    ensure!(failed == 0, "{failed} vectors failed");
    Ok(())
}

fn json_files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| format!("could not list {}", dir.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("could not list {}", dir.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("no .json file in {}", dir.display());
    }
    files.sort();
    Ok(files)
}
