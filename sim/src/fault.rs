//! Faults: which request is struck, and how.

use std::time::Duration;

use fastrand::Rng;

use crate::history::{Event, History};
use crate::operation::Op;

/// One fault: strikes the `nth` request (from 0) of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) on: Op,
    pub(crate) nth: u32,
    /// How many requests in a row are struck.
    pub(crate) times: u32,
    pub(crate) how: Strike,
}

impl Fault {
    pub(crate) fn hits(&self, op: Op, nth: u32) -> bool {
        op == self.on && nth >= self.nth && nth - self.nth < self.times
    }
}

/// How a request is struck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Strike {
    /// Refused with this status and code; nothing is done.
    Refused(u16, &'static str),
    /// Refused for so many seconds: the response says how long to wait.
    Throttled(u64),
    /// Says that there is no such object or upload, whether or not there is, and does nothing.
    Denied(&'static str),
    /// Done, and refused all the same.
    DoneAndRefused(u16, &'static str),
    /// The connection breaks once this many bytes of the request have left the client; what has arrived whole is done.
    RequestCut(u64),
    /// The connection closes before the body is read.
    ClosedBeforeBody,
    /// The connection closes in the middle of the body.
    ClosedInBody,
    /// Nothing is done, and the connection closes once the whole request was read.
    ClosedAfterBody,
    /// Done, and the connection closes once this many bytes of the response were sent.
    ResponseCut(u64),
    /// Done, and the response comes late.
    Late(Duration),
    /// Waits, and only then does it and responds.
    Slow(Duration),
    /// Done, and never responds.
    DoneAndSilent,
    /// Never responds and does nothing.
    Silent,
    /// Responds with success as soon as it has the head, and does nothing.
    EarlySuccess,
    /// Stores or sends other bytes than it was asked for; its CRC64 is that of what is stored.
    Damaged,
    /// Done, and responds that the callback that the request asked for failed.
    CallbackFailed,
    /// Another client replaces the object that is read just before.
    Replaced,
    /// Responds with the whole object where a range was asked for.
    RangeIgnored,
    /// The page of a list has its keys in another order.
    OutOfOrder,
    /// The page of a list says that it has more keys than it has.
    Incomplete,
}

impl Strike {
    /// Short name for tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Refused(..) => "refused",
            Self::Throttled(..) => "throttled",
            Self::Denied(..) => "denied",
            Self::DoneAndRefused(..) => "done, refused",
            Self::RequestCut(..) => "request cut",
            Self::ClosedBeforeBody => "closed before body",
            Self::ClosedInBody => "closed in body",
            Self::ClosedAfterBody => "closed after body",
            Self::ResponseCut(..) => "done, response cut",
            Self::Late(..) => "done, late",
            Self::Slow(..) => "slow, done",
            Self::DoneAndSilent => "done, silent",
            Self::Silent => "silent",
            Self::EarlySuccess => "early success",
            Self::Damaged => "damaged",
            Self::CallbackFailed => "callback failed",
            Self::Replaced => "replaced",
            Self::RangeIgnored => "range ignored",
            Self::OutOfOrder => "out of order",
            Self::Incomplete => "incomplete",
        }
    }

    /// Those that take turns. A request is cut where its bytes have their turns, in `cut.rs`.
    pub(crate) const NAMES: [&'static str; 19] = [
        "refused",
        "throttled",
        "denied",
        "done, refused",
        "closed before body",
        "closed in body",
        "closed after body",
        "done, response cut",
        "done, late",
        "slow, done",
        "done, silent",
        "silent",
        "early success",
        "damaged",
        "callback failed",
        "replaced",
        "range ignored",
        "out of order",
        "incomplete",
    ];
}

/// Whether each of these faults struck.
pub(crate) fn all_struck(faults: &[Fault], history: &History) -> bool {
    let events = history.events();
    let struck = |fault: &Fault| {
        events.iter().any(|event| match event {
            Event::Struck(effect, call) => call.op == fault.on && *effect == fault.how.name(),
            _ => false,
        })
    };
    faults.iter().all(struck)
}

/// A fault of this operation, as its seed draws it.
pub(crate) fn fault(rng: &mut Rng, on: Op, effect: &str) -> Fault {
    let nth = match on {
        Op::UploadPart | Op::UploadPartCopy | Op::GetObject => rng.u32(0..5),
        Op::HeadObject => *pick(rng, &[0, 0, 1, 2]),
        _ => *pick(rng, &[0, 0, 0, 1]),
    };
    Fault { on, nth, times: *pick(rng, &[1, 1, 1, 2, 5, 1_000]), how: strike(rng, on, effect) }
}

fn strike(rng: &mut Rng, on: Op, effect: &str) -> Strike {
    const IN_TROUBLE: [(u16, &str); 3] = [(500, "InternalError"), (501, "NotImplemented"), (503, "ServiceUnavailable")];
    const REFUSALS: [(u16, &str); 6] = [
        (403, "AccessDenied"),
        (503, "SlowDown"),
        (404, "NoSuchBucket"),
        (500, "InternalError"),
        (501, "NotImplemented"),
        (503, "ServiceUnavailable"),
    ];
    // The response to HEAD has no body, so that a 404 says one thing only.
    let refusals = match on {
        Op::HeadObject => [&REFUSALS[..2], &REFUSALS[3..]].concat(),
        _ => REFUSALS.to_vec(),
    };
    let wait = Duration::from_millis(*pick(rng, &[50, 2_000, 30_000, 100_000]));
    let (status, code) = *pick(rng, &refusals);
    match effect {
        "refused" => Strike::Refused(status, code),
        "throttled" => Strike::Throttled(*pick(rng, &[1, 5, 20])),
        "denied" if matches!(on, Op::HeadObject | Op::GetObject | Op::CopyObject) => Strike::Denied("NoSuchKey"),
        "denied" => Strike::Denied("NoSuchUpload"),
        "done, refused" => {
            let (status, code) = *pick(rng, &IN_TROUBLE);
            Strike::DoneAndRefused(status, code)
        }
        "closed before body" => Strike::ClosedBeforeBody,
        "closed in body" => Strike::ClosedInBody,
        "closed after body" => Strike::ClosedAfterBody,
        "done, late" => Strike::Late(wait),
        "slow, done" => Strike::Slow(wait),
        "done, silent" => Strike::DoneAndSilent,
        "silent" => Strike::Silent,
        "early success" => Strike::EarlySuccess,
        "damaged" => Strike::Damaged,
        "callback failed" => Strike::CallbackFailed,
        "replaced" => Strike::Replaced,
        "range ignored" => Strike::RangeIgnored,
        "out of order" => Strike::OutOfOrder,
        "incomplete" => Strike::Incomplete,
        _ if on == Op::GetObject => Strike::ResponseCut(*pick(rng, &[0, 1, 100, 300, 600, 9_000, 60_000, 102_000])),
        _ => Strike::ResponseCut(*pick(rng, &[0, 1, 20, 100, 200, 300])),
    }
}

/// One of several.
#[expect(clippy::indexing_slicing, reason = "the index is below the length, which is never 0 here")]
pub(crate) fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(0..from.len())]
}
