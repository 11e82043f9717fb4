//! A limit of bytes per second, shared and changeable while transfers run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A limit of bytes per second. Clones share one limit, so one value can govern several transports.
///
/// Applies to the bytes of bodies, not to headers or TLS. First come, first served; waiting ends with the call.
#[derive(Clone, Debug)]
pub struct BandwidthLimit(Arc<Mutex<Schedule>>);

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
        Self(Arc::new(Mutex::new(Schedule { rate: bytes_per_second, free_at: None })))
    }

    /// No limit, until [`set`](Self::set) sets one.
    pub fn unlimited() -> Self {
        Self::new(0)
    }

    /// Changes the limit, also for transfers that run; 0 is no limit.
    pub fn set(&self, bytes_per_second: u64) {
        let mut schedule = self.schedule();
        schedule.rate = bytes_per_second;
        schedule.free_at = None;
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

    /// Takes `bytes` from the allowance; gives the time to wait before they may move.
    pub(crate) fn reserve(&self, bytes: usize) -> Option<Duration> {
        let mut schedule = self.schedule();
        if schedule.rate == 0 || bytes == 0 {
            return None;
        }
        let now = Instant::now();
        let start = schedule.free_at.map_or(now, |free_at| free_at.max(now));
        let nanos = (bytes as u128 * 1_000_000_000).div_ceil(u128::from(schedule.rate));
        schedule.free_at = Some(start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)));
        let wait = start - now;
        (!wait.is_zero()).then_some(wait)
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    #[tokio::test(start_paused = true)]
    async fn the_second_piece_waits_for_the_first_to_have_gone() {
        let limit = BandwidthLimit::new(1000);
        assert_eq!(limit.reserve(500), None);
        assert_eq!(limit.reserve(500), Some(Duration::from_millis(500)));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(limit.reserve(1), None, "time that was not used is not saved up");
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_counts_from_the_next_piece() {
        let limit = BandwidthLimit::new(1);
        assert_eq!(limit.reserve(1000), None);
        limit.set(0);
        assert_eq!((limit.reserve(1000), limit.piece()), (None, None));
        limit.set(10_000_000);
        assert_eq!(limit.piece(), Some(64 * 1024));
    }
}
