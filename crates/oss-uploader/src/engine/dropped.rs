use std::pin::Pin;
use std::time::Duration;

use oss_models::{CallError, CompleteMultipartUploadRequest, CompleteMultipartUploadResult, UploadId};
use oss_transfer::AnyService;
use tokio::time::{sleep, timeout};

use super::Context;
use super::abort::until_gone;
use super::background::Background;
use super::send::{Exchange, send};
use crate::plan::{DroppedPlan, DroppedStep};
use crate::requests::Requests;

type Completed = Result<(CompleteMultipartUploadResult, Exchange), CallError>;

/// Sends Complete. If this is dropped while armed, the Complete that is under way goes on in the background, and what is
/// open afterwards is aborted.
pub(super) struct CompleteOnDrop {
    service: AnyService,
    requests: Requests,
    id: UploadId,
    limit: Duration,
    background: Background,
    armed: bool,
    sending: Option<Pin<Box<dyn Future<Output = Completed> + Send>>>,
}

impl CompleteOnDrop {
    pub(super) fn new(context: &Context, id: &UploadId, armed: bool) -> Self {
        Self {
            service: context.service.clone(),
            requests: context.requests.clone(),
            id: id.clone(),
            limit: context.settings.cleanup_timeout,
            background: Background::current(),
            armed,
            sending: None,
        }
    }

    pub(super) async fn send(&mut self, request: CompleteMultipartUploadRequest) -> Completed {
        let service = self.service.clone();
        let sending = self.sending.insert(Box::pin(async move { send(&service, request).await }));
        let completed = sending.as_mut().await;
        self.sending = None;
        completed
    }

    pub(super) fn disarm(&mut self) {
        self.armed = false;
    }
}

impl Drop for CompleteOnDrop {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let (service, requests, id, limit) = (self.service.clone(), self.requests.clone(), self.id.clone(), self.limit);
        let sending = self.sending.take();
        let settling =
            async move { timeout(limit, settle(&service, &requests, &id, limit, sending)).await.unwrap_or(false) };
        self.background.spawn(self.id.clone(), "the dropped upload was neither completed nor aborted", settling);
    }
}

/// Whether the upload has become an object, or is gone.
async fn settle(
    service: &AnyService,
    requests: &Requests,
    id: &UploadId,
    limit: Duration,
    mut sending: Option<Pin<Box<dyn Future<Output = Completed> + Send>>>,
) -> bool {
    let mut plan = DroppedPlan::new(sending.is_some(), limit);
    loop {
        match plan.next() {
            DroppedStep::Await(limit) => {
                let response = match sending.take() {
                    Some(sending) => timeout(limit, sending).await.ok(),
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
}
