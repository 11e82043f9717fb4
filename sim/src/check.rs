//! The one checker: the promises of an upload against the history of a run. It knows no scenario and no fault.

use std::time::Duration;

use ossup::{Stored, Verified};

use crate::history::{Call, Event};
use crate::operation::Op;
use crate::run::{Failure, Observation, Outcome};

/// A promise that did not hold, in words.
pub(crate) type Broken = String;

/// Simulated time that an upload may take: eight attempts of each of its stages, and twice that if it is sent again.
const TIME_BOUND: Duration = Duration::from_secs(3_600);
/// Requests that an upload of at most five parts may make.
const REQUEST_BOUND: u32 = 200;
/// How often an object may be sent: eight attempts, and eight more if it is sent again in another upload.
const SENT_BOUND: u64 = 16;

/// Every promise that did not hold.
pub(crate) fn check(seen: &Observation) -> Vec<Broken> {
    let mut broken = Vec::new();
    let events = seen.history.events();
    let stored_ours = events.iter().any(|event| matches!(event, Event::Stored { ours: true, .. }));
    match &seen.outcome {
        Outcome::Ok(result) => {
            match &seen.object {
                Some(object) if !object.ours => broken.push("success, but the object is another one".to_owned()),
                Some(object) if object.crc64() != seen.source => {
                    broken.push("success, but the object's bytes are not the source's".to_owned());
                }
                Some(_) => {}
                None => broken.push("success, but there is no object".to_owned()),
            }
            if result.verified == Verified::Crc64 && result.hash_crc64.map(|crc64| crc64.to_u64()) != Some(seen.source)
            {
                broken.push("verified, but the CRC64 of the result is not the source's".to_owned());
            }
        }
        Outcome::Failed(Failure { stored, .. }) => match stored {
            Stored::No if stored_ours => broken.push("the error says that nothing is stored, but it is".to_owned()),
            Stored::Yes if !stored_ours => {
                broken.push("the error says that the object is stored, but it is not".to_owned());
            }
            Stored::Unknown => {
                broken.extend(known(&seen.history.timed(), seen.source).map(|fact| format!("unknown, though {fact}")));
            }
            _ => {}
        },
        Outcome::Dropped => {}
        Outcome::Endless => broken.push("the upload did not end within a day".to_owned()),
    }
    broken.extend(unnamed(seen));
    if seen.took > TIME_BOUND {
        broken.push(format!("it took {} s of simulated time", seen.took.as_secs()));
    }
    if seen.requests > REQUEST_BOUND {
        broken.push(format!("{} requests", seen.requests));
    }
    if seen.body_bytes > (seen.size as u64).saturating_mul(SENT_BOUND) + 100_000 {
        broken.push(format!("{} bytes of bodies for an object of {}", seen.body_bytes, seen.size));
    }
    broken
}

/// What a client could know of the object when its upload ended, though the error says that it is unknown.
///
/// Dates have whole seconds: of an object that was stored within two seconds of the begin no client can know whether it is
/// older.
fn known(events: &[(Duration, Event)], source: u64) -> Option<&'static str> {
    let dated_from = events.first().map_or(Duration::ZERO, |(began, _)| *began + Duration::from_secs(2));
    let ended = events.iter().position(|(_, event)| matches!(event, Event::Ended(_))).unwrap_or(events.len());
    let events = events.get(..ended).unwrap_or_default();
    let makes = |call: &Call| matches!(call.op, Op::PutObject | Op::CompleteMultipartUpload);
    let response = |number: u32| {
        events.iter().find_map(|(_, event)| match event {
            Event::Responded(call, status) if call.number == number => Some(*status),
            _ => None,
        })
    };
    let attempts = events.iter().enumerate().filter_map(|(at, (_, event))| match event {
        Event::Arrived(call) if makes(call) => Some((at, response(call.number))),
        _ => None,
    });
    let attempts: Vec<_> = attempts.collect();
    let Some((last, _)) = attempts.last() else { return Some("nothing was sent") };
    if attempts.iter().all(|(_, status)| status.is_some_and(|status| (400..500).contains(&status))) {
        return Some("every attempt was refused");
    }
    let all_responded = attempts.iter().all(|(_, status)| status.is_some());
    let mut in_place = false;
    for (at, (time, event)) in events.iter().enumerate() {
        match event {
            Event::Stored { ours, crc64 } => in_place = *ours && *crc64 == source && *time >= dated_from,
            Event::Removed => in_place = false,
            Event::CarriedOut(call) | Event::Refused(call, 404) if at > *last => {
                let asked = response(call.number);
                match (call.op, asked) {
                    (Op::HeadObject, Some(200)) if in_place => return Some("HeadObject showed the object"),
                    (Op::HeadObject, Some(404)) if all_responded => return Some("HeadObject found no object"),
                    (Op::ListParts, Some(200)) if all_responded => {
                        return Some("ListParts showed the upload, still open");
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    None
}

/// The uploads that stay open and that nothing names by their id. No one can know the id of one whose response to Initiate
/// was lost: it must be empty, and for each there must be a warning.
fn unnamed(seen: &Observation) -> Vec<Broken> {
    let told = |text: &str| {
        let in_error = matches!(&seen.outcome, Outcome::Failed(failure) if failure.text.contains(text));
        in_error || seen.warnings.iter().chain(&seen.log).any(|line| line.contains(text))
    };
    let is_named = |id: &String| told(id) || seen.records.contains(id);
    let unnamed: Vec<_> = seen.open_uploads.iter().filter(|(id, _)| !is_named(id)).collect();
    let warnings = seen.log.iter().filter(|line| line.contains("response to Initiate")).count();
    let with_parts = unnamed.iter().filter(|(_, has_parts)| *has_parts);
    let mut broken: Vec<_> =
        with_parts.map(|(id, _)| format!("the upload {id} is left with parts, and nothing names it")).collect();
    let empty = unnamed.len() - broken.len();
    if empty > warnings {
        broken.push(format!("{empty} empty uploads are left, and {warnings} warnings tell of them"));
    }
    broken
}
