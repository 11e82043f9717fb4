use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use oss_transfer::{Meter, Progress};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::UploadResult;
use crate::engine::Command;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::events::{EventHub, Events};

/// An upload that runs in the background. `.await` it for the result; dropping it ends the upload.
pub struct UploadHandle {
    task: JoinHandle<Result<UploadResult, UploadError>>,
    command: watch::Sender<Command>,
    meter: Arc<Meter>,
    events: Weak<EventHub>,
}

impl UploadHandle {
    pub(crate) fn new(
        task: JoinHandle<Result<UploadResult, UploadError>>,
        command: watch::Sender<Command>,
        meter: Arc<Meter>,
        events: Weak<EventHub>,
    ) -> Self {
        Self { task, command, meter, events }
    }

    /// How far the upload is now.
    pub fn progress(&self) -> Progress {
        self.meter.snapshot(Instant::now())
    }

    /// What happens from now on, as a stream; ends with the upload.
    pub fn events(&self) -> Events {
        // If the upload is over already, so are the events.
        self.events.upgrade().unwrap_or_default().subscribe()
    }

    /// Starts no further part; parts under way finish. Of a stream nothing more is read, and what was read is sent, so that it
    /// keeps no share of [`Scheduler::buffered_bytes`](crate::Scheduler::buffered_bytes). Without effect on an object that is
    /// being sent by one PutObject.
    pub fn pause(&self) {
        self.tell(Command::Pause);
    }

    /// Begins parts again.
    pub fn resume(&self) {
        self.tell(Command::Run);
    }

    /// Ends the upload and waits until it has cleaned up, within its time limit. If the object was complete already, or
    /// its last request could no longer be called back and succeeded, that is the result.
    ///
    /// # Errors
    /// [`UploadErrorKind::Cancelled`], or what had gone wrong before.
    pub async fn cancel(self) -> Result<UploadResult, UploadError> {
        self.tell(Command::Cancel);
        self.await
    }

    pub(crate) fn tell(&self, command: Command) {
        // A cancelled upload stays so. No receiver means that the upload is over.
        self.command.send_if_modified(|current| {
            let changes = *current != Command::Cancel && *current != command;
            if changes {
                *current = command;
            }
            changes
        });
    }
}

impl Future for UploadHandle {
    type Output = Result<UploadResult, UploadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(Pin::new(&mut self.task).poll(cx)).unwrap_or_else(|error| {
            let kind = match error.is_panic() {
                true => UploadErrorKind::Panicked { what: "the upload" },
                false => UploadErrorKind::Cancelled,
            };
            // Ended in whatever it was doing.
            Err(UploadError::new(Stage::Parts, kind, Stored::Unknown))
        }))
    }
}

impl Drop for UploadHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for UploadHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadHandle").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
