//! The one checker: the promises of an upload against the history of a run. It knows no scenario and no fault.

use std::time::Duration;

use ossup::{Stored, Verified};

use crate::history::Event;
use crate::operation::Op;
use crate::run::{Failure, Observation, Outcome};
use crate::scenario::Scenario;

/// A promise that did not hold, in words.
pub(crate) type Broken = String;

/// Simulated time that an upload may take: what a part may retry, for each of its stages.
const TIME_BOUND: Duration = Duration::from_secs(3_600);
/// Requests that an upload of a few parts may make.
const REQUEST_BOUND: u32 = 400;
/// How often an object may be sent.
const SENT_BOUND: u64 = 26;

/// Every promise that did not hold.
pub(crate) fn check(scenario: &Scenario, seen: &Observation) -> Vec<Broken> {
    let mut broken = Vec::new();
    let events = seen.history.events();
    let stored_ours = events.iter().any(|event| matches!(event, Event::Stored { ours: true, .. }));
    match &seen.outcome {
        Outcome::Ok(result) => {
            match &seen.object {
                Some(object) if !object.is_ours() => broken.push("success, but the object is another one".to_owned()),
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
            Stored::Unknown if has_response(&events) => {
                broken
                    .push("the error says unknown, though a question after the last attempt had a response".to_owned());
            }
            _ => {}
        },
        Outcome::Dropped => {}
        Outcome::Endless => broken.push("the upload did not end within a day".to_owned()),
    }
    for id in &seen.open_uploads {
        if !is_named(scenario, seen, &events, id) {
            broken.push(format!("the upload {id} is left open, and nothing names it"));
        }
    }
    if seen.took > TIME_BOUND {
        broken.push(format!("it took {} s of simulated time", seen.took.as_secs()));
    }
    if seen.requests > REQUEST_BOUND {
        broken.push(format!("{} requests", seen.requests));
    }
    let size = scenario.size as u64;
    if seen.body_bytes > size.saturating_mul(SENT_BOUND) + 1_000_000 {
        broken.push(format!("{} bytes of bodies for an object of {size}", seen.body_bytes));
    }
    broken
}

/// Whether HEAD or ListParts had a decisive status after the last attempt to make the object had ended.
fn has_response(events: &[Event]) -> bool {
    let makes = |op: &Op| matches!(op, Op::PutObject | Op::CompleteMultipartUpload);
    let ended = events.iter().position(|event| matches!(event, Event::Ended(_))).unwrap_or(events.len());
    let before_end = events.get(..ended).unwrap_or_default();
    let last = before_end.iter().rposition(|event| match event {
        Event::Arrived(op) | Event::CarriedOut(op) | Event::Refused(op, _) => makes(op),
        _ => false,
    });
    let Some(last) = last else { return false };
    // What is carried out after the caller was told cannot have been found out.
    if events.get(ended..).unwrap_or_default().iter().any(|event| matches!(event, Event::CarriedOut(op) if makes(op))) {
        return false;
    }
    before_end.get(last + 1..).unwrap_or_default().iter().any(|event| {
        matches!(event, Event::Responded(Op::HeadObject, 200 | 404) | Event::Responded(Op::ListParts, 200))
    })
}

/// Whether the caller can know of an upload that stays open.
fn is_named(scenario: &Scenario, seen: &Observation, events: &[Event], id: &str) -> bool {
    let named_in_error = match &seen.outcome {
        Outcome::Failed(failure) => failure.leftover.as_deref() == Some(id) || failure.text.contains(id),
        _ => false,
    };
    let told = seen.warnings.iter().any(|text| text.contains(id) || text.contains("Initiate"));
    let abort_struck =
        events.iter().any(|event| matches!(event, Event::Struck(_, Op::AbortMultipartUpload | Op::ListParts)));
    let recorded = seen.records.iter().any(|record| record == id) || (scenario.checkpoint && !seen.records.is_empty());
    // A dropped upload can tell no one; it aborts as well as it can.
    let dropped = matches!(seen.outcome, Outcome::Dropped);
    let lost_initiate = events.iter().any(|event| matches!(event, Event::Struck(_, Op::InitiateMultipartUpload)));
    named_in_error || told || recorded || (dropped && (abort_struck || lost_initiate))
}
