//! Faults: which request is struck, and how.

use std::time::Duration;

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
    /// Stores other bytes than were sent, and says so by the CRC64.
    Damaged,
}

impl Strike {
    /// What a server may do to a request of `op`: only of a 5xx does no client know what it left, and a success before the body
    /// was sent can be told from another one only where the body does not fit into the buffers on the way.
    pub(crate) fn effects(op: Op) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |name| match *name {
            "done, refused" => op.has_effect(),
            "denied" => !matches!(op, Op::PutObject | Op::InitiateMultipartUpload),
            "damaged" | "early success" => matches!(op, Op::PutObject | Op::UploadPart),
            _ => true,
        })
    }

    /// Short name for tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Refused(..) => "refused",
            Self::Throttled(..) => "throttled",
            Self::Denied(..) => "denied",
            Self::DoneAndRefused(..) => "done, refused",
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
        }
    }

    pub(crate) const NAMES: [&'static str; 14] = [
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
    ];
}
