use std::time::Duration;

use oss_models::{CallError, Operation, UploadId};
use oss_transfer::AnyService;
use tokio::time::{sleep, timeout};

use super::Context;
use super::background::Background;
use super::send::send;
use crate::plan::{AbortPlan, AbortStep, not_confirmed};
use crate::requests::Requests;

/// Aborts an upload within the time for cleaning up, cancelled or not; in the background if this is dropped.
pub(crate) async fn abort(context: &Context, id: &UploadId) -> Result<(), CallError> {
    let request = context.requests.abort(id);
    let target =
        request.into_request().map_err(|invalid| CallError::invalid("AbortMultipartUpload", invalid))?.target();
    let mut guard = AbortOnDrop::new(context, id);
    let limit = context.settings.cleanup_timeout;
    let outcome = timeout(limit, until_gone(&context.service, &context.requests, id)).await;
    guard.disarm();
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

/// Aborts an upload in the background if it is dropped while armed: the last resort when the future of an upload is
/// dropped and no one is left to wait.
pub(super) struct AbortOnDrop {
    service: AnyService,
    requests: Requests,
    id: UploadId,
    limit: Duration,
    background: Background,
    armed: bool,
}

impl AbortOnDrop {
    pub(super) fn new(context: &Context, id: &UploadId) -> Self {
        Self {
            service: context.service.clone(),
            requests: context.requests.clone(),
            id: id.clone(),
            limit: context.settings.cleanup_timeout,
            background: Background::current(),
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
        let (service, requests, id, limit) = (self.service.clone(), self.requests.clone(), self.id.clone(), self.limit);
        let aborting = async move { matches!(timeout(limit, until_gone(&service, &requests, &id)).await, Ok(Ok(()))) };
        self.background.spawn(self.id.clone(), "the dropped upload could not be aborted", aborting);
    }
}
