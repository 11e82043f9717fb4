//! What happened in one run, in order, with the simulated time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::operation::Op;

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Position among all requests, from 0.
    pub(crate) number: u32,
    pub(crate) op: Op,
    /// The object that it names.
    pub(crate) key: String,
    /// The first byte that it asks for, and the one after the last.
    pub(crate) range: Option<(u64, u64)>,
    /// The upload that it names, or that it initiated.
    pub(crate) upload: Option<String>,
    /// The number of the part that it sends.
    pub(crate) part: Option<u16>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A request's head reached the server.
    Arrived(Call),
    /// Only a part of a request's head reached the server, and the client may know no more of it than of one that arrived.
    Torn(Call),
    /// The server did what a request asked for.
    CarriedOut(Call),
    /// The server refused a request, and did nothing.
    Refused(Call, u16),
    /// The server said that there is no such object or upload, though there is.
    Denied(Call),
    /// A response left the server whole, with this status, while its client was still connected.
    Responded(Call, u16),
    /// That response asked for a wait.
    AskedToWait(Call, Duration),
    /// A fault struck.
    Struck(&'static str, Call),
    /// The caller cancelled, dropped or changed something.
    Caller(&'static str),
    /// An object was stored under the key: whether it is the one of the upload under test, and its bytes' CRC64.
    Stored { key: String, ours: bool, crc64: u64 },
    /// Another client replaced this object.
    Replaced(String),
    /// This object was removed.
    Removed(String),
    /// A page of a list was made that is its last, with so many keys.
    LastPage(u32, usize),
    /// So many bytes of a stream were taken.
    Taken(u64),
    /// So many bytes of a source that is a stream were read.
    Read(u64),
    /// The work ended with this text.
    Ended(String),
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>3} {} {}", self.number, self.op.name(), self.key)?;
        self.range.iter().try_for_each(|(first, end)| write!(f, " {first}..{end}"))?;
        self.upload.iter().try_for_each(|upload| write!(f, " {upload}"))?;
        self.part.iter().try_for_each(|part| write!(f, " part {part}"))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arrived(call) => write!(f, "{call} arrives"),
            Self::Torn(call) => write!(f, "{call} does not arrive whole"),
            Self::CarriedOut(call) => write!(f, "{call} is carried out"),
            Self::Refused(call, status) => write!(f, "{call} is refused with {status}, and nothing is done"),
            Self::Denied(call) => write!(f, "{call} is told that what it names is not there, but it is"),
            Self::AskedToWait(call, wait) => write!(f, "{call} is asked to wait {} s", wait.as_secs()),
            Self::Responded(call, status) => write!(f, "{call} gets its response, {status}"),
            Self::Struck(fault, call) => write!(f, "{call} is struck: {fault}"),
            Self::Caller(does) => write!(f, "the caller {does}"),
            Self::Stored { key, ours, crc64 } => write!(f, "{key} is stored, ours: {ours}, CRC64 {crc64}"),
            Self::Replaced(key) => write!(f, "another client replaces {key}"),
            Self::Removed(key) => write!(f, "{key} is removed"),
            Self::LastPage(number, keys) => write!(f, "{number:>3} is the last page of its list, with {keys} keys"),
            Self::Taken(bytes) => write!(f, "{bytes} bytes are taken"),
            Self::Read(bytes) => write!(f, "{bytes} bytes of the source are read"),
            Self::Ended(text) => write!(f, "it ends: {text}"),
        }
    }
}

/// The history of one run. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct History(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    past: Mutex<Past>,
}

#[derive(Debug, Default)]
struct Past {
    times: Vec<Duration>,
    events: Arc<Vec<Event>>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { began: Instant::now(), past: Mutex::default() }))
    }

    pub(crate) fn add(&self, event: Event) {
        let at = self.0.began.elapsed();
        let mut past = self.lock();
        past.times.push(at);
        Arc::make_mut(&mut past.events).push(event);
    }

    pub(crate) fn events(&self) -> Arc<Vec<Event>> {
        Arc::clone(&self.lock().events)
    }

    /// The events with the time since the run began.
    pub(crate) fn timed(&self) -> Vec<(Duration, Event)> {
        let past = self.lock();
        past.times.iter().copied().zip(past.events.iter().cloned()).collect()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.began.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Past> {
        self.0.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let past = self.lock();
        for (at, event) in past.times.iter().zip(past.events.iter()) {
            writeln!(f, "{:>12.6} s  {event}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
