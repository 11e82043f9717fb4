//! The whole check, step by step, cheapest first. What takes longer is in `audit`.

use std::process::Command;

use anyhow::Result;
use xtask::step;

use crate::packages;

/// What is left out.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Leave out the workspace's tests, when they have just been run.
    #[arg(long)]
    tests_done: bool,
    /// Leave out what fetches the official SDKs from PyPI and npm.
    #[arg(long)]
    offline: bool,
}

/// Runs every step until one fails, and says how many passed.
///
/// # Errors
/// If a step fails.
pub(crate) fn run(options: Options) -> Result<()> {
    let mut passed = 0;
    let done = steps(options, &mut passed);
    println!("\nsteps: {passed} passed, {} failed", u32::from(done.is_err()));
    done
}

fn steps(options: Options, passed: &mut u32) -> Result<()> {
    let mut program = |name: &str, command: &mut Command| -> Result<()> {
        step::run(name, command)?;
        *passed += 1;
        Ok(())
    };
    program("format", step::cargo().args(["fmt", "--all", "--check"]))?;
    program("tidy", step::this().arg("tidy"))?;
    // Every warning, `clippy::incompatible_msrv` among them: what is newer than the manifest's `rust-version`.
    program(
        "lints",
        step::cargo().args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
    )?;
    program("oldest compilers", step::this().arg("msrv"))?;
    if !options.tests_done {
        program("tests", step::cargo().args(["test", "--workspace"]))?;
    }
    program(
        "docs",
        step::cargo().args(["doc", "--workspace", "--no-deps", "--all-features"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    // A feature adds a choice and never changes what other code does: each must build by itself.
    for package in packages::published()? {
        for feature in std::iter::once("").chain(package.choices()) {
            let mut check = step::cargo();
            check.args(["clippy", "--quiet", "--package", &package.name, "--no-default-features"]);
            check.args(["--features", feature, "--", "-D", "warnings"]);
            let feature = if feature.is_empty() { "none" } else { feature };
            program(&format!("features of {}: {feature}", package.name), &mut check)?;
        }
    }
    program("instructions", step::this().arg("instructions"))?;
    program("examples", step::member("conformance").arg("examples"))?;
    if options.offline {
        println!("\nleft out: conformance and wire, which fetch the official SDKs");
        return Ok(());
    }
    program("conformance", step::member("conformance").arg("conformance"))?;
    program("wire", step::member("conformance").args(["wire", "--check"]))
}
