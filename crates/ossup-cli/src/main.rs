//! The command line of ossup.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod address;
mod append;
mod arguments;
mod cat;
mod changed;
mod check;
mod completions;
mod config;
mod confirm;
mod cp;
mod credentials;
mod delete;
mod du;
mod exit;
mod failure;
mod filters;
mod found;
mod global;
mod hash;
mod hint;
mod keys;
mod log;
mod ls;
mod mb;
mod mkdir;
mod mv;
mod output;
mod presign;
mod progress;
mod properties;
mod rb;
mod report;
mod restore;
mod rm;
mod schema;
mod serve;
mod set_props;
mod shard;
mod signals;
mod size;
mod stat;
mod streams;
mod sync;
mod time;
mod uploads;
mod version;
mod versioned;

use std::io;
use std::process::ExitCode;

use clap::FromArgMatches as _;
use tokio::runtime::{Builder, Runtime};

use arguments::{Arguments, Command};
use exit::Exit;
use failure::{Failure, Kind};
use global::Global;
use output::{Output, Style};
use signals::Signals;

fn main() -> ExitCode {
    let Arguments { global, command } = match arguments::command()
        .try_get_matches_from(arguments::spelled(std::env::args_os()))
        .and_then(|matches| Arguments::from_arg_matches(&matches))
    {
        Ok(arguments) => arguments,
        Err(error) => return wrong_command_line(&error).into(),
    };
    let global = global.with_output_of_profile();
    let mut style = global.style();
    // Whatever follows the name of a command that is not here belongs to it.
    style.json |= command.instead().is_some() && asks_for_json();
    let output = Output::new(command.name(), style, command.writes_content());
    match output {
        Ok(output) => {
            if let Err(error) = log::init(&output, global.loglevel, global.log_file.as_deref()) {
                return output.finish(output.failed(&error)).into();
            }
            run(&global, command, &output).into()
        }
        Err(error) => {
            output::note(format_args!("there is no standard output: {error}"));
            Exit::Failed.into()
        }
    }
}

fn run(global: &Global, command: Command, output: &Output) -> Exit {
    let checked = global.check().and_then(|()| match command.instead() {
        Some(instead) => Err(Failure::usage(format!("there is no {}: {instead}", command.name()))),
        None => Ok(()),
    });
    if let Err(error) = checked {
        return output.finish(output.failed(&error));
    }
    let runtime = match runtime(&command) {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = Failure::new(Kind::Other, format!("could not start the runtime: {error}"));
            return output.finish(output.failed(&error));
        }
    };
    let done = runtime.block_on(carry_out(global, command, output));
    let exit = output.finish(done.unwrap_or_else(|error| output.failed(&error)));
    if let Some((destination, path)) = output.finished_report() {
        runtime.block_on(destination.upload(&path, output));
    }
    // A read of standard input that never ends must not keep the program.
    runtime.shutdown_background();
    exit
}

async fn carry_out(global: &Global, command: Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Ls(ls) => until_signal(ls.run(global, output)).await,
        Command::Stat(stat) => until_signal(stat.run(global, output)).await,
        Command::Du(du) => until_signal(du.run(global, output)).await,
        Command::Cat(cat) => until_signal(cat.run(global, output)).await,
        Command::Cp(cp) => Box::pin(cp::cp(&cp, None, global, output)).await,
        Command::Mv(mv) => Box::pin(mv.run(global, output)).await,
        Command::Rm(rm) => until_signal(rm.run(global, output)).await,
        Command::Rb(rb) => until_signal(rb.run(global, output)).await,
        Command::Presign(presign) => until_signal(presign.run(global, output)).await,
        Command::Sync(sync) => Box::pin((*sync).run(global, output)).await,
        Command::Check(check) => until_signal(check.run(global, output)).await,
        Command::Hash(hash) => until_signal(hash.run(global, output)).await,
        Command::Mkdir(mkdir) => until_signal(mkdir.run(global, output)).await,
        Command::Append(append) => until_signal(append.run(global, output)).await,
        Command::Restore(restore) => until_signal(restore.run(global, output)).await,
        Command::SetProps(set_props) => until_signal(set_props.run(global, output)).await,
        Command::CompleteAddress(complete) => complete.run(global, output).await,
        Command::Uploads(uploads) => until_signal(uploads.run(global, output)).await,
        Command::Mb(mb) => until_signal(mb.run(global, output)).await,
        Command::Serve(serve) => serve::serve(serve).await.map_err(Failure::from),
        Command::Config(config) => until_signal(config.run(global, output)).await,
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(output),
        Command::Schema(schema) => schema.run(),
        Command::Version(version) => Ok(version.run(output)),
        // Refused already.
        _ => Ok(Exit::Usage),
    }
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
    let failure = Failure::usage(arguments::on_one_line(error));
    match Output::new("ossup", Style { json: asks_for_json(), ..Style::default() }, false) {
        Ok(output) => output.finish(output.failed(&failure)),
        Err(_) => Exit::Usage,
    }
}

/// Whether a command line that could not be read asks for JSON.
fn asks_for_json() -> bool {
    let arguments: Vec<_> = std::env::args_os().skip(1).take_while(|argument| argument != "--").collect();
    let format = |pair: &[std::ffi::OsString]| {
        pair.first().is_some_and(|name| name == "--output-format") && pair.last().is_some_and(|value| value == "json")
    };
    arguments.iter().any(|argument| argument == "--json" || argument == "--output-format=json")
        || arguments.windows(2).any(format)
}

/// One thread sends faster than a network takes; more would only pass the work between threads. The emulator is a server.
fn runtime(command: &Command) -> io::Result<Runtime> {
    let mut builder = match command {
        Command::Serve(_) => Builder::new_multi_thread(),
        Command::Cp(cp) if cp.local.is_some() => Builder::new_multi_thread(),
        Command::Mv(mv) if mv.cp.local.is_some() => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}
