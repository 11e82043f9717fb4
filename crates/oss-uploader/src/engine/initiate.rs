use super::Context;
use super::record::Checkpoint;
use crate::checkpoint::{OpenUpload, Phase};
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{Attempts, server_time};

/// Initiates an upload, and writes it into the record if there is one.
pub(super) async fn recorded(
    context: &Context,
    checkpoint: Option<&mut Checkpoint>,
) -> Result<OpenUpload, UploadError> {
    let Some(checkpoint) = checkpoint else { return initiate(context).await };
    // On disk before the server is asked, so that not even a crash in between leaves an upload that no one knows of.
    checkpoint.enter_intent().await?;
    let upload = initiate(context).await?;
    let saved = checkpoint.enter(Phase::Uploading, &upload).await;
    saved.map_err(|error| error.with_upload_id(&upload.id))?;
    Ok(upload)
}

/// Initiates an upload.
pub(crate) async fn initiate(context: &Context) -> Result<OpenUpload, UploadError> {
    let attempts = Attempts::new(Stage::Initiate, Stored::No, context.settings.retry);
    // Nothing tells whether an upload of the same key is ours, so none is aborted for it. Two are left where the request went
    // once more on a new connection and that response was lost too.
    let lost = || {
        context
            .reporter
            .warn("a response to Initiate was lost; it may have left empty uploads of this key, initiated now");
    };
    let response = context.persist(attempts, context.requests.initiate(), lost).await?;
    let upload = OpenUpload::new(response.upload_id, server_time(&response.headers));
    tracing::Span::current().record("upload_id", upload.id.as_str());
    tracing::debug!(upload_id = %upload.id, "initiated");
    context.reporter.emit(UploadEvent::Initiated { upload_id: upload.id.clone() });
    Ok(upload)
}
