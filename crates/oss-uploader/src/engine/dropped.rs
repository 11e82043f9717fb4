use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use oss_models::{
    CallError, CompleteMultipartUploadRequest, CompleteMultipartUploadResult, InitiateMultipartUploadResult, UploadId,
};
use oss_transfer::{AnyService, EventHub};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span};

use super::Context;
use super::abort::until_gone;
use super::send::{Exchange, send};
use crate::events::UploadEvent;
use crate::plan::{Dropped, DroppedPlan, DroppedStep, wait_for_initiated};
use crate::requests::Requests;

type Initiated = Result<(InitiateMultipartUploadResult, Exchange), CallError>;
type Completed = Result<(CompleteMultipartUploadResult, Exchange), CallError>;
type Sending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Settles an upload in the background if this is dropped while armed: the last resort when the future of an upload is
/// dropped and no one is left to wait. A Complete that is under way goes on, and what is open afterwards is aborted.
pub(super) struct SettleOnDrop {
    /// None if it is left as it is.
    upload: Option<Unsettled>,
    completing: Option<Sending<Completed>>,
}

/// An Initiate that is under way. If this is dropped meanwhile, it goes on in the background, and the upload that it opens is
/// aborted: no one else will know its id.
pub(super) struct AbortOnDrop {
    background: Background,
    sending: Option<Sending<Initiated>>,
    lost: LostInitiate,
}

/// Warns, if it is dropped while armed, of a response to Initiate that may have been lost. Nothing tells whether an upload of
/// the same key is ours, so none is aborted for it. Two are left where the request went once more on a new connection and that
/// response was lost too.
struct LostInitiate(Option<Arc<EventHub<UploadEvent>>>);

/// What is used to settle an upload, and where: on the runtime that it ran on, wherever it is dropped.
#[derive(Clone)]
struct Background {
    service: AnyService,
    requests: Requests,
    limit: Duration,
    /// None if the upload is polled by an executor of another kind.
    runtime: Option<Handle>,
    span: Span,
}

/// An upload on the server.
struct Unsettled {
    background: Background,
    id: UploadId,
    dropped: Dropped,
    settled: bool,
}

impl Background {
    fn new(context: &Context) -> Self {
        Self {
            service: context.service.clone(),
            requests: context.requests.clone(),
            limit: context.settings.cleanup_timeout,
            runtime: Handle::try_current().ok(),
            span: Span::current(),
        }
    }

    /// Runs `work`, or drops it where there is no runtime for it.
    fn run(self, work: impl Future<Output = ()> + Send + 'static) {
        let work = work.instrument(self.span);
        match self.runtime {
            Some(runtime) => drop(runtime.spawn(work)),
            None => drop(work),
        }
    }
}

impl AbortOnDrop {
    /// Sends Initiate with the first [`AbortOnDrop::response`].
    pub(super) fn new(context: &Context) -> Self {
        Self {
            background: Background::new(context),
            sending: Some(Box::pin(send(&context.service, context.requests.initiate()))),
            lost: LostInitiate(Some(context.reporter.events.clone())),
        }
    }

    /// The response; it comes once.
    pub(super) async fn response(&mut self) -> Initiated {
        let Some(sending) = &mut self.sending else { return pending().await };
        let response = sending.await;
        self.sending = None;
        response
    }

    /// The outcome, without what only this has to know: it warns if the response may have been lost.
    pub(super) fn ended<E>(
        mut self,
        outcome: Result<Initiated, E>,
    ) -> Result<Result<InitiateMultipartUploadResult, CallError>, E> {
        // What was waited for as long as it may take does not go on.
        self.sending = None;
        outcome.map(|response| self.lost.told(response))
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        let Some(sending) = self.sending.take() else { return };
        let (background, mut lost) = (self.background.clone(), LostInitiate(self.lost.0.take()));
        self.background.clone().run(async move {
            let limit = wait_for_initiated(background.limit);
            let Ok(response) = timeout(limit, sending).await else { return };
            if let Ok(initiated) = lost.told(response) {
                let dropped = Dropped::Parts;
                let plan = DroppedPlan::new(dropped, background.limit);
                settle(Unsettled { background, id: initiated.upload_id, dropped, settled: false }, plan, None).await;
            }
        });
    }
}

impl LostInitiate {
    /// The response came; what it tells says whether another one was lost.
    fn told(&mut self, response: Initiated) -> Result<InitiateMultipartUploadResult, CallError> {
        let is_lost = match &response {
            Ok((_, exchange)) => exchange.earlier_attempt_unknown,
            Err(error) => error.outcome_unknown(),
        };
        if !is_lost {
            self.0 = None;
        }
        response.map(|(initiated, _)| initiated)
    }
}

impl Drop for LostInitiate {
    fn drop(&mut self) {
        let Some(events) = self.0.take() else { return };
        let warning = "a response to Initiate was lost; it may have left empty uploads of this key, initiated now";
        tracing::warn!("{warning}");
        events.emit(&UploadEvent::Warning(warning.to_owned()));
    }
}

impl SettleOnDrop {
    /// `dropped` says what the upload is about to do; without it this is not armed.
    pub(super) fn new(context: &Context, id: &UploadId, dropped: Option<Dropped>) -> Self {
        let upload = dropped.map(|dropped| Unsettled {
            background: Background::new(context),
            id: id.clone(),
            dropped,
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
        let background = upload.background.clone();
        let plan = DroppedPlan::new(upload.dropped, background.limit);
        background.run(settle(upload, plan, self.completing.take()));
    }
}

async fn settle(mut upload: Unsettled, mut plan: DroppedPlan, mut completing: Option<Sending<Completed>>) {
    let Unsettled { background: Background { service, requests, limit, .. }, id, .. } = &upload;
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
