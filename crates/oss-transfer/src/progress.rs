mod counts;

use std::collections::VecDeque;
// `counts` takes its atomics from here, so that the tests can give it others.
use std::sync::{Arc, Mutex, PoisonError, atomic};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use self::counts::{Counts, Sent, Sums};

/// How far a transfer is, at one moment.
///
/// Bytes are counted in the object: a part that is sent twice counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Size of the object in bytes; `None` for a stream of unknown length that has not ended.
    pub total: Option<u64>,
    /// Bytes that have arrived, those of an earlier run included: of an upload, what the server has acknowledged; of a
    /// download, what was written. Never goes back.
    pub confirmed: u64,
    /// Bytes of parts under way: of an upload, handed to the network and not acknowledged. Goes back when an attempt fails.
    pub in_flight: u64,
    /// The most that `confirmed` and `in_flight` together ever were: for a bar that never goes back.
    pub transferred: u64,
    /// Bytes of `confirmed` that an earlier run had transferred.
    pub reused: u64,
    /// Bytes per second over the last seconds.
    pub rate: f64,
    /// Time left at this rate; `None` while the total or the rate is unknown. Serialized in seconds.
    #[serde(serialize_with = "oss_models::serialize::optional_seconds")]
    pub eta: Option<Duration>,
}

/// Counts the bytes of one transfer. Shared by everything that moves them.
#[derive(Debug, Default)]
pub struct Meter {
    counts: Counts,
    samples: Mutex<VecDeque<(Instant, u64)>>,
    moved: Notify,
}

impl Meter {
    /// States the size of the object.
    pub fn set_total(&self, total: u64) {
        self.counts.set_total(total);
    }

    /// Adds bytes that an earlier run had transferred.
    pub fn add_reused(&self, bytes: u64) {
        self.counts.add_reused(bytes);
        self.moved.notify_one();
    }

    /// Begins again at zero; what was shown stays until it is passed.
    pub fn restart(&self) {
        self.counts.restart();
    }

    /// Waits until bytes have moved, and until this time at least.
    pub async fn moved_after(&self, time: Instant) {
        sleep_until(time).await;
        self.moved.notified().await;
    }

    /// Bytes that have moved or were there before; those of a failed attempt are taken back.
    pub fn moved_bytes(&self) -> u64 {
        self.counts.moved()
    }

    /// How far the transfer is at `now`.
    pub fn snapshot(&self, now: Instant) -> Progress {
        let Sums { total, confirmed, in_flight, transferred, reused } = self.counts.sums();
        let rate = self.rate(transferred.saturating_sub(reused), now);
        let eta = total.and_then(|total| time_for(total.saturating_sub(transferred), rate));
        Progress { total, confirmed, in_flight, transferred, reused, rate, eta }
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate needs no exact bytes")]
    fn rate(&self, sent: u64, now: Instant) -> f64 {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.back().is_none_or(|(at, _)| now.saturating_duration_since(*at) >= SAMPLE_INTERVAL) {
            samples.push_back((now, sent));
        }
        while samples.len() > 2
            && samples.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > RATE_WINDOW)
        {
            samples.pop_front();
        }
        let Some((since, at_first)) = samples.front() else { return 0.0 };
        let seconds = now.saturating_duration_since(*since).as_secs_f64();
        if seconds > 0.0 { sent.saturating_sub(*at_first) as f64 / seconds } else { 0.0 }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate needs no exact bytes")]
fn time_for(bytes: u64, rate: f64) -> Option<Duration> {
    if bytes == 0 {
        return Some(Duration::ZERO);
    }
    Duration::try_from_secs_f64(bytes as f64 / rate).ok()
}

/// Counts the bytes of one attempt of one part; what was not confirmed is taken back when it is dropped.
#[derive(Debug)]
pub struct PartGauge {
    meter: Arc<Meter>,
    sent: Sent,
}

impl PartGauge {
    /// The gauge of one attempt of one part.
    pub fn new(meter: &Arc<Meter>) -> Arc<Self> {
        Arc::new(Self { meter: meter.clone(), sent: Sent::default() })
    }

    /// So many more bytes moved.
    pub fn add(&self, bytes: u64) {
        self.meter.counts.add(&self.sent, bytes);
        self.meter.moved.notify_one();
    }

    /// The bytes that moved do not count: the attempt failed or begins again.
    pub fn reset(&self) {
        self.meter.counts.take_back(&self.sent);
    }

    /// The part has arrived.
    pub fn confirm(&self, len: u64) {
        self.meter.counts.confirm(&self.sent, len);
        self.meter.moved.notify_one();
    }
}

impl Drop for PartGauge {
    fn drop(&mut self) {
        self.reset();
    }
}

/// Shortest time between two reports of the progress of one transfer.
pub(crate) const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

const SAMPLE_INTERVAL: Duration = Duration::from_millis(250);
const RATE_WINDOW: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::{Acquire, Release};

    use super::*;
    use proptest::prelude::*;

    /// Rows: W51.
    #[tokio::test(start_paused = true)]
    async fn rate_and_time_left_follow_what_is_sent_and_not_what_was_there_before() {
        let meter = Arc::new(Meter::default());
        meter.set_total(1_000);
        meter.add_reused(400);
        let first = meter.snapshot(Instant::now());
        assert_eq!((first.confirmed, first.reused, first.rate, first.eta), (400, 400, 0.0, None));
        let gauge = PartGauge::new(&meter);
        gauge.add(200);
        let later = meter.snapshot(Instant::now() + Duration::from_secs(2));
        assert_eq!((later.confirmed, later.in_flight, later.transferred, later.rate), (400, 200, 600, 100.0));
        assert_eq!(later.eta, Some(Duration::from_secs(4)));
    }

    /// A body is read while its attempt is given up: what is taken back was in the meter before.
    ///
    /// Rows: W51.
    #[test]
    fn bytes_that_are_added_and_taken_back_at_once_never_fall_below_zero() {
        const ADDED: u64 = 2_000_000;
        let meter = Arc::new(Meter::default());
        let gauge = PartGauge::new(&meter);
        let now = Instant::from_std(std::time::Instant::now());
        let added = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                (0..ADDED).for_each(|_| gauge.add(1));
                added.store(true, Release);
            });
            scope.spawn(|| {
                while !added.load(Acquire) {
                    gauge.reset();
                }
            });
            while !added.load(Acquire) {
                let in_flight = meter.moved_bytes();
                assert!(in_flight <= ADDED, "{in_flight} bytes in flight");
            }
        });
        let progress = meter.snapshot(now);
        assert!(progress.transferred <= ADDED, "{progress:?}");
        drop(gauge);
        assert_eq!(meter.snapshot(now).in_flight, 0);
    }

    /// Rows: W51.
    #[test]
    fn the_bytes_of_a_stream_never_come_to_more_than_its_total() {
        let meter = Arc::new(Meter::default());
        let now = Instant::from_std(std::time::Instant::now());
        let gauge = PartGauge::new(&meter);
        gauge.add(10);
        // As it looks between the two steps of `confirm`.
        meter.counts.add_confirmed(10);
        meter.snapshot(now);
        gauge.reset();
        meter.set_total(10);
        assert_eq!(meter.snapshot(now).transferred, 10);
    }

    proptest! {
        /// Rows: W51.
        #[test]
        fn confirmed_and_transferred_never_go_back(steps in proptest::collection::vec((0..5_u8, 1..100_u64), 0..60)) {
            let meter = Arc::new(Meter::default());
            let now = Instant::from_std(std::time::Instant::now());
            let mut gauge = PartGauge::new(&meter);
            let mut last = meter.snapshot(now);
            for (step, bytes) in steps {
                match step {
                    0 | 1 => gauge.add(bytes),
                    2 => gauge.reset(),
                    3 => {
                        gauge.confirm(bytes);
                        gauge = PartGauge::new(&meter);
                    }
                    _ => meter.restart(),
                }
                let next = meter.snapshot(now);
                prop_assert!(next.confirmed >= last.confirmed && next.transferred >= last.transferred);
                prop_assert!(next.transferred >= next.confirmed);
                last = next;
            }
            drop(gauge);
            prop_assert_eq!(meter.snapshot(now).in_flight, 0);
        }
    }
}
