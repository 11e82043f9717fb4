//! Bounds: of time, requests and bytes, of attempts and waits, and of what may make an upload fail at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ossup::Stored;

use crate::check::{Broken, caller};
use crate::history::{Call, Event};
use crate::operation::Op;
use crate::scenario::PART;
use crate::upload::{Observation, Outcome};

/// Simulated time that an upload may take: eight attempts of each of its stages, and twice that if it is sent again.
const TIME_BOUND: Duration = Duration::from_secs(3_600);
/// The same of a copy. Five parts that go one by one, since the server asked for less at once, have eight attempts each, and each
/// attempt the five minutes of a request that moves bytes on the server.
const TIME_BOUND_OF_COPY: Duration = Duration::from_secs(5 * 8 * 300 + 600);
/// Requests that an upload of at most five parts may make.
const REQUEST_BOUND: u32 = 200;
/// How often an object may be sent: eight attempts, and eight more if it is sent again in another upload.
const SENT_BOUND: u64 = 16;
/// How often one request may be sent: eight attempts, each of them once more on a new connection where a kept one was closed,
/// and one more with credentials that were fetched again.
const ATTEMPT_BOUND: usize = 17;
/// How often an object or a copy may be asked for: once after each of the first seven attempts, and after the last one three
/// times, three more because of the clocks, and once with credentials that were fetched again; each of them once more on a new
/// connection.
const QUESTION_BOUND: usize = 28;
/// Bytes of memory beside those of objects and of the server: of the client, of connections, of the history, of simulated files.
const HELD: u64 = 2_700_000;
/// Copies of what is transferred: in simulated files and on their disk, in the pieces in flight, in connections and in what the
/// checker is given.
const COPIES: u64 = 14;
/// Failures of one request that an upload outlives.
const OUTLIVED: usize = 2;

/// The bounds that were exceeded.
pub(super) fn exceeded(seen: &Observation) -> Vec<Broken> {
    let mut broken = Vec::new();
    if let Err(error) = &seen.afterwards {
        broken.push(format!("the client is of no use afterwards: {error}"));
    }
    let copies =
        |event: &Event| matches!(event, Event::Arrived(call) if matches!(call.op, Op::CopyObject | Op::UploadPartCopy));
    let is_copy = seen.history.events().iter().any(copies);
    if seen.took > if is_copy { TIME_BOUND_OF_COPY } else { TIME_BOUND } {
        broken.push(format!("it took {} s of simulated time", seen.took.as_secs()));
    }
    if seen.requests > REQUEST_BOUND {
        broken.push(format!("{} requests", seen.requests));
    }
    if seen.body_bytes > (seen.size as u64).saturating_mul(SENT_BOUND) + 100_000 {
        broken.push(format!("{} bytes of bodies for an object of {}", seen.body_bytes, seen.size));
    }
    broken.extend(ahead(seen));
    broken.extend(held(seen.held, seen.server_held, seen.size));
    let mut attempts: BTreeMap<_, usize> = BTreeMap::new();
    let events = seen.history.events();
    for event in events.iter() {
        // Of what no upload is named in there is one for each time that everything is sent.
        if let Event::Arrived(Call { op, key, upload, part, .. }) | Event::Torn(Call { op, key, upload, part, .. }) =
            event
        {
            *attempts.entry((op, key, upload, part)).or_default() += 1;
        }
    }
    for ((op, ..), count) in attempts {
        let bound = match op {
            Op::PutObject | Op::CopyObject | Op::CompleteMultipartUpload => ATTEMPT_BOUND,
            Op::UploadPart | Op::UploadPartCopy => ATTEMPT_BOUND,
            Op::InitiateMultipartUpload => 2 * ATTEMPT_BOUND,
            Op::HeadObject => QUESTION_BOUND,
            // Until it is known what is left, for as long as cleaning up may take.
            _ => continue,
        };
        if count > bound {
            broken.push(format!("{} was sent {count} times", op.name()));
        }
    }
    broken
}

/// A stream in parts that is read further ahead of what the server has than its parts in flight and one more. Of a part that was
/// stored the response may have been lost: then it is still in memory, and is not counted.
fn ahead(seen: &Observation) -> Option<Broken> {
    let events = seen.history.events();
    if !events.iter().any(|event| matches!(event, Event::Arrived(call) if call.op == Op::UploadPart)) {
        return None;
    }
    let most = ((seen.parallel + 1) * PART) as u64;
    let (mut read, mut done) = (0, BTreeSet::new());
    events.iter().find_map(|event| match event {
        Event::Read(bytes) => {
            read += bytes;
            let ahead = read.saturating_sub(done.len() as u64 * PART as u64);
            (ahead > most).then(|| format!("{ahead} bytes of the stream are in memory, more than {most}"))
        }
        Event::CarriedOut(Call { op: Op::UploadPart, part, .. })
        | Event::Struck("early success", Call { op: Op::UploadPart, part, .. }) => {
            done.insert(part);
            None
        }
        _ => None,
    })
}

/// Memory beyond what the server had.
pub(super) fn held(held: u64, server_held: u64, size: usize) -> Option<Broken> {
    let most = HELD + COPIES * size as u64 + server_held;
    (held > most).then(|| format!("{held} bytes of memory at one time, more than {most}"))
}

/// Requests that were sent again sooner than the server had asked for: the same one, or any part. An abort has little time
/// for its questions, and does not know of those before.
pub(super) fn hurried(events: &[(Duration, Event)]) -> Option<Broken> {
    let sooner = |at: usize, asked_at: Duration, asked: &Call, wait: Duration| {
        let later = events.iter().skip(at).take_while(|(time, _)| *time < asked_at + wait);
        // Cleaning up after what was dropped knows of nothing before, and what was cancelled asks once, without much time.
        let until_dropped = later.take_while(|(_, event)| !matches!(event, Event::Caller("drops" | "cancels")));
        let before = || events.iter().take(at).map(|(_, event)| event);
        // A part whose kept connection was closed goes once more on a new one, and is what was under way before.
        let is_under_way = |call: &Call| {
            let is_part = |other: &Call| call.part.is_some() && other.part == call.part && other.upload == call.upload;
            let of_part = |event: &Event| match event {
                Event::Arrived(other) if is_part(other) => Some(true),
                Event::Responded(other, _) if is_part(other) => Some(false),
                _ => None,
            };
            call.part != asked.part && before().rev().find_map(of_part) == Some(true)
        };
        let is_abort = |call: &Call| call.op == Op::AbortMultipartUpload && call.upload == asked.upload;
        // Another upload's abort is another request.
        let counts = |call: &Call| match call.op {
            Op::AbortMultipartUpload => asked.op != Op::AbortMultipartUpload || is_abort(call),
            _ => !is_under_way(call),
        };
        let mut arrived = until_dropped.filter(|(time, _)| *time > asked_at).filter_map(|(_, event)| match event {
            Event::Arrived(call) if counts(call) => Some(call.op),
            _ => None,
        });
        // Of an upload that is being aborted, what the question was asked to wait counts for the abort.
        let is_aborting = before().any(|event| matches!(event, Event::Arrived(call) if is_abort(call)));
        if asked.op == Op::ListParts && is_aborting {
            return arrived.any(|op| [Op::ListParts, Op::AbortMultipartUpload].contains(&op));
        }
        arrived.find(|op| [asked.op, Op::AbortMultipartUpload].contains(op)) == Some(asked.op)
    };
    events.iter().enumerate().find_map(|(at, (time, event))| match event {
        Event::AskedToWait(call, wait) if sooner(at, *time, call, *wait) => {
            Some(format!("{} went again sooner than asked", call.op.name()))
        }
        _ => None,
    })
}

/// Why an upload should not have failed: no one cancelled it or changed its source, no request was refused for good, and no
/// request failed more often than is outlived.
pub(super) fn needless(seen: &Observation) -> Option<Broken> {
    let events = seen.history.events();
    if seen.limited || caller(&events, "cancels") || caller(&events, "changes the source") {
        return None;
    }
    // A copy that goes on in parts may find an object in its way of which no date tells whether it is its own.
    let sends = |op| events.iter().any(|event| matches!(event, Event::Arrived(call) if call.op == op));
    let is_unknown = matches!(&seen.outcome, Outcome::Failed(failure) if failure.stored == Stored::Unknown);
    if is_unknown && sends(Op::CopyObject) && sends(Op::InitiateMultipartUpload) {
        return None;
    }
    let stored_ours = events.iter().any(|event| matches!(event, Event::Stored { ours: true, .. }));
    let mut failures: BTreeMap<_, usize> = BTreeMap::new();
    for event in events.iter() {
        match event {
            // Where the limit of a fetch is reached, so is the limit of what waited for it.
            Event::Caller("never hands credentials out") => return None,
            Event::Refused(call, 403) if !is_struck(&events, call) => {}
            // Another object is there, or our own, which is found by a question.
            Event::Refused(call, 409) if stored_ours && !is_struck(&events, call) => {}
            // The second of two that did the same.
            Event::Refused(call, 404) if !is_struck(&events, call) && call.op != Op::UploadPart => {}
            Event::Refused(_, 400..=499 | 501) => return None,
            Event::Responded(call, 501) if is_struck(&events, call) => return None,
            // What was damaged is in the way where nothing may be replaced, and of what the server itself moves the CRC64 is known
            // when all is done.
            Event::Struck("damaged", call) if call.op != Op::UploadPart => return None,
            // It is said that the object is in place.
            Event::Struck("callback failed", _) => return None,
            Event::Struck(_, call) => *failures.entry((call.op, call.part)).or_default() += 1,
            _ => {}
        }
    }
    let most = failures.values().copied().max().unwrap_or_default();
    (most <= OUTLIVED).then(|| format!("it failed, though no request failed more than {most} times"))
}

fn is_struck(events: &[Event], call: &Call) -> bool {
    events.iter().any(|event| matches!(event, Event::Struck(_, struck) if struck.number == call.number))
}
