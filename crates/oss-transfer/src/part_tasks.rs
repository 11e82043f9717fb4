use std::future::pending;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;

use crate::commands::{Command, Commands};
use crate::progress::PROGRESS_INTERVAL;
use crate::{Meter, Transfer, TransferError};

/// The tasks of one transfer in parts, each known by a key; two attempts of one part have the same.
pub struct PartTasks<'a, K, T, E: TransferError> {
    transfer: &'a Transfer<E>,
    tasks: JoinSet<T>,
    running: Vec<(K, AbortHandle)>,
    commands: Commands,
    next_report: Instant,
}

/// What a transfer in parts continues with.
#[expect(clippy::exhaustive_enums, reason = "a transfer that ignored one would hang")]
#[derive(Debug)]
pub enum Wake<K, T> {
    /// The owner commands.
    Command(Command),
    /// The task of this key ended; `None` if it panicked.
    Task(K, Option<T>),
    /// What was to be waited for besides is there.
    Due,
    /// Bytes have moved, and it is time to say so.
    Moved,
}

impl<'a, K: Copy + PartialEq, T: Send + 'static, E: TransferError> PartTasks<'a, K, T, E> {
    /// No task yet.
    pub fn new(transfer: &'a Transfer<E>) -> Self {
        let (commands, next_report) = (transfer.commands.clone(), Instant::now());
        Self { transfer, tasks: JoinSet::new(), running: Vec::new(), commands, next_report }
    }

    /// The command that holds now.
    pub fn command(&mut self) -> Command {
        self.commands.current()
    }

    /// Runs `work` in a task, in this span.
    pub fn spawn(&mut self, key: K, span: tracing::Span, work: impl Future<Output = T> + Send + 'static) {
        let task = self.tasks.spawn(work.instrument(span));
        self.running.push((key, task));
    }

    /// Ends the other tasks of a part that is there.
    pub fn abort(&mut self, key: K) {
        self.running.iter().filter(|(running, _)| *running == key).for_each(|(_, task)| task.abort());
    }

    /// A task that has ended already, as [`Wake::Task`] tells of one; `None` if there is none.
    pub fn ended(&mut self) -> Option<(K, Option<T>)> {
        let ended = pin!(ended(&mut self.tasks, &mut self.running));
        match ended.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(ended) => ended,
            Poll::Pending => None,
        }
    }

    /// Ends every task and waits for their ends.
    pub async fn shutdown(&mut self) {
        self.tasks.shutdown().await;
    }

    /// Shows the progress, and not again for a moment.
    ///
    /// # Errors
    /// The caller's function panicked.
    pub fn report_progress(&mut self, at: E::Moment) -> Result<(), E> {
        self.next_report = Instant::now() + PROGRESS_INTERVAL;
        self.transfer.reporter.progress(at)
    }

    /// Waits for a command, the end of a task, `until`, `other`, or bytes to have moved; of several that have come the
    /// first counts.
    pub async fn wake(&mut self, until: Option<Instant>, other: impl Future<Output = ()>) -> Wake<K, T> {
        let meter: &Meter = &self.transfer.reporter.meter;
        let due = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            command = self.commands.changed() => Wake::Command(command),
            Some((key, done)) = ended(&mut self.tasks, &mut self.running) => Wake::Task(key, done),
            () = due => Wake::Due,
            () = other => Wake::Due,
            () = meter.moved_after(self.next_report) => Wake::Moved,
        }
    }
}

/// The next task that ended by itself; `None` if there is none.
async fn ended<K, T: 'static>(tasks: &mut JoinSet<T>, running: &mut Vec<(K, AbortHandle)>) -> Option<(K, Option<T>)> {
    loop {
        let joined = tasks.join_next_with_id().await?;
        let id = joined.as_ref().map_or_else(tokio::task::JoinError::id, |(id, _)| *id);
        let Some(index) = running.iter().position(|(_, task)| task.id() == id) else { continue };
        let (key, _) = running.swap_remove(index);
        match joined {
            Ok((_, done)) => return Some((key, Some(done))),
            // An attempt of a part that is there.
            Err(error) if error.is_cancelled() => {}
            Err(_) => return Some((key, None)),
        }
    }
}
