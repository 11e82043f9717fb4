use std::future::ready;

use super::Context;
use super::dropped::SettleOnDrop;
use crate::checkpoint::OpenUpload;
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{Attempts, server_time, wait_for_initiated};

/// Initiates an upload. A request that is under way cannot be called back: cancelled, its response is waited for, so that the
/// upload that it opens has an id to be aborted by; dropped, that happens in the background.
pub(crate) async fn initiate(context: &Context) -> Result<OpenUpload, UploadError> {
    let mut attempts = Attempts::new(Stage::Initiate, Stored::No, context.settings.retry);
    let response = loop {
        let moment = attempts.moment();
        context.unless_cancelled(moment, ready(())).await?;
        let mut guard = SettleOnDrop::initiating(context);
        let limit = wait_for_initiated(context.settings.cleanup_timeout);
        let sending = guard.send(&context.service, context.requests.initiate());
        let outcome = context.to_the_end(moment, || Some(limit), sending).await;
        guard.ended();
        match outcome? {
            Ok((response, _)) => break response,
            Err(error) => context.wait_to_retry(&mut attempts, error).await?,
        }
    };
    let upload = OpenUpload::new(response.upload_id, server_time(&response.headers));
    tracing::Span::current().record("upload_id", upload.id.as_str());
    tracing::debug!(upload_id = %upload.id, "initiated");
    context.reporter.emit(UploadEvent::Initiated { upload_id: upload.id.clone() });
    Ok(upload)
}
