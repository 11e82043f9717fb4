//! What a client could know of the object when its upload ended, though the error says that it is unknown.

use std::time::Duration;

use crate::check::{caller, denied_object, makes};
use crate::history::{Call, Event};
use crate::operation::Op;
use crate::upload::{KEY, Observation};

/// Dates have whole seconds, and a date that is written on the other side of a full second than the question was sent tells
/// less: the network and the server take this long.
const ON_THE_WAY: Duration = Duration::from_millis(50);
/// An upload that was cancelled, or whose source changed, asks at whichever moment that is.
const RESOLUTION: Duration = Duration::from_secs(2);
/// How long an upload that is cancelled waits for a response: the default of `cleanup_timeout`.
const CLEANING_UP: Duration = Duration::from_secs(30);

pub(super) fn fact(seen: &Observation) -> Option<&'static str> {
    let events = seen.history.timed();
    let ended = events.iter().position(|(_, event)| matches!(event, Event::Ended(_))).unwrap_or(events.len());
    let events = events.get(..ended).unwrap_or_default();
    let all = seen.history.events();
    let cancelled = caller(&all, "cancels");
    // What comes at the very moment of cancelling, or at which its time is over, comes too late.
    let cancelled_at =
        events.iter().find(|(_, event)| matches!(event, Event::Caller("cancels"))).map(|(time, _)| *time);
    let is_too_late = |time| cancelled_at.is_some_and(|at| time == at || time == at + CLEANING_UP);
    let response = |number: u32| {
        events.iter().find_map(|(time, event)| match event {
            Event::Responded(call, status) if call.number == number && !is_too_late(*time) => Some(*status),
            _ => None,
        })
    };
    let attempts: Vec<(usize, &Call)> = events
        .iter()
        .enumerate()
        .filter_map(|(at, (_, event))| match event {
            Event::Arrived(call) | Event::Torn(call) if makes(call.op) => Some((at, call)),
            _ => None,
        })
        .collect();
    let began = began(events);
    let Some((last, last_call)) = attempts.last() else { return Some("nothing was sent") };
    let responses: Vec<_> = attempts.iter().map(|(_, call)| response(call.number)).collect();
    // An attempt that was refused for its credentials is still under way while others are fetched.
    let is_hindered = caller(&all, "never hands credentials out");
    if !is_hindered && responses.iter().all(|status| status.is_some_and(|status| (400..500).contains(&status))) {
        return Some("every attempt was refused");
    }
    let asks = |call: &Call| call.op == Op::ListParts || call.op == Op::HeadObject && call.key == KEY;
    // Cancelled, the last attempt may not have left whole, and then tells nothing new.
    let since = if cancelled { attempts.first().map_or(*last, |(first, _)| *first) } else { *last };
    let asked = events.iter().skip(since).any(|(_, event)| matches!(event, Event::Arrived(call) if asks(call)));
    // What is cancelled while an object is made of its parts waits for the response, for as long as it may. Of a source that
    // changed no one can know what an object would have to be.
    let waited = cancelled && last_call.op == Op::CompleteMultipartUpload;
    let impossible = is_hindered || caller(&all, "changes the source");
    if !asked && !waited && !impossible {
        return Some("no one was asked after the last attempt");
    }
    if denied_object(&seen.history) {
        return None;
    }
    let near_full_second = Duration::from_nanos(u64::from(began.subsec_nanos())) + ON_THE_WAY >= Duration::from_secs(1);
    // A copy that goes on in parts has begun twice.
    let goes_on_in_parts = attempts.iter().any(|(_, call)| call.op == Op::CopyObject)
        && events
            .iter()
            .any(|(_, event)| matches!(event, Event::Arrived(call) if call.op == Op::InitiateMultipartUpload));
    let ends_early = cancelled || goes_on_in_parts || caller(&all, "changes the source");
    let dated_from = if ends_early || near_full_second { began + RESOLUTION } else { began };
    let struck = |call: &Call| {
        events.iter().any(|(_, event)| matches!(event, Event::Struck(_, struck) if struck.number == call.number))
    };
    let all_responded = responses.iter().all(Option::is_some);
    let (mut in_place, mut shown, mut stored_at) = (false, false, Duration::ZERO);
    let arrived = |number: u32| {
        events.iter().find_map(|(time, event)| match event {
            Event::Arrived(call) if call.number == number => Some(*time),
            _ => None,
        })
    };
    // Whether the date of a response tells that the object is not of an earlier second than the begin.
    let tells = |call: &Call, date: Duration, stored: Duration| {
        let asked = arrived(call.number).unwrap_or(date);
        let latest = Duration::from_secs(date.as_secs() + 1).saturating_sub(asked.saturating_sub(began));
        stored.as_secs() >= latest.as_secs()
    };
    for (at, (time, event)) in events.iter().enumerate() {
        match event {
            Event::Stored { ours, crc64, .. } => {
                in_place = *ours && seen.sources.contains(crc64) && *time >= dated_from;
                stored_at = *time;
            }
            Event::Removed(_) => in_place = false,
            // A response that comes late tells less of when it was written. The last one counts.
            Event::CarriedOut(call) if at > *last && call.op == Op::HeadObject => {
                let is_shown = in_place && !struck(call) && response(call.number) == Some(200);
                shown = is_shown && tells(call, *time, stored_at);
            }
            Event::CarriedOut(call) | Event::Refused(call, 404) if at > *last => {
                match (call.op, response(call.number)) {
                    (Op::HeadObject, Some(404)) if all_responded => return Some("HeadObject found no object"),
                    // Of a CopyObject before the upload it tells nothing.
                    (Op::ListParts, Some(200)) if all_responded && !goes_on_in_parts => {
                        return Some("ListParts showed the upload, still open");
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    shown.then_some("HeadObject showed the object")
}

/// When the object was first asked to be stored: of a copy when its source was described.
fn began(events: &[(Duration, Event)]) -> Duration {
    let copied =
        events.iter().position(|(_, event)| matches!(event, Event::Arrived(call) if call.op == Op::CopyObject));
    let before = events.get(..copied.unwrap_or_default()).unwrap_or_default();
    let described = before
        .iter()
        .rev()
        .find(|(_, event)| matches!(event, Event::Responded(call, 200) if call.op == Op::HeadObject));
    described.or(events.first()).map_or(Duration::ZERO, |(began, _)| *began)
}
