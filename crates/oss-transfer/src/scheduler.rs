mod gate;

use std::fmt;
// `gate` takes its locks from here, so that the tests can give it others.
use std::sync::{self, Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use self::gate::Gate;
pub use self::gate::Permit;

/// Limits that all transfers which are given the same scheduler share. Cheap to clone; clones share too.
///
/// What waits is served by [`Priority`], then in order of arrival.
#[derive(Clone)]
pub struct Scheduler {
    connections: Arc<Gate>,
    buffered: Arc<Gate>,
    pacer: Option<Arc<Pacer>>,
}

/// Which of the transfers that wait for the same scheduler goes first.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Priority {
    /// After the others.
    Low,
    /// As most.
    #[default]
    Normal,
    /// Before the others.
    High,
}

impl Scheduler {
    /// A scheduler without limits.
    pub fn new() -> Self {
        Self { connections: Gate::new(u64::MAX), buffered: Gate::new(u64::MAX), pacer: None }
    }

    /// Sets how many objects and parts may be under way at a time, over all transfers. Default: no limit; 0 counts as 1.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = Gate::new(connections.max(1) as u64);
        self
    }

    /// Sets how many bytes of streams may be in buffers at a time, over all transfers. Default: no limit.
    ///
    /// A part that is larger than the limit goes alone.
    #[must_use]
    pub fn buffered_bytes(mut self, bytes: u64) -> Self {
        self.buffered = Gate::new(bytes);
        self
    }

    /// Sets how many bytes a second may move, over all transfers. Default: no limit; 0 counts as 1.
    ///
    /// Below some KiB a second the transport's limits of time may end an attempt before its bytes are sent.
    #[must_use]
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        self.pacer = Some(Arc::new(Pacer { rate: bytes_per_second.max(1), next: Mutex::new(None) }));
        self
    }

    /// Waits until one more object or part may be under way.
    pub async fn connection(&self, priority: Priority) -> Permit {
        Gate::enter(&self.connections, priority, 1).await
    }

    /// Waits until so many more bytes may be in buffers.
    pub async fn buffer(&self, priority: Priority, bytes: u64) -> Permit {
        Gate::enter(&self.buffered, priority, bytes).await
    }

    /// What spreads the bytes of all transfers over time; `None` without a limit.
    pub fn pacer(&self) -> Option<&Arc<Pacer>> {
        self.pacer.as_ref()
    }
}

impl Default for Scheduler {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler")
            .field("connections", &self.connections.limit())
            .field("buffered_bytes", &self.buffered.limit())
            .field("bandwidth", &self.pacer.as_ref().map(|pacer| pacer.rate))
            .finish()
    }
}

/// A scheduler as one transfer uses it: at its priority. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lane {
    scheduler: Scheduler,
    priority: Priority,
}

impl Lane {
    /// The limits of this scheduler, at this priority.
    pub fn new(scheduler: &Scheduler, priority: Priority) -> Self {
        Self { scheduler: scheduler.clone(), priority }
    }

    /// Waits until one more object or part may be under way.
    pub async fn connection(&self) -> Permit {
        self.scheduler.connection(self.priority).await
    }

    /// Waits until so many more bytes may be in buffers.
    pub async fn buffer(&self, bytes: u64) -> Permit {
        self.scheduler.buffer(self.priority, bytes).await
    }

    /// What spreads the bytes of all transfers over time; `None` without a limit.
    pub fn pacer(&self) -> Option<&Arc<Pacer>> {
        self.scheduler.pacer()
    }
}

/// Spreads the bytes of all transfers over time.
#[derive(Debug)]
pub struct Pacer {
    rate: u64,
    /// When the next byte may move.
    next: Mutex<Option<Instant>>,
}

impl Pacer {
    /// When `bytes` more may move; they count from now on.
    pub fn reserve(&self, bytes: u64, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.map_or(now, |next| next.max(now));
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.rate);
        *next = Some(at + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX / 4)));
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_waiting_are_served_by_priority_then_in_order() {
        let scheduler = Scheduler::new().connections(1);
        let Poll::Ready(first) = poll(pin!(scheduler.connection(Priority::Low))) else { panic!("free") };
        let mut low = pin!(scheduler.connection(Priority::Low));
        let mut normal = pin!(scheduler.connection(Priority::Normal));
        let mut high = pin!(scheduler.connection(Priority::High));
        assert!(poll(low.as_mut()).is_pending() && poll(normal.as_mut()).is_pending());
        assert!(poll(high.as_mut()).is_pending());
        drop(first);
        assert!(poll(low.as_mut()).is_pending() && poll(normal.as_mut()).is_pending());
        let Poll::Ready(permit) = poll(high) else { panic!("high goes first") };
        drop(permit);
        assert!(poll(low.as_mut()).is_pending());
        let Poll::Ready(permit) = poll(normal) else { panic!("then normal") };
        drop(permit);
        assert!(poll(low).is_ready());
    }

    #[test]
    fn those_who_no_longer_wait_hold_nothing() {
        let scheduler = Scheduler::new().buffered_bytes(10);
        let Poll::Ready(mut first) = poll(pin!(scheduler.buffer(Priority::Normal, 8))) else { panic!("free") };
        {
            let mut gone = pin!(scheduler.buffer(Priority::Normal, 5));
            assert!(poll(gone.as_mut()).is_pending());
            let mut behind = pin!(scheduler.buffer(Priority::Low, 2));
            assert!(poll(behind.as_mut()).is_pending());
        }
        let mut next = pin!(scheduler.buffer(Priority::Normal, 4));
        assert!(poll(next.as_mut()).is_pending());
        first.shrink_to(6);
        let Poll::Ready(next) = poll(next) else { panic!("there is room") };
        drop((first, next));
        assert_eq!(scheduler.buffered.used(), 0);
        assert!(poll(pin!(scheduler.buffer(Priority::Normal, 99))).is_ready(), "larger than the limit, alone");
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_are_spread_over_time() {
        let scheduler = Scheduler::new().bandwidth(1000);
        let (pacer, now) = (scheduler.pacer().unwrap(), Instant::now());
        assert_eq!(pacer.reserve(500, now), now);
        assert_eq!(pacer.reserve(500, now), now + Duration::from_millis(500));
        assert_eq!(pacer.reserve(1, now + Duration::from_secs(9)), now + Duration::from_secs(9));
    }
}
