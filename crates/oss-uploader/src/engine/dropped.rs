use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;

use oss_models::{CallError, CompleteMultipartUploadResult, InitiateMultipartUploadResult, Operation, UploadId};
use oss_transfer::{AnyService, EventHub};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span};

use super::Context;
use super::abort::until_gone;
use super::send::{Exchange, send};
use crate::events::UploadEvent;
use crate::plan::{Dropped, DroppedPlan, DroppedStep, Told};
use crate::requests::Requests;

type Outcome<T> = Result<(T, Exchange), CallError>;
type Sending<T> = Pin<Box<dyn Future<Output = Outcome<T>> + Send>>;

/// Settles an upload in the background if this is dropped before it [ended](Self::ended): the last resort when the future of an
/// upload is dropped and no one is left to wait. A request that cannot be called back goes on, and what is open afterwards is
/// aborted.
pub(super) struct SettleOnDrop<T: Send + 'static> {
    /// None if the upload is left as it is.
    unsettled: Option<Unsettled>,
    under_way: Option<Sending<T>>,
    /// The upload that a response tells of.
    opened: fn(&T) -> Option<&UploadId>,
}

/// What may be left of an upload, and what it is settled with: on the runtime that it ran on, wherever it is dropped.
struct Unsettled {
    plan: DroppedPlan,
    service: AnyService,
    requests: Requests,
    /// Where it is told that a response to Initiate may have been lost.
    events: Option<Arc<EventHub<UploadEvent>>>,
    /// None if the upload is polled by an executor of another kind.
    runtime: Option<Handle>,
    span: Span,
}

impl Unsettled {
    fn new(context: &Context, plan: DroppedPlan) -> Self {
        Self {
            plan,
            service: context.service.clone(),
            requests: context.requests.clone(),
            events: None,
            runtime: Handle::try_current().ok(),
            span: Span::current(),
        }
    }
}

impl SettleOnDrop<InitiateMultipartUploadResult> {
    /// Of an upload that is initiated: no one else will know its id.
    pub(super) fn initiating(context: &Context) -> Self {
        let mut unsettled = Unsettled::new(context, DroppedPlan::initiating(context.settings.cleanup_timeout));
        unsettled.events = Some(context.reporter.events.clone());
        Self { unsettled: Some(unsettled), under_way: None, opened: |initiated| Some(&initiated.upload_id) }
    }
}

impl SettleOnDrop<CompleteMultipartUploadResult> {
    /// Of an open upload. `dropped` says what it is about to do; without it, it is left as it is.
    pub(super) fn new(context: &Context, id: &UploadId, dropped: Option<Dropped>) -> Self {
        let plan = |dropped| DroppedPlan::new(dropped, id.clone(), context.settings.cleanup_timeout);
        let unsettled = dropped.map(|dropped| Unsettled::new(context, plan(dropped)));
        Self { unsettled, under_way: None, opened: |_| None }
    }
}

impl<T: Send + 'static> SettleOnDrop<T> {
    /// Sends a request that cannot be called back: if this is dropped meanwhile, it goes on.
    pub(super) async fn send<O: Operation<Output = T> + 'static>(
        &mut self,
        service: &AnyService,
        request: O,
    ) -> Outcome<T> {
        self.unsettled.iter_mut().for_each(|unsettled| unsettled.plan.on_sent());
        let response = self.under_way.insert(Box::pin(send(service, request))).as_mut().await;
        self.under_way = None;
        let told = told(&response, self.opened);
        self.unsettled.iter_mut().for_each(|unsettled| unsettled.plan.on_response(Some(told)));
        response
    }

    /// What became of the upload is known, or no response came in time: what is under way does not go on.
    pub(super) fn ended(mut self) {
        self.under_way = None;
        self.unsettled.iter_mut().for_each(|unsettled| unsettled.plan.on_ended());
    }
}

impl<T: Send + 'static> Drop for SettleOnDrop<T> {
    fn drop(&mut self) {
        let Some(unsettled) = self.unsettled.take() else { return };
        if unsettled.plan.is_done() {
            return;
        }
        let (runtime, span) = (unsettled.runtime.clone(), unsettled.span.clone());
        let settling = settle(unsettled, self.under_way.take(), self.opened).instrument(span);
        match runtime {
            Some(runtime) => drop(runtime.spawn(settling)),
            None => drop(settling),
        }
    }
}

fn told<T>(response: &Outcome<T>, opened: fn(&T) -> Option<&UploadId>) -> Told<'_> {
    response.as_ref().map(|(response, exchange)| (opened(response), exchange.earlier_attempt_unknown))
}

async fn settle<T>(mut unsettled: Unsettled, under_way: Option<Sending<T>>, opened: fn(&T) -> Option<&UploadId>) {
    let Unsettled { plan, service, requests, .. } = &mut unsettled;
    let mut under_way = under_way.unwrap_or_else(|| Box::pin(pending()));
    let limit = plan.limit();
    let carrying_out = async {
        loop {
            match plan.next() {
                DroppedStep::Await(limit) => {
                    let response = timeout(limit, &mut under_way).await.ok();
                    plan.on_response(response.as_ref().map(|response| told(response, opened)));
                }
                DroppedStep::List(id) => plan.on_listed(send(service, requests.list_parts(&id)).await.map(drop)),
                DroppedStep::Wait(wait) => {
                    sleep(wait).await;
                    plan.on_waited();
                }
                DroppedStep::Abort(id) => plan.on_gone(until_gone(service, requests, &id).await),
                DroppedStep::Done => return,
            }
        }
    };
    // What is left then is told by the plan.
    timeout(limit, carrying_out).await.unwrap_or_default();
}

/// Also where the runtime has ended, or ends meanwhile.
impl Drop for Unsettled {
    fn drop(&mut self) {
        if let Some((id, failure)) = self.plan.failure() {
            tracing::warn!(upload_id = %id, "{failure}");
        }
        if let (Some(warning), Some(events)) = (self.plan.lost(), &self.events) {
            tracing::warn!("{warning}");
            events.emit(&UploadEvent::Warning(warning.to_owned()));
        }
    }
}
