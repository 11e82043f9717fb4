//! Every task of a server, so that it can be stopped and awaited.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

/// The tasks of one server.
#[derive(Debug)]
pub(crate) struct Tasks {
    stop: watch::Sender<bool>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self { stop: watch::Sender::new(false) }
    }
}

impl Tasks {
    /// Runs `work` until it is done or the server stops.
    pub(crate) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> StoppableTask<T> {
        let mut stop = self.stop.subscribe();
        let work = async move {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => None,
                value = work => Some(value),
            }
        };
        StoppableTask(tokio::spawn(work.in_current_span()))
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Returns once every task that was spawned has ended.
    pub(crate) async fn ended(&self) {
        self.stop.closed().await;
    }
}

/// A task that ends with the server. Dropping the handle leaves it running.
#[derive(Debug)]
pub(crate) struct StoppableTask<T>(JoinHandle<Option<T>>);

/// The server stopped before the task was done, or the task panicked.
#[derive(Debug)]
pub(crate) struct Stopped;

impl<T> Future for StoppableTask<T> {
    type Output = Result<T, Stopped>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|joined| joined.ok().flatten().ok_or(Stopped))
    }
}
