//! What happened in one run, in order, with the simulated time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::operation::Op;

/// One thing that happened.
#[derive(Clone, Debug)]
#[expect(dead_code, reason = "the trace prints what the checker does not read")]
pub(crate) enum Event {
    /// A request's head reached the server.
    Arrived(Op),
    /// The server did what a request asked for.
    CarriedOut(Op),
    /// The server refused a request, and did nothing.
    Refused(Op, u16),
    /// The client may have got a response to a request, with this status: it left the server whole.
    Responded(Op, u16),
    /// A fault struck.
    Struck(&'static str, Op),
    /// The caller cancelled, dropped or changed something.
    Caller(&'static str),
    /// An object was stored under the key: whether it is the one of the upload under test, and its bytes' CRC64.
    Stored { ours: bool, crc64: u64 },
    /// The object under test was removed.
    Removed,
    /// The upload ended with this text.
    Ended(String),
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
            writeln!(f, "{:>12.6} s  {event:?}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
