use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use crate::{Controls, EventHub, Meter, Progress, TransferError, TransferEvent};

/// A function of the caller that is called with the progress.
pub type ProgressCallback = Box<dyn FnMut(Progress) + Send>;

/// Tells the caller how far a transfer is, and what happens.
pub struct Reporter<E: TransferError> {
    /// Counts the bytes.
    pub meter: Arc<Meter>,
    /// Hands events to those who subscribed.
    pub events: Arc<EventHub<E::Event>>,
    callback: Mutex<Option<ProgressCallback>>,
}

impl<E: TransferError> Reporter<E> {
    pub(crate) fn new(controls: Controls<E>, callback: Option<ProgressCallback>) -> Self {
        Self { meter: controls.meter, events: controls.events, callback: Mutex::new(callback) }
    }

    /// The size of the object is known.
    pub fn set_total(&self, size: u64) {
        self.meter.set_total(size);
        tracing::Span::current().record("size", size);
    }

    /// Everything is transferred again.
    pub fn restart(&self, reason: String) {
        self.meter.restart();
        self.emit(E::Event::restarted(reason));
    }

    /// Something happened.
    pub fn emit(&self, event: E::Event) {
        self.events.emit(&event);
    }

    /// Something happened that does not stop the transfer, but that the caller should know.
    pub fn warn(&self, warning: impl Into<String>) {
        let warning = warning.into();
        tracing::warn!("{warning}");
        self.emit(E::Event::warning(warning));
    }

    /// Shows the progress to listeners and to the caller's function.
    ///
    /// # Errors
    /// The function panicked.
    pub fn progress(&self, at: E::Moment) -> Result<(), E> {
        let progress = self.meter.snapshot(Instant::now());
        self.emit(E::Event::progress(progress));
        let mut callback = self.callback.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut call) = callback.take() else { return Ok(()) };
        match catch_unwind(AssertUnwindSafe(|| call(progress))) {
            Ok(()) => *callback = Some(call),
            Err(_) => return Err(E::panicked(at, "the progress callback")),
        }
        Ok(())
    }
}

impl<E: TransferError> fmt::Debug for Reporter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporter").field("meter", &self.meter).finish_non_exhaustive()
    }
}
