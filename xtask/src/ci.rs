//! The whole check, step by step. What takes longer is in `audit`.
//!
//! Most of the time goes into building dependencies, again for each set of features and each profile. So there are few
//! of them: one build for tests, programs and examples; one check for lints and documentation; one release build of the
//! hot paths; and what the features of each package by itself come to.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use xtask::{step, watch};

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

/// Runs every step until one fails, and says how long each took.
///
/// # Errors
/// If a step fails.
pub(crate) fn run(options: Options) -> Result<()> {
    let mut passed = Vec::new();
    let start = Instant::now();
    let done = steps(options, &mut passed);
    println!();
    for (name, seconds) in &passed {
        println!("{name:<40} {seconds:>6.0} s");
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("steps: {} passed, {} failed, {seconds:.0} s", passed.len(), u32::from(done.is_err()));
    done
}

fn steps(options: Options, passed: &mut Vec<(String, f64)>) -> Result<()> {
    let mut program = |name: &str, command: &mut Command| -> Result<()> {
        let start = Instant::now();
        match name {
            "tests" => watch::run(name, command, watch::LIMIT)?,
            _ => step::run(name, command)?,
        }
        passed.push((name.to_owned(), start.elapsed().as_secs_f64()));
        Ok(())
    };
    program("format", step::cargo().args(["fmt", "--all", "--check"]))?;
    program("tidy", step::this().arg("tidy"))?;
    program("programs and examples", step::cargo().args(step::BUILD_ALL))?;
    if !options.tests_done {
        program("tests", step::cargo().args(["test", "--workspace"]))?;
    }
    program("simulation", step::built("sim")?.args(["--seeds", SIM_SEEDS]))?;
    // Every warning, `clippy::incompatible_msrv` among them: what is newer than the manifest's `rust-version`.
    program(
        "lints",
        step::cargo().args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
    )?;
    program("oldest compilers", step::this().arg("msrv"))?;
    // With the examples, the features of dependencies are those of the lints. Libraries and programs share names, so they
    // are documented one after the other.
    for (name, targets) in [("docs of libraries", "--lib"), ("docs of programs", "--bins")] {
        let mut docs = step::cargo();
        docs.args(["doc", "--workspace", "--no-deps", "--all-features", "--examples", targets]);
        program(name, docs.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
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
    program("examples", step::built("conformance")?.arg("examples"))?;
    if options.offline {
        println!("\nleft out: conformance and wire, which fetch the official SDKs");
        return Ok(());
    }
    program("conformance", step::built("conformance")?.arg("conformance"))?;
    program("wire", step::built("conformance")?.args(["wire", "--check"]))
}

/// Runs of the simulation: under 20 seconds without optimisation, on two cores.
const SIM_SEEDS: &str = "600";
