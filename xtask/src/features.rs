//! Features of the published packages: one adds a choice and never changes what other code does, so each must build by itself, with
//! nothing left unused.
//!
//! Each is checked beside what all packages depend on, so that no dependency is compiled once more for each set of its own features.

use anyhow::Result;
use xtask::step;

use crate::packages;

/// Checks each package without features, and with each of them.
///
/// # Errors
/// If one does not compile, or with a warning.
pub(crate) fn each() -> Result<()> {
    for package in packages::published()? {
        for feature in std::iter::once("").chain(package.choices()) {
            let mut check = step::cargo();
            // Clippy as the compiler of what is ours; every warning of the package that is asked for fails, and what it depends on was
            // asked for before.
            check.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", LINT_THIS);
            check.args(["check", "--quiet", "--package", &package.name, "--package", "dependencies"]);
            check.args(["--no-default-features", "--features", feature]);
            let feature = if feature.is_empty() { "none" } else { feature };
            step::run(&format!("features of {}: {feature}", package.name), &mut check)?;
        }
    }
    Ok(())
}

const LINT_THIS: &str = "--no-deps__CLIPPY_HACKERY__-Dwarnings__CLIPPY_HACKERY__";
