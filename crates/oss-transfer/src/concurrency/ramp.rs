use std::time::Duration;

use super::climb::{Climb, rate};

/// The first moments of an automatic upload, before the first parts are done and their times can be compared: watches
/// the bytes that leave, and grows the number in flight while that shows a use.
///
/// Two things show one. A step up made more bytes leave per second; or far fewer leave than once did, so that it is the
/// other side that holds the connections back and not this machine. What a new connection takes at once only fills
/// buffers on its way and says nothing about the network, so it is left out of every comparison; and since all limits are
/// bytes per connection, a slow network makes the samples rarer and not the steps blinder.
#[derive(Clone, Debug)]
pub(super) struct Ramp {
    next_sample_at: Duration,
    /// When the first sample was taken, and the bytes that had left.
    start: Option<(u64, Duration)>,
    /// Up to this count of bytes, buffers fill.
    filling_until: u64,
    /// The bytes that had left when the present sample began, and when that was.
    sample: (u64, Duration),
    /// Bytes per second, the most ever.
    best: f64,
    /// Samples of more than [`FAST`] before the first step.
    fast_samples: u32,
    trial: Trial,
}

/// Steps up that are taken to see what they bring.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trial {
    /// Nothing is known yet.
    Blind,
    /// None yet.
    Due,
    /// From where so many bytes left per second.
    Running { flow: f64 },
    /// No more: what it could tell is known.
    Over,
}

impl Default for Ramp {
    fn default() -> Self {
        let sample = (0, Duration::ZERO);
        Self {
            next_sample_at: Duration::ZERO,
            start: None,
            filling_until: 0,
            sample,
            best: 0.0,
            fast_samples: 0,
            trial: Trial::Blind,
        }
    }
}

impl Ramp {
    /// When to take the next sample.
    pub(super) fn next_sample_at(&self) -> Duration {
        self.next_sample_at
    }

    /// What to do when parts are done and tell more.
    pub(super) fn next(&self, limit: usize, max: usize, now: Duration) -> Climb {
        match self.trial {
            Trial::Running { .. } | Trial::Over if limit < max => Climb::compared(self.best, now),
            _ => Climb::up(now),
        }
    }

    /// How many may be in flight, `max` at most, now that `moved` bytes in all have left; `None` if that stays as it is.
    pub(super) fn on_sample(
        &mut self,
        moved: u64,
        in_flight: usize,
        limit: usize,
        max: usize,
        now: Duration,
    ) -> Option<usize> {
        if now < self.next_sample_at || in_flight == 0 {
            return None;
        }
        // A late sample means that this thread was busy, and so were those that move the bytes.
        let late = now.saturating_sub(self.next_sample_at) > SAMPLE_INTERVAL;
        self.next_sample_at = now.saturating_add(SAMPLE_INTERVAL);
        let Some((at_start, start)) = self.start else {
            self.start = Some((moved, now));
            self.filling_until = moved.saturating_add(times(limit, FILL));
            self.sample = (moved, now);
            return None;
        };
        if self.trial == Trial::Blind && now.saturating_sub(start) >= BLIND_TIME {
            self.trial = Trial::Due;
            if moved.saturating_sub(at_start) < times(in_flight, FILL) {
                return Some(self.grow_to(BLIND_STEP.min(max), in_flight, moved));
            }
        }
        let (before, since) = self.sample;
        let took = now.saturating_sub(since);
        let wanted = times(in_flight, SAMPLE);
        // A failed attempt takes its bytes back.
        let Some(bytes) = moved.checked_sub(before) else {
            self.sample = (moved, now);
            return None;
        };
        let stalled = !late && took >= STALL.max(time_for(wanted, self.best).saturating_mul(STALL_FACTOR));
        if !stalled && moved < self.filling_until {
            // A standstill counts from its beginning.
            self.sample = if bytes > 0 { (moved, now) } else { self.sample };
            return None;
        }
        if !stalled && (bytes < wanted || took < SAMPLE_INTERVAL) {
            return None;
        }
        self.sample = (moved, now);
        let limit = self.judge(rate(bytes, took), in_flight)?;
        Some(self.grow_to(limit.min(max), in_flight, moved))
    }

    fn grow_to(&mut self, limit: usize, in_flight: usize, moved: u64) -> usize {
        self.filling_until = moved.saturating_add(times(limit.saturating_sub(in_flight), FILL));
        limit
    }

    fn judge(&mut self, flow: f64, in_flight: usize) -> Option<usize> {
        self.best = self.best.max(flow);
        if self.best > PROWESS && flow < self.best * SPARE {
            self.trial = Trial::Over;
            return Some(multiply(in_flight, (self.best / flow.max(1.0)).min(SPARE_STEP)));
        }
        let per_connection = flow / as_f64(in_flight);
        let brought_nothing = matches!(self.trial, Trial::Running { flow: before } if flow < before * GAIN);
        if self.trial == Trial::Over || brought_nothing || per_connection < SLOW {
            self.trial = Trial::Over;
            return None;
        }
        if per_connection > FAST && !matches!(self.trial, Trial::Running { .. }) {
            // Larger buffers than most take as much, for a moment.
            self.fast_samples += 1;
            if self.fast_samples < FAST_SAMPLES {
                return None;
            }
        }
        self.trial = Trial::Running { flow };
        // As fast as this, the machine itself may be the limit, and each connection takes memory.
        let step = if (BRISK..=FAST).contains(&per_connection) { BRISK_STEP } else { STEP };
        Some(multiply(in_flight, step))
    }
}

fn times(count: usize, bytes: u64) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(bytes)
}

/// How long so many bytes take at this rate; without end if there is none.
#[expect(clippy::cast_precision_loss, reason = "a comparison needs no exact bytes")]
fn time_for(bytes: u64, rate: f64) -> Duration {
    Duration::try_from_secs_f64(bytes as f64 / rate).unwrap_or(Duration::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
fn multiply(count: usize, factor: f64) -> usize {
    (as_f64(count) * factor).round() as usize
}

/// How often the bytes are sampled.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(5);
/// What a new connection takes before the network shows: the client's write buffer and the system's first one.
const FILL: u64 = 1024 * 1024;
/// Bytes for each part in flight that a sample has at least.
const SAMPLE: u64 = 256 * 1024;
/// A sample that takes this long, and so many times as long as at the best flow, is judged before it is whole.
const STALL: Duration = Duration::from_millis(15);
const STALL_FACTOR: u32 = 8;
/// If the first connections have not even filled their buffers after this time, there is no haste on any of them, and
/// none in waiting.
const BLIND_TIME: Duration = Duration::from_millis(10);
const BLIND_STEP: usize = 16;
/// Bytes per second on one connection, above which it is hardly the connection that holds anything back.
const FAST: f64 = 100.0 * MIB;
/// So many samples above it show that it is the network and no buffer on the way.
const FAST_SAMPLES: u32 = 3;
/// Above this, it is hardly the whole network that is used up.
const BRISK: f64 = 8.0 * MIB;
/// Below this, it is.
const SLOW: f64 = MIB;
const MIB: f64 = 1024.0 * 1024.0;
const STEP: f64 = 2.0;
const BRISK_STEP: f64 = 4.0;
const SPARE_STEP: f64 = 16.0;
/// What a step has to bring.
const GAIN: f64 = 1.25;
/// Bytes per second that show what this machine is able to, since few networks carry as much.
const PROWESS: f64 = 200.0 * MIB;
/// Below this share of the best flow, the other side holds back.
const SPARE: f64 = 0.7;
