use std::time::Duration;

/// How many parts may be in flight.
///
/// Throttling halves the number, at most once a second since parts in flight fail together; calm raises it one by one.
/// In the automatic mode the number also climbs while that raises the throughput, and steps back when parts only take
/// longer.
#[derive(Clone, Debug)]
pub(crate) struct Concurrency {
    limit: usize,
    max: usize,
    last_cut: Option<Duration>,
    done_since_change: usize,
    climb: Option<Climb>,
}

impl Concurrency {
    /// Up to `max` parts, from the start.
    pub(crate) fn fixed(max: usize) -> Self {
        let max = max.max(1);
        Self { limit: max, max, last_cut: None, done_since_change: 0, climb: None }
    }

    /// Between 1 and `max` parts, as the measurements say.
    pub(crate) fn auto(max: usize) -> Self {
        let max = max.max(1);
        Self { limit: AUTO_START.min(max), max, last_cut: None, done_since_change: 0, climb: Some(Climb::default()) }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// A part of `len` bytes was stored after `took`.
    pub(crate) fn on_done(&mut self, len: u64, took: Duration, now: Duration) {
        self.done_since_change += 1;
        if self.is_recovering(now) {
            return;
        }
        match &mut self.climb {
            None if self.done_since_change >= self.limit => self.set(self.limit.saturating_add(1)),
            None => {}
            Some(climb) => {
                climb.add(len, took);
                if self.done_since_change >= self.limit {
                    let next = climb.next(self.limit, now);
                    self.set(next);
                }
            }
        }
    }

    /// The server asked for less.
    pub(crate) fn on_throttled(&mut self, now: Duration) {
        if self.last_cut.is_some_and(|at| now.saturating_sub(at) < CUT_INTERVAL) {
            return;
        }
        self.last_cut = Some(now);
        self.set(self.limit / 2);
        if let Some(climb) = &mut self.climb {
            climb.hold(now);
        }
    }

    fn is_recovering(&self, now: Duration) -> bool {
        self.last_cut.is_some_and(|at| now.saturating_sub(at) < CALM)
    }

    fn set(&mut self, limit: usize) {
        self.limit = limit.clamp(1, self.max);
        self.done_since_change = 0;
    }
}

/// Hill climbing, one window of as many parts as may be in flight at a time.
///
/// What is climbed is the square of the throughput over the time that a part takes: more in flight must bring more
/// through, and not only make parts wait for each other.
#[derive(Clone, Debug, Default)]
struct Climb {
    window_start: Duration,
    bytes: u64,
    busy: Duration,
    parts: u32,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// By half at a time, as long as that helps.
    Climbing { from: usize, best: f64 },
    /// As it is, for some windows.
    Holding { windows: u32, then_up: bool },
    /// A look at a neighbour.
    Probing { from: usize, before: f64, up: bool },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Climbing { from: AUTO_START, best: 0.0 }
    }
}

impl Climb {
    /// Begins anew where the server asked for less.
    fn hold(&mut self, now: Duration) {
        *self = Self { window_start: now, phase: Phase::Holding { windows: 0, then_up: true }, ..Self::default() };
    }

    fn add(&mut self, len: u64, took: Duration) {
        self.bytes = self.bytes.saturating_add(len);
        self.busy = self.busy.saturating_add(took);
        self.parts += 1;
    }

    /// The number for the next window.
    fn next(&mut self, limit: usize, now: Duration) -> usize {
        let score = self.end_window(now);
        let step = (limit / 8).max(1);
        let (phase, next) = match self.phase {
            Phase::Climbing { best, .. } if score > best * GAIN => {
                (Phase::Climbing { from: limit, best: score }, limit + (limit / 2).max(1))
            }
            Phase::Climbing { from, .. } => (Phase::Holding { windows: 0, then_up: false }, from),
            Phase::Holding { windows, then_up } if windows < HOLD_WINDOWS => {
                (Phase::Holding { windows: windows + 1, then_up }, limit)
            }
            Phase::Holding { then_up: up, .. } => {
                let neighbour = if up { limit + step } else { limit.saturating_sub(step).max(1) };
                (Phase::Probing { from: limit, before: score, up }, neighbour)
            }
            Phase::Probing { from, before, up } => {
                let holding = Phase::Holding { windows: 0, then_up: !up };
                (holding, if score > before * GAIN.sqrt() { limit } else { from })
            }
        };
        self.phase = phase;
        next
    }

    #[expect(clippy::cast_precision_loss, reason = "a comparison needs no exact bytes")]
    fn end_window(&mut self, now: Duration) -> f64 {
        let seconds = now.saturating_sub(self.window_start).as_secs_f64().max(1e-6);
        let rate = self.bytes as f64 / seconds;
        let latency = (self.busy / self.parts.max(1)).as_secs_f64().max(1e-6);
        (self.window_start, self.bytes, self.busy, self.parts) = (now, 0, Duration::ZERO, 0);
        rate * rate / latency
    }
}

const AUTO_START: usize = 4;
const CUT_INTERVAL: Duration = Duration::from_secs(1);
const CALM: Duration = Duration::from_secs(5);
const GAIN: f64 = 1.1;
const HOLD_WINDOWS: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

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

    /// A link that carries so many parts a second at best, and then only makes them wait.
    fn settle(capacity: f64) -> usize {
        let mut parts = Concurrency::auto(256);
        let mut now = Duration::ZERO;
        for _ in 0..3_000 {
            let latency = (parts.limit() as f64 / capacity).max(1.0);
            now += Duration::from_secs_f64(latency / parts.limit() as f64);
            parts.on_done(6 << 20, Duration::from_secs_f64(latency), now);
        }
        parts.limit()
    }

    #[test]
    fn the_automatic_mode_finds_the_knee_of_the_link() {
        for capacity in [6.0, 20.0, 60.0] {
            let limit = settle(capacity) as f64;
            assert!(limit >= capacity * 0.6 && limit <= capacity * 3.0, "{limit} parts for a link of {capacity}");
        }
    }
}
