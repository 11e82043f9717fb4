use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use oss_models::{PartNumber, UploadId};

use crate::progress::Progress;

/// Something that happened during an upload.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum UploadEvent {
    /// The source was opened.
    Started {
        /// Size in bytes, if known.
        size: Option<u64>,
    },
    /// A multipart upload was initiated.
    Initiated {
        /// Its id.
        upload_id: UploadId,
    },
    /// An upload of an earlier run is gone on with.
    Resumed {
        /// Its id.
        upload_id: UploadId,
        /// Parts that need not be sent again.
        parts: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// The server knows the upload no longer; everything is sent again.
    Restarted {
        /// Why.
        reason: String,
    },
    /// A part was stored.
    PartStored {
        /// Its number.
        number: PartNumber,
        /// Its length in bytes.
        len: u64,
    },
    /// An attempt of a part failed; it goes again.
    PartFailed {
        /// Its number.
        number: PartNumber,
        /// The attempt, from 1.
        attempt: u32,
        /// The error.
        error: String,
        /// Wait before the next attempt.
        retry_in: Duration,
    },
    /// Bytes have moved.
    Progress(Progress),
    /// No further parts are begun for now.
    Paused,
    /// Parts are begun again.
    Continued,
    /// Every part is stored; the object is being put together.
    Completing,
    /// Something that does not stop the upload, but that somebody should know.
    Warning(String),
    /// Events were dropped because nobody took them.
    Missed(u64),
}

/// Hands events to everybody who listens.
#[derive(Debug, Default)]
pub(crate) struct EventHub {
    queues: Mutex<Vec<Weak<Mutex<Queue>>>>,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<UploadEvent>,
    missed: u64,
    closed: bool,
    waker: Option<Waker>,
}

impl EventHub {
    pub(crate) fn subscribe(&self) -> Events {
        let queue = Arc::new(Mutex::new(Queue::default()));
        lock(&self.queues).push(Arc::downgrade(&queue));
        Events { queue }
    }

    pub(crate) fn emit(&self, event: &UploadEvent) {
        self.for_each(|queue| queue.push(event.clone()));
    }

    fn for_each(&self, mut act: impl FnMut(&mut Queue)) {
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

impl Drop for EventHub {
    fn drop(&mut self) {
        self.for_each(|queue| queue.closed = true);
    }
}

impl Queue {
    fn push(&mut self, event: UploadEvent) {
        // Of two looks at the progress in a row the later one says it all.
        if let (UploadEvent::Progress(_), Some(last @ UploadEvent::Progress(_))) = (&event, self.events.back_mut()) {
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

/// The events of one upload from the moment of subscription; ends with the upload.
///
/// Keeps the last 1,024 events that were not taken, and then says how many were missed.
#[derive(Debug)]
pub struct Events {
    queue: Arc<Mutex<Queue>>,
}

impl Events {
    /// The next event; `None` once the upload has ended and all were taken.
    pub async fn next(&mut self) -> Option<UploadEvent> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Events {
    type Item = UploadEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<UploadEvent>> {
        let mut queue = lock(&self.queue);
        if queue.missed > 0 {
            return Poll::Ready(Some(UploadEvent::Missed(std::mem::take(&mut queue.missed))));
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

    #[tokio::test]
    async fn a_slow_listener_learns_what_it_missed_and_when_it_is_over() {
        let hub = EventHub::default();
        let mut events = hub.subscribe();
        (0..1030).for_each(|n| hub.emit(&UploadEvent::Warning(n.to_string())));
        assert_eq!(events.next().await, Some(UploadEvent::Missed(6)));
        assert_eq!(events.next().await, Some(UploadEvent::Warning("6".into())));
        drop(hub);
        let mut left = 0;
        while events.next().await.is_some() {
            left += 1;
        }
        assert_eq!(left, 1023);
    }

    #[tokio::test]
    async fn of_two_looks_at_the_progress_the_later_one_is_kept() {
        let hub = EventHub::default();
        let mut events = hub.subscribe();
        let progress = |confirmed| UploadEvent::Progress(Progress { confirmed, ..Progress::default() });
        hub.emit(&progress(1));
        hub.emit(&progress(2));
        assert_eq!(events.next().await, Some(progress(2)));
    }
}
