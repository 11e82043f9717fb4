//! Features of the published packages: one adds a choice and never changes what other code does, so each must build by itself, with
//! nothing left unused.
//!
//! Each is checked beside what all packages depend on, so that no dependency is compiled once more for each set of its own features.

use std::process::Command;

use anyhow::Result;
use xtask::step;

use crate::packages;

/// The libraries that have features, without any: all else of them is in the build of the workspace, which gives this one every
/// dependency as it is.
pub(crate) fn without_any() -> Command {
    let mut build = linting(DENY_WARNINGS);
    build.args(["build", "--quiet", "--package", "dependencies", "--features", "dependencies/tests"]);
    for library in LIBRARIES {
        build.args(["--package", library]);
    }
    build.arg("--no-default-features");
    build
}

/// The libraries whose own dependencies ask for no feature of another of them.
const LIBRARIES: &[&str] = &["oss-auth", "oss-downloader", "oss-transfer", "oss-transport", "oss-uploader", "ossup"];

/// Checks each package without features, and with each of them.
///
/// # Errors
/// If one does not compile, or with a warning.
pub(crate) fn each() -> Result<()> {
    for package in packages::published()? {
        for feature in std::iter::once("").chain(package.choices()) {
            let mut check = linting(LINT_THIS);
            check.args(["check", "--quiet", "--package", &package.name, "--package", "dependencies"]);
            check.args(["--no-default-features", "--features", feature]);
            let feature = if feature.is_empty() { "none" } else { feature };
            step::run(&format!("features of {}: {feature}", package.name), &mut check)?;
        }
    }
    Ok(())
}

/// Cargo, with clippy as the compiler of what is ours.
fn linting(arguments: &str) -> Command {
    let mut cargo = step::cargo();
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", arguments);
    cargo
}

/// For clippy as the compiler: every warning fails, as in `.ci/run`.
const DENY_WARNINGS: &str = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";

/// Every warning of the package that is asked for fails, and what it depends on was asked for before.
const LINT_THIS: &str = "--no-deps__CLIPPY_HACKERY__-Dwarnings__CLIPPY_HACKERY__";
