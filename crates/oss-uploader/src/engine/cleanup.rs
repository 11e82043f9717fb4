use std::time::Duration;

use oss_models::{CallError, RetryClass, UploadId};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::context::{Context, Service, send};
use super::record::Checkpoint;
use super::requests::Requests;
use crate::error::{Stored, UploadError};

/// After a failure: aborts the upload or keeps it, as the options and the error say, and tells what is left.
pub(super) async fn settle(context: &Context, checkpoint: Option<Checkpoint>, error: UploadError) -> UploadError {
    let resumable = checkpoint.is_some();
    let Some(id) = error.upload_id().cloned() else {
        // A lost response to Initiate may have left an upload; the record tells the next run.
        if let Some(checkpoint) = checkpoint
            && !error.call().is_some_and(CallError::outcome_unknown)
            && !error.is_resumable()
        {
            checkpoint.remove(context).await;
        }
        return error;
    };
    let kept = |error: UploadError| {
        let error = error.with_leftovers(&id, None);
        if resumable { error.resumable() } else { error }
    };
    match error.stored() {
        // The upload has become an object, whatever is wrong with it.
        Stored::Yes => {
            if let Some(checkpoint) = checkpoint {
                checkpoint.finish(context).await;
            }
            error
        }
        // An abort could destroy what is about to become an object.
        Stored::Unknown => kept(error),
        Stored::No if context.settings.leave_parts_on_error || (resumable && error.is_transient()) => kept(error),
        Stored::No => match abort(context, &id).await {
            Some(reason) => error.with_leftovers(&id, Some(reason)),
            None => {
                if let Some(checkpoint) = checkpoint {
                    checkpoint.remove(context).await;
                }
                error
            }
        },
    }
}

/// Aborts an upload within the time for cleaning up, cancelled or not; gives the reason if it could not be done.
pub(super) async fn abort(context: &Context, id: &UploadId) -> Option<String> {
    let mut guard = AbortOnDrop::new(context, id);
    let limit = context.settings.cleanup_timeout;
    let outcome = timeout(limit, abort_until_gone(&context.service, &context.requests, id)).await;
    guard.disarm();
    match outcome {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("the server did not confirm it within {} s", limit.as_secs_f64())),
    }
}

/// Aborts until the server says that there is no such upload: a part that was under way may come in after an abort.
pub(super) async fn abort_until_gone(service: &Service, requests: &Requests, id: &UploadId) -> Result<(), CallError> {
    let mut wait = FIRST_WAIT;
    loop {
        let aborted = send(service, requests.abort(id)).await.map(drop);
        if is_gone(&aborted)? {
            return Ok(());
        }
        if aborted.is_ok() {
            let listed = send(service, requests.list_parts(id)).await.map(drop);
            // Whoever may not list the parts learns it from the next abort.
            if is_gone(&listed).unwrap_or(false) {
                return Ok(());
            }
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Whether the server knows the upload no longer; an error if asking again cannot help.
fn is_gone(response: &Result<(), CallError>) -> Result<bool, CallError> {
    match response {
        Ok(()) => Ok(false),
        Err(error) if error.code() == Some("NoSuchUpload") => Ok(true),
        Err(error) if error.retry_class() == RetryClass::Never => Err(copy_of(error)),
        Err(_) => Ok(false),
    }
}

/// A refusal, once more.
fn copy_of(error: &CallError) -> CallError {
    let kind = match error.service() {
        Some(refusal) => refusal.clone().into(),
        None => oss_models::CallErrorKind::Connection(error.to_string().into()),
    };
    CallError::new(error.target().clone(), kind).with_attempts(error.attempts())
}

/// Aborts an upload in the background if it is dropped while armed: the last resort when the future of an upload is
/// dropped and nobody is left to wait.
pub(super) struct AbortOnDrop {
    service: Service,
    requests: Requests,
    id: UploadId,
    limit: Duration,
    armed: bool,
}

impl AbortOnDrop {
    pub(super) fn new(context: &Context, id: &UploadId) -> Self {
        Self {
            service: context.service.clone(),
            requests: context.requests.clone(),
            id: id.clone(),
            limit: context.settings.cleanup_timeout,
            armed: true,
        }
    }

    pub(super) fn disarm(&mut self) {
        self.armed = false;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        // Without a runtime nothing can be sent any more.
        let Ok(runtime) = Handle::try_current() else { return };
        let (service, requests, id, limit) = (self.service.clone(), self.requests.clone(), self.id.clone(), self.limit);
        runtime.spawn(async move {
            if !matches!(timeout(limit, abort_until_gone(&service, &requests, &id)).await, Ok(Ok(()))) {
                tracing::warn!(upload_id = %id, "the dropped upload could not be aborted");
            }
        });
    }
}

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
