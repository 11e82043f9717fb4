use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use crate::Progress;

/// What happens during a transfer, of the kind that its direction knows. [`transfer_event!`](crate::transfer_event) implements
/// it for an enum whose variants have the usual names.
pub trait TransferEvent: Clone {
    /// The event that says how many events were dropped because they were not taken in time.
    fn missed(count: u64) -> Self;

    /// The event that warns.
    fn warning(warning: String) -> Self;

    /// The event that says that everything is transferred again, and why.
    fn restarted(reason: String) -> Self;

    /// The event that shows the progress.
    fn progress(progress: Progress) -> Self;

    /// Whether this event shows the progress: of two in a row the later one says it all.
    fn is_progress(&self) -> bool;
}

/// Implements [`TransferEvent`](crate::TransferEvent) for an enum with the variants `Missed(u64)`, `Warning(String)`,
/// `Restarted { reason: String }` and `Progress(Progress)`.
#[macro_export]
macro_rules! transfer_event {
    ($event:ty) => {
        impl $crate::TransferEvent for $event {
            fn missed(count: u64) -> Self {
                Self::Missed(count)
            }

            fn warning(warning: String) -> Self {
                Self::Warning(warning)
            }

            fn restarted(reason: String) -> Self {
                Self::Restarted { reason }
            }

            fn progress(progress: $crate::Progress) -> Self {
                Self::Progress(progress)
            }

            fn is_progress(&self) -> bool {
                matches!(self, Self::Progress(_))
            }
        }
    };
}

/// Hands the events of one transfer to every subscriber.
#[derive(Debug)]
pub struct EventHub<E: TransferEvent> {
    queues: Mutex<Vec<Weak<Mutex<Queue<E>>>>>,
}

#[derive(Debug)]
struct Queue<E> {
    events: VecDeque<E>,
    missed: u64,
    closed: bool,
    waker: Option<Waker>,
}

impl<E: TransferEvent> EventHub<E> {
    /// A hub without subscribers.
    pub fn new() -> Self {
        Self { queues: Mutex::new(Vec::new()) }
    }

    /// The events from now on.
    pub fn subscribe(&self) -> Events<E> {
        let queue = Queue { events: VecDeque::new(), missed: 0, closed: false, waker: None };
        let queue = Arc::new(Mutex::new(queue));
        lock(&self.queues).push(Arc::downgrade(&queue));
        Events { queue }
    }

    /// Hands an event to every subscriber.
    pub fn emit(&self, event: &E) {
        self.for_each(|queue| queue.push(event.clone()));
    }

    fn for_each(&self, mut act: impl FnMut(&mut Queue<E>)) {
        lock(&self.queues).retain(|queue| {
            let Some(queue) = queue.upgrade() else { return false };
            let waker = {
                let mut queue = lock(&queue);
                act(&mut queue);
                queue.waker.take()
            };
            waker.into_iter().for_each(Waker::wake);
            true
        });
    }
}

impl<E: TransferEvent> Default for EventHub<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: TransferEvent> Drop for EventHub<E> {
    fn drop(&mut self) {
        self.for_each(|queue| queue.closed = true);
    }
}

impl<E: TransferEvent> Queue<E> {
    fn push(&mut self, event: E) {
        if let Some(last) = self.events.back_mut()
            && event.is_progress()
            && last.is_progress()
        {
            *last = event;
            return;
        }
        if self.events.len() == QUEUE_LEN {
            self.events.pop_front();
            self.missed += 1;
        }
        self.events.push_back(event);
    }
}

/// The events of one transfer from the moment of subscription; ends with the transfer.
///
/// Keeps the last 1,024 events that were not taken, and then says how many were missed.
#[derive(Debug)]
pub struct Events<E> {
    queue: Arc<Mutex<Queue<E>>>,
}

impl<E: TransferEvent> Events<E> {
    /// The next event; `None` once the transfer has ended and all were taken.
    pub async fn next(&mut self) -> Option<E> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<E: TransferEvent> Stream for Events<E> {
    type Item = E;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<E>> {
        let mut queue = lock(&self.queue);
        if queue.missed > 0 {
            return Poll::Ready(Some(E::missed(std::mem::take(&mut queue.missed))));
        }
        if let Some(event) = queue.events.pop_front() {
            return Poll::Ready(Some(event));
        }
        if queue.closed {
            return Poll::Ready(None);
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const QUEUE_LEN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    enum Event {
        Warning(String),
        Restarted { reason: String },
        Progress(Progress),
        Missed(u64),
    }

    transfer_event!(Event);

    fn warning(number: u64) -> Event {
        Event::Warning(number.to_string())
    }

    fn progress(confirmed: u64) -> Event {
        Event::Progress(Progress { confirmed, ..Progress::default() })
    }

    #[tokio::test]
    async fn a_slow_listener_learns_what_it_missed_and_when_it_is_over() {
        let hub = EventHub::new();
        let mut events = hub.subscribe();
        (0..1030).for_each(|n| hub.emit(&warning(n)));
        assert_eq!(events.next().await, Some(Event::Missed(6)));
        assert_eq!(events.next().await, Some(warning(6)));
        drop(hub);
        let mut left = 0;
        while events.next().await.is_some() {
            left += 1;
        }
        assert_eq!(left, 1023);
    }

    #[tokio::test]
    async fn of_two_samples_of_the_progress_the_later_one_is_kept() {
        let hub = EventHub::new();
        let mut events = hub.subscribe();
        [progress(1), progress(2), warning(3), progress(4)].iter().for_each(|e| hub.emit(e));
        assert_eq!(events.next().await, Some(progress(2)));
        assert_eq!(events.next().await, Some(warning(3)));
        assert_eq!(events.next().await, Some(progress(4)));
    }
}
