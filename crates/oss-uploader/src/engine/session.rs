//! The steps of a multipart upload one by one, for a session that several processes carry out.

use oss_models::{CallError, CallErrorKind, Operation, UploadId};
use tokio::time::{sleep, timeout};

use super::parts::{SendPart, StoredParts};
use super::{Context, cleanup, multipart};
use crate::UploadResult;
use crate::checkpoint::OpenUpload;
use crate::error::{Stage, UploadError};
use crate::plan::{Part, PartReceipt, Receipts};
use crate::source::RandomAccess;

/// Initiates an upload.
pub(crate) async fn initiate(context: &Context) -> Result<OpenUpload, UploadError> {
    multipart::send_initiate(context).await
}

/// Sends one part, whose bytes begin at `source_offset` in the source, again and again while that may help.
pub(crate) async fn send_part(
    context: &Context,
    upload_id: &UploadId,
    part: Part,
    source: RandomAccess,
    source_offset: u64,
) -> Result<PartReceipt, UploadError> {
    let data = source.data(source_offset, part.len);
    let sending = SendPart::new(context, upload_id, part, data, Some(source));
    let mut failures = 0;
    loop {
        let failure = match sending.run().await {
            Ok(receipt) => return Ok(receipt),
            Err(failure) => failure,
        };
        failures += 1;
        let error = UploadError::new(Stage::Parts, failure.kind).with_part(part.number, failures);
        match context.settings.retry.wait(failure.class, failures, fastrand::f64()) {
            Some(wait) => sleep(wait).await,
            None => return Err(error),
        }
    }
}

/// Makes the object of parts that are all stored.
pub(crate) async fn complete(
    context: &Context,
    upload: &OpenUpload,
    receipts: Receipts,
) -> Result<UploadResult, UploadError> {
    let part_size = receipts.iter().map(|receipt| receipt.part.len).max().unwrap_or(0);
    super::complete::complete(context, upload, StoredParts { receipts, part_size }).await
}

/// Aborts an upload, and asks until the server says that there is none, within the time for cleaning up.
pub(crate) async fn abort(context: &Context, upload_id: &UploadId) -> Result<(), UploadError> {
    let failed = |error: CallError| UploadError::new(Stage::Abort, error);
    let request = context.requests.abort(upload_id).into_request();
    let target = request.map_err(|invalid| UploadError::new(Stage::Abort, invalid))?.target();
    let after = context.settings.cleanup_timeout;
    match timeout(after, cleanup::abort_until_gone(&context.service, &context.requests, upload_id)).await {
        Ok(outcome) => outcome.map_err(failed),
        Err(_) => Err(failed(CallError::new(target, CallErrorKind::Timeout { limit: "cleanup_timeout", after }))),
    }
}
