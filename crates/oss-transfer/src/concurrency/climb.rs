use std::time::Duration;

/// Hill climbing, by windows of at least as many parts as may be in flight at a time.
///
/// More in flight must bring more through, and fewer must bring as much. A step that was right is followed by another one
/// the same way; one that was not is taken back, and after a rest the other way is tried. Until one was wrong the number
/// doubles; each rest is twice as long as the one before, up to a bound, so that a number that suits is not left again and
/// again.
#[derive(Clone, Debug)]
pub(super) struct Climb {
    since: Duration,
    /// The bytes that had left when the window began; `None` until that is said.
    moved: Option<u64>,
    /// Bytes of the parts that are done.
    bytes: u64,
    parts: usize,
    up: bool,
    /// Windows of the last rest; 0 until there is one.
    rest: u32,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// As it is, until it shows whether so many bytes per second, the most that ever left, also arrive.
    Comparing { best: f64 },
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
        Self::new(Phase::Resting { windows: 0 }, 0, now)
    }

    /// Looks up as soon as a window is over, or down after a rest. `best` is the bytes per second that left at best, over a
    /// moment: if the parts bring as many, fewer connections may do; if they bring fewer, connections wait for responses
    /// meanwhile, and more of them fill the gaps; and if they bring more, the last step up was right.
    pub(super) fn compared(best: f64, now: Duration) -> Self {
        Self::new(Phase::Comparing { best }, 0, now)
    }

    /// Stays as it is for a while, then looks up.
    pub(super) fn resting(now: Duration) -> Self {
        Self::new(Phase::Resting { windows: REST_WINDOWS }, REST_WINDOWS, now)
    }

    fn new(phase: Phase, rest: u32, now: Duration) -> Self {
        Self { since: now, moved: None, bytes: 0, parts: 0, up: true, rest, phase }
    }

    /// A part was stored.
    pub(super) fn on_done(&mut self, len: u64, took: Duration, now: Duration) {
        if let Phase::Settling { from, before } = self.phase {
            let started_after_the_step = now.saturating_sub(took) >= self.since;
            if started_after_the_step {
                self.begin_window(None, now);
                self.phase = Phase::Trying { from, before };
            }
            return;
        }
        self.bytes = self.bytes.saturating_add(len);
        self.parts += 1;
    }

    /// `moved` bytes in all have left; the number for the next window, of at most `max`, if this one is over.
    pub(super) fn on_moved(&mut self, moved: u64, limit: usize, max: usize, now: Duration) -> Option<usize> {
        let before = *self.moved.get_or_insert(moved);
        let window = now.saturating_sub(self.since);
        if matches!(self.phase, Phase::Settling { .. }) || self.parts < limit || window < MIN_WINDOW {
            return None;
        }
        // Parts end together, so that their number says little about a window; but only they tell of a copy, whose bytes do
        // not pass here, and a failed attempt takes its bytes back.
        let left = moved.checked_sub(before).filter(|left| *left > 0);
        let rate = rate(left.unwrap_or(self.bytes), window);
        self.begin_window(Some(moved), now);
        let (phase, next) = match self.phase {
            Phase::Comparing { best } => {
                self.up = rate < best * GAPS || rate > best * GAIN;
                if self.up { self.step(limit, max, rate) } else { self.rest_at(limit) }
            }
            Phase::Resting { windows: 0 } => self.step(limit, max, rate),
            Phase::Resting { windows } => (Phase::Resting { windows: windows - 1 }, limit),
            Phase::Trying { before, .. } if rate >= before * self.wanted() => self.step(limit, max, rate),
            Phase::Trying { from, .. } | Phase::Settling { from, .. } => {
                self.up = !self.up;
                self.rest_at(from)
            }
        };
        self.phase = phase;
        Some(next)
    }

    fn step(&mut self, limit: usize, max: usize, rate: f64) -> (Phase, usize) {
        let is_at_end = if self.up { limit >= max } else { limit <= 1 };
        if is_at_end {
            self.up = !self.up;
            return self.rest_at(limit);
        }
        let next = match (self.up, self.rest) {
            (true, 0) => limit * 2,
            (true, _) => limit + (limit / 2).max(1),
            (false, _) => limit / 2,
        };
        (Phase::Settling { from: limit, before: rate }, next)
    }

    /// Rests at this number, the longer the more often it did.
    fn rest_at(&mut self, limit: usize) -> (Phase, usize) {
        self.rest = self.rest.saturating_mul(2).clamp(REST_WINDOWS, MOST_REST_WINDOWS);
        (Phase::Resting { windows: self.rest }, limit)
    }

    /// What a step has to make of the throughput to be right.
    fn wanted(&self) -> f64 {
        if self.up { GAIN } else { KEPT }
    }

    fn begin_window(&mut self, moved: Option<u64>, now: Duration) {
        (self.since, self.moved, self.bytes, self.parts) = (now, moved, 0, 0);
    }
}

/// Bytes per second.
#[expect(clippy::cast_precision_loss, reason = "a comparison needs no exact bytes")]
pub(super) fn rate(bytes: u64, took: Duration) -> f64 {
    bytes as f64 / took.as_secs_f64().max(1e-6)
}

/// Few parts in a short time compare badly.
const MIN_WINDOW: Duration = Duration::from_millis(50);
const REST_WINDOWS: u32 = 6;
const MOST_REST_WINDOWS: u32 = 48;
const GAIN: f64 = 1.05;
const KEPT: f64 = 0.98;
/// Below this share of the best flow, connections wait for responses.
const GAPS: f64 = 0.9;

#[cfg(test)]
mod tests {
    use super::*;

    /// However many are in flight, as much comes through.
    #[test]
    fn at_either_end_it_rests_and_then_goes_the_other_way() {
        let (mut climb, mut now, mut limit) = (Climb::up(Duration::ZERO), Duration::ZERO, 4);
        let mut window = || {
            // After a step, the first part that began since.
            climb.on_done(0, Duration::ZERO, now);
            now += Duration::from_secs(1);
            (0..limit).for_each(|_| climb.on_done(1200 / limit as u64, Duration::ZERO, now));
            limit = climb.on_moved(0, limit, 4, now).unwrap();
            limit
        };
        let limits: Vec<_> = std::iter::repeat_with(&mut window).take(25).collect();
        // No more than 4 are allowed, fewer bring as much, and fewer than 1 there are not.
        let (rest, longer) = ([4; 7], [1; 13]);
        assert_eq!(limits[..22], [&rest[..], &[2, 1], &longer[..]].concat());
        assert_eq!(limits[22..], [2, 1, 1], "more brings no more, and is taken back");
    }
}
