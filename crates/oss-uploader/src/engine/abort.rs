use oss_models::{CallError, Operation, UploadId};
use oss_transfer::AnyService;
use tokio::time::{sleep, timeout};

use super::Context;
use super::dropped::SettleOnDrop;
use super::send::send;
use crate::plan::{AbortPlan, AbortStep, Dropped, not_confirmed};
use crate::requests::Requests;

/// Aborts an upload within the time for cleaning up, cancelled or not; in the background if this is dropped.
pub(crate) async fn abort(context: &Context, id: &UploadId) -> Result<(), CallError> {
    let request = context.requests.abort(id);
    let target =
        request.into_request().map_err(|invalid| CallError::invalid("AbortMultipartUpload", invalid))?.target();
    let guard = SettleOnDrop::new(context, id, Some(Dropped::Parts));
    let limit = context.settings.cleanup_timeout;
    let outcome = timeout(limit, until_gone(&context.service, &context.requests, id)).await;
    guard.ended();
    outcome.unwrap_or_else(|_| Err(not_confirmed(target, limit)))
}

/// Aborts until the upload is gone.
pub(super) async fn until_gone(service: &AnyService, requests: &Requests, id: &UploadId) -> Result<(), CallError> {
    let mut plan = AbortPlan::new();
    loop {
        match plan.next() {
            AbortStep::Abort => plan.on_aborted(send(service, requests.abort(id)).await.map(drop)),
            AbortStep::List => plan.on_listed(send(service, requests.list_parts(id)).await.map(drop)),
            AbortStep::Wait(wait) => {
                sleep(wait).await;
                plan.on_waited();
            }
            AbortStep::Done => return plan.finish(),
        }
    }
}
