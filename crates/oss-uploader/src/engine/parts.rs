use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oss_models::{Body, CallError, CallErrorKind, PartNumber, UploadId};
use oss_transfer::{PartGauge, Permit};
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::context::{Command, Context, Service, class_of, send};
use super::first::first;
use super::multipart::MultipartSource;
use super::record::PartWriter;
use super::requests::Requests;
use crate::error::{Stage, UploadError, UploadErrorKind};
use crate::events::UploadEvent;
use crate::plan::{FailureClass, MultipartPlan, Part, PartReceipt, Receipts, Step, Verdict};
use crate::source::{Blocks, Filled, PartBody, PartData, RandomAccess, SourceError, StreamSource};
use crate::{Priority, Scheduler};

/// Carries out the plan of one upload's parts: every part and every read of a stream is a task.
pub(super) struct Parts<'a> {
    context: &'a Context,
    upload_id: &'a UploadId,
    plan: MultipartPlan<UploadError>,
    source: PartSource,
    writer: Option<PartWriter>,
    tasks: JoinSet<Done>,
    kinds: HashMap<Id, Kind>,
    sending: BTreeMap<PartNumber, Vec<AbortHandle>>,
    command: watch::Receiver<Command>,
    next_look: Instant,
}

/// Every part, stored.
pub(super) struct StoredParts {
    pub(super) receipts: Receipts,
    /// Size of the largest part.
    pub(super) part_size: u64,
}

enum PartSource {
    RandomAccess(RandomAccess),
    Stream {
        /// Absent while a task reads.
        stream: Option<StreamSource>,
        /// Parts that were read and are not stored yet.
        buffers: BTreeMap<PartNumber, Buffer>,
    },
}

struct Buffer {
    blocks: Blocks,
    /// Its share of the bytes that may be in buffers, given back when the part is stored.
    _share: Option<Permit>,
}

/// What a task does.
#[derive(Clone, Copy)]
enum Kind {
    Reading,
    Sending,
}

/// What the upload waits for.
enum Event {
    Command,
    Joined(Result<(Id, Done), JoinError>),
    /// The time has come that the plan named.
    Due,
    /// Bytes have moved, and it is time to look at the progress.
    Moved,
}

/// What a task did.
enum Done {
    Read { stream: StreamSource, filled: Result<Filled, SourceError> },
    Sent { part: Part, gauge: Arc<PartGauge>, outcome: Result<PartReceipt, PartFailure> },
}

pub(super) struct PartFailure {
    pub(super) class: FailureClass,
    pub(super) kind: UploadErrorKind,
}

impl<'a> Parts<'a> {
    pub(super) fn new(
        context: &'a Context,
        upload_id: &'a UploadId,
        source: MultipartSource,
        adopted: Receipts,
        writer: Option<PartWriter>,
    ) -> Result<Self, UploadError> {
        let mut first = None;
        let (source, plan) = match source {
            MultipartSource::RandomAccess { source, layout } => {
                let plan = MultipartPlan::random_access(layout, adopted, context.plan_options());
                (PartSource::RandomAccess(source), plan)
            }
            MultipartSource::Stream(start) => {
                first = Some(start.first);
                (PartSource::Stream { stream: Some(start.stream), buffers: BTreeMap::new() }, start.plan)
            }
        };
        let mut parts = Self {
            context,
            upload_id,
            plan,
            source,
            writer,
            tasks: JoinSet::new(),
            kinds: HashMap::new(),
            sending: BTreeMap::new(),
            command: context.command.clone(),
            next_look: Instant::now(),
        };
        if let Some(first) = first {
            parts.keep(first)?;
        }
        Ok(parts)
    }

    /// Follows the plan until every part is stored, or it stops.
    pub(super) async fn run(&mut self) -> Result<(), UploadError> {
        self.obey()?;
        loop {
            let now = self.context.elapsed();
            self.plan.on_moved(self.context.reporter.meter.moved_bytes(), now);
            match self.plan.poll_step(now) {
                Step::Complete | Step::Stop => return Ok(()),
                Step::Read(want) => self.read(want),
                Step::Upload { part, .. } | Step::Hedge(part) => self.send(part),
                Step::Idle => self.wait(None).await?,
                Step::WaitUntil(at) => self.wait(Some(self.context.started + at)).await?,
            }
        }
    }

    /// Ends every task and waits until it has ended.
    pub(super) async fn end_tasks(&mut self) {
        self.tasks.shutdown().await;
    }

    /// The stored parts, or the first error with the others attached.
    pub(super) fn finish(self) -> Result<StoredParts, UploadError> {
        let part_size = self.plan.part_size();
        let (receipts, failures) = self.plan.finish();
        let (root, others) = failures.into_parts();
        match root {
            Some(root) => Err(root.with_others(others)),
            None => Ok(StoredParts { receipts, part_size }),
        }
    }

    /// Waits for a task, a command, `until`, or bytes to have moved.
    async fn wait(&mut self, until: Option<Instant>) -> Result<(), UploadError> {
        match self.next_event(until).await {
            Event::Command => self.obey()?,
            Event::Joined(joined) => self.joined(joined),
            Event::Due => {}
            Event::Moved => self.look(),
        }
        Ok(())
    }

    /// The first that comes, and of several that have come the one that stands first in [`Event`].
    async fn next_event(&mut self, until: Option<Instant>) -> Event {
        let commanded = async {
            match self.command.changed().await {
                Ok(()) => Event::Command,
                // Nobody is left who could command.
                Err(_) => pending().await,
            }
        };
        let joined = async {
            match self.tasks.join_next_with_id().await {
                Some(joined) => Event::Joined(joined),
                None => pending().await,
            }
        };
        let due = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
            Event::Due
        };
        let moved = async {
            sleep_until(self.next_look).await;
            self.context.reporter.meter.moved().await;
            Event::Moved
        };
        first(pin!(commanded), pin!(first(pin!(joined), pin!(first(pin!(due), pin!(moved)))))).await
    }

    fn obey(&mut self) -> Result<(), UploadError> {
        let command = *self.command.borrow_and_update();
        match command {
            Command::Cancel => return Err(UploadError::new(Stage::Parts, UploadErrorKind::Cancelled)),
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

    fn look(&mut self) {
        self.next_look = Instant::now() + LOOK_INTERVAL;
        if let Err(error) = self.context.reporter.progress() {
            self.plan.fail(error);
        }
    }

    fn read(&mut self, want: u64) {
        let PartSource::Stream { stream, .. } = &mut self.source else { return };
        let Some(mut stream) = stream.take() else { return };
        let (scheduler, priority) = (self.context.scheduler.clone(), self.context.settings.priority);
        let reading = self.tasks.spawn(async move {
            let room = scheduler.buffer(priority, want).await;
            let filled = stream.fill(want).await.map(|filled| filled.holding(room));
            Done::Read { stream, filled }
        });
        self.kinds.insert(reading.id(), Kind::Reading);
    }

    fn send(&mut self, part: Part) {
        let (data, source) = match &self.source {
            PartSource::RandomAccess(source) => (source.data(part.offset, part.len), Some(source.clone())),
            PartSource::Stream { buffers, .. } => match buffers.get(&part.number) {
                Some(buffer) => (PartData::Blocks(buffer.blocks.clone()), None),
                None => return,
            },
        };
        let sending = SendPart::new(self.context, self.upload_id, part, data, source);
        let writer = self.writer.clone();
        let events = self.context.reporter.events.clone();
        let task = self.tasks.spawn(async move {
            let outcome = sending.run().await;
            if let (Ok(receipt), Some(writer)) = (&outcome, writer)
                && let Err(error) = writer.add(receipt).await
            {
                // The server's list of parts is what counts; the record only helps.
                events.emit(&UploadEvent::Warning(error.to_string()));
            }
            Done::Sent { part, gauge: sending.gauge, outcome }
        });
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
                self.plan.fail(UploadError::new(Stage::Parts, UploadErrorKind::Panicked { what }));
            }
        }
    }

    fn on_read(&mut self, stream: StreamSource, filled: Result<Filled, SourceError>) {
        if let PartSource::Stream { stream: slot, .. } = &mut self.source {
            *slot = Some(stream);
        }
        let kept = filled.map_err(|error| UploadError::new(Stage::Source, error)).and_then(|filled| self.keep(filled));
        if let Err(error) = kept {
            self.plan.fail(error);
        }
    }

    /// Keeps what was read until it is stored.
    fn keep(&mut self, filled: Filled) -> Result<(), UploadError> {
        let part = self.plan.on_read(filled.blocks.len(), filled.ended).map_err(|error| {
            UploadError::new(Stage::Source, UploadErrorKind::ByteBudget { reason: error.to_string() })
        })?;
        if let (Some(part), PartSource::Stream { buffers, .. }) = (part, &mut self.source) {
            let end = part.offset.saturating_add(part.len);
            self.context.settings.check_size(end).map_err(|error| UploadError::new(Stage::Source, error))?;
            if filled.ended {
                self.context.reporter.meter.set_total(end);
            }
            buffers.insert(part.number, Buffer { blocks: filled.blocks, _share: filled.share });
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
        if let PartSource::Stream { buffers, .. } = &mut self.source {
            buffers.remove(&part.number);
        }
        self.context.reporter.emit(UploadEvent::PartStored { number: part.number, len: part.len });
        self.look();
    }

    fn on_failed(&mut self, part: Part, failure: PartFailure) {
        let (now, attempt) = (self.context.elapsed(), self.plan.attempts(part.number));
        let error = UploadError::new(Stage::Parts, failure.kind).with_part(part.number, attempt);
        let text = error.to_string();
        if let Verdict::Again { at } = self.plan.on_part_failed(part.number, failure.class, error, now, fastrand::f64())
        {
            tracing::debug!(part = %part.number, attempt, error = text, "a part failed and goes again");
            let retry_in = at.saturating_sub(now);
            let event = UploadEvent::PartFailed { number: part.number, attempt, error: text, retry_in };
            self.context.reporter.emit(event);
        }
    }
}

/// One attempt of one part.
pub(super) struct SendPart {
    service: Service,
    scheduler: Scheduler,
    priority: Priority,
    requests: Requests,
    upload_id: UploadId,
    part: Part,
    data: PartData,
    source: Option<RandomAccess>,
    send_content_md5: bool,
    gauge: Arc<PartGauge>,
}

impl SendPart {
    pub(super) fn new(
        context: &Context,
        upload_id: &UploadId,
        part: Part,
        data: PartData,
        source: Option<RandomAccess>,
    ) -> Self {
        Self {
            service: context.service.clone(),
            scheduler: context.scheduler.clone(),
            priority: context.settings.priority,
            requests: context.requests.clone(),
            upload_id: upload_id.clone(),
            part,
            data,
            source,
            send_content_md5: context.settings.send_content_md5,
            gauge: PartGauge::new(&context.reporter.meter),
        }
    }

    pub(super) async fn run(&self) -> Result<PartReceipt, PartFailure> {
        let _slot = self.scheduler.connection(self.priority).await;
        if let Some(source) = &self.source {
            source.check().await?;
        }
        let body = PartBody::new(self.data.clone(), self.gauge.clone()).paced(self.scheduler.pacer());
        let body = Body::replayable(body);
        let mut request = self.requests.upload_part(&self.upload_id, self.part.number, body);
        if self.send_content_md5 {
            request.content_md5 = Some(self.content_md5().await?);
        }
        let (response, exchange) = send(&self.service, request).await?;
        let sent = match (exchange.sent, &self.data, &self.source) {
            (Some(sent), ..) => sent.crc64,
            (None, PartData::Blocks(blocks), _) => blocks.crc64(),
            // The service did not count, so the bytes are read once more.
            (None, PartData::File { offset, len, .. }, Some(source)) => source.crc64(*offset, *len).await?,
            (None, PartData::File { .. }, None) => return Err(SourceError::Panicked.into()),
        };
        if let Some(stored) = response.hash_crc64.filter(|stored| *stored != sent) {
            let kind = UploadErrorKind::Corrupt { sent, stored };
            return Err(PartFailure { class: FailureClass::Corrupt, kind });
        }
        let compared = response.hash_crc64.is_some();
        Ok(PartReceipt { part: self.part, etag: response.etag, crc64: Some(sent), compared, reused: false })
    }
}

impl SendPart {
    /// MD5 of the part, in base64.
    async fn content_md5(&self) -> Result<String, SourceError> {
        let md5 = match (&self.data, &self.source) {
            (PartData::Blocks(blocks), _) => {
                let mut md5 = md5::Context::new();
                blocks.iter().for_each(|block| md5.consume(block));
                md5.finalize()
            }
            (PartData::File { offset, len, .. }, Some(source)) => source.digest::<md5::Context>(*offset, *len).await?,
            (PartData::File { .. }, None) => return Err(SourceError::Panicked),
        };
        Ok(BASE64_STANDARD.encode(*md5))
    }
}

impl From<SourceError> for PartFailure {
    fn from(error: SourceError) -> Self {
        Self { class: FailureClass::Fatal, kind: error.into() }
    }
}

impl From<CallError> for PartFailure {
    fn from(error: CallError) -> Self {
        let class = match error.kind() {
            CallErrorKind::Body(_) => FailureClass::Fatal,
            _ => class_of(&error),
        };
        Self { class, kind: error.into() }
    }
}

/// How often the progress is looked at while bytes move.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
