//! The command line of ossup.

use std::process::ExitCode;

fn main() -> ExitCode {
    ossup_cli::run(std::env::args_os().collect()).into()
}
