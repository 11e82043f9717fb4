//! What a sync promises of what it deletes and transfers.

use std::collections::BTreeSet;

use ossup::sync::SyncStep;

use crate::check::Broken;
use crate::check::left::{self, Left};
use crate::check::limits;
use crate::history::{Call, Event};
use crate::operation::Op;
use crate::sync::{FROM, Observation, Outcome, TO};

/// Simulated time that a sync of ten objects may take.
const TIME_BOUND: u64 = 14_400;
const REQUEST_BOUND: u32 = 400;
/// Failures of requests that a sync outlives.
const OUTLIVED: usize = 1;

/// Every promise that did not hold.
pub(crate) fn check(seen: &Observation) -> Vec<Broken> {
    let events = seen.history.events();
    let removed: BTreeSet<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Removed(key) => Some(key.as_str()),
            _ => None,
        })
        .collect();
    let mut broken = Vec::new();
    if matches!(seen.outcome, Outcome::Endless) {
        broken.push("the sync did not end".to_owned());
    }
    broken.extend(removed.iter().filter_map(|key| not_extra(seen, key)));
    if !removed.is_empty() {
        broken.extend(unproven(seen, &events));
        broken.extend(over_limits(seen));
    }
    broken.extend(untrue(seen, &removed));
    broken.extend(wrong_objects(seen, &removed));
    broken.extend(unfinished(seen));
    broken.extend(needless(seen, &events));
    broken.extend(left::unnamed(Left {
        history: &seen.history,
        open_uploads: &seen.open_uploads,
        told: &seen.told,
        log: &seen.log,
        records: &[],
    }));
    broken.extend(seen.neighbour.clone());
    broken.extend(limits::held(seen.held, seen.server_held, 0));
    if let Err(error) = &seen.afterwards {
        broken.push(format!("the client is of no use afterwards: {error}"));
    }
    if seen.took.as_secs() > TIME_BOUND {
        broken.push(format!("it took {} s of simulated time", seen.took.as_secs()));
    }
    if seen.requests > REQUEST_BOUND {
        broken.push(format!("{} requests", seen.requests));
    }
    broken
}

/// What was deleted was at the destination, and the source had nothing at its path.
fn not_extra(seen: &Observation, key: &str) -> Option<Broken> {
    let Some(path) = key.strip_prefix(TO) else {
        return Some(format!("{key} was deleted, which is not of the destination"));
    };
    if seen.before.contains_key(&format!("{FROM}{path}")) {
        return Some(format!("{key} was deleted, and the source has it"));
    }
    (!seen.before.contains_key(key)).then(|| format!("{key} was deleted, and no list had it"))
}

/// Both lists came to their end in order, and every transfer ended well, before the first deletion was asked for.
fn unproven(seen: &Observation, events: &[Event]) -> Option<Broken> {
    let first = events
        .iter()
        .position(|event| matches!(event, Event::Arrived(call) if call.op == Op::DeleteMultipleObjects))?;
    let until = events.get(..first).unwrap_or_default();
    let is_spoilt = |call: &Call| {
        until.iter().any(|event| {
            matches!(event, Event::Struck("out of order" | "incomplete", struck) if struck.number == call.number)
        })
    };
    let is_last = |call: &Call| {
        until.iter().find_map(|event| match event {
            Event::LastPage(number, keys) if *number == call.number => Some(*keys),
            _ => None,
        })
    };
    for prefix in [FROM, TO] {
        let is_complete = until.iter().any(|event| match event {
            Event::Responded(call, 200) if call.op == Op::ListObjectsV2 && call.key == prefix => {
                // A page of one key has no order, and one of none misses none.
                is_last(call).is_some_and(|keys| keys < 2 || !is_spoilt(call))
            }
            _ => false,
        });
        if !is_complete {
            return Some(format!("something was deleted before the list of {prefix} came to its end"));
        }
    }
    let failed = seen.failed.iter().find(|failed| failed.step != SyncStep::Delete);
    failed.map(|failed| format!("something was deleted though {} failed", failed.path))
}

/// No more is deleted than may be, and nothing for a source that is empty.
fn over_limits(seen: &Observation) -> Option<Broken> {
    let extra = seen.before.keys().filter_map(|key| key.strip_prefix(TO));
    let extra = extra.filter(|path| !seen.before.contains_key(&format!("{FROM}{path}"))).count() as u64;
    let is_empty = !seen.before.keys().any(|key| key.starts_with(FROM));
    if seen.refused {
        return Some("something was deleted though deletions were refused".to_owned());
    }
    if is_empty && !seen.allow_empty_source {
        return Some("something was deleted though the source is empty".to_owned());
    }
    (extra > seen.most).then(|| format!("something was deleted though {extra} are extra and {} may be", seen.most))
}

/// What it says of its deletions is so.
fn untrue(seen: &Observation, removed: &BTreeSet<&str>) -> Option<Broken> {
    if let Some(path) = seen.deleted.iter().find(|path| seen.after.contains_key(&format!("{TO}{path}"))) {
        return Some(format!("{path} is called deleted, and is there"));
    }
    let ended = matches!(seen.outcome, Outcome::Ok(_) | Outcome::Failed { .. });
    removed.iter().filter_map(|key| key.strip_prefix(TO)).find_map(|path| {
        let failed = seen.failed.iter().find(|failed| failed.path == path && failed.step == SyncStep::Delete);
        match failed {
            Some(failed) if !failed.is_unknown => Some(format!("{path} is called not deleted, and it is")),
            None if ended && !seen.deleted.iter().any(|deleted| deleted == path) => {
                Some(format!("{path} was deleted, and nothing says so"))
            }
            _ => None,
        }
    })
}

/// Each object of the destination is what it was, or what the source has; the source is as it was.
fn wrong_objects(seen: &Observation, removed: &BTreeSet<&str>) -> Option<Broken> {
    let lost = seen.before.keys().find(|key| !seen.after.contains_key(*key) && !removed.contains(key.as_str()));
    if let Some(key) = lost {
        return Some(format!("{key} is gone"));
    }
    seen.after.iter().find_map(|(key, crc64)| {
        let path = key.strip_prefix(TO)?;
        let is_old = seen.before.get(key) == Some(crc64);
        let is_source = seen.sources.get(path).is_some_and(|sources| sources.contains(crc64));
        (!is_old && !is_source && !is_damaged(seen, key))
            .then(|| format!("{key} is neither what it was nor the source's"))
    })
}

/// Whether the server itself damaged what it copied, and the error says so.
fn is_damaged(seen: &Observation, key: &str) -> bool {
    let struck =
        seen.history.events().iter().any(|event| matches!(event, Event::Struck("damaged", call) if call.key == key));
    let is_told = key.strip_prefix(TO).is_some_and(|path| seen.failed.iter().any(|failed| failed.path == path));
    struck && (is_told || !matches!(seen.outcome, Outcome::Ok(_)))
}

/// A sync that says that it failed in nothing has made both sides equal.
fn unfinished(seen: &Observation) -> Option<Broken> {
    let Outcome::Ok(summary) = &seen.outcome else { return None };
    if summary.failed > 0 || summary.stopped {
        return None;
    }
    let missing = seen.before.keys().filter_map(|key| key.strip_prefix(FROM)).find(|path| {
        let there = seen.after.get(&format!("{TO}{path}"));
        !there.is_some_and(|crc64| seen.sources.get(*path).is_some_and(|sources| sources.contains(crc64)))
    });
    if let Some(path) = missing {
        return Some(format!("success, but {path} is not the source's"));
    }
    if seen.refused || summary.changed > 0 {
        return None;
    }
    let extra = seen.after.keys().filter_map(|key| key.strip_prefix(TO));
    let mut extra = extra.filter(|path| !seen.before.contains_key(&format!("{FROM}{path}")));
    extra.next().map(|path| format!("success, but {path} is extra and there"))
}

/// Why it should not have failed.
fn needless(seen: &Observation, events: &[Event]) -> Option<Broken> {
    let is_failed = match &seen.outcome {
        Outcome::Failed { .. } => true,
        Outcome::Ok(summary) => summary.failed > 0,
        _ => false,
    };
    let struck: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Struck(effect, call) => Some((*effect, call.number)),
            _ => None,
        })
        .collect();
    let is_final = events.iter().any(|event| match event {
        Event::Refused(call, 400..=499 | 501) => struck.iter().any(|(_, number)| *number == call.number),
        Event::Responded(_, 501) | Event::Replaced(_) => true,
        _ => false,
    });
    let spoils = |effect: &str| matches!(effect, "out of order" | "incomplete" | "damaged" | "denied");
    let is_final = is_final || struck.iter().any(|(effect, _)| spoils(effect));
    let why = match &seen.outcome {
        Outcome::Failed { text } => text.clone(),
        _ => seen.told.join("; "),
    };
    (is_failed && !is_final && struck.len() <= OUTLIVED)
        .then(|| format!("it failed, though no more than {} requests did: {why}", struck.len()))
}
