//! What a download promises.

use bytes::Bytes;
use ossup::Crc64;

use crate::check::{Broken, caller, limits};
use crate::download::{Attempt, Failure, Observation, Outcome};
use crate::history::{Call, Event};
use crate::operation::Op;
use crate::scenario::PART;

/// Simulated time that an attempt may take: eight attempts of each part, each as long as the transport repeats it.
const TIME_BOUND: u64 = 7_200;
/// Requests that a download of at most five parts may make, in each of its attempts.
const REQUEST_BOUND: u32 = 200;
/// Failures of requests that a download outlives.
const OUTLIVED: usize = 2;

/// Every promise that did not hold.
pub(crate) fn check(seen: &Observation) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut before = seen.old.clone();
    let mut left = &Vec::new();
    for attempt in &seen.attempts {
        broken.extend(target(seen, attempt, before.as_ref()));
        broken.extend(beside(seen, attempt, left));
        left = &attempt.beside;
        if attempt.took.as_secs() > TIME_BOUND {
            broken.push(format!("it took {} s of simulated time", attempt.took.as_secs()));
        }
        if matches!(attempt.outcome, Outcome::Endless) {
            broken.push("the download did not end".to_owned());
        }
        before.clone_from(&attempt.target);
    }
    broken.extend(fails_when_nothing_strikes(seen));
    broken.extend(needless(seen));
    broken.extend(stream(seen));
    broken.extend(ahead(seen));
    broken.extend(fetched_again(seen));
    broken.extend(limits::held(seen.held, seen.server_held, seen.size));
    if let Err(error) = &seen.afterwards {
        broken.push(format!("the client is of no use afterwards: {error}"));
    }
    let attempts = u32::try_from(seen.attempts.len()).unwrap_or(u32::MAX);
    if seen.requests > REQUEST_BOUND.saturating_mul(attempts) {
        broken.push(format!("{} requests", seen.requests));
    }
    broken
}

/// Whether the download goes to a file: a stream has one attempt, and leaves none.
fn is_file(seen: &Observation) -> bool {
    seen.taken.is_empty() && seen.history.events().iter().all(|event| !matches!(event, Event::Taken(_)))
}

/// A file has what it had, or all of the object as it was at one time.
fn target(seen: &Observation, attempt: &Attempt, before: Option<&Bytes>) -> Option<Broken> {
    let now = attempt.target.as_ref();
    let is_object = now.is_some_and(|now| seen.versions.contains(now));
    match &attempt.outcome {
        Outcome::Ok(result) if is_file(seen) => {
            let of_result = result.hash_crc64.map(|crc64| crc64.to_u64());
            if !is_object {
                Some("success, but the file is not the object".to_owned())
            } else if !attempt.outcome.is_verified() {
                Some("success, but the content was not verified".to_owned())
            } else if of_result != now.map(|bytes| Crc64::of(bytes).to_u64()) {
                Some("success, but the CRC64 of the result is not that of the file".to_owned())
            } else {
                None
            }
        }
        Outcome::Failed(_) if now != before => Some("it failed, and the file is not what it was".to_owned()),
        _ if now != before && !is_object => Some("the file is neither the old one nor the object".to_owned()),
        _ => None,
    }
}

/// What is left beside the file. What a process that was killed has left stays until a download comes as far as a file of its
/// own.
fn beside(seen: &Observation, attempt: &Attempt, left: &[String]) -> Option<Broken> {
    let is_old = !attempt.outcome.is_verified() && attempt.beside.iter().all(|name| left.contains(name));
    let may_stay = is_old
        || match &attempt.outcome {
            Outcome::Ok(_) => false,
            Outcome::Failed(Failure { resumable, .. }) => *resumable,
            Outcome::Dropped => seen.checkpoint,
            Outcome::Killed | Outcome::Endless => true,
        };
    (!may_stay && !attempt.beside.is_empty()).then(|| format!("{:?} is left beside the file", attempt.beside))
}

/// Run again with nothing in its way, it ends; but for one time at which it finds that the object has changed.
fn fails_when_nothing_strikes(seen: &Observation) -> Option<Broken> {
    let failed =
        seen.attempts.iter().filter(|attempt| attempt.undisturbed).find_map(|attempt| match &attempt.outcome {
            Outcome::Failed(Failure { changed: true, .. }) | Outcome::Ok(_) => None,
            other => Some(format!("run again, with nothing in its way, it ends as {other:?}")),
        });
    let is_last_ok = seen.attempts.last().is_some_and(|last| matches!(last.outcome, Outcome::Ok(_)));
    let unfinished = || "it never came to its end".to_owned();
    failed.or_else(|| (is_file(seen) && seen.attempts.len() > 1 && !is_last_ok).then(unfinished))
}

/// Why the first attempt should not have failed.
fn needless(seen: &Observation) -> Option<Broken> {
    let Outcome::Failed(failure) = &seen.attempts.first()?.outcome else { return None };
    let events = seen.history.events();
    let first: Vec<_> = events.iter().take_while(|event| !matches!(event, Event::Ended(_))).collect();
    if seen.limited || failure.cancelled || caller(&events, "cancels") {
        return None;
    }
    let is_struck = |call: &Call| {
        first.iter().any(|event| matches!(event, Event::Struck(_, struck) if struck.number == call.number))
    };
    let is_final = first.iter().any(|event| match event {
        Event::Refused(call, 400..=499 | 501) => is_struck(call),
        // Of a range no CRC64 is known: which of them was damaged is not known either.
        Event::Replaced(_) | Event::Struck("range ignored" | "damaged", _) => true,
        _ => false,
    });
    let failures = first.iter().filter(|event| matches!(event, Event::Struck(..))).count();
    (!is_final && failures <= OUTLIVED)
        .then(|| format!("it failed, though no more than {failures} requests did: {}", failure.text))
}

/// A stream gives the bytes of one object in their order.
fn stream(seen: &Observation) -> Option<Broken> {
    if seen.taken.is_empty() {
        return None;
    }
    let is_done = seen.attempts.first().is_some_and(|attempt| attempt.outcome.is_verified());
    let is_whole = seen.versions.iter().any(|version| version[..] == seen.taken[..]);
    if is_done && !is_whole {
        return Some("success, but the stream did not give the object".to_owned());
    }
    let is_ok = seen.attempts.first().is_some_and(|attempt| matches!(attempt.outcome, Outcome::Ok(_)));
    if is_ok && !is_done {
        return Some("success, but the stream was not verified".to_owned());
    }
    // What was damaged on its way is known at the end only.
    let damaged = seen.history.events().iter().any(|event| matches!(event, Event::Struck("damaged", _)));
    let is_part = damaged || seen.versions.iter().any(|version| version.starts_with(&seen.taken));
    (!is_part).then(|| "the stream gave bytes that are not those of one object".to_owned())
}

/// How far a stream is fetched before it is taken.
fn ahead(seen: &Observation) -> Option<Broken> {
    if is_file(seen) {
        return None;
    }
    let most = (seen.parallel as u64 + 1) * PART as u64;
    let mut taken = 0;
    seen.history.events().iter().find_map(|event| match event {
        Event::Taken(bytes) => {
            taken += bytes;
            None
        }
        Event::Arrived(Call { op: Op::GetObject, range: Some((_, end)), .. }) => {
            let end = (*end).min(seen.size as u64);
            (end > taken + most).then(|| format!("the stream is fetched to {end} when {taken} bytes were taken"))
        }
        _ => None,
    })
}

/// After a kill a download with a record fetches again what was under way, and nothing else: each part is recorded before the
/// next one takes its place. With the power goes what was not synced, which is all of a download of less than 2 s and 64 MiB.
/// Once the file is in its place there is nothing to resume.
fn fetched_again(seen: &Observation) -> Option<Broken> {
    let events = seen.history.events();
    let is_plain = seen.checkpoint
        && seen.versions.len() == 1
        && matches!(seen.attempts.first()?.outcome, Outcome::Killed)
        // An object that the server says is gone is another one when it is there again.
        && !events.iter().any(|event| {
            matches!(event, Event::Denied(_) | Event::Struck(_, Call { op: Op::GetObject, .. }))
        });
    let is_in_place = seen.attempts.first()?.target.as_ref() == seen.versions.first();
    let lost = if seen.power_loss || is_in_place { seen.size } else { 0 };
    let most = (seen.size + lost + seen.parallel * PART) as u64;
    (is_plain && seen.content_bytes > most)
        .then(|| format!("{} bytes left the server, more than {most}", seen.content_bytes))
}
