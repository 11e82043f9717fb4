//! The runtime of this process.

use std::sync::{Mutex, PoisonError};

use pyo3::PyErr;
use pyo3::exceptions::PyOSError;
use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime, and the process that its threads belong to. Locked only by threads that are attached to the interpreter, so
/// that a fork never finds it locked.
static RUNTIME: Mutex<Option<(u32, Runtime)>> = Mutex::new(None);

/// The runtime of this process, with one worker thread. A child that was forked gets one of its own: threads do not
/// survive a fork.
pub(crate) fn handle() -> Result<Handle, PyErr> {
    let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, running)) = &*runtime
        && *owner == process
    {
        return Ok(running.handle().clone());
    }
    let started = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("ossup")
        .enable_all()
        .build()
        .map_err(|error| PyOSError::new_err(format!("could not start the runtime's thread: {error}")))?;
    let handle = started.handle().clone();
    // Waiting for the threads of the parent would never end, and its sockets are not ours to close.
    std::mem::forget(runtime.replace((process, started)));
    Ok(handle)
}
