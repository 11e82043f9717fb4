use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;

use oss_models::{Body, CopyObjectRequest, PartNumber, UploadId};
use oss_transfer::{AnyService, Command, Lane, PartGauge, PartTasks, Permit, TransferError, Wake};
use tokio::time::Instant;
use tracing::{Span, debug_span};

use super::Context;
use super::dropped::SettleOnDrop;
use super::reading::Reading;
use super::record::{Checkpoint, Slot};
use super::send::send;
use super::{Input, StreamStart, consumed};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::events::UploadEvent;
use crate::plan::{
    Dropped, MultipartPlan, Part, PartFailure, PartLayout, PartReceipt, PlanOptions, Session, Step, StoredParts,
    Verdict, compare_part,
};
use crate::requests::Requests;
use crate::source::{Filled, PartBody, PartSource, RandomAccess, SourceError, StreamSource};

/// Uploads the parts of an open upload. If this is dropped, it is aborted in the background unless it is to be kept.
pub(super) async fn upload_parts(
    context: &Context,
    session: Session,
    input: &mut Input,
    checkpoint: Option<&Checkpoint>,
    abort_if_dropped: bool,
) -> Result<StoredParts, UploadError> {
    let guard = SettleOnDrop::new(context, &session.upload.id, abort_if_dropped.then_some(Dropped::Parts));
    let done = upload_and_check(context, session, input, checkpoint.map(|checkpoint| checkpoint.slot.clone())).await;
    guard.disarm();
    done
}

async fn upload_and_check(
    context: &Context,
    session: Session,
    input: &mut Input,
    record: Option<Slot>,
) -> Result<StoredParts, UploadError> {
    let Session { upload, layout, adopted } = session;
    let random_access = |planned: &PartLayout, adopted, options| {
        MultipartPlan::random_access(layout.unwrap_or(*planned), adopted, options)
    };
    let (plan, supply, first) = match &mut *input {
        Input::RandomAccess { source, layout } => {
            let options = PlanOptions::of(&context.settings);
            (random_access(layout, adopted, options), Supply::RandomAccess(source.clone()), None)
        }
        Input::Copy { request, layout, .. } => {
            let options = PlanOptions::of_copy(&context.settings);
            (random_access(layout, adopted, options), Supply::Copy(request.clone()), None)
        }
        Input::Stream(start) => {
            let StreamStart { stream, first, plan } = *start.take().ok_or_else(consumed)?;
            (plan, Supply::Stream { stream: Some(stream), buffers: BTreeMap::new() }, Some(first))
        }
    };
    let tasks = PartTasks::new(context);
    let mut parts = Parts { context, upload_id: &upload.id, plan, supply, record, tasks };
    first.map_or(Ok(()), |first| parts.keep(first))?;
    let outcome = parts.run().await;
    // Nothing may arrive at the server once an abort or a Complete is under way.
    parts.tasks.shutdown().await;
    outcome?;
    let mut stored = parts.finish()?;
    match input {
        Input::RandomAccess { source, .. } => {
            context.check_source(&source.whole(), stored.receipts.crc64(), Stored::No).await?;
        }
        Input::Copy { crc64, .. } => stored.receipts.expect(*crc64),
        Input::Stream(_) => {}
    }
    Ok(stored)
}

/// Carries out the plan of one upload's parts: every part and every read of a stream is a task.
struct Parts<'a> {
    context: &'a Context,
    upload_id: &'a UploadId,
    plan: MultipartPlan<UploadError>,
    supply: Supply,
    record: Option<Slot>,
    tasks: PartTasks<'a, Task, Done, UploadError>,
}

/// Where the bytes of the parts are.
enum Supply {
    RandomAccess(RandomAccess),
    /// On the server.
    Copy(Arc<CopyObjectRequest>),
    Stream {
        /// Absent while a task reads.
        stream: Option<StreamSource>,
        /// Parts that were read and are not stored yet, each with its share of the bytes that may be in buffers.
        buffers: BTreeMap<PartNumber, (PartSource, Option<Permit>)>,
    },
}

/// What a task does.
#[derive(Clone, Copy, PartialEq)]
enum Task {
    Read,
    Send(PartNumber),
}

/// What a task did.
enum Done {
    Read { stream: StreamSource, filled: Result<Filled, SourceError> },
    Sent { part: Part, gauge: Arc<PartGauge>, outcome: Result<PartReceipt, PartFailure> },
}

impl Parts<'_> {
    /// Follows the plan until every part is stored, or it stops.
    async fn run(&mut self) -> Result<(), UploadError> {
        let command = self.tasks.command();
        self.apply_command(command)?;
        loop {
            let now = self.context.elapsed();
            self.plan.on_moved(self.context.reporter.meter.moved_bytes(), now);
            match self.plan.poll_step(now) {
                Step::Read(want) => self.read(want),
                Step::Upload { part, attempt } => self.send(part, attempt),
                Step::Hedge(part) => self.send(part, self.plan.attempts(part.number)),
                Step::WaitUntil(at) => self.wait(Some(self.context.started + at)).await?,
                Step::Idle => self.wait(None).await?,
                Step::Complete | Step::Stop => return Ok(()),
            }
        }
    }

    /// The stored parts, or the first error with the others attached.
    fn finish(self) -> Result<StoredParts, UploadError> {
        let part_size = self.plan.part_size();
        let (receipts, failures) = self.plan.finish();
        let (root, others) = failures.into_parts();
        match root {
            Some(root) => Err(root.with_others(others)),
            None => Ok(StoredParts { receipts, part_size }),
        }
    }

    async fn wait(&mut self, until: Option<Instant>) -> Result<(), UploadError> {
        match self.tasks.wake(until, pending()).await {
            Wake::Command(command) => self.apply_command(command)?,
            Wake::Task(_, Some(Done::Read { stream, filled })) => self.on_read(stream, filled),
            Wake::Task(_, Some(Done::Sent { part, gauge, outcome: Ok(receipt) })) => {
                self.on_stored(part, &gauge, receipt);
            }
            Wake::Task(_, Some(Done::Sent { part, outcome: Err(failure), .. })) => self.on_failed(part, failure),
            Wake::Task(task, None) => {
                let what = if task == Task::Read { "the reader" } else { "the service" };
                self.plan.fail(UploadError::panicked((Stage::Parts, Stored::No), what));
            }
            Wake::Due => {}
            Wake::Moved => self.report_progress(),
        }
        Ok(())
    }

    fn apply_command(&mut self, command: Command) -> Result<(), UploadError> {
        match command {
            Command::Cancel => return Err(UploadError::cancelled((Stage::Parts, Stored::No))),
            Command::Pause => {
                self.plan.pause();
                self.context.reporter.emit(UploadEvent::Paused);
            }
            Command::Run if self.plan.is_paused() => {
                self.plan.resume();
                self.context.reporter.emit(UploadEvent::Continued);
            }
            Command::Run => {}
        }
        Ok(())
    }

    fn report_progress(&mut self) {
        if let Err(error) = self.tasks.report_progress((Stage::Parts, Stored::No)) {
            self.plan.fail(error);
        }
    }

    fn read(&mut self, want: u64) {
        let Supply::Stream { stream, .. } = &mut self.supply else { return };
        let Some(mut stream) = stream.take() else { return };
        let reading = Reading::new(self.context);
        let reading = async move {
            let filled = reading.fill(&mut stream, want).await;
            Done::Read { stream, filled }
        };
        self.tasks.spawn(Task::Read, Span::current(), reading);
    }

    fn send(&mut self, part: Part, attempt: u32) {
        let content = match &self.supply {
            Supply::RandomAccess(source) => PartContent::Bytes(source.part(part.offset, part.len)),
            Supply::Copy(request) => PartContent::OnServer(request.clone()),
            Supply::Stream { buffers, .. } => match buffers.get(&part.number) {
                Some((source, _)) => PartContent::Bytes(source.clone()),
                None => return,
            },
        };
        let sending = SendPart::new(self.context, self.upload_id, part, content);
        let record = self.record.clone();
        let events = self.context.reporter.events.clone();
        let sending = async move {
            let outcome = sending.run().await;
            if let (Ok(receipt), Some(record)) = (&outcome, record)
                && let Err(error) = record.add(receipt).await
            {
                // The server's list of parts is what counts; the record only helps.
                events.emit(&UploadEvent::Warning(error.to_string()));
            }
            Done::Sent { part, gauge: sending.gauge, outcome }
        };
        let span = debug_span!("part", number = part.number.get(), attempt);
        self.tasks.spawn(Task::Send(part.number), span, sending);
    }

    fn on_read(&mut self, back: StreamSource, filled: Result<Filled, SourceError>) {
        if let Supply::Stream { stream, .. } = &mut self.supply {
            *stream = Some(back);
        }
        let kept = filled
            .map_err(|error| UploadError::new(Stage::Source, error, Stored::No))
            .and_then(|filled| self.keep(filled));
        if let Err(error) = kept {
            self.plan.fail(error);
        }
    }

    /// Keeps what was read until it is stored.
    fn keep(&mut self, filled: Filled) -> Result<(), UploadError> {
        let part = self.plan.on_read(filled.blocks.len(), filled.ended).map_err(|error| {
            UploadError::new(Stage::Source, UploadErrorKind::ByteBudget { reason: error.to_string() }, Stored::No)
        })?;
        if let (Some(part), Supply::Stream { buffers, .. }) = (part, &mut self.supply) {
            let end = part.offset.saturating_add(part.len);
            self.context
                .settings
                .check_size(end)
                .map_err(|error| UploadError::new(Stage::Source, error, Stored::No))?;
            if filled.ended {
                self.context.reporter.set_total(end);
            }
            buffers.insert(part.number, (filled.blocks.into(), filled.share));
        }
        Ok(())
    }

    fn on_stored(&mut self, part: Part, gauge: &PartGauge, receipt: PartReceipt) {
        if !self.plan.on_part_done(receipt, self.context.elapsed()) {
            return;
        }
        gauge.confirm(part.len);
        // A second copy of the part is of no more use.
        self.tasks.abort(Task::Send(part.number));
        if let Supply::Stream { buffers, .. } = &mut self.supply {
            buffers.remove(&part.number);
        }
        self.context.reporter.emit(UploadEvent::PartStored { number: part.number, len: part.len });
        self.report_progress();
    }

    fn on_failed(&mut self, part: Part, failure: PartFailure) {
        let (now, attempt) = (self.context.elapsed(), self.plan.attempts(part.number));
        let error = UploadError::new(Stage::Parts, failure.kind, Stored::No).with_part(part.number, attempt);
        let text = error.to_string();
        let verdict = self.plan.on_part_failed(part.number, failure.next, error, now, self.context.jitter());
        if let Verdict::Again { at } = verdict {
            tracing::debug!(part = %part.number, attempt, error = text, "a part failed and is sent again");
            let retry_in = at.saturating_sub(now);
            let event = UploadEvent::PartFailed { number: part.number, attempt, error: text, retry_in };
            self.context.reporter.emit(event);
        }
    }
}

/// What becomes a part.
pub(super) enum PartContent {
    /// Bytes that are sent.
    Bytes(PartSource),
    /// Bytes that the server reads itself, of the very object that this names.
    OnServer(Arc<CopyObjectRequest>),
}

/// One attempt of one part.
pub(super) struct SendPart {
    pub(super) service: AnyService,
    lane: Lane,
    requests: Requests,
    pub(super) upload_id: UploadId,
    pub(super) part: Part,
    content: PartContent,
    send_content_md5: bool,
    pub(super) gauge: Arc<PartGauge>,
}

impl SendPart {
    pub(super) fn new(context: &Context, upload_id: &UploadId, part: Part, content: PartContent) -> Self {
        Self {
            service: context.service.clone(),
            lane: context.lane.clone(),
            requests: context.requests.clone(),
            upload_id: upload_id.clone(),
            part,
            content,
            send_content_md5: context.settings.send_content_md5,
            gauge: PartGauge::new(&context.reporter.meter),
        }
    }

    pub(super) async fn run(&self) -> Result<PartReceipt, PartFailure> {
        let _slot = self.lane.connection().await;
        match &self.content {
            PartContent::Bytes(source) => self.send(source).await,
            PartContent::OnServer(object) => self.copy(object).await,
        }
    }

    async fn send(&self, source: &PartSource) -> Result<PartReceipt, PartFailure> {
        source.check().await?;
        let body = PartBody::new(source.clone(), self.gauge.clone()).paced(self.lane.pacer());
        let mut request = self.requests.upload_part(&self.upload_id, self.part.number, Body::replayable(body));
        if self.send_content_md5 {
            request.content_md5 = Some(source.content_md5().await?);
        }
        let (response, exchange) = send(&self.service, request).await?;
        let sent = source.crc64_unless(exchange.sent.map(|sent| sent.crc64)).await?;
        let compared = compare_part(sent, response.hash_crc64)?;
        Ok(PartReceipt { part: self.part, etag: response.etag, crc64: Some(sent), compared, reused: false })
    }
}
