use std::future::pending;
use std::sync::Arc;

use oss_models::{Body, PartNumber, UploadId};
use oss_transfer::{AnyService, Command, Lane, PartGauge, PartTasks, TransferError, Wake};
use tokio::time::Instant;
use tracing::{Span, debug_span};

use super::Context;
use super::dropped::SettleOnDrop;
use super::reading::Reading;
use super::record::{Checkpoint, Slot};
use super::send::send;
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{Dropped, MultipartPlan, Part, PartFailure, PartReceipt, Quiet, Session, Step, StoredParts};
use crate::requests::Requests;
use crate::source::{Filled, Input, PartBody, PartContent, PartSource, SourceError, StreamSource, Supply};

/// Uploads the parts of an open upload. If this is dropped, it is aborted in the background unless it is to be kept.
pub(super) async fn upload_parts(
    context: &Context,
    session: Session,
    input: &mut Input,
    checkpoint: Option<&Checkpoint>,
    abort_if_dropped: bool,
    quiet: &mut Quiet,
) -> Result<StoredParts, UploadError> {
    let guard = SettleOnDrop::new(context, &session.upload.id, abort_if_dropped.then_some(Dropped::Parts));
    let record = checkpoint.map(|checkpoint| checkpoint.slot.clone());
    let done = upload_and_check(context, session, input, record, quiet).await;
    guard.ended();
    done
}

async fn upload_and_check(
    context: &Context,
    session: Session,
    input: &mut Input,
    record: Option<Slot>,
    quiet: &mut Quiet,
) -> Result<StoredParts, UploadError> {
    let Session { upload, layout, adopted } = session;
    let (mut plan, supply, first) = input.parts(layout, adopted, &context.settings)?;
    plan.keep(*quiet);
    let tasks = PartTasks::new(context);
    let mut parts = Parts { context, upload_id: &upload.id, plan, supply, record, tasks };
    first.map_or(Ok(()), |first| parts.keep(first))?;
    let outcome = parts.run().await;
    // Nothing may arrive at the server once an abort or a Complete is under way.
    parts.tasks.shutdown().await;
    *quiet = parts.plan.quiet();
    outcome?;
    let stored = parts.plan.stored()?;
    if let Some(source) = input.to_check() {
        context.check_source(&source, stored.receipts.crc64(), Stored::No).await?;
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
                Step::Complete => return Ok(()),
                Step::Stop => {
                    // What failed in the same moment is told beside the failure that ended the upload.
                    while let Some((task, done)) = self.tasks.ended() {
                        self.on_ended(task, done);
                    }
                    return Ok(());
                }
            }
        }
    }

    async fn wait(&mut self, until: Option<Instant>) -> Result<(), UploadError> {
        match self.tasks.wake(until, pending()).await {
            Wake::Command(command) => self.apply_command(command)?,
            Wake::Task(task, done) => self.on_ended(task, done),
            Wake::Due => {}
            Wake::Moved => self.report_progress(),
        }
        Ok(())
    }

    /// A task ended; `None` if it panicked.
    fn on_ended(&mut self, task: Task, done: Option<Done>) {
        match done {
            Some(Done::Read { stream, filled }) => self.on_read(stream, filled),
            Some(Done::Sent { part, gauge, outcome: Ok(receipt) }) => self.on_stored(part, &gauge, receipt),
            Some(Done::Sent { part, outcome: Err(failure), .. }) => self.on_failed(part.number, failure),
            None => {
                let what = if task == Task::Read { "the reader" } else { "the service" };
                self.plan.fail(UploadError::panicked((Stage::Parts, Stored::No), what));
            }
        }
    }

    fn apply_command(&mut self, command: Command) -> Result<(), UploadError> {
        self.plan.on_command(command)?.into_iter().for_each(|event| self.context.reporter.emit(event));
        Ok(())
    }

    fn report_progress(&mut self) {
        if let Err(error) = self.tasks.report_progress((Stage::Parts, Stored::No)) {
            self.plan.fail(error);
        }
    }

    fn read(&mut self, want: u64) {
        let Some(mut stream) = self.supply.lend() else { return };
        let reading = Reading::new(self.context);
        let reading = async move {
            let filled = reading.fill(&mut stream, want).await;
            Done::Read { stream, filled }
        };
        self.tasks.spawn(Task::Read, Span::current(), reading);
    }

    fn send(&mut self, part: Part, attempt: u32) {
        let Some(content) = self.supply.content(part) else { return };
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

    fn on_read(&mut self, stream: StreamSource, filled: Result<Filled, SourceError>) {
        self.supply.give_back(stream);
        let filled = filled.map_err(|error| UploadError::new(Stage::Source, error, Stored::No));
        filled.and_then(|filled| self.keep(filled)).unwrap_or_else(|error| self.plan.fail(error));
    }

    /// Keeps what was read until it is stored.
    fn keep(&mut self, filled: Filled) -> Result<(), UploadError> {
        let (bytes, settings) = (filled.blocks.len(), &self.context.settings);
        if let Some(read) = self.plan.on_filled(bytes, filled.ended, settings)? {
            read.total.into_iter().for_each(|total| self.context.reporter.set_total(total));
            self.supply.keep(read.number, filled);
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
        self.supply.release(part.number);
        self.context.reporter.emit(UploadEvent::PartStored { number: part.number, len: part.len });
        self.report_progress();
    }

    fn on_failed(&mut self, number: PartNumber, failure: PartFailure) {
        let told = self.plan.on_failure(number, failure, self.context.elapsed(), self.context.jitter());
        told.into_iter().for_each(|event| self.context.reporter.emit(event));
    }
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
            PartContent::OnServer(source) => self.copy(source).await,
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
        PartReceipt::of_sent(self.part, sent, response)
    }
}
