use std::time::Duration;

/// Hill climbing, by windows of at least as many parts as may be in flight at a time.
///
/// More in flight must bring more through, and fewer must bring as much. A step that was right is followed by another one
/// the same way; one that was not is taken back, and after a rest the other way is tried.
#[derive(Clone, Debug)]
pub(super) struct Climb {
    since: Duration,
    bytes: u64,
    parts: usize,
    up: bool,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// As it is, for so many more windows.
    Resting { windows: u32 },
    /// A step was taken; parts started before it are still among those done.
    Settling { from: usize, before: f64 },
    /// A step was taken, and now it shows.
    Trying { from: usize, before: f64 },
}

impl Climb {
    /// Looks up as soon as a window is over.
    pub(super) fn up(now: Duration) -> Self {
        Self::new(true, 0, now)
    }

    /// Looks down as soon as a window is over.
    pub(super) fn down(now: Duration) -> Self {
        Self::new(false, 0, now)
    }

    /// Stays as it is for a while, then looks up.
    pub(super) fn resting(now: Duration) -> Self {
        Self::new(true, REST_WINDOWS, now)
    }

    fn new(up: bool, windows: u32, now: Duration) -> Self {
        let phase = Phase::Resting { windows };
        Self { since: now, bytes: 0, parts: 0, up, phase }
    }

    /// A part was stored; the number for the next window if this one is over.
    pub(super) fn on_done(&mut self, len: u64, took: Duration, limit: usize, now: Duration) -> Option<usize> {
        if let Phase::Settling { from, before } = self.phase {
            let started_after_the_step = now.saturating_sub(took) >= self.since;
            if started_after_the_step {
                self.end_window(now);
                self.phase = Phase::Trying { from, before };
            }
            return None;
        }
        self.bytes = self.bytes.saturating_add(len);
        self.parts += 1;
        let window = now.saturating_sub(self.since);
        if self.parts < limit || window < MIN_WINDOW {
            return None;
        }
        let rate = self.end_window(now);
        let (phase, next) = match self.phase {
            Phase::Resting { windows: 0 } => self.step(limit, rate),
            Phase::Resting { windows } => (Phase::Resting { windows: windows - 1 }, limit),
            Phase::Trying { before, .. } if rate >= before * self.wanted() => self.step(limit, rate),
            Phase::Trying { from, .. } | Phase::Settling { from, .. } => {
                self.up = !self.up;
                (Phase::Resting { windows: REST_WINDOWS }, from)
            }
        };
        self.phase = phase;
        Some(next)
    }

    fn step(&self, limit: usize, rate: f64) -> (Phase, usize) {
        let next = if self.up { limit + (limit / 2).max(1) } else { limit / 2 };
        (Phase::Settling { from: limit, before: rate }, next)
    }

    /// What a step has to make of the throughput to be right.
    fn wanted(&self) -> f64 {
        if self.up { GAIN } else { KEPT }
    }

    /// Bytes per second in the window that is over.
    #[expect(clippy::cast_precision_loss, reason = "a comparison needs no exact bytes")]
    fn end_window(&mut self, now: Duration) -> f64 {
        let rate = self.bytes as f64 / now.saturating_sub(self.since).as_secs_f64().max(1e-6);
        (self.since, self.bytes, self.parts) = (now, 0, 0);
        rate
    }
}

/// Few parts in a short time compare badly.
const MIN_WINDOW: Duration = Duration::from_millis(50);
const REST_WINDOWS: u32 = 6;
const GAIN: f64 = 1.05;
const KEPT: f64 = 0.98;
