use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::Instrument;

use crate::commands::{Command, Commands, command};
use crate::{EventHub, Events, Meter, Progress, TransferError};

/// A transfer that runs in the background. `.await` it for the result; dropping it ends the transfer.
pub struct TransferHandle<T, E: TransferError> {
    task: JoinHandle<Result<T, E>>,
    command: watch::Sender<Command>,
    meter: Arc<Meter>,
    events: Weak<EventHub<E::Event>>,
}

/// How one transfer is commanded and watched: the side of it that runs.
#[derive(Debug)]
pub struct Controls<E: TransferError> {
    pub(crate) commands: Commands,
    pub(crate) meter: Arc<Meter>,
    pub(crate) events: Arc<EventHub<E::Event>>,
}

impl<E: TransferError> Controls<E> {
    /// The controls of a transfer that no one commands or watches.
    pub fn none() -> Self {
        Self { commands: Commands::none(), meter: Arc::default(), events: Arc::default() }
    }

    /// What counts the bytes.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }
}

impl<T, E: TransferError> TransferHandle<T, E> {
    /// Runs a transfer in a task of its own, in the caller's span.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn spawn<F>(run: impl FnOnce(Controls<E>) -> F) -> Self
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let (command, commands) = Commands::channel();
        let (meter, events) = (Arc::new(Meter::default()), Arc::new(EventHub::new()));
        let weak = Arc::downgrade(&events);
        let running = run(Controls { commands, meter: meter.clone(), events });
        Self { task: tokio::spawn(running.in_current_span()), command, meter, events: weak }
    }

    /// How far the transfer is now.
    pub fn progress(&self) -> Progress {
        self.meter.snapshot(Instant::now())
    }

    /// What happens from now on, as a stream; ends with the transfer.
    pub fn events(&self) -> Events<E::Event> {
        // If the transfer is over already, so are the events.
        self.events.upgrade().unwrap_or_default().subscribe()
    }

    /// Starts no further part; parts under way finish. Without effect on what goes by a single request.
    ///
    /// Of a stream that is uploaded nothing more is read, and what was read is sent, so that it keeps no share of
    /// [`Scheduler::buffered_bytes`](crate::Scheduler::buffered_bytes).
    pub fn pause(&self) {
        self.command(Command::Pause);
    }

    /// Starts parts again.
    pub fn resume(&self) {
        self.command(Command::Run);
    }

    /// Ends the transfer and waits until it has cleaned up, an upload within its `cleanup_timeout`. If it was complete
    /// already, or its last request could no longer be called back and succeeded, that is the result.
    ///
    /// # Errors
    /// That it was cancelled, or what had gone wrong before.
    pub async fn cancel(self) -> Result<T, E> {
        self.command(Command::Cancel);
        self.await
    }

    pub(crate) fn command(&self, asked: Command) {
        command(&self.command, asked);
    }
}

impl<T, E: TransferError> Future for TransferHandle<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(Pin::new(&mut self.task).poll(cx)).unwrap_or_else(|error| Err(E::of_lost_task(&error))))
    }
}

impl<T, E: TransferError> Drop for TransferHandle<T, E> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<T, E: TransferError> fmt::Debug for TransferHandle<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferHandle").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
