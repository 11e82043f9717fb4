//! The command line of ossup.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod address;
mod arguments;
mod cp;
mod output;
mod progress;
mod say;
mod serve;
mod service;
mod size;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

use arguments::{Arguments, Command};

/// Exit code when the command could not do what was asked.
const FAILED: u8 = 1;
/// Exit code after Ctrl-C, as shells have it: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;
/// Exit code when the command line itself was wrong; apart from 2, which says that some files of several failed.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    // Quiet unless asked: OSSUP_LOG=debug, or a filter per module.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("OSSUP_LOG").unwrap_or_else(|_| EnvFilter::new("off")))
        .with_writer(std::io::stderr)
        .init();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            say::note(output::chain(&error));
            ExitCode::from(FAILED)
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let runtime = runtime(&arguments.command)?;
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Cp(cp) => cp::cp(*cp).await,
            Command::Mb { bucket, service } => {
                service::make_bucket(&bucket, &service).await.map(|()| ExitCode::SUCCESS)
            }
            Command::Serve(serve) => serve::serve(serve).await.map(|()| ExitCode::SUCCESS),
        }
    });
    // A read of standard input that waits for ever must not keep the program.
    runtime.shutdown_background();
    done
}

/// One thread sends faster than a network takes; more would only pass the work to and fro. The emulator is a server.
fn runtime(command: &Command) -> io::Result<Runtime> {
    let mut builder = match command {
        Command::Serve(_) => Builder::new_multi_thread(),
        Command::Cp(cp) if cp.local.is_some() => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}
