//! A part on its own, for a session that several processes carry out.

use oss_models::UploadId;

use super::Context;
use super::parts::SendPart;
use crate::error::{Stage, Stored, UploadError};
use crate::plan::{Attempts, Part, PartReceipt};
use crate::source::{PartContent, PartSource};

/// Sends one part, the whole of `source`, again and again while that may help.
pub(crate) async fn send_part(
    context: &Context,
    upload_id: &UploadId,
    part: Part,
    source: PartSource,
) -> Result<PartReceipt, UploadError> {
    let mut attempts = Attempts::new(Stage::Parts, Stored::No, context.settings.retry);
    let sending = SendPart::new(context, upload_id, part, PartContent::Bytes(source));
    loop {
        match sending.run().await {
            Ok(receipt) => return Ok(receipt),
            Err(failure) => {
                let at = attempts.part_failed(part.number, failure, context.elapsed(), context.jitter())?;
                context.wait_until((Stage::Parts, Stored::No), at).await?;
            }
        }
    }
}
