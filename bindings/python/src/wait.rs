//! Waiting for the runtime without keeping the interpreter from other threads.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ossup::Progress;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use tokio::sync::{oneshot, watch};

use crate::{logs, runtime};

/// What the runtime's side of a call asks of the thread that waits for it.
pub(crate) enum Event {
    /// Tell the caller's function how far it is.
    Progress(Progress),
    /// Read the next bytes; none are the end.
    Read(oneshot::Sender<Option<Bytes>>),
    /// The result is there.
    Done,
}

/// Becomes true when the call is to end early.
pub(crate) type Cancelled = watch::Receiver<bool>;

/// Ends a call that another thread waits for.
#[pyclass(frozen, module = "ossup._ossup")]
pub(crate) struct Cancel(watch::Sender<bool>);

#[pymethods]
impl Cancel {
    #[new]
    fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Ends the call, now or as soon as it begins.
    fn cancel(&self) {
        self.0.send_replace(true);
    }
}

/// The caller's functions.
#[derive(Default)]
pub(crate) struct Callbacks {
    /// Takes the bytes that were added, the bytes so far, and the total or -1.
    pub(crate) progress: Option<Py<PyAny>>,
    /// Gives the next bytes; none at the end.
    pub(crate) read: Option<Py<PyAny>>,
    /// Ends the call from another thread.
    pub(crate) cancel: Option<Py<Cancel>>,
    /// What was reported last.
    reported: u64,
}

impl Callbacks {
    pub(crate) fn new(progress: Option<Py<PyAny>>, read: Option<Py<PyAny>>, cancel: Option<Py<Cancel>>) -> Self {
        Self { progress, read, cancel, reported: 0 }
    }

    pub(crate) fn cancelled_by(cancel: Option<Py<Cancel>>) -> Self {
        Self::new(None, None, cancel)
    }

    fn on_progress(&mut self, py: Python<'_>, progress: Progress) -> PyResult<()> {
        let Some(function) = &self.progress else { return Ok(()) };
        let added = progress.transferred.saturating_sub(self.reported);
        self.reported = self.reported.max(progress.transferred);
        if added > 0 {
            let total = progress.total.and_then(|total| i64::try_from(total).ok()).unwrap_or(-1);
            function.call1(py, (added, self.reported, total))?;
        }
        Ok(())
    }

    fn on_read(&self, py: Python<'_>) -> PyResult<Bytes> {
        let Some(read) = &self.read else { return Ok(Bytes::new()) };
        let block: PyBackedBytes = read.call0(py)?.extract(py)?;
        Ok(Bytes::from_owner(block))
    }
}

/// Runs a future on the runtime and waits for it, detached from the interpreter. Signals are handled meanwhile: an exception
/// of a signal handler, or of one of the caller's functions, ends the future through `Cancelled` and is returned once it has
/// ended.
pub(crate) fn wait<T, Fut>(
    py: Python<'_>,
    mut callbacks: Callbacks,
    start: impl FnOnce(Sender<Event>, Cancelled) -> Fut,
) -> PyResult<T>
where
    T: Send + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    let runtime = runtime::handle()?;
    let (events, mut received) = channel();
    let own = watch::Sender::new(false);
    let cancel = callbacks.cancel.as_ref().map_or_else(|| own.clone(), |cancel| cancel.get().0.clone());
    let result = Arc::new(Mutex::new(None));
    {
        let _entered = runtime.enter();
        let future = start(events.clone(), cancel.subscribe());
        let result = result.clone();
        runtime.spawn(async move {
            let done = Finished(events);
            let output = future.await;
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(output);
            drop(done);
        });
    }
    let mut failure: Option<PyErr> = None;
    let mut give_up: Option<Instant> = None;
    loop {
        let (back, event) = py.detach(move || {
            let event = received.recv_timeout(SIGNAL_INTERVAL);
            (received, event)
        });
        received = back;
        let outcome = match event {
            Ok(Event::Progress(progress)) if failure.is_none() => callbacks.on_progress(py, progress),
            Ok(Event::Progress(_)) | Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(Event::Read(reply)) if failure.is_none() => callbacks.on_read(py).map(|bytes| {
                let _ = reply.send(Some(bytes));
            }),
            Ok(Event::Read(_)) => Ok(()),
            Ok(Event::Done) | Err(RecvTimeoutError::Disconnected) => break,
        };
        logs::drain(py);
        if let Err(error) = outcome.and_then(|()| py.check_signals()) {
            // A user who presses Ctrl-C twice does not want to wait.
            if give_up.is_some() {
                return Err(error);
            }
            let patience = if error.is_instance_of::<PyKeyboardInterrupt>(py) { INTERRUPTED } else { FAILED };
            give_up = Some(Instant::now() + patience);
            failure.get_or_insert(error);
            cancel.send_replace(true);
        }
        if give_up.is_some_and(|at| Instant::now() >= at) {
            break;
        }
    }
    if failure.is_none() {
        // What was sent before the end and not yet looked at: the last progress.
        for event in received.try_iter() {
            if let Event::Progress(progress) = event {
                callbacks.on_progress(py, progress)?;
            }
        }
    }
    logs::drain(py);
    if let Some(error) = failure {
        return Err(error);
    }
    let output = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    output.ok_or_else(|| PyRuntimeError::new_err("the call ended without a result"))
}

/// Runs a future that has nothing to clean up: `None` if it was cancelled.
pub(crate) async fn unless_cancelled<T>(mut cancelled: Cancelled, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = on_cancel(&mut cancelled) => None,
    }
}

/// Completes when the call is to end early.
pub(crate) async fn on_cancel(cancelled: &mut Cancelled) {
    if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Says that the future has ended, also if it panicked.
struct Finished(Sender<Event>);

impl Drop for Finished {
    fn drop(&mut self) {
        let _ = self.0.send(Event::Done);
    }
}

/// Longest wait between two looks at pending signals.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);
/// How long cleaning up may take after Ctrl-C, so that the program ends within a second.
const INTERRUPTED: Duration = Duration::from_millis(800);
/// How long cleaning up may take after an exception of the caller's.
const FAILED: Duration = Duration::from_secs(35);
