//! The parts of one multipart upload: which part next, what an outcome means, when to wait, complete or stop.

mod told;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use oss_models::{PartNumber, RetryClass};
use oss_transfer::{Hedging, ParallelNum};

use super::attempts::{Failure, Tries};
use super::{
    Concurrency, Failures, GrowingLayout, MAX_PARTS, Part, PartLayout, PartReceipt, Receipts, RetryPolicy, may_help,
};
use crate::{MAX_PARALLEL_NUM, Settings};

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Fill a buffer of so many bytes from the stream, then report [`MultipartPlan::on_read`].
    Read(u64),
    /// Send a part; `attempt` counts from 1.
    Upload { part: Part, attempt: u32 },
    /// Send a part a second time beside the attempt that is taking too long; the first response counts.
    Hedge(Part),
    /// Nothing before this time, unless an outcome arrives.
    WaitUntil(Duration),
    /// Nothing, until an outcome arrives.
    Idle,
    /// Every part is stored.
    Complete,
    /// A failure that repeating cannot mend: end everything that is under way.
    Stop,
}

/// What one failure of a part led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// The part goes again.
    Again { at: Duration },
    /// Another attempt of the part is still under way, or the part is stored already.
    Ignored,
    /// The upload stops.
    Stop,
}

/// The plan of one multipart upload. `E` is the error that the engine reports.
#[derive(Debug)]
pub(crate) struct MultipartPlan<E> {
    supply: Supply,
    /// Parts of a stream that were read and wait to be sent.
    ready: VecDeque<Part>,
    running: BTreeMap<PartNumber, Running>,
    waiting: BTreeMap<PartNumber, Waiting>,
    tries_of: BTreeMap<PartNumber, Tries>,
    receipts: Receipts,
    concurrency: Concurrency,
    retry: RetryPolicy,
    hedging: Option<Hedging>,
    /// The last attempt of a part of which the server stored other bytes than were sent.
    damaged: BTreeMap<PartNumber, E>,
    failures: Failures<E>,
    /// Nothing is sent before this time: the server asked for a wait.
    quiet: Quiet,
    stopped: bool,
    paused: bool,
}

/// Where parts come from.
#[derive(Debug)]
enum Supply {
    /// Any part can be read at any time, as often as needed.
    RandomAccess { layout: PartLayout, next: usize },
    /// Parts are read one after the other into buffers.
    Stream(StreamSupply),
}

#[derive(Debug)]
struct StreamSupply {
    sizes: StreamSizes,
    byte_budget: u64,
    next: usize,
    offset: u64,
    reading: bool,
    ended: bool,
}

/// A stream of unknown length has more bytes than 10,000 parts can hold within the byte budget.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StreamTooLong {
    /// Bytes in all parts so far.
    pub(crate) held: u64,
}

impl fmt::Display for StreamTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the stream is longer than the {} bytes that {MAX_PARTS} parts hold within the byte budget",
            self.held
        )
    }
}

impl std::error::Error for StreamTooLong {}

/// The time until which the server asked for nothing to be sent.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Quiet(Duration);

/// How long the parts of a stream are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StreamSizes {
    /// The length is known.
    Known(PartLayout),
    /// The length is unknown.
    Growing(GrowingLayout),
}

#[derive(Clone, Copy, Debug)]
struct Running {
    part: Part,
    since: Duration,
    copies: u8,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    part: Part,
    at: Duration,
}

/// What a plan is made with.
#[derive(Debug)]
pub(crate) struct PlanOptions {
    pub(crate) concurrency: Concurrency,
    pub(crate) retry: RetryPolicy,
    pub(crate) hedging: bool,
}

impl PlanOptions {
    pub(crate) fn of(settings: &Settings) -> Self {
        let hedging = settings.parallel_num == ParallelNum::Auto;
        Self { concurrency: Concurrency::of(settings.parallel_num), retry: settings.retry, hedging }
    }

    /// Those of parts that the server reads itself: only whole parts tell how fast it is.
    pub(crate) fn of_copy(settings: &Settings) -> Self {
        let options = Self::of(settings);
        if settings.parallel_num != ParallelNum::Auto {
            return options;
        }
        Self { concurrency: Concurrency::from_parts(COPY_START, MAX_PARALLEL_NUM.into()), ..options }
    }
}

impl<E> MultipartPlan<E> {
    /// A plan for a source that can be read anywhere. `adopted` are parts that the server holds already.
    pub(crate) fn random_access(layout: PartLayout, adopted: Receipts, options: PlanOptions) -> Self {
        Self::new(Supply::RandomAccess { layout, next: 0 }, adopted, options)
    }

    /// A plan for a stream. At most `byte_budget` bytes are held in buffers, and one part more than are in flight.
    pub(crate) fn stream(sizes: StreamSizes, byte_budget: u64, options: PlanOptions) -> Self {
        let supply = StreamSupply { sizes, byte_budget, next: 0, offset: 0, reading: false, ended: false };
        Self::new(Supply::Stream(supply), Receipts::default(), options)
    }

    fn new(supply: Supply, receipts: Receipts, options: PlanOptions) -> Self {
        let PlanOptions { concurrency, retry, hedging } = options;
        Self {
            supply,
            ready: VecDeque::new(),
            running: BTreeMap::new(),
            waiting: BTreeMap::new(),
            tries_of: BTreeMap::new(),
            receipts,
            concurrency,
            retry,
            hedging: hedging.then(Hedging::new),
            damaged: BTreeMap::new(),
            failures: Failures::default(),
            quiet: Quiet::default(),
            stopped: false,
            paused: false,
        }
    }

    /// Until when the server asked for nothing to be sent.
    pub(crate) fn quiet(&self) -> Quiet {
        self.quiet
    }

    /// Starts no part before what an earlier plan was asked to wait is over.
    pub(crate) fn keep(&mut self, quiet: Quiet) {
        self.quiet = self.quiet.max(quiet);
    }

    /// The next step. `Read`, `Upload` and `Hedge` count as started once they were given.
    pub(crate) fn poll_step(&mut self, now: Duration) -> Step {
        if self.stopped {
            return Step::Stop;
        }
        if self.is_finished() {
            return Step::Complete;
        }
        // What was read of a stream takes memory until it is sent, however long the pause is.
        if self.paused && !self.is_stream() {
            return Step::Idle;
        }
        if self.in_flight() < self.concurrency.limit() && now >= self.quiet.0 {
            if let Some(part) = self.next_part(now) {
                return self.start(part, now);
            }
            if let Some(part) = self.straggler(now) {
                return Step::Hedge(part);
            }
        }
        if let Some(len) = self.next_read() {
            return Step::Read(len);
        }
        self.next_wake(now).map_or(Step::Idle, Step::WaitUntil)
    }

    /// The buffer for `Step::Read` was filled with `len` bytes; `ended` says that the stream has no more. Gives the part
    /// that the bytes became, if there were any.
    pub(crate) fn on_read(&mut self, len: u64, ended: bool) -> Result<Option<Part>, StreamTooLong> {
        let Supply::Stream(stream) = &mut self.supply else { return Ok(None) };
        stream.reading = false;
        stream.ended = ended;
        if len == 0 {
            return Ok(None);
        }
        let number = PartNumber::from_index(stream.next).ok_or(StreamTooLong { held: stream.offset })?;
        let part = Part { number, offset: stream.offset, len };
        stream.next += 1;
        stream.offset = stream.offset.saturating_add(len);
        self.ready.push_back(part);
        Ok(Some(part))
    }

    /// A part was stored. False if a copy of it was stored before, and this one does not count.
    pub(crate) fn on_part_done(&mut self, receipt: PartReceipt, now: Duration) -> bool {
        let number = receipt.part.number;
        let Some(running) = self.running.remove(&number) else { return false };
        let took = now.saturating_sub(running.since);
        self.concurrency.on_done(receipt.part.len, took, now);
        if let Some(hedging) = &mut self.hedging {
            hedging.add(took);
        }
        self.receipts.insert(receipt);
        true
    }

    /// `moved` bytes in all have left, those of failed attempts not counted.
    pub(crate) fn on_moved(&mut self, moved: u64, now: Duration) {
        let in_flight = self.in_flight();
        self.concurrency.on_moved(moved, in_flight, now);
    }

    /// An attempt of a part failed. `error` is kept if the upload stops; `jitter`, from 0 to 1, spreads the waits. If the
    /// server asked for one, the other parts wait too.
    pub(crate) fn on_part_failed(
        &mut self,
        number: PartNumber,
        failure: Failure,
        error: E,
        now: Duration,
        jitter: f64,
    ) -> Verdict {
        if failure.class == RetryClass::Throttled {
            self.concurrency.on_throttled(now);
        }
        if let Some(asked) = failure.retry_after {
            self.quiet = self.quiet.max(Quiet(now.saturating_add(asked)));
        }
        let Some(running) = self.running.get_mut(&number) else { return Verdict::Ignored };
        if running.copies > 1 && may_help(failure.class) {
            running.copies -= 1;
            return Verdict::Ignored;
        }
        let part = running.part;
        self.running.remove(&number);
        let tries = self.tries_of.entry(number).or_default();
        match tries.failed(self.retry, failure, jitter) {
            Some(wait) if !self.stopped => {
                let at = now.saturating_add(wait);
                self.waiting.insert(number, Waiting { part, at });
                if failure.class == RetryClass::Damaged {
                    self.damaged.insert(number, error);
                }
                Verdict::Again { at }
            }
            _ => {
                self.fail(error);
                self.damaged.remove(&number).into_iter().for_each(|damaged| self.failures.push(damaged));
                Verdict::Stop
            }
        }
    }

    /// Something outside the parts failed: the source, a checkpoint, a callback of the caller.
    pub(crate) fn fail(&mut self, error: E) {
        self.stopped = true;
        self.failures.push(error);
    }

    /// Begins no further part until [`MultipartPlan::resume`]; parts under way finish, and so do those that are in buffers.
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
    pub(crate) fn attempts(&self, number: PartNumber) -> u32 {
        self.tries_of.get(&number).map_or(0, |tries| tries.failures) + u32::from(self.running.contains_key(&number))
    }

    /// The size of the largest part so far, in bytes.
    pub(crate) fn part_size(&self) -> u64 {
        match &self.supply {
            Supply::RandomAccess { layout, .. } => layout.part_size(),
            Supply::Stream(StreamSupply { sizes: StreamSizes::Known(layout), .. }) => layout.part_size(),
            Supply::Stream(stream) => stream.sizes.at(stream.next.saturating_sub(1)),
        }
    }

    /// The receipts, and the errors if the upload stopped.
    pub(crate) fn finish(self) -> (Receipts, Failures<E>) {
        (self.receipts, self.failures)
    }

    fn is_stream(&self) -> bool {
        matches!(self.supply, Supply::Stream(_))
    }

    /// Attempts under way; a part that is sent twice counts twice.
    fn in_flight(&self) -> usize {
        self.running.values().map(|running| usize::from(running.copies)).sum()
    }

    fn is_finished(&self) -> bool {
        let supplied = match &self.supply {
            Supply::RandomAccess { layout, .. } => self.receipts.len() == layout.count(),
            Supply::Stream(stream) => stream.ended,
        };
        supplied && self.ready.is_empty() && self.running.is_empty() && self.waiting.is_empty()
    }

    /// A part that may be sent now: first those whose wait is over, so that a straggler does not come last.
    fn next_part(&mut self, now: Duration) -> Option<Part> {
        let due = self.waiting.iter().filter(|(_, waiting)| waiting.at <= now).min_by_key(|(_, waiting)| waiting.at);
        if let Some(number) = due.map(|(number, _)| *number) {
            return self.waiting.remove(&number).map(|waiting| waiting.part);
        }
        match &mut self.supply {
            Supply::Stream(_) => self.ready.pop_front(),
            Supply::RandomAccess { layout, next } => loop {
                let part = layout.part(*next)?;
                *next += 1;
                if !self.receipts.contains(part.number) {
                    return Some(part);
                }
            },
        }
    }

    fn start(&mut self, part: Part, now: Duration) -> Step {
        self.running.insert(part.number, Running { part, since: now, copies: 1 });
        Step::Upload { part, attempt: self.attempts(part.number) }
    }

    fn next_read(&mut self) -> Option<u64> {
        let running = self.running.values().map(|running| &running.part);
        let waiting = self.waiting.values().map(|waiting| &waiting.part);
        let held = self.ready.iter().chain(running).chain(waiting);
        let (buffers, bytes) = held.fold((0, 0), |(count, bytes), part| (count + 1, bytes + part.len));
        let Supply::Stream(stream) = &mut self.supply else { return None };
        if self.paused || stream.ended || stream.reading || buffers > self.concurrency.limit() {
            return None;
        }
        let len = stream.sizes.at(stream.next);
        // A single part must be able to continue, however small the budget.
        if buffers > 0 && bytes.saturating_add(len) > stream.byte_budget {
            return None;
        }
        stream.reading = true;
        Some(len)
    }

    /// A part that takes much longer than the others, when nothing else is left to send.
    fn straggler(&mut self, now: Duration) -> Option<Part> {
        let hedging = self.hedging.as_mut()?;
        if !self.waiting.is_empty() {
            return None;
        }
        let patience = hedging.patience()?;
        let slow = self.running.values_mut().find(|r| r.copies == 1 && now.saturating_sub(r.since) >= patience)?;
        slow.copies += 1;
        hedging.spend();
        Some(slow.part)
    }

    fn next_wake(&self, now: Duration) -> Option<Duration> {
        // With nothing left to start, it does not matter how much may be started.
        let sample = self.concurrency.next_sample_at().filter(|_| !self.running.is_empty() && self.has_more());
        if self.in_flight() >= self.concurrency.limit() {
            return sample;
        }
        let retry = self.waiting.values().map(|waiting| waiting.at).min();
        let patience = self.hedging.as_ref().and_then(Hedging::patience);
        let hedge = patience.and_then(|patience| {
            let oldest = self.running.values().filter(|r| r.copies == 1).map(|r| r.since).min()?;
            Some(oldest.saturating_add(patience)).filter(|at| *at > now)
        });
        let wakes = retry.into_iter().chain(hedge);
        if now >= self.quiet.0 {
            return wakes.chain(sample).min();
        }
        let has_part = !self.ready.is_empty() || self.has_more();
        let wakes = wakes.map(|at| at.max(self.quiet.0)).chain(has_part.then_some(self.quiet.0));
        wakes.chain(sample).min()
    }

    /// Whether the source may have parts that were never started.
    fn has_more(&self) -> bool {
        match &self.supply {
            Supply::RandomAccess { layout, next } => *next < layout.count(),
            Supply::Stream(stream) => !stream.ended || !self.ready.is_empty(),
        }
    }
}

impl StreamSizes {
    /// Length of the part at a zero-based position.
    ///
    /// With the last part, and past it, one more byte is asked for, so that a stream that is too long is noticed.
    fn at(self, index: usize) -> u64 {
        match self {
            Self::Known(layout) => {
                layout.part(index).map_or(1, |part| part.len + u64::from(index + 1 == layout.count()))
            }
            Self::Growing(layout) => layout.part_size(index).unwrap_or(1),
        }
    }
}

/// Parts of a copy in flight before any is done.
const COPY_START: usize = 8;

#[cfg(test)]
mod tests;
