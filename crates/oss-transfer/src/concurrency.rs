mod climb;
mod ramp;

use std::time::Duration;

use climb::Climb;
use ramp::Ramp;

use crate::{MAX_PARALLEL_NUM, ParallelNum};

/// How many parts may be in flight.
///
/// Throttling halves the number, at most once a second since parts in flight fail together; calm raises it one by one.
/// In the automatic mode it begins low, is raised by steps while bytes show a use of more, and then climbs and descends as
/// the times of whole parts say.
#[derive(Clone, Debug)]
pub struct Concurrency {
    limit: usize,
    max: usize,
    last_cut: Option<Duration>,
    done: usize,
    done_since_change: usize,
    mode: Mode,
}

#[derive(Clone, Debug)]
enum Mode {
    Fixed,
    Ramp(Ramp),
    Climb(Climb),
}

impl Concurrency {
    /// As this option says.
    pub fn of(parallel: ParallelNum) -> Self {
        match parallel {
            ParallelNum::Fixed(parallel) => Self::fixed(parallel),
            ParallelNum::Auto => Self::auto(MAX_PARALLEL_NUM.into()),
        }
    }

    /// Up to `max` parts, from the start.
    pub fn fixed(max: usize) -> Self {
        let max = max.max(1);
        Self { limit: max, max, last_cut: None, done: 0, done_since_change: 0, mode: Mode::Fixed }
    }

    /// Between 1 and `max` parts, as the measurements say.
    pub fn auto(max: usize) -> Self {
        let max = max.max(1);
        let mode = Mode::Ramp(Ramp::default());
        Self { limit: AUTO_START.min(max), max, last_cut: None, done: 0, done_since_change: 0, mode }
    }

    /// Between 1 and `max` parts, beginning with `start`, as the times of whole parts say: for copies, whose bytes do not pass
    /// here and show nothing before a part is done.
    pub fn from_parts(start: usize, max: usize) -> Self {
        let max = max.max(1);
        let mode = Mode::Climb(Climb::up(Duration::ZERO));
        Self { limit: start.clamp(1, max), max, last_cut: None, done: 0, done_since_change: 0, mode }
    }

    /// How many parts may be in flight now.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// When [`Concurrency::on_moved`] should be told next, even if nothing else happens.
    pub fn next_sample_at(&self) -> Option<Duration> {
        match &self.mode {
            Mode::Ramp(ramp) => Some(ramp.next_sample_at()),
            Mode::Fixed | Mode::Climb(_) => None,
        }
    }

    /// `moved` bytes in all have moved; so many parts are in flight. To be called after [`Concurrency::on_done`], too.
    pub fn on_moved(&mut self, moved: u64, in_flight: usize, now: Duration) {
        let limit = match &mut self.mode {
            Mode::Fixed => None,
            Mode::Ramp(ramp) => ramp.on_sample(moved, in_flight, self.limit, self.max, now),
            Mode::Climb(climb) => climb.on_moved(moved, self.limit, self.max, now),
        };
        if let Some(limit) = limit {
            self.set(limit);
        }
    }

    /// A part of `len` bytes was stored after `took`.
    pub fn on_done(&mut self, len: u64, took: Duration, now: Duration) {
        self.done += 1;
        self.done_since_change += 1;
        let window_over = self.done_since_change >= self.limit;
        match &mut self.mode {
            _ if self.last_cut.is_some_and(|at| now.saturating_sub(at) < CALM) => {}
            Mode::Fixed if window_over => self.set(self.limit.saturating_add(1)),
            Mode::Fixed => {}
            Mode::Ramp(_) if self.done < AUTO_START => {}
            Mode::Ramp(ramp) => self.mode = Mode::Climb(ramp.next(self.limit, self.max, now)),
            Mode::Climb(climb) => climb.on_done(len, took, now),
        }
    }

    /// The server asked for less.
    pub fn on_throttled(&mut self, now: Duration) {
        if self.last_cut.is_some_and(|at| now.saturating_sub(at) < CUT_INTERVAL) {
            return;
        }
        self.last_cut = Some(now);
        self.set(self.limit / 2);
        if !matches!(self.mode, Mode::Fixed) {
            self.mode = Mode::Climb(Climb::resting(now));
        }
    }

    fn set(&mut self, limit: usize) {
        self.limit = limit.clamp(1, self.max);
        self.done_since_change = 0;
    }
}

const AUTO_START: usize = 4;
const CUT_INTERVAL: Duration = Duration::from_secs(1);
const CALM: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PART: u64 = 6 << 20;

    fn seconds(s: u64) -> Duration {
        Duration::from_secs(s)
    }

    /// Rows: W24.
    #[test]
    fn throttling_halves_once_a_second_and_calm_restores_one_by_one() {
        let mut parts = Concurrency::fixed(8);
        parts.on_throttled(seconds(10));
        parts.on_throttled(seconds(10));
        assert_eq!(parts.limit(), 4);
        parts.on_throttled(seconds(12));
        parts.on_throttled(seconds(14));
        parts.on_throttled(seconds(16));
        assert_eq!(parts.limit(), 1);
        parts.on_done(1, seconds(1), seconds(17));
        assert_eq!(parts.limit(), 1, "not while the server is still in trouble");
        for second in 30..100 {
            parts.on_done(1, seconds(1), seconds(second));
        }
        assert_eq!(parts.limit(), 8);
    }

    /// Parts a second over a link that carries `capacity` of them at best, each of which takes a second at least; and the
    /// most in flight.
    fn settle(capacity: f64) -> (f64, usize) {
        const UNSETTLED: u32 = 1_000;
        const PARTS: u32 = 5_000;
        let mut parts = Concurrency::auto(256);
        let (mut now, mut settled, mut most, mut moved) = (Duration::ZERO, Duration::ZERO, 0, 0);
        for part in 0..PARTS {
            let took = (parts.limit() as f64 / capacity).max(1.0);
            now += Duration::from_secs_f64(took / parts.limit() as f64);
            moved += PART;
            parts.on_done(PART, Duration::from_secs_f64(took), now);
            parts.on_moved(moved, parts.limit(), now);
            if part < UNSETTLED {
                settled = now;
            } else {
                most = most.max(parts.limit());
            }
        }
        (f64::from(PARTS - UNSETTLED) / (now - settled).as_secs_f64(), most)
    }

    #[test]
    fn the_automatic_mode_uses_the_link_and_no_more_parts_than_that_takes() {
        for capacity in [6.0, 20.0, 60.0] {
            let (rate, most) = settle(capacity);
            assert!(rate >= capacity * 0.9 && most as f64 <= capacity * 3.0, "{rate} with {most} of {capacity}");
        }
    }

    /// A server that copies a part in a second, and no more than `most` of them at a time.
    fn copy(most: usize) -> Vec<usize> {
        let mut concurrency = Concurrency::from_parts(8, 256);
        let (mut seen, mut now) = (vec![concurrency.limit()], Duration::ZERO);
        for _ in 0..200 {
            let in_flight = concurrency.limit();
            let took = seconds(1) * u32::try_from(in_flight.max(most)).unwrap() / u32::try_from(most).unwrap();
            now += took;
            for _ in 0..in_flight {
                concurrency.on_done(64 << 20, took, now);
                // No byte passes here, whatever is asked.
                concurrency.on_moved(0, in_flight, now);
            }
            seen.push(concurrency.limit());
        }
        seen
    }

    #[test]
    fn a_copy_starts_at_eight_and_grows_while_the_server_does_more_at_once() {
        let fast = copy(100);
        assert_eq!(fast[..2], [8, 16], "a window brought the first step: {fast:?}");
        assert!(fast.iter().any(|limit| *limit >= 60), "{fast:?}");
        let slow = copy(8);
        assert!(slow.iter().all(|limit| *limit <= 16) && slow.contains(&8), "{slow:?}");
        assert_eq!(Concurrency::from_parts(8, 256).next_sample_at(), None, "there is nothing to sample");
        assert_eq!(Concurrency::from_parts(8, 0).limit(), 1);
    }

    #[test]
    fn throttling_ends_the_ramp_and_nothing_grows_until_it_is_calm() {
        let mut parts = Concurrency::auto(256);
        for step in 0..100 {
            parts.on_moved(step * (1 << 20), parts.limit(), Duration::from_millis(5 * step));
        }
        let before = parts.limit();
        assert!(before > AUTO_START);
        parts.on_throttled(seconds(1));
        assert_eq!((parts.limit(), parts.next_sample_at()), (before / 2, None));
        for done in 0..100 {
            parts.on_done(6 << 20, seconds(1), seconds(1) + Duration::from_millis(done));
        }
        assert_eq!(parts.limit(), before / 2);
    }

    proptest! {
        #[test]
        fn the_number_is_never_none_and_never_above_the_most(
            max in 1..=256_usize,
            events in proptest::collection::vec((0..3_u8, 0..u64::MAX / 4, 0..10_000_u64), 1..300),
        ) {
            for mut parts in [Concurrency::auto(max), Concurrency::fixed(max)] {
                let mut now = Duration::ZERO;
                for (kind, amount, millis) in &events {
                    now += Duration::from_millis(*millis);
                    match kind {
                        0 => parts.on_moved(*amount, usize::try_from(*millis).unwrap(), now),
                        1 => parts.on_done(*amount, Duration::from_millis(*millis), now),
                        _ => parts.on_throttled(now),
                    }
                    prop_assert!((1..=max).contains(&parts.limit()));
                }
            }
        }
    }
}
