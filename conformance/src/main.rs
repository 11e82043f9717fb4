//! What others say about ours: the official SDKs and a browser judge the emulator, the signer and the client, one list of
//! behaviours is tried on every OSS there is, and every example runs.
//!
//! `cargo xtask` starts this program: `conformance`, `wire`, `examples` and `vectors` are its commands.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod behaviour;
mod both_ways;
mod browser;
mod capture;
mod download_takeover;
mod examples;
mod known_failures;
mod node;
mod python;
mod runner;
mod server;
mod signing;
mod takeover;
mod vectors;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What others say about ours.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    judge: Judge,
}

#[derive(Subcommand)]
enum Judge {
    /// The emulator and the signer judged by the official SDKs, which are fetched from PyPI and npm, and by a browser.
    Conformance {
        /// Which suite.
        #[arg(value_enum, default_value_t = runner::Part::All)]
        part: runner::Part,
        /// Of the Python suite only the cases whose sentence has this text, or that are in the file of this name.
        #[arg(long)]
        only: Option<String>,
        /// A fifth of the random requests and objects.
        #[arg(long)]
        few: bool,
    },
    /// Every request of our client beside the official Python SDK's, into `docs/`.
    Wire {
        /// Only compare the committed table with what the clients do.
        #[arg(long)]
        check: bool,
    },
    /// Every example against the embedded emulator.
    Examples {
        /// Run those that were built before.
        #[arg(long)]
        built: bool,
    },
    /// Every signing vector in a folder, by the schema `oss-signing-vectors`.
    Vectors {
        /// The folder.
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().judge {
        Judge::Conformance { part, only, few } => runner::run(part, only.as_deref(), few),
        Judge::Wire { check } => wire::run(check),
        Judge::Examples { built } => examples::run(built),
        Judge::Vectors { folder } => vectors::run(&folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("conformance: {error:#}");
            ExitCode::FAILURE
        }
    }
}
