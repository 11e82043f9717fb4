//! Checks and chores of the workspace: `cargo xtask help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod bench;
mod capture;
mod ci;
mod conformance;
mod examples;
mod fuzz;
mod instructions;
mod node;
mod python;
mod rows;
mod server;
mod step;
mod tidy;
mod vectors;
mod wire;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Checks and chores of the ossup workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// The whole check: format, lints, tests, docs, features, examples, tidy, conformance.
    Ci {
        /// Leave out the workspace's tests, when they have just been run.
        #[arg(long)]
        tests_done: bool,
        /// Leave out what fetches the official SDKs from PyPI and npm.
        #[arg(long)]
        offline: bool,
    },
    /// What a program can check of the house rules: direction of dependencies, purity, layout of files.
    Tidy,
    /// Every example against the embedded emulator.
    Examples,
    /// The emulator and the signer judged by the official SDKs, which are fetched from PyPI and npm.
    Conformance {
        /// Which suite.
        #[arg(value_enum, default_value_t = conformance::Part::All)]
        part: conformance::Part,
        /// Of the Python suite only the cases whose sentence has this text, or that are in the file of this name.
        #[arg(long)]
        only: Option<String>,
    },
    /// Every signing vector in a folder, by the schema `oss-signing-vectors`.
    Vectors {
        /// The folder.
        folder: PathBuf,
    },
    /// Every request of our client beside the official Python SDK's, into `docs/`.
    Wire {
        /// Only compare the committed table with what the clients do.
        #[arg(long)]
        check: bool,
    },
    /// Speed and memory: ours, the limit, and the peers, interleaved in one run.
    Bench(bench::Options),
    /// Instructions of the hot paths, by callgrind, against the stored counts.
    Instructions {
        /// Store the counts instead.
        #[arg(long)]
        store: bool,
    },
    /// The fuzz targets of the client and the emulator; fetches cargo-fuzz if it is not installed.
    Fuzz {
        /// How long each target runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// The table of known weaknesses and the tests that guard against them, into `docs/`.
    Rows {
        /// Only compare the committed table with the tests.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Ci { tests_done, offline } => ci::run(tests_done, offline),
        Chore::Tidy => tidy::run(),
        Chore::Examples => examples::run(),
        Chore::Conformance { part, only } => conformance::run(part, only.as_deref()),
        Chore::Vectors { folder } => vectors::run(&folder),
        Chore::Wire { check } => wire::run(check),
        Chore::Bench(options) => bench::run(&options),
        Chore::Instructions { store } => instructions::run(store),
        Chore::Fuzz { seconds } => fuzz::run(seconds),
        Chore::Rows { check } => rows::run(check),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
