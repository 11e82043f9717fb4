//! The command line of ossup.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod address;
mod arguments;
mod cp;
mod exit;
mod failure;
mod log;
mod output;
mod progress;
mod properties;
mod serve;
mod service;
mod signals;
mod size;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::{Builder, Runtime};

use arguments::{Arguments, Command};
use exit::Exit;
use failure::{Failure, Kind};
use output::Output;
use signals::Signals;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return wrong_command_line(&error).into(),
    };
    let command = &arguments.command;
    match Output::new(command.name(), command.show().json) {
        Ok(output) => {
            log::init(&output);
            run(arguments, &output).into()
        }
        Err(error) => {
            output::note(format_args!("there is no standard output: {error}"));
            Exit::Failed.into()
        }
    }
}

fn run(arguments: Arguments, output: &Output) -> Exit {
    let runtime = match runtime(&arguments.command) {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = Failure::new(Kind::Other, format!("could not start the runtime: {error}"));
            return output.finish(output.failed(&error));
        }
    };
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Cp(cp) => cp::cp(*cp, output).await,
            Command::Mb(mb) => until_signal(service::make_bucket(&mb, output)).await,
            Command::Serve(serve) => serve::serve(serve).await.map_err(Failure::from),
        }
    });
    // A read of standard input that never ends must not keep the program.
    runtime.shutdown_background();
    output.finish(done.unwrap_or_else(|error| output.failed(&error)))
}

/// A command that has nothing to clean up: a signal ends it, and the summary is still printed.
async fn until_signal(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
    tokio::select! {
        biased;
        done = command => done,
        signal = signals.next() => Ok(Exit::Signal(signal)),
    }
}

/// Help and version, which were asked for, or what is wrong, on one line.
fn wrong_command_line(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Done;
    }
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return Exit::Usage;
    }
    let failure = Failure::usage(arguments::on_one_line(&error.to_string()));
    let json = std::env::args_os().skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json");
    match Output::new("ossup", json) {
        Ok(output) => output.finish(output.failed(&failure)),
        Err(_) => Exit::Usage,
    }
}

/// One thread sends faster than a network takes; more would only pass the work between threads. The emulator is a server.
fn runtime(command: &Command) -> io::Result<Runtime> {
    let mut builder = match command {
        Command::Serve(_) => Builder::new_multi_thread(),
        Command::Cp(cp) if cp.local.is_some() => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}
