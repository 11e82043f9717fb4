use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use oss_transfer::{Meter, Progress};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::DownloadResult;
use crate::engine::Command;
use crate::error::{DownloadError, DownloadErrorKind, DownloadStage};
use crate::events::{DownloadEvents, EventHub};

/// A download that runs in the background. `.await` it for the result; dropping it ends the download.
pub struct DownloadHandle {
    task: JoinHandle<Result<DownloadResult, DownloadError>>,
    command: watch::Sender<Command>,
    meter: Arc<Meter>,
    events: Weak<EventHub>,
}

impl DownloadHandle {
    pub(crate) fn new(
        task: JoinHandle<Result<DownloadResult, DownloadError>>,
        command: watch::Sender<Command>,
        meter: Arc<Meter>,
        events: Weak<EventHub>,
    ) -> Self {
        Self { task, command, meter, events }
    }

    /// How far the download is now.
    pub fn progress(&self) -> Progress {
        self.meter.snapshot(Instant::now())
    }

    /// What happens from now on, as a stream; ends with the download.
    pub fn events(&self) -> DownloadEvents {
        // If the download is over already, so are the events.
        self.events.upgrade().unwrap_or_default().subscribe()
    }

    /// Begins no further part; parts under way finish.
    pub fn pause(&self) {
        self.send(Command::Pause);
    }

    /// Begins parts again.
    pub fn resume(&self) {
        self.send(Command::Run);
    }

    /// Ends the download and waits until it has cleaned up. If the file was in place already, that is the result.
    ///
    /// # Errors
    /// [`DownloadErrorKind::Cancelled`], or what had gone wrong before.
    pub async fn cancel(self) -> Result<DownloadResult, DownloadError> {
        self.send(Command::Cancel);
        self.await
    }

    pub(crate) fn send(&self, command: Command) {
        // A cancelled download stays so. No receiver means that the download is over.
        self.command.send_if_modified(|current| {
            let changes = *current != Command::Cancel && *current != command;
            if changes {
                *current = command;
            }
            changes
        });
    }
}

impl Future for DownloadHandle {
    type Output = Result<DownloadResult, DownloadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(Pin::new(&mut self.task).poll(cx)).unwrap_or_else(|error| Err(ended(&error))))
    }
}

/// What it means that the task of a download gave no result.
pub(crate) fn ended(error: &tokio::task::JoinError) -> DownloadError {
    let kind = match error.is_panic() {
        true => DownloadErrorKind::Panicked { what: "the download" },
        false => DownloadErrorKind::Cancelled,
    };
    DownloadError::new(DownloadStage::Parts, kind)
}

impl Drop for DownloadHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for DownloadHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadHandle").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
