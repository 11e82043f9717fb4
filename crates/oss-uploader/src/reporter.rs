use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use oss_transfer::{Meter, Progress};
use tokio::time::Instant;

use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::events::{EventHub, UploadEvent};

/// A function of the caller that is told about the progress.
pub(crate) type ProgressCallback = Box<dyn FnMut(Progress) + Send>;

/// Tells the caller how far the upload is.
pub(crate) struct Reporter {
    pub(crate) meter: Arc<Meter>,
    pub(crate) events: Arc<EventHub>,
    pub(crate) callback: Mutex<Option<ProgressCallback>>,
}

impl Reporter {
    /// The source was opened.
    pub(crate) fn started(&self, size: Option<u64>) {
        size.into_iter().for_each(|size| self.set_total(size));
        self.emit(UploadEvent::Started { size });
    }

    /// The size of the object is known.
    pub(crate) fn set_total(&self, size: u64) {
        self.meter.set_total(size);
        tracing::Span::current().record("size", size);
    }

    /// Everything is sent again; this may be left of what was sent before.
    pub(crate) fn restart(&self, reason: String, left: Option<String>) {
        left.into_iter().for_each(|left| self.warn(left));
        self.meter.restart();
        self.emit(UploadEvent::Restarted { reason });
    }

    pub(crate) fn emit(&self, event: UploadEvent) {
        self.events.emit(&event);
    }

    pub(crate) fn warn(&self, warning: impl Into<String>) {
        let warning = warning.into();
        tracing::warn!("{warning}");
        self.emit(UploadEvent::Warning(warning));
    }

    /// Shows the progress to listeners and to the caller's function, whose panic is an error.
    pub(crate) fn progress(&self, stored: Stored) -> Result<(), UploadError> {
        let progress = self.meter.snapshot(Instant::now());
        self.emit(UploadEvent::Progress(progress));
        let mut callback = self.callback.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut call) = callback.take() else { return Ok(()) };
        match catch_unwind(AssertUnwindSafe(|| call(progress))) {
            Ok(()) => *callback = Some(call),
            Err(_) => {
                let kind = UploadErrorKind::Panicked { what: "the progress callback" };
                return Err(UploadError::new(Stage::Parts, kind, stored));
            }
        }
        Ok(())
    }
}
