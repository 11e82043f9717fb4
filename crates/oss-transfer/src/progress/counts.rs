//! The counts of a meter: the bodies of all parts write them at once, and others read them meanwhile.
//!
//! Its atomics are those that the parent imports: the tests of interleavings mount this file a second time, with atomics at
//! which any other thread may go first.

use super::atomic::AtomicU64;
use super::atomic::Ordering::{Acquire, Relaxed, Release};

/// What has moved of one transfer.
#[derive(Debug)]
pub(super) struct Counts {
    total: AtomicU64,
    confirmed: AtomicU64,
    most_confirmed: AtomicU64,
    reused: AtomicU64,
    in_flight: AtomicU64,
    most_transferred: AtomicU64,
}

/// The bytes of one attempt of one part that are in flight.
#[derive(Debug, Default)]
pub(super) struct Sent(AtomicU64);

/// The counts as they are told.
#[derive(Debug)]
pub(super) struct Sums {
    pub(super) total: Option<u64>,
    pub(super) confirmed: u64,
    pub(super) in_flight: u64,
    pub(super) transferred: u64,
    pub(super) reused: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            total: AtomicU64::new(UNKNOWN),
            confirmed: AtomicU64::default(),
            most_confirmed: AtomicU64::default(),
            reused: AtomicU64::default(),
            in_flight: AtomicU64::default(),
            most_transferred: AtomicU64::default(),
        }
    }
}

impl Counts {
    pub(super) fn set_total(&self, total: u64) {
        self.total.store(total, Relaxed);
    }

    pub(super) fn add_reused(&self, bytes: u64) {
        self.reused.fetch_add(bytes, Relaxed);
        self.add_confirmed(bytes);
    }

    pub(super) fn add_confirmed(&self, bytes: u64) {
        self.confirmed.fetch_add(bytes, Relaxed);
    }

    pub(super) fn restart(&self) {
        self.confirmed.store(0, Relaxed);
        self.reused.store(0, Relaxed);
    }

    pub(super) fn moved(&self) -> u64 {
        self.confirmed.load(Relaxed).saturating_add(self.in_flight.load(Relaxed))
    }

    pub(super) fn add(&self, sent: &Sent, bytes: u64) {
        // What is taken back is found in the meter, which would fall below zero otherwise.
        self.in_flight.fetch_add(bytes, Relaxed);
        sent.0.fetch_add(bytes, Release);
    }

    pub(super) fn take_back(&self, sent: &Sent) {
        self.in_flight.fetch_sub(sent.0.swap(0, Acquire), Relaxed);
    }

    pub(super) fn confirm(&self, sent: &Sent, len: u64) {
        // In this order the sum is never less than it was.
        self.add_confirmed(len);
        self.take_back(sent);
    }

    pub(super) fn sums(&self) -> Sums {
        let total = Some(self.total.load(Relaxed)).filter(|total| *total != UNKNOWN);
        // Read once: what is told has to be what is remembered, since the transfer may begin again in between.
        let confirmed = self.confirmed.load(Relaxed);
        let confirmed = self.most_confirmed.fetch_max(confirmed, Relaxed).max(confirmed);
        let in_flight = self.in_flight.load(Relaxed);
        // A part that is sent twice at once must not push the sum past the end.
        let sum = confirmed.saturating_add(in_flight).min(total.unwrap_or(u64::MAX));
        let most = self.most_transferred.fetch_max(sum, Relaxed).max(sum);
        // Of a stream the total was not known before: a part that was confirmed just then counted twice for a moment.
        let transferred = most.min(total.unwrap_or(u64::MAX));
        Sums { total, confirmed, in_flight, transferred, reused: self.reused.load(Relaxed) }
    }
}

const UNKNOWN: u64 = u64::MAX;
