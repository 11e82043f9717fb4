use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::sync::Arc;

use oss_models::{Body, CopyObjectRequest, PartNumber, UploadId};
use oss_transfer::{AnyService, PartGauge, Permit};
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tracing::{Instrument, debug_span};

use super::abort::AbortOnDrop;
use super::context::{Command, Context};
use super::copy_part::CopyPart;
use super::reading::Reading;
use super::record::{Checkpoint, PartWriter};
use super::send::send;
use super::{Input, consumed};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::events::UploadEvent;
use crate::plan::{
    MultipartPlan, PROGRESS_INTERVAL, Part, PartFailure, PartReceipt, PlanOptions, Session, Step, StoredParts, Verdict,
    compare_part,
};
use crate::requests::Requests;
use crate::source::{Filled, PartBody, PartSource, RandomAccess, SourceError, StreamSource};
use crate::{Priority, Scheduler};

/// Uploads the parts of an open upload. If this is dropped, the upload is aborted in the background, unless it is to be
/// kept.
pub(super) async fn upload_parts(
    context: &Context,
    session: Session,
    input: &mut Input,
    checkpoint: Option<&Checkpoint>,
    abort_if_dropped: bool,
) -> Result<StoredParts, UploadError> {
    let mut guard = AbortOnDrop::new(context, &session.upload.id);
    if !abort_if_dropped {
        guard.disarm();
    }
    let done = upload_and_check(context, session, input, checkpoint.map(Checkpoint::part_writer)).await;
    guard.disarm();
    done
}

async fn upload_and_check(
    context: &Context,
    session: Session,
    input: &mut Input,
    writer: Option<PartWriter>,
) -> Result<StoredParts, UploadError> {
    let Session { upload, layout, adopted } = session;
    let (mut parts, whole) = match input {
        Input::RandomAccess { source, layout: planned } => {
            let plan =
                MultipartPlan::random_access(layout.unwrap_or(*planned), adopted, PlanOptions::of(&context.settings));
            let supply = Supply::RandomAccess(source.clone());
            (Parts::new(context, &upload.id, plan, supply, writer), Some(source.whole()))
        }
        Input::Copy { request, layout: planned, .. } => {
            let options = PlanOptions::of_copy(&context.settings);
            let plan = MultipartPlan::random_access(layout.unwrap_or(*planned), adopted, options);
            (Parts::new(context, &upload.id, plan, Supply::Copy(request.clone()), writer), None)
        }
        Input::Stream(stream) => {
            let start = stream.take().ok_or_else(consumed)?;
            let supply = Supply::Stream { stream: Some(start.stream), buffers: BTreeMap::new() };
            let mut parts = Parts::new(context, &upload.id, start.plan, supply, writer);
            parts.keep(start.first)?;
            (parts, None)
        }
    };
    let outcome = parts.run().await;
    // Nothing may arrive at the server once an abort or a Complete is under way.
    parts.tasks.shutdown().await;
    outcome?;
    let mut stored = parts.finish()?;
    if let Input::Copy { crc64, .. } = input {
        stored.receipts.expect(*crc64);
    }
    if let Some(whole) = whole {
        context.check_source(&whole, stored.receipts.crc64(), Stored::No).await?;
    }
    Ok(stored)
}

/// Carries out the plan of one upload's parts: every part and every read of a stream is a task.
struct Parts<'a> {
    context: &'a Context,
    upload_id: &'a UploadId,
    plan: MultipartPlan<UploadError>,
    supply: Supply,
    writer: Option<PartWriter>,
    tasks: JoinSet<Done>,
    kinds: HashMap<Id, Kind>,
    sending: BTreeMap<PartNumber, Vec<AbortHandle>>,
    command: watch::Receiver<Command>,
    next_report: Instant,
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
#[derive(Clone, Copy)]
enum Kind {
    Reading,
    Sending,
}

/// What a task did.
enum Done {
    Read { stream: StreamSource, filled: Result<Filled, SourceError> },
    Sent { part: Part, gauge: Arc<PartGauge>, outcome: Result<PartReceipt, PartFailure> },
}

impl<'a> Parts<'a> {
    fn new(
        context: &'a Context,
        upload_id: &'a UploadId,
        plan: MultipartPlan<UploadError>,
        supply: Supply,
        writer: Option<PartWriter>,
    ) -> Self {
        Self {
            context,
            upload_id,
            plan,
            supply,
            writer,
            tasks: JoinSet::new(),
            kinds: HashMap::new(),
            sending: BTreeMap::new(),
            command: context.command.clone(),
            next_report: Instant::now(),
        }
    }

    /// Follows the plan until every part is stored, or it stops.
    async fn run(&mut self) -> Result<(), UploadError> {
        self.apply_command()?;
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

    /// Waits for a command, a task, `until`, or bytes to have moved; of several that have come the first counts.
    async fn wait(&mut self, until: Option<Instant>) -> Result<(), UploadError> {
        let (meter, next_report) = (&self.context.reporter.meter, self.next_report);
        let due = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
        };
        let moved = async {
            sleep_until(next_report).await;
            meter.moved().await;
        };
        tokio::select! {
            biased;
            // An error means that no one is left who could command.
            Ok(()) = self.command.changed() => self.apply_command()?,
            Some(joined) = self.tasks.join_next_with_id() => self.joined(joined),
            () = due => {}
            () = moved => self.report_progress(),
        }
        Ok(())
    }

    fn apply_command(&mut self) -> Result<(), UploadError> {
        let command = *self.command.borrow_and_update();
        match command {
            Command::Cancel => return Err(UploadError::new(Stage::Parts, UploadErrorKind::Cancelled, Stored::No)),
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
        self.next_report = Instant::now() + PROGRESS_INTERVAL;
        if let Err(error) = self.context.reporter.progress(Stored::No) {
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
        let task = self.tasks.spawn(reading.in_current_span());
        self.kinds.insert(task.id(), Kind::Reading);
    }

    fn send(&mut self, part: Part, attempt: u32) {
        let send = |source| Attempt::Send(SendPart::new(self.context, self.upload_id, part, source));
        let sending = match &self.supply {
            Supply::RandomAccess(source) => send(source.part(part.offset, part.len)),
            Supply::Copy(request) => Attempt::Copy(CopyPart::new(self.context, self.upload_id, part, request.clone())),
            Supply::Stream { buffers, .. } => match buffers.get(&part.number) {
                Some((source, _)) => send(source.clone()),
                None => return,
            },
        };
        let writer = self.writer.clone();
        let events = self.context.reporter.events.clone();
        let sending = async move {
            let outcome = sending.run().await;
            if let (Ok(receipt), Some(writer)) = (&outcome, writer)
                && let Err(error) = writer.add(receipt).await
            {
                // The server's list of parts is what counts; the record only helps.
                events.emit(&UploadEvent::Warning(error.to_string()));
            }
            Done::Sent { part, gauge: sending.into_gauge(), outcome }
        };
        let span = debug_span!("part", number = part.number.get(), attempt);
        let task = self.tasks.spawn(sending.instrument(span));
        self.kinds.insert(task.id(), Kind::Sending);
        self.sending.entry(part.number).or_default().push(task);
    }

    fn joined(&mut self, joined: Result<(Id, Done), JoinError>) {
        let id = joined.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let kind = self.kinds.remove(&id);
        match joined {
            Ok((_, Done::Read { stream, filled })) => self.on_read(stream, filled),
            Ok((_, Done::Sent { part, gauge, outcome: Ok(receipt) })) => self.on_stored(part, &gauge, receipt),
            Ok((_, Done::Sent { part, outcome: Err(failure), .. })) => self.on_failed(part, failure),
            // A copy of a part that was stored meanwhile.
            Err(error) if error.is_cancelled() => {}
            Err(_) => {
                let what = match kind {
                    Some(Kind::Sending) => "the service",
                    _ => "the reader",
                };
                self.plan.fail(UploadError::new(Stage::Parts, UploadErrorKind::Panicked { what }, Stored::No));
            }
        }
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
        self.sending.remove(&part.number).into_iter().flatten().for_each(|task| task.abort());
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
            tracing::debug!(part = %part.number, attempt, error = text, "a part failed and goes again");
            let retry_in = at.saturating_sub(now);
            let event = UploadEvent::PartFailed { number: part.number, attempt, error: text, retry_in };
            self.context.reporter.emit(event);
        }
    }
}

/// One attempt of one part.
#[expect(clippy::large_enum_variant, reason = "the large one is the usual one")]
enum Attempt {
    Send(SendPart),
    Copy(CopyPart),
}

impl Attempt {
    async fn run(&self) -> Result<PartReceipt, PartFailure> {
        match self {
            Self::Send(part) => part.run().await,
            Self::Copy(part) => part.run().await,
        }
    }

    fn into_gauge(self) -> Arc<PartGauge> {
        match self {
            Self::Send(SendPart { gauge, .. }) | Self::Copy(CopyPart { gauge, .. }) => gauge,
        }
    }
}

/// One attempt of one part whose bytes are sent.
pub(super) struct SendPart {
    service: AnyService,
    scheduler: Scheduler,
    priority: Priority,
    requests: Requests,
    upload_id: UploadId,
    part: Part,
    source: PartSource,
    send_content_md5: bool,
    gauge: Arc<PartGauge>,
}

impl SendPart {
    pub(super) fn new(context: &Context, upload_id: &UploadId, part: Part, source: PartSource) -> Self {
        Self {
            service: context.service.clone(),
            scheduler: context.scheduler.clone(),
            priority: context.settings.priority,
            requests: context.requests.clone(),
            upload_id: upload_id.clone(),
            part,
            source,
            send_content_md5: context.settings.send_content_md5,
            gauge: PartGauge::new(&context.reporter.meter),
        }
    }

    pub(super) async fn run(&self) -> Result<PartReceipt, PartFailure> {
        let _slot = self.scheduler.connection(self.priority).await;
        self.source.check().await?;
        let body = PartBody::new(self.source.clone(), self.gauge.clone()).paced(self.scheduler.pacer());
        let mut request = self.requests.upload_part(&self.upload_id, self.part.number, Body::replayable(body));
        if self.send_content_md5 {
            request.content_md5 = Some(self.source.content_md5().await?);
        }
        let (response, exchange) = send(&self.service, request).await?;
        let sent = match exchange.sent {
            Some(sent) => sent.crc64,
            // The service did not count, so the bytes are read once more.
            None => self.source.crc64().await?,
        };
        let compared = compare_part(sent, response.hash_crc64)?;
        Ok(PartReceipt { part: self.part, etag: response.etag, crc64: Some(sent), compared, reused: false })
    }
}
