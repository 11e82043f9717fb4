use std::pin::Pin;
use std::time::Duration;

use oss_models::{CallError, CompleteMultipartUploadRequest, CompleteMultipartUploadResult, UploadId};
use oss_transfer::AnyService;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span};

use super::Context;
use super::abort::until_gone;
use super::send::{Exchange, send};
use crate::plan::{Dropped, DroppedPlan, DroppedStep};
use crate::requests::Requests;

type Completed = Result<(CompleteMultipartUploadResult, Exchange), CallError>;

/// Settles an upload in the background if this is dropped while armed: the last resort when the future of an upload is
/// dropped and no one is left to wait. A Complete that is under way goes on, and what is open afterwards is aborted.
pub(super) struct SettleOnDrop {
    /// None if it is left as it is.
    upload: Option<Unsettled>,
    completing: Option<Pin<Box<dyn Future<Output = Completed> + Send>>>,
}

/// An upload on the server, and where it is settled: on the runtime that it ran on, wherever it is dropped.
struct Unsettled {
    service: AnyService,
    requests: Requests,
    id: UploadId,
    limit: Duration,
    dropped: Dropped,
    /// None if the upload is polled by an executor of another kind.
    runtime: Option<Handle>,
    span: Span,
    settled: bool,
}

impl SettleOnDrop {
    /// `dropped` says what the upload is about to do; without it this is not armed.
    pub(super) fn new(context: &Context, id: &UploadId, dropped: Option<Dropped>) -> Self {
        let upload = dropped.map(|dropped| Unsettled {
            service: context.service.clone(),
            requests: context.requests.clone(),
            id: id.clone(),
            limit: context.settings.cleanup_timeout,
            dropped,
            runtime: Handle::try_current().ok(),
            span: Span::current(),
            settled: false,
        });
        Self { upload, completing: None }
    }

    /// Sends Complete; if this is dropped meanwhile, it goes on.
    pub(super) async fn complete(
        &mut self,
        service: &AnyService,
        request: CompleteMultipartUploadRequest,
    ) -> Completed {
        let completed = self.completing.insert(Box::pin(send(service, request))).as_mut().await;
        self.completing = None;
        completed
    }

    pub(super) fn disarm(mut self) {
        self.upload.iter_mut().for_each(|upload| upload.settled = true);
    }
}

impl Drop for SettleOnDrop {
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take().filter(|upload| !upload.settled) else { return };
        if self.completing.is_some() {
            upload.dropped = Dropped::Complete;
        }
        let (runtime, span) = (upload.runtime.clone(), upload.span.clone());
        let plan = DroppedPlan::new(upload.dropped, upload.limit);
        let settling = settle(upload, plan, self.completing.take()).instrument(span);
        match runtime {
            Some(runtime) => drop(runtime.spawn(settling)),
            None => drop(settling),
        }
    }
}

async fn settle(
    mut upload: Unsettled,
    mut plan: DroppedPlan,
    mut completing: Option<Pin<Box<dyn Future<Output = Completed> + Send>>>,
) {
    let Unsettled { service, requests, id, limit, .. } = &upload;
    let carrying_out = async {
        loop {
            match plan.next() {
                DroppedStep::Await(limit) => {
                    let response = match completing.take() {
                        Some(completing) => timeout(limit, completing).await.ok(),
                        None => None,
                    };
                    plan.on_response(response.map(|response| response.map(drop)));
                }
                DroppedStep::List => plan.on_listed(send(service, requests.list_parts(id)).await.map(drop)),
                DroppedStep::Wait(wait) => {
                    sleep(wait).await;
                    plan.on_waited();
                }
                DroppedStep::Abort => plan.on_gone(until_gone(service, requests, id).await),
                DroppedStep::Done => return plan.is_settled(),
            }
        }
    };
    upload.settled = timeout(*limit, carrying_out).await.unwrap_or(false);
}

/// Also where the runtime has ended, or ends meanwhile.
impl Drop for Unsettled {
    fn drop(&mut self) {
        if !self.settled {
            tracing::warn!(upload_id = %self.id, "{}", self.dropped.failure());
        }
    }
}
