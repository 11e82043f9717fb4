//! Which part next, what an outcome means, when to wait, and when to stop.

use std::collections::BTreeMap;
use std::time::Duration;

use oss_models::{Crc64, Crc64Fold, RetryClass};
use oss_transfer::{Concurrency, Failures, Hedging, ParallelNum, RetryPolicy};

use super::span::Span;

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Fetch what is missing of a part; `attempt` counts from 1.
    Fetch { index: usize, attempt: u32 },
    /// Fetch what is missing of a part a second time, beside the attempt that is taking too long; each byte counts that
    /// comes first.
    Hedge { index: usize },
    /// Nothing before this time, unless an outcome arrives.
    WaitUntil(Duration),
    /// Nothing, until an outcome arrives.
    Idle,
    /// Every part is there.
    Done,
    /// A failure that repeating cannot mend: end everything that is under way.
    Stop,
}

/// What one failure of a part led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// The part goes again.
    Again { at: Duration },
    /// Another attempt of the part is still under way, or the part is there already.
    Ignored,
    /// The download stops.
    Stop,
}

/// What a plan is made with.
#[derive(Debug)]
pub(crate) struct PartsOptions {
    pub(crate) parallel: ParallelNum,
    pub(crate) retry: RetryPolicy,
    /// How many parts may be fetched that the consumer has not taken yet; `None` where parts may come in any order.
    pub(crate) window: Option<usize>,
}

/// The parts of one download. `E` is the error that the engine reports.
#[derive(Debug)]
pub(crate) struct PartsPlan<E> {
    /// In the order in which they are fetched.
    parts: Vec<Part>,
    next: usize,
    window: Option<usize>,
    consumed: usize,
    running: BTreeMap<usize, Running>,
    waiting: BTreeMap<usize, Duration>,
    concurrency: Concurrency,
    retry: RetryPolicy,
    hedging: Hedging,
    failures: Failures<E>,
    stopped: bool,
    paused: bool,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    span: Span,
    failures: u32,
    /// CRC64 of its bytes, once they are there.
    crc64: Option<Crc64>,
    /// Bytes of it that were there at the last failure.
    reached: u64,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    since: Duration,
    copies: u8,
}

impl<E> PartsPlan<E> {
    /// A plan for these parts, of which some are there already.
    pub(crate) fn new(parts: impl IntoIterator<Item = (Span, Option<Crc64>)>, options: PartsOptions) -> Self {
        let PartsOptions { parallel, retry, window } = options;
        let part = |(span, crc64)| Part { span, failures: 0, crc64, reached: 0 };
        Self {
            parts: parts.into_iter().map(part).collect(),
            next: 0,
            window,
            consumed: 0,
            running: BTreeMap::new(),
            waiting: BTreeMap::new(),
            concurrency: Concurrency::of(parallel),
            retry,
            hedging: Hedging::new(),
            failures: Failures::default(),
            stopped: false,
            paused: false,
        }
    }

    /// The first part is under way already: its bytes came with the response that opened the download.
    pub(crate) fn start_first(&mut self, now: Duration) {
        if !self.parts.is_empty() {
            self.next = self.next.max(1);
            self.running.insert(0, Running { since: now, copies: 1 });
        }
    }

    /// The bytes of a part.
    pub(crate) fn span(&self, index: usize) -> Option<Span> {
        self.parts.get(index).map(|part| part.span)
    }

    /// The next step. `Fetch` and `Hedge` count as started once they were given.
    pub(crate) fn poll_step(&mut self, now: Duration) -> Step {
        if self.stopped {
            return Step::Stop;
        }
        if self.is_finished() {
            return Step::Done;
        }
        if self.paused {
            return Step::Idle;
        }
        if self.in_flight() < self.concurrency.limit() {
            if let Some(index) = self.next_part(now) {
                self.running.insert(index, Running { since: now, copies: 1 });
                return Step::Fetch { index, attempt: self.attempts(index) };
            }
            if let Some(index) = self.straggler(now) {
                return Step::Hedge { index };
            }
        }
        self.next_wake(now).map_or(Step::Idle, Step::WaitUntil)
    }

    /// Every byte of a part is there. False if it was before.
    pub(crate) fn on_done(&mut self, index: usize, crc64: Crc64, now: Duration) -> bool {
        let Some(running) = self.running.remove(&index) else { return false };
        let took = now.saturating_sub(running.since);
        if let Some(part) = self.parts.get_mut(index) {
            part.crc64 = Some(crc64);
            self.concurrency.on_done(part.span.len(), took, now);
        }
        self.hedging.add(took);
        true
    }

    /// A response ended as it said it would, and brought fewer bytes than the part has: the rest is fetched next.
    pub(crate) fn on_partial(&mut self, index: usize, now: Duration) {
        if self.end_copy(index) {
            self.waiting.insert(index, now);
        }
    }

    /// An attempt failed when `reached` bytes of the part were there. `error` is kept if the download stops; `jitter`, from
    /// 0 to 1, spreads the waits.
    pub(crate) fn on_failed(
        &mut self,
        index: usize,
        class: RetryClass,
        reached: u64,
        error: E,
        now: Duration,
        jitter: f64,
    ) -> Verdict {
        if class == RetryClass::Throttled {
            self.concurrency.on_throttled(now);
        }
        let repeatable = oss_transfer::may_help(class);
        let Some(part) = self.parts.get_mut(index).filter(|part| part.crc64.is_none()) else { return Verdict::Ignored };
        // Attempts that bring the download on do not count, or a long part would fail on a link that breaks now and then.
        if reached.saturating_sub(part.reached) >= PROGRESS {
            part.failures = 0;
        }
        part.reached = part.reached.max(reached);
        let failures = part.failures.saturating_add(1);
        if repeatable && !self.end_copy(index) {
            return Verdict::Ignored;
        }
        if let Some(part) = self.parts.get_mut(index) {
            part.failures = failures;
        }
        match self.retry.wait(class, failures, jitter) {
            Some(wait) if !self.stopped => {
                let at = now.saturating_add(wait);
                self.waiting.insert(index, at);
                Verdict::Again { at }
            }
            _ => {
                self.fail(error);
                Verdict::Stop
            }
        }
    }

    /// Something outside the parts failed: the target, a checkpoint, a callback of the caller.
    pub(crate) fn fail(&mut self, error: E) {
        self.stopped = true;
        self.failures.push(error);
    }

    /// The consumer has taken so many parts in order, all in all.
    pub(crate) fn on_consumed(&mut self, parts: usize) {
        self.consumed = self.consumed.max(parts);
    }

    /// `moved` bytes in all have arrived, those of failed attempts not counted.
    pub(crate) fn on_moved(&mut self, moved: u64, now: Duration) {
        let in_flight = self.in_flight();
        self.concurrency.on_moved(moved, in_flight, now);
    }

    /// Begins no further part until [`PartsPlan::resume`]; parts under way finish.
    pub(crate) fn pause(&mut self) {
        self.paused = true;
    }

    pub(crate) fn resume(&mut self) {
        self.paused = false;
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Attempts of a part so far, the one under way included.
    pub(crate) fn attempts(&self, index: usize) -> u32 {
        let failures = self.parts.get(index).map_or(0, |part| part.failures);
        failures + u32::from(self.running.contains_key(&index))
    }

    /// CRC64 of all parts in order, if they follow each other and each of them is known.
    pub(crate) fn crc64(&self) -> Option<Crc64> {
        let mut fold = Crc64Fold::default();
        let mut end = None;
        for part in &self.parts {
            if end.is_some_and(|end| end != part.span.start) {
                return None;
            }
            end = Some(part.span.end);
            fold.push(part.crc64?, part.span.len());
        }
        Some(fold.value())
    }

    /// The errors, if the download stopped.
    pub(crate) fn take_failures(&mut self) -> Failures<E> {
        std::mem::take(&mut self.failures)
    }

    /// Bytes that each attempt hands over together from now on. The more attempts, the fewer, so that what is on its way to
    /// the disk has a bound.
    pub(crate) fn batch_bytes(&self) -> u64 {
        let attempts = u64::try_from(self.in_flight().max(1)).unwrap_or(u64::MAX);
        (BATCHES / attempts).clamp(LEAST_BATCH, MOST_BATCH)
    }

    /// Attempts under way; a part that is fetched twice counts twice.
    fn in_flight(&self) -> usize {
        self.running.values().map(|running| usize::from(running.copies)).sum()
    }

    fn is_finished(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty() && self.parts.iter().all(|part| part.crc64.is_some())
    }

    /// One attempt of a part ended without the part. Whether it was the last one under way.
    fn end_copy(&mut self, index: usize) -> bool {
        let Some(running) = self.running.get_mut(&index) else { return false };
        running.copies = running.copies.saturating_sub(1);
        let last = running.copies == 0;
        if last {
            self.running.remove(&index);
        }
        last
    }

    /// A part that may be fetched now: first those whose wait is over, the foremost of them, since a consumer in order
    /// waits for it.
    fn next_part(&mut self, now: Duration) -> Option<usize> {
        let due = self.waiting.iter().find(|(_, at)| **at <= now).map(|(index, _)| *index);
        if let Some(index) = due {
            self.waiting.remove(&index);
            return Some(index);
        }
        while let Some(part) = self.parts.get(self.next) {
            if part.crc64.is_none() {
                if self.window.is_some_and(|window| self.next >= self.consumed.saturating_add(window)) {
                    return None;
                }
                self.next += 1;
                return Some(self.next - 1);
            }
            self.next += 1;
        }
        None
    }

    /// A part that takes much longer than the others, when nothing else is left to fetch.
    fn straggler(&mut self, now: Duration) -> Option<usize> {
        if !self.waiting.is_empty() || self.next < self.parts.len() {
            return None;
        }
        let patience = self.hedging.patience()?;
        let mut running = self.running.iter_mut();
        let (index, slow) = running.find(|(_, r)| r.copies == 1 && now.saturating_sub(r.since) >= patience)?;
        slow.copies += 1;
        self.hedging.spend();
        Some(*index)
    }

    fn next_wake(&self, now: Duration) -> Option<Duration> {
        let has_more = self.next < self.parts.len();
        // With nothing left to start, it does not matter how much may be started.
        let sample = self.concurrency.next_sample_at().filter(|_| !self.running.is_empty() && has_more);
        if self.in_flight() >= self.concurrency.limit() {
            return sample;
        }
        let retry = self.waiting.values().min().copied();
        let patience = self.hedging.patience().filter(|_| !has_more);
        let hedge = patience.and_then(|patience| {
            let oldest = self.running.values().filter(|running| running.copies == 1).map(|r| r.since).min()?;
            Some(oldest.saturating_add(patience)).filter(|at| *at > now)
        });
        retry.into_iter().chain(hedge).chain(sample).min()
    }
}

/// Whether so few bytes are wanted that all of them are held in memory until they are proved.
pub(crate) fn is_small(wanted: Span) -> bool {
    wanted.len() <= SMALL
}

/// Less than any part, so that it is one request, and with the most downloads at a time still a few MiB.
const SMALL: u64 = 64 << 10;
/// Bytes that an attempt has to bring for the part's failures to be forgotten.
const PROGRESS: u64 = 256 << 10;

/// Bytes that all attempts together hold before they are written; as many again are being written.
const BATCHES: u64 = 2 << 20;
const LEAST_BATCH: u64 = 8 << 10;
/// What a thread for the disk takes over at a time: enough that its start costs nothing, and still in the cache.
const MOST_BATCH: u64 = 1 << 20;

#[cfg(test)]
mod tests;
