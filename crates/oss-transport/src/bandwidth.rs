//! A limit of bytes per second, shared and changeable while transfers run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::call::BoxFuture;

/// A limit of bytes per second. Clones share one limit, so one value can govern several transports.
///
/// Applies to the bytes of bodies, not to headers or TLS. First come, first served; waiting ends with the call.
#[derive(Clone, Debug)]
pub struct BandwidthLimit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    schedule: Mutex<Schedule>,
    /// Told of every change of the rate, for those who wait.
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct Schedule {
    /// Bytes per second; 0 is no limit.
    rate: u64,
    /// When the bytes handed out so far will have gone, at this rate.
    free_at: Option<Instant>,
}

impl BandwidthLimit {
    /// A limit of `bytes_per_second`; 0 is no limit.
    pub fn new(bytes_per_second: u64) -> Self {
        let schedule = Mutex::new(Schedule { rate: bytes_per_second, free_at: None });
        Self(Arc::new(Shared { schedule, changes: watch::Sender::new(()) }))
    }

    /// No limit, until [`set`](Self::set) sets one.
    pub fn unlimited() -> Self {
        Self::new(0)
    }

    /// Changes the limit, also for transfers that run and for bytes that wait already; 0 is no limit.
    pub fn set(&self, bytes_per_second: u64) {
        let mut schedule = self.schedule();
        if schedule.rate != bytes_per_second {
            *schedule = Schedule { rate: bytes_per_second, free_at: None };
            self.0.changes.send_replace(());
        }
    }

    /// The limit in bytes per second; 0 is no limit.
    pub fn bytes_per_second(&self) -> u64 {
        self.schedule().rate
    }

    /// Most bytes to hand out at once, so that the flow is even; `None` without a limit.
    pub(crate) fn piece(&self) -> Option<usize> {
        const SMALLEST: u64 = 1024;
        const LARGEST: u64 = 64 * 1024;
        let rate = self.schedule().rate;
        let piece = (rate / PIECES_PER_SECOND).clamp(SMALLEST, LARGEST);
        (rate > 0).then(|| usize::try_from(piece).unwrap_or(usize::MAX))
    }

    /// Takes `bytes` from the allowance; gives the wait before they may move. After a change of the limit they take their place
    /// again, at the new rate.
    pub(crate) fn reserve(&self, bytes: usize) -> Option<BoxFuture<'static, ()>> {
        let first = self.place(bytes)?;
        let limit = self.clone();
        Some(Box::pin(async move {
            let mut place = Some(first);
            while let Some(Place { wait, mut changes }) = place {
                tokio::select! {
                    biased;
                    // The sender is part of the limit, which is alive.
                    _ = changes.changed() => place = limit.place(bytes),
                    () = tokio::time::sleep(wait) => return,
                }
            }
        }))
    }

    /// The place of so many bytes in the line; `None` if they may move now.
    fn place(&self, bytes: usize) -> Option<Place> {
        let mut schedule = self.schedule();
        if schedule.rate == 0 || bytes == 0 {
            return None;
        }
        let now = Instant::now();
        let start = schedule.free_at.map_or(now, |free_at| free_at.max(now));
        let nanos = (bytes as u128 * 1_000_000_000).div_ceil(u128::from(schedule.rate));
        schedule.free_at = Some(start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)));
        let wait = start - now;
        // Subscribed before another one can change the rate.
        (!wait.is_zero()).then(|| Place { wait, changes: self.0.changes.subscribe() })
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.0.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Place {
    wait: Duration,
    changes: watch::Receiver<()>,
}

const PIECES_PER_SECOND: u64 = 10;

impl Default for BandwidthLimit {
    fn default() -> Self {
        Self::unlimited()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long so many bytes wait.
    async fn wait(limit: &BandwidthLimit, bytes: usize) -> Duration {
        let begin = Instant::now();
        if let Some(wait) = limit.reserve(bytes) {
            wait.await;
        }
        begin.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn the_second_piece_waits_for_the_first_to_have_gone() {
        let limit = BandwidthLimit::new(1000);
        assert_eq!(wait(&limit, 500).await, Duration::ZERO);
        assert_eq!(wait(&limit, 500).await, Duration::from_millis(500));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(wait(&limit, 1).await, Duration::ZERO, "time that was not used is not saved up");
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_counts_at_once_also_for_what_waits() {
        let limit = BandwidthLimit::new(1);
        assert_eq!(wait(&limit, 1000).await, Duration::ZERO);
        let waiting = limit.reserve(1000).expect("a thousand seconds");
        let behind = limit.reserve(1000).expect("two thousand");
        limit.set(0);
        assert_eq!((wait(&limit, 1000).await, limit.piece()), (Duration::ZERO, None));
        let begin = Instant::now();
        waiting.await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        limit.set(1000);
        limit.set(100);
        let third = limit.reserve(100);
        assert!(third.is_none(), "the first of a new limit");
        behind.await;
        assert_eq!(begin.elapsed(), Duration::from_secs(1), "in line again, at the rate that is in force");
        limit.set(10_000_000);
        assert_eq!(limit.piece(), Some(64 * 1024));
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_limit_again_changes_nothing() {
        let limit = BandwidthLimit::new(100);
        assert_eq!(wait(&limit, 1000).await, Duration::ZERO);
        let waiting = limit.reserve(1).expect("ten seconds");
        limit.set(100);
        let begin = Instant::now();
        waiting.await;
        assert_eq!(begin.elapsed(), Duration::from_secs(10));
    }
}
