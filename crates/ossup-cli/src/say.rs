//! Lines to whoever reads. That nobody does any more is no reason to end an upload.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use serde::Serialize;

/// A line on standard output.
///
/// # Errors
/// It could not be written, for another reason than that its reader is gone.
pub(crate) fn out(line: impl Display) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// A line of JSON on standard output.
///
/// # Errors
/// As [`out`].
pub(crate) fn json(line: &impl Serialize) -> io::Result<()> {
    out(serde_json::to_string(line)?)
}

/// A line on standard error, under the command's name.
pub(crate) fn note(line: impl Display) {
    // There is nowhere else to say that it failed.
    let _ = writeln!(io::stderr().lock(), "ossup: {line}");
}
