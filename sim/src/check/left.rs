//! What is left on the server.

use crate::check::Broken;
use crate::history::Event;
use crate::operation::Op;
use crate::run::{Failure, Observation, Outcome};

/// The uploads that stay open and that nothing names by their id. No one can know the id of one whose response to Initiate
/// was lost: it must be empty, and for each there must be a warning.
pub(super) fn unnamed(seen: &Observation) -> Vec<Broken> {
    let events = seen.history.events();
    let told = |text: &str| {
        let in_error = matches!(&seen.outcome, Outcome::Failed(Failure { text: error, .. }) if error.contains(text));
        in_error || seen.warnings.iter().chain(&seen.log).any(|line| line.contains(text))
    };
    let is_named = |id: &String| told(id) || seen.records.contains(id);
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
    let unnamed = seen.open_uploads.iter().filter(|(id, _)| !is_named(id) && !is_denied(id));
    let (known, unknown): (Vec<_>, Vec<_>) = unnamed.partition(|(id, has_parts)| is_known(id) || *has_parts);
    let mut broken: Vec<_> =
        known.iter().map(|(id, _)| format!("the upload {id} is left, and nothing names it")).collect();
    let warnings = seen.log.iter().filter(|line| line.contains("response to Initiate")).count();
    if unknown.len() > warnings {
        broken.push(format!("{} empty uploads are left, and {warnings} warnings tell of them", unknown.len()));
    }
    broken
}
