//! From the arguments to the exit code.

use std::cell::Cell;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::pin::pin;

use clap::FromArgMatches as _;
use tokio::runtime::{Builder, Runtime};

use crate::address::star_within;
use crate::arguments::{Arguments, Command};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::output::{Output, Style};
use crate::signals::Signals;
use crate::{arguments, cp, log, output, serve};

/// Carries out a command line, whose first argument is the program's name, and returns the exit code.
///
/// Once in a process: it sets up the log, and the next command line would be taken for the first.
pub fn run(arguments: Vec<OsString>) -> u8 {
    arguments::given_as(arguments);
    let exit = exit_of_command_line();
    // The standard library does so at the end of a Rust program alone.
    let _ = io::stdout().flush();
    exit.code()
}

fn exit_of_command_line() -> Exit {
    let Arguments { global, command } = match arguments::command()
        .try_get_matches_from(arguments::spelled(arguments::given()))
        .and_then(|matches| Arguments::from_arg_matches(&matches))
    {
        Ok(arguments) => arguments,
        Err(error) => return wrong_command_line(&error),
    };
    let global = global.with_output_of_profile();
    let mut style = global.style();
    // Whatever follows the name of a command that is not here belongs to it.
    style.json |= command.instead().is_some() && asks_for_json();
    let output = Output::new(command.name(), style, command.writes_content());
    match output {
        Ok(output) => {
            if let Err(error) = log::init(&output, global.loglevel, global.log_file.as_deref()) {
                return output.finish(output.failed(&error));
            }
            run_command(&global, command, &output)
        }
        Err(error) => {
            output::note(format_args!("there is no standard output: {error}"));
            Exit::Failed
        }
    }
}

fn run_command(global: &Global, command: Command, output: &Output) -> Exit {
    let checked = global.check().and_then(|()| match command.instead() {
        Some(instead) => Err(Failure::usage(format!("there is no {}: {instead}", command.name()))),
        None => Ok(()),
    });
    if let Err(error) = checked {
        return output.finish(output.failed(&error));
    }
    // A shell that completes what is typed has no place for a hint.
    if !matches!(command, Command::CompleteAddress(_)) {
        let typed = arguments::given().skip(1).filter_map(|argument| argument.into_string().ok());
        typed.filter_map(|text| star_within(&text)).for_each(|hint| output.hint(hint));
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
        Command::Append(append) => Box::pin(append.run(global, output)).await,
        Command::Restore(restore) => until_signal(restore.run(global, output)).await,
        Command::SetProps(set_props) => Box::pin(set_props.run(global, output)).await,
        Command::CompleteAddress(complete) => complete.run(global, output).await,
        Command::Uploads(uploads) => Box::pin(uploads.run(global, output)).await,
        Command::Mb(mb) => until_signal(mb.run(global, output)).await,
        Command::Serve(serve) => serve::serve(serve).await,
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
    until_signal_unless(&Cell::new(false), command).await
}

/// A command of which something ends by itself on a signal, so that nothing is left on the server: while `is_ending` a signal
/// is left to that.
pub(crate) async fn until_signal_unless(
    is_ending: &Cell<bool>,
    command: impl Future<Output = Result<Exit, Failure>>,
) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
    let mut command = pin!(command);
    loop {
        tokio::select! {
            biased;
            done = &mut command => return done,
            signal = signals.next() => {
                if !is_ending.get() {
                    return Ok(Exit::Signal(signal));
                }
            }
        }
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
    let arguments: Vec<_> = arguments::given().skip(1).take_while(|argument| argument != "--").collect();
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
