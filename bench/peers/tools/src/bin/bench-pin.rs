//! `bench-pin CPUS PROGRAM ARGUMENT ...`: becomes a program that is kept to some processors.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let processors = arguments.next().context("missing argument: CPUS")?;
    let program = arguments.next().context("missing argument: PROGRAM")?;
    bench_tools::pin(&processors.to_string_lossy())?;
    Err(Command::new(program).args(arguments).exec().into())
}
