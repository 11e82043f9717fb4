//! The one checker: the promises against the history of a run. It knows no scenario, and of faults only what the history
//! tells. Here are those of an upload or a copy.

pub(crate) mod download;
mod known;
mod left;
mod limits;
pub(crate) mod sync;

use ossup::{Stored, Verified};

use crate::check::left::Left;
use crate::history::{Call, Event, History};
use crate::operation::Op;
use crate::upload::{Failure, Observation, Outcome};

/// A promise that did not hold, in words.
pub(crate) type Broken = String;

/// Every promise that did not hold.
pub(crate) fn check(seen: &Observation) -> Vec<Broken> {
    let mut broken = Vec::new();
    match &seen.outcome {
        Outcome::Ok(result) => {
            match &seen.object {
                Some(object) if !object.ours => broken.push("success, but the object is another one".to_owned()),
                Some(object) if !seen.is_source(object) => {
                    broken.push("success, but the object's bytes are not the source's".to_owned());
                }
                Some(_) => {}
                None => broken.push("success, but there is no object".to_owned()),
            }
            broken.extend(changed_before_complete(seen));
            let of_result = result.hash_crc64.map(|crc64| crc64.to_u64());
            if result.verified == Verified::Crc64 && !of_result.is_some_and(|crc64| seen.sources.contains(&crc64)) {
                broken.push("verified, but the CRC64 of the result is not the source's".to_owned());
            }
        }
        Outcome::Failed(failure) => {
            broken.extend(stored(seen, failure));
            broken.extend(forgotten_damage(seen, failure));
            broken.extend(limits::needless(seen));
        }
        Outcome::Dropped => {}
        Outcome::Endless => broken.push("the upload did not end within a day".to_owned()),
    }
    broken.extend(seen.neighbour.clone());
    broken.extend(left::aborted_in_doubt(&seen.history));
    let mut told = seen.warnings.clone();
    if let Outcome::Failed(Failure { text, .. }) = &seen.outcome {
        told.push(text.clone());
    }
    broken.extend(left::unnamed(Left {
        history: &seen.history,
        open_uploads: &seen.open_uploads,
        told: &told,
        log: &seen.log,
        records: &seen.records,
    }));
    broken.extend(limits::exceeded(seen));
    broken.extend(limits::hurried(&seen.history.timed()));
    broken
}

/// What is wrong with what an error says about the object.
fn stored(seen: &Observation, failure: &Failure) -> Option<Broken> {
    let events = seen.history.events();
    // A copy that the server damaged cannot be told from another client's object if its response was lost.
    let damaged_copy = events.iter().any(|event| match event {
        Event::Struck("damaged", call) => {
            matches!(call.op, Op::CopyObject | Op::UploadPartCopy | Op::CompleteMultipartUpload)
        }
        _ => false,
    });
    let counts = |crc64: &u64| failure.stored == Stored::Yes || !damaged_copy || seen.sources.contains(crc64);
    let stored_ours =
        events.iter().any(|event| matches!(event, Event::Stored { ours: true, crc64, .. } if counts(crc64)));
    match failure.stored {
        // The server itself said so, and no one else can be asked.
        Stored::No if stored_ours && denied_object(&seen.history) => None,
        Stored::No if stored_ours => Some("the error says that nothing is stored, but it is".to_owned()),
        Stored::Yes if !stored_ours => Some("the error says that the object is stored, but it is not".to_owned()),
        Stored::Unknown => known::fact(seen).map(|fact| format!("unknown, though {fact}")),
        _ => None,
    }
}

/// An error that says nothing of an attempt whose response had the CRC64 of other bytes, though those bytes are in place.
fn forgotten_damage(seen: &Observation, failure: &Failure) -> Option<Broken> {
    let events = seen.history.events();
    let damaged = |call: &Call| {
        events.iter().any(|event| matches!(event, Event::Struck("damaged", struck) if struck.number == call.number))
    };
    // What a later attempt stored is in its place.
    let stored = events.iter().rev().find_map(|event| match event {
        Event::CarriedOut(call) if call.op == Op::PutObject => Some(call.number),
        _ => None,
    });
    let mut until_end = events.iter().take_while(|event| !matches!(event, Event::Ended(_)));
    let is_told = until_end
        .any(|event| matches!(event, Event::Responded(call, 200) if Some(call.number) == stored && damaged(call)));
    let is_in_place = seen.object.as_ref().is_some_and(|object| object.ours && !seen.is_source(object));
    // A limit of time may end the upload before it has read the response.
    let is_forgotten = is_told && is_in_place && !seen.limited && !failure.text.contains("CRC64 of the bytes sent");
    is_forgotten.then(|| "other bytes are in place, and the error does not say so".to_owned())
}

/// A file that changed before its parts were put together.
fn changed_before_complete(seen: &Observation) -> Option<Broken> {
    let events = seen.history.timed();
    let of_parts =
        events.iter().any(|(_, event)| matches!(event, Event::CarriedOut(call) if call.op == Op::UploadPart));
    let changed = events.iter().find(|(_, event)| matches!(event, Event::Caller("changes the source")));
    let completed = events
        .iter()
        .find(|(_, event)| matches!(event, Event::Arrived(call) if call.op == Op::CompleteMultipartUpload));
    let (changed, completed) = changed.zip(completed)?;
    (of_parts && changed.0 < completed.0)
        .then(|| "success, though the file changed before its parts were put together".to_owned())
}

/// Whether the server said of what tells the outcome that it is not there, though it was.
fn denied_object(history: &History) -> bool {
    let tells = |op| matches!(op, Op::HeadObject | Op::ListParts | Op::CompleteMultipartUpload);
    history.events().iter().any(|event| matches!(event, Event::Denied(call) if tells(call.op)))
}

/// Whether this is a request that makes the object.
fn makes(op: Op) -> bool {
    matches!(op, Op::PutObject | Op::CopyObject | Op::CompleteMultipartUpload)
}

/// Whether the caller did this before the upload ended.
fn caller(events: &[Event], does: &str) -> bool {
    let until_end = events.iter().take_while(|event| !matches!(event, Event::Ended(_)));
    until_end.into_iter().any(|event| matches!(event, Event::Caller(did) if *did == does))
}
