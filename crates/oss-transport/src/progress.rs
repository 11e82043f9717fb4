//! How far an attempt has come: written by the layers that move bytes, read by the limits and by the retry decision.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oss_models::{CallErrorKind, TimeLimit};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Progress of one attempt. Clones share it.
///
/// A service in place of the HTTP client need not touch it: an attempt counts as sent from the moment it is handed over,
/// which is the careful assumption, and as moving whenever a frame of its body is taken.
#[derive(Clone, Debug)]
pub struct Progress(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// When the attempt began.
    created: Instant,
    /// When the sending began.
    begin: Instant,
    /// When a byte moved last, in either direction.
    last: Instant,
    /// Bytes of the body that were handed over.
    sent: u64,
    body_done: bool,
    /// Whether the limit that holds once the body has left may come before the one until then.
    response_is_sooner: bool,
    head_started: bool,
    response_started: bool,
    reused: bool,
    interim_responses: u32,
    waited_for_source: Duration,
    waiting_since: Option<Instant>,
    /// Host and port that are being connected to, if the client says.
    peer: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Connecting,
    Sending,
    Responded,
}

/// The limit that an attempt will reach next if nothing happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Expiry {
    at: Instant,
    limit: TimeLimit,
    after: Duration,
}

/// Limits of one attempt, from its first byte to the head of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptLimits {
    /// Longest time without a byte moved while the request is sent: `read_write_timeout`.
    pub(crate) idle: Duration,
    /// Longest time between the last byte sent and the first byte of the response, and the option that sets it.
    pub(crate) response: (TimeLimit, Duration),
    /// Longest time of the whole attempt: `attempt_timeout`.
    pub(crate) attempt: Option<Duration>,
    /// Bytes per second that an attempt must reach on average.
    pub(crate) min_rate: u64,
    /// Length of the body, if known.
    pub(crate) len: Option<u64>,
}

/// Interim (1xx) responses that are read before an attempt is given up.
const MAX_INTERIM_RESPONSES: u32 = 16;

impl Progress {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let state = State {
            phase: Phase::Sending,
            created: now,
            begin: now,
            last: now,
            sent: 0,
            body_done: false,
            response_is_sooner: false,
            head_started: true,
            response_started: false,
            reused: false,
            interim_responses: 0,
            waited_for_source: Duration::ZERO,
            waiting_since: None,
            peer: None,
        };
        Self(Arc::new(Shared { state: Mutex::new(state), changed: Notify::new() }))
    }

    /// Says that a connection is being made: nothing was sent yet, and the limits of sending do not apply.
    pub fn connecting(&self) {
        let mut state = self.state();
        state.phase = Phase::Connecting;
        state.head_started = false;
        self.0.changed.notify_one();
    }

    /// The same, and to which host and port.
    pub(crate) fn connecting_to(&self, peer: String) {
        self.connecting();
        self.state().peer = Some(peer);
    }

    /// A limit of time that was reached: while a connection is being made, that is what failed.
    pub(crate) fn reached(&self, limit: CallErrorKind) -> CallErrorKind {
        let state = self.state();
        match &state.peer {
            Some(peer) if state.phase == Phase::Connecting => {
                CallErrorKind::Connect { host: peer.clone(), source: limit.into() }
            }
            _ => limit,
        }
    }

    /// Says that a connection is there, and whether an earlier request went over it.
    pub fn connected(&self, reused: bool) {
        let mut state = self.state();
        state.phase = Phase::Sending;
        state.begin = Instant::now();
        state.last = state.begin;
        state.reused = reused;
        self.0.changed.notify_one();
    }

    /// Says that bytes went out.
    pub fn wrote(&self) {
        let mut state = self.state();
        state.head_started = true;
        state.last = Instant::now();
    }

    /// Says that bytes came in.
    pub fn read(&self) {
        let mut state = self.state();
        state.last = Instant::now();
        if !std::mem::replace(&mut state.response_started, true) {
            self.0.changed.notify_one();
        }
    }

    pub(crate) fn interim_response(&self) {
        self.state().interim_responses += 1;
        self.0.changed.notify_one();
    }

    pub(crate) fn responded(&self) {
        self.state().phase = Phase::Responded;
    }

    pub(crate) fn body_taken(&self, len: u64) {
        let mut state = self.state();
        state.sent += len;
        state.last = Instant::now();
    }

    pub(crate) fn body_done(&self) {
        let mut state = self.state();
        state.body_done = true;
        // A limit that moves away is found out when the earlier one is reached: waking the attempt for each body costs more.
        if state.response_is_sooner {
            self.0.changed.notify_one();
        }
    }

    /// Waiting for the source of the body, or for the bandwidth limit, is not the server's fault and is not counted.
    pub(crate) fn waits_for_source(&self, waits: bool) {
        let mut state = self.state();
        let now = Instant::now();
        match (state.waiting_since, waits) {
            (None, true) => state.waiting_since = Some(now),
            (Some(since), false) => {
                state.waiting_since = None;
                state.waited_for_source += now - since;
                state.last = now;
            }
            _ => {}
        }
    }

    /// Whether the server may have seen any of the request.
    pub(crate) fn is_sent(&self) -> bool {
        self.state().head_started
    }

    /// Whether the whole body has left.
    pub(crate) fn is_body_done(&self) -> bool {
        self.state().body_done
    }

    /// Whether the connection had served an earlier request and gave no byte of a response to this one.
    pub(crate) fn is_stale(&self) -> bool {
        let state = self.state();
        state.reused && !state.response_started
    }

    /// Waits until the attempt reaches a limit.
    pub(crate) async fn expired(&self, limits: AttemptLimits) -> CallErrorKind {
        self.state().response_is_sooner = limits.response.1 < limits.idle;
        loop {
            let changed = self.0.changed.notified();
            if self.state().interim_responses > MAX_INTERIM_RESPONSES {
                return CallErrorKind::Connection(TooManyInterimResponses.into());
            }
            let now = Instant::now();
            let expiry = self.state().expiry(limits, now);
            if let Some(Expiry { limit, after, .. }) = expiry.filter(|expiry| expiry.at <= now) {
                return self.reached(CallErrorKind::Timeout { limit, after });
            }
            match expiry {
                // Either way the next round finds out how things are.
                Some(expiry) => _ = timeout_at(expiry.at, changed).await,
                None => changed.await,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn expiry(&self, limits: AttemptLimits, now: Instant) -> Option<Expiry> {
        let attempt = limits.attempt.map(|after| {
            let at = later(self.created, after);
            Expiry { at, limit: TimeLimit::AttemptTimeout, after }
        });
        self.next_of_sending(limits, now).into_iter().chain(attempt).min_by_key(|expiry| expiry.at)
    }

    /// The limits that apply while a request is sent and its response is waited for.
    fn next_of_sending(&self, limits: AttemptLimits, now: Instant) -> Option<Expiry> {
        if self.phase != Phase::Sending {
            return None;
        }
        let (response_limit, response) = limits.response;
        if self.waiting_since.is_some() {
            // Look again later: the source may be ready by then, and the time it took does not count.
            let at = later(now, limits.idle);
            return Some(Expiry { at, limit: TimeLimit::ReadWriteTimeout, after: limits.idle });
        }
        let (limit, after) = if self.body_done && !self.response_started {
            (response_limit, response)
        } else {
            (TimeLimit::ReadWriteTimeout, limits.idle)
        };
        let idle = Expiry { at: later(self.last, after), limit, after };
        let bytes = limits.len.unwrap_or(self.sent).max(self.sent);
        let whole = time_at_rate(bytes, limits.min_rate).saturating_add(limits.idle).saturating_add(response);
        let end = later(self.begin, whole.saturating_add(self.waited_for_source));
        let whole = Expiry { at: end, limit: TimeLimit::MinRate, after: whole };
        Some(if idle.at <= whole.at { idle } else { whole })
    }
}

/// `after` later; saturates at about a century.
pub(crate) fn later(at: Instant, after: Duration) -> Instant {
    at.checked_add(after).unwrap_or_else(|| at + FOREVER)
}

/// A flood of interim (1xx) responses in place of a final one.
#[derive(Debug)]
struct TooManyInterimResponses;

impl std::fmt::Display for TooManyInterimResponses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more than {MAX_INTERIM_RESPONSES} interim responses (1xx)")
    }
}

impl std::error::Error for TooManyInterimResponses {}

/// About a century.
const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);

/// Time that `bytes` take at `rate` bytes per second.
pub(crate) fn time_at_rate(bytes: u64, rate: u64) -> Duration {
    match rate {
        0 => FOREVER,
        rate => Duration::from_secs(bytes / rate + 1),
    }
}
