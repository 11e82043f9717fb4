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
    Stored { ours: bool, crc64: u64 },
    /// The object under test was removed.
    Removed,
    /// The upload ended with this text.
    Ended(String),
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>3} {}", self.number, self.op.name())?;
        self.upload.iter().try_for_each(|upload| write!(f, " {upload}"))?;
        self.part.iter().try_for_each(|part| write!(f, " part {part}"))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arrived(call) => write!(f, "{call} arrives"),
            Self::CarriedOut(call) => write!(f, "{call} is carried out"),
            Self::Refused(call, status) => write!(f, "{call} is refused with {status}, and nothing is done"),
            Self::Denied(call) => write!(f, "{call} is told that what it names is not there, but it is"),
            Self::AskedToWait(call, wait) => write!(f, "{call} is asked to wait {} s", wait.as_secs()),
            Self::Responded(call, status) => write!(f, "{call} gets its response, {status}"),
            Self::Struck(fault, call) => write!(f, "{call} is struck: {fault}"),
            Self::Caller(does) => write!(f, "the caller {does}"),
            Self::Stored { ours, crc64 } => write!(f, "an object is stored, ours: {ours}, CRC64 {crc64}"),
            Self::Removed => f.write_str("the object is removed"),
            Self::Ended(text) => write!(f, "the upload ends: {text}"),
        }
    }
}

/// The history of one run. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct History(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    events: Mutex<Vec<(Duration, Event)>>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { began: Instant::now(), events: Mutex::default() }))
    }

    pub(crate) fn add(&self, event: Event) {
        let at = self.0.began.elapsed();
        self.lock().push((at, event));
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.lock().iter().map(|(_, event)| event.clone()).collect()
    }

    /// The events with the time since the run began.
    pub(crate) fn timed(&self) -> Vec<(Duration, Event)> {
        self.lock().clone()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.began.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Duration, Event)>> {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, event) in self.lock().iter() {
            writeln!(f, "{:>12.6} s  {event}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
