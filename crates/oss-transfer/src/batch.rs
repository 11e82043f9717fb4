use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::commands::Command;
use crate::{Events, Progress, TransferError, TransferEvent, TransferHandle};

/// Items of a batch that are transferred at a time, if not set.
pub const DEFAULT_JOBS: usize = 4;
/// Most items of a batch that are transferred at a time.
pub const MAX_JOBS: usize = 256;

/// Handles that are left to the rest of the program: its own files, the runtime, a walk or a list.
const OTHER_HANDLES: usize = 40;

/// Of so many items at a time, as many as the process can have open files and connections for, if each takes `each` of them;
/// `limit` is what the file system says of the process. At least one.
pub fn jobs_by_handles(jobs: usize, each: usize, limit: Option<u64>) -> usize {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    jobs.min((limit.saturating_sub(OTHER_HANDLES) / each.max(1)).max(1))
}

/// Transfers of a list of items that are under way at once. Dropping it ends them.
#[derive(Debug)]
pub struct Batch<I, T, E: TransferError> {
    running: Vec<Running<I, T, E>>,
}

/// An item whose transfer is under way.
#[derive(Debug)]
struct Running<I, T, E: TransferError> {
    item: I,
    handle: TransferHandle<T, E>,
    events: Events<E::Event>,
    /// Its end, until its last events were taken.
    outcome: Option<Result<T, E>>,
}

/// What happened to one item of a batch.
#[expect(clippy::exhaustive_enums, reason = "a batch that ignored one would lose it")]
#[derive(Debug)]
pub enum BatchEvent<I, T, E: TransferError> {
    /// Something happened during its transfer; the progress is in [`Batch::progress`] instead.
    Happened(I, E::Event),
    /// Its transfer ended. No event of it comes after this.
    Ended(I, Result<T, E>),
}

impl<I: Clone, T, E: TransferError> Batch<I, T, E> {
    /// Nothing is under way.
    pub fn new() -> Self {
        Self { running: Vec::new() }
    }

    /// Adds a transfer that was started.
    pub fn add(&mut self, item: I, handle: TransferHandle<T, E>) {
        let events = handle.events();
        self.running.push(Running { item, handle, events, outcome: None });
    }

    /// How many are under way.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether none is under way.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// The items under way, and how far each is.
    pub fn progress(&self) -> impl Iterator<Item = (&I, Progress)> {
        self.running.iter().map(|running| (&running.item, running.handle.progress()))
    }

    /// Cancels those that are under way, as [`TransferHandle::cancel`] does. Their ends are still among the events.
    pub fn cancel(&self) {
        self.running.iter().for_each(|running| running.handle.command(Command::Cancel));
    }

    /// What happens next; also pending while none is under way.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<BatchEvent<I, T, E>> {
        for index in 0..self.running.len() {
            if let Poll::Ready(event) = self.poll_item(index, cx) {
                return Poll::Ready(event);
            }
        }
        Poll::Pending
    }

    /// What happened to one item: its events first, so that none comes after its end.
    fn poll_item(&mut self, index: usize, cx: &mut Context<'_>) -> Poll<BatchEvent<I, T, E>> {
        let Some(running) = self.running.get_mut(index) else { return Poll::Pending };
        if running.outcome.is_none()
            && let Poll::Ready(outcome) = Pin::new(&mut running.handle).poll(cx)
        {
            running.outcome = Some(outcome);
        }
        while let Poll::Ready(Some(event)) = Pin::new(&mut running.events).poll_next(cx) {
            if !event.is_progress() {
                return Poll::Ready(BatchEvent::Happened(running.item.clone(), event));
            }
        }
        match running.outcome.take() {
            Some(outcome) => Poll::Ready(BatchEvent::Ended(self.running.swap_remove(index).item, outcome)),
            None => Poll::Pending,
        }
    }
}

impl<I: Clone, T, E: TransferError> Default for Batch<I, T, E> {
    fn default() -> Self {
        Self::new()
    }
}
