//! The command line, in this process.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Carries out a command line, whose first argument is the program's name, and returns the exit code. Once in a process.
#[pyfunction]
pub(crate) fn command_line(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| ossup_cli::run(arguments))
}
