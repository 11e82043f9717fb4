//! Standard input, output and error without the buffers of the standard library.

use std::fs::File;
use std::io::{self, Write as _};

use crate::failure::{Failure, Kind};

/// Standard output. Behind the buffer of `std::io::Stdout`, what a full disk refuses would be noticed too late.
pub(crate) fn standard_output() -> io::Result<File> {
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
    Ok(handle.into())
}

/// Standard error.
pub(crate) fn standard_error() -> io::Result<File> {
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&io::stderr()).try_clone_to_owned()?;
    Ok(handle.into())
}

/// Standard input. A file behind it can be read anywhere.
pub(crate) fn standard_input() -> io::Result<File> {
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned()?;
    Ok(handle.into())
}

/// Writes content to standard output. A reader that goes away is no error.
pub(crate) fn write_all(bytes: &[u8]) -> Result<(), Failure> {
    match standard_output().and_then(|mut out| out.write_all(bytes)) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Kind::Target, format!("standard output could not be written: {error}")))
        }
        _ => Ok(()),
    }
}
