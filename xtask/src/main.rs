//! Checks and chores of the workspace: `cargo xtask help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod audit;
mod ci;
mod copy;
mod features;
mod fuzz;
mod instructions;
mod manual;
mod msrv;
mod package;
mod packages;
#[cfg(unix)]
mod picture;
mod promises;
mod public_api;
mod rows;
mod sabotage;
mod simulation;
mod tidy;
mod tools;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Args, Parser, Subcommand};
use xtask::{step, workspace};

/// Checks and chores of the ossup workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// The whole check, as `.ci/run` does it: format, lints, tests, docs, features, examples, tidy, conformance.
    Ci(ci::Options),
    /// What a program can check of the house rules: direction of dependencies, purity, layout of files.
    Tidy,
    /// Whether each published crate's dependencies are fine with the compiler that it says is enough.
    Msrv,
    /// Every example against the embedded emulator.
    #[command(disable_help_flag = true)]
    Examples(Passed),
    /// The emulator and the signer judged by the official SDKs, which are fetched from PyPI and npm.
    #[command(disable_help_flag = true)]
    Conformance(Passed),
    /// Every signing vector in a folder, by the schema `oss-signing-vectors`.
    #[command(disable_help_flag = true)]
    Vectors(Passed),
    /// Every request of our client beside the official Python SDK's, into `docs/`.
    #[command(disable_help_flag = true)]
    Wire(Passed),
    /// Speed and memory: ours, the limit, and the peers, interleaved in one run.
    #[command(disable_help_flag = true)]
    Bench(Passed),
    /// What is too slow for every change: minutes for each part. Installs the tools that it needs.
    Audit(audit::Options),
    /// Instructions of the hot paths, by callgrind, against the stored counts.
    Instructions(instructions::Options),
    /// The fuzz targets of the client and the emulator; fetches cargo-fuzz if it is not installed.
    Fuzz {
        /// How long each target runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Deliberate bugs, one after the other in a copy of the code, each of which a test or the simulation must find.
    Sabotage(sabotage::Options),
    /// Uploads, copies, downloads and syncs against a simulated OSS, network, disk and clock, whatever fails: `--seeds N`,
    /// `--seed N`, `--nightly`.
    Sim(Passed),
    /// The Python package: builds its wheel, installs it into an environment in the target folder, and runs its tests. Fetches
    /// what they need from PyPI.
    Python(package::Options),
    /// What the command line says of itself: the last section of its guide, manual pages and scripts for shells.
    Manual {
        /// Only compare the files with the program.
        #[arg(long)]
        check: bool,
    },
    /// The picture of a terminal in the README, recorded from a real run against the emulator.
    #[cfg(unix)]
    Picture,
    /// The figures at the end of each page about a promise: tests, deliberate bugs, and the last whole
    /// sweep of the simulation.
    Promises {
        /// Only compare the pages with the tests, the bugs and the sweep.
        #[arg(long)]
        check: bool,
    },
    /// The table of known weaknesses and the tests that guard against them, into `docs/`, and the figures of the promises.
    Rows {
        /// Only compare the committed table with the tests.
        #[arg(long)]
        check: bool,
    },
}

/// Arguments that another program of the workspace takes; `--help` shows them.
#[derive(Args)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Ci(options) => ci::run(options),
        Chore::Tidy => tidy::run(),
        Chore::Msrv => msrv::run(),
        Chore::Examples(passed) => start("conformance", &["examples"], passed),
        Chore::Conformance(passed) => start("conformance", &["conformance"], passed),
        Chore::Vectors(passed) => start("conformance", &["vectors"], passed),
        Chore::Wire(passed) => start("conformance", &["wire"], passed),
        Chore::Bench(passed) => start("bench-runner", &[], passed),
        Chore::Audit(options) => audit::run(&options),
        Chore::Instructions(options) => instructions::run(options),
        Chore::Fuzz { seconds } => fuzz::run(seconds),
        Chore::Sabotage(options) => sabotage::run(&options),
        Chore::Sim(passed) => simulation::run(&passed.arguments),
        Chore::Python(options) => package::run(options),
        Chore::Manual { check } => manual::run(check),
        #[cfg(unix)]
        Chore::Picture => picture::run(),
        Chore::Promises { check } => promises::run(check),
        Chore::Rows { check } => rows::run(check).and_then(|()| promises::run(check)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a program of another member; its own output says what went wrong.
fn start(package: &str, command: &[&str], passed: Passed) -> Result<()> {
    let status = step::member(package).args(command).args(passed.arguments).status()?;
    ensure!(status.success(), "{package} failed ({status})");
    Ok(())
}
