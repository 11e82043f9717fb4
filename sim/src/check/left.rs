//! What is left on the server.

use crate::check::Broken;
use crate::history::{Event, History};
use crate::operation::Op;

/// What is known of what is left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left<'a> {
    pub(crate) history: &'a History,
    /// The uploads that stay open, each with whether it holds parts.
    pub(crate) open_uploads: &'a [(String, bool)],
    /// Errors, and warnings that were told through events.
    pub(crate) told: &'a [String],
    /// Warnings in the log.
    pub(crate) log: &'a [String],
    /// Upload ids in the records that are left on the simulated disk.
    pub(crate) records: &'a [String],
}

/// The uploads that stay open and that nothing names by their id. No one can know the id of one whose response to Initiate
/// was lost: it must be empty, and for each there must be a warning.
pub(super) fn unnamed(left: Left<'_>) -> Vec<Broken> {
    if left.open_uploads.is_empty() {
        return Vec::new();
    }
    let events = left.history.events();
    let told = |text: &str| left.told.iter().chain(left.log).any(|line| line.contains(text));
    let is_named = |id: &String| told(id) || left.records.contains(id);
    // The server itself said that it is gone when it was asked to abort it or to list its parts.
    let is_denied = |id: &String| {
        let tells = |op| matches!(op, Op::AbortMultipartUpload | Op::ListParts);
        events
            .iter()
            .any(|event| matches!(event, Event::Denied(call) if tells(call.op) && call.upload.as_ref() == Some(id)))
    };
    let is_known = |id: &String| {
        events.iter().any(|event| {
            matches!(event, Event::Responded(call, 200)
                if call.op == Op::InitiateMultipartUpload && call.upload.as_ref() == Some(id))
        })
    };
    let unnamed = left.open_uploads.iter().filter(|(id, _)| !is_named(id) && !is_denied(id));
    let (known, unknown): (Vec<_>, Vec<_>) = unnamed.partition(|(id, has_parts)| is_known(id) || *has_parts);
    let mut broken: Vec<_> =
        known.iter().map(|(id, _)| format!("the upload {id} is left, and nothing names it")).collect();
    let warnings = left.log.iter().filter(|line| line.contains("response to Initiate")).count();
    // One attempt may have been sent once more on a new connection, where a kept one was closed, and has one warning.
    if unknown.len() > 2 * warnings {
        broken.push(format!("{} empty uploads are left, and {warnings} warnings tell of them", unknown.len()));
    }
    broken
}

/// An upload that was aborted while it was unknown whether its parts were put together.
pub(super) fn aborted_in_doubt(history: &History) -> Option<Broken> {
    let events = history.events();
    events.iter().enumerate().find_map(|(at, event)| {
        let Event::Arrived(abort) = event else { return None };
        if abort.op != Op::AbortMultipartUpload {
            return None;
        }
        let before = events.get(..at).unwrap_or_default();
        let of_upload = |op| {
            before.iter().enumerate().filter_map(move |(at, event)| match event {
                Event::Arrived(call) | Event::Torn(call) if call.op == op && call.upload == abort.upload => {
                    Some((at, call))
                }
                _ => None,
            })
        };
        let response = |number: u32| {
            before.iter().find_map(|event| match event {
                Event::Responded(call, status) if call.number == number => Some(*status),
                _ => None,
            })
        };
        let (last, last_call) = of_upload(Op::CompleteMultipartUpload).next_back()?;
        // One that was refused after it for what it lists has told that it is still open.
        let is_refused = |event: &Event| matches!(event, Event::Refused(call, _) if call.number == last_call.number);
        if before.iter().any(is_refused) {
            return None;
        }
        // A refusal by a server in trouble tells nothing; that of one that is asked too often does.
        let is_open = |status: Option<u16>| matches!(status, None | Some(500 | 501));
        let in_doubt = of_upload(Op::CompleteMultipartUpload).any(|(_, call)| is_open(response(call.number)));
        // The list of its parts shows that it is open or gone, the attributes of the object what is in place.
        let is_told = before.iter().skip(last).any(|event| match event {
            Event::Responded(call, 200 | 404) if call.op == Op::ListParts => call.upload == abort.upload,
            Event::Responded(call, 200 | 404) if call.op == Op::HeadObject => call.key == abort.key,
            _ => false,
        });
        (in_doubt && !is_told).then(|| "it was aborted while its outcome was unknown".to_owned())
    })
}
