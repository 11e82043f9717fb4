//! Carries out what the plan says: sends requests, writes what arrives, keeps the record, puts the file in place. Decides
//! nothing.

mod checkpoint;
mod context;
mod fetch;
mod file;
mod open;
mod parts;
mod resume;
mod sink;
mod stream;
mod window;
mod writer;

pub(crate) use checkpoint::CheckpointPlace;
pub(crate) use context::Context;
pub(crate) use file::{Place, to_file};
pub(crate) use stream::{Ordered, ranges, to_blocking_writer, to_writer};
pub(crate) use window::Window;

use http::HeaderMap;

use context::send;
use open::OpenObject;
use parts::FetchedParts;

use crate::DownloadResult;
use crate::error::{DownloadError, DownloadStage};
use crate::plan::{Evidence, Facts, Object, PartsOptions, Proof, Span, Verified};

/// What the response that described the object said beside that.
#[derive(Default)]
struct Described {
    headers: HeaderMap,
    request_id: Option<String>,
}

impl Context {
    fn parts_options(&self, window: Option<usize>) -> PartsOptions {
        PartsOptions { parallel: self.settings.parallel_num, retry: self.settings.retry, window }
    }
}

/// Proves that the bytes that are there are those of the object, as far as that can be proved.
async fn prove(
    context: &Context,
    fetched: &mut FetchedParts,
    target: Span,
    trusted: bool,
) -> Result<Verified, DownloadError> {
    if context.settings.skip_verification && !context.settings.require_verification {
        return Ok(Verified::No);
    }
    let mut evidence = Evidence::new(&fetched.object, target, fetched.plan.crc64(), trusted);
    loop {
        match evidence.prove(context.settings.require_verification) {
            Proof::Verified(verified) => {
                if evidence.lacks_crc64() {
                    context
                        .reporter
                        .warn("the server gives no CRC64 of the object, so what was received is not verified");
                }
                return Ok(verified);
            }
            Proof::Refuted(kind) => return Err(DownloadError::new(DownloadStage::Verify, kind)),
            Proof::AskHead => {
                let head = context.requests.head(Some(&fetched.object));
                let asked = context.unless_cancelled(DownloadStage::Verify, send(&context.service, head)).await?;
                let facts = asked.ok().map(|(response, _)| Facts::of(response.status, &response.headers));
                evidence.on_attributes(facts.as_ref());
                if let Some(learned) = facts.and_then(|facts| fetched.object.learn(&facts)) {
                    fetched.object = learned;
                }
            }
        }
    }
}

/// What the caller gets.
fn result(object: &Object, target: Span, described: Described, verified: Verified) -> DownloadResult {
    DownloadResult {
        size: target.len(),
        etag: object.etag.clone(),
        hash_crc64: object.crc64,
        version_id: object.version_id.clone(),
        last_modified: object.last_modified,
        verified,
        resumed_bytes: 0,
        parts_fetched: 0,
        headers: described.headers,
        request_id: described.request_id,
    }
}

impl OpenObject {
    /// What was said, and how the parts begin.
    fn split(self) -> (crate::plan::Opened, Described, open::FirstBody) {
        let Self { opened, headers, request_id, body } = self;
        (opened, Described { headers, request_id }, body)
    }
}
