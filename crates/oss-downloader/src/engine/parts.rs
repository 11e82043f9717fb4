use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};

use oss_transfer::{Command, PartGauge, PartTasks, TransferError, Wake};
use tokio::time::Instant;
use tracing::{Instrument, debug_span};

use super::checkpoint::PartWriter;
use super::context::Context;
use super::fetch::{Fetch, Outcome};
use super::open::FirstBody;
use super::sink::{SharedPart, Sink};
use crate::error::{DownloadError, DownloadStage};
use crate::events::DownloadEvent;
use crate::plan::{Facts, Failure, Object, PartProgress, PartsPlan, Span, Step, Verdict};

/// Carries out the plan of one download's parts: every attempt of a part is a task.
pub(super) struct Parts<'a> {
    context: &'a Context,
    plan: PartsPlan<DownloadError>,
    object: Arc<Object>,
    sink: Sink,
    writer: Option<PartWriter>,
    /// The body of the response that opened the download, and the bytes that it holds.
    first: Option<(FirstBody, Span)>,
    shared: HashMap<usize, SharedPart>,
    tasks: PartTasks<'a, usize, Fetched, DownloadError>,
}

/// What a task did.
struct Fetched {
    gauge: Arc<PartGauge>,
    outcome: Outcome,
    facts: Option<Facts>,
}

/// Parts that are all there, and the object as every response described it.
pub(super) struct FetchedParts {
    pub(super) plan: PartsPlan<DownloadError>,
    pub(super) object: Object,
}

impl<'a> Parts<'a> {
    pub(super) fn new(
        context: &'a Context,
        plan: PartsPlan<DownloadError>,
        object: Object,
        sink: Sink,
        writer: Option<PartWriter>,
    ) -> Self {
        Self {
            context,
            plan,
            object: Arc::new(object),
            sink,
            writer,
            first: None,
            shared: HashMap::new(),
            tasks: PartTasks::new(context),
        }
    }

    /// The first part, or its beginning, comes with the response that opened the download.
    pub(super) fn start_with(&mut self, body: FirstBody, span: Span) {
        self.plan.start_first(self.context.elapsed());
        self.first = Some((body, span));
        self.fetch(0, 1);
    }

    /// The same, and reads what comes with it, without a task of its own: for a part that is short, and the only one.
    pub(super) async fn read_first(&mut self, body: FirstBody, span: Span) -> Result<(), DownloadError> {
        self.plan.start_first(self.context.elapsed());
        self.first = Some((body, span));
        if let Some((span, reading)) = self.attempt(0, 1) {
            // Boxed: each future around it has room for all of it, more than once.
            let reading = Box::pin(reading.instrument(span));
            let fetched = self.context.unless_cancelled(DownloadStage::Parts, reading).await?;
            self.on_fetched(0, fetched);
        }
        Ok(())
    }

    /// Follows the plan until every part is there, or the error.
    pub(super) async fn run(mut self) -> Result<FetchedParts, DownloadError> {
        let outcome = self.follow().await;
        // What is still being written belongs to a file that is about to be closed.
        self.tasks.shutdown().await;
        outcome?;
        let object = Arc::unwrap_or_clone(self.object);
        let (root, others) = self.plan.take_failures().into_parts();
        match root {
            Some(root) => Err(root.with_others(others)),
            None => Ok(FetchedParts { plan: self.plan, object }),
        }
    }

    async fn follow(&mut self) -> Result<(), DownloadError> {
        let command = self.tasks.command();
        self.apply_command(command)?;
        loop {
            let now = self.context.elapsed();
            self.plan.on_moved(self.context.reporter.meter.moved_bytes(), now);
            if let Sink::Window(window) = &self.sink {
                self.plan.on_consumed(window.consumed());
            }
            match self.plan.poll_step(now) {
                Step::Fetch { index, attempt } => self.fetch(index, attempt),
                Step::Hedge { index } => self.fetch(index, self.plan.attempts(index)),
                Step::WaitUntil(at) => self.wait(Some(self.context.started + at)).await?,
                Step::Idle => self.wait(None).await?,
                Step::Done => return Ok(()),
                Step::Stop => {
                    // What failed in the same moment is told beside the failure that ended the download.
                    while let Some((index, fetched)) = self.tasks.ended() {
                        self.on_ended(index, fetched);
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Waits for a command, a task, `until`, the consumer, or bytes to have moved; of several the first counts.
    async fn wait(&mut self, until: Option<Instant>) -> Result<(), DownloadError> {
        let sink = &self.sink;
        let taken = async {
            match sink {
                Sink::Window(window) => window.taken().await,
                Sink::File(_) | Sink::Memory(_) => pending().await,
            }
        };
        match self.tasks.wake(until, taken).await {
            Wake::Command(command) => self.apply_command(command)?,
            Wake::Task(index, fetched) => self.on_ended(index, fetched),
            Wake::Due => {}
            Wake::Moved => self.report_progress(),
        }
        Ok(())
    }

    fn apply_command(&mut self, command: Command) -> Result<(), DownloadError> {
        match command {
            Command::Cancel => return Err(DownloadError::cancelled(DownloadStage::Parts)),
            Command::Pause => {
                self.plan.pause();
                self.context.reporter.emit(DownloadEvent::Paused);
            }
            Command::Run if self.plan.is_paused() => {
                self.plan.resume();
                self.context.reporter.emit(DownloadEvent::Continued);
            }
            Command::Run => {}
        }
        Ok(())
    }

    fn report_progress(&mut self) {
        if let Err(error) = self.tasks.report_progress(DownloadStage::Parts) {
            self.plan.fail(error);
        }
    }

    fn fetch(&mut self, index: usize, attempt: u32) {
        self.share_batches();
        if let Some((span, work)) = self.attempt(index, attempt) {
            self.tasks.spawn(index, span, work);
        }
    }

    /// What fetches a part, and the span that it belongs in.
    fn attempt(
        &mut self,
        index: usize,
        attempt: u32,
    ) -> Option<(tracing::Span, impl Future<Output = Fetched> + Send + use<>)> {
        let span = self.plan.span(index)?;
        let part = self.shared.entry(index).or_insert_with(|| Arc::new(Mutex::new(PartProgress::new(span))));
        let fetch = Fetch {
            service: self.context.service.clone(),
            lane: self.context.lane.clone(),
            requests: self.context.requests.clone(),
            object: self.object.clone(),
            index,
            part: part.clone(),
            sink: self.sink.clone(),
            gauge: PartGauge::new(&self.context.reporter.meter),
        };
        let first = self.first.take();
        let writer = self.writer.clone();
        let (events, clock) = (self.context.reporter.events.clone(), self.context.started);
        let work = async move {
            let gauge = fetch.gauge.clone();
            let (outcome, facts) = fetch.run(first).await;
            if let (Outcome::Complete(crc64), Some(writer)) = (&outcome, writer)
                && let Err(error) = writer.add(span, *crc64, clock.elapsed()).await
            {
                // The bytes are there; the record only helps another run.
                events.emit(&DownloadEvent::Warning(error.to_string()));
            }
            Fetched { gauge, outcome, facts }
        };
        Some((debug_span!("part", offset = span.start, attempt), work))
    }

    /// A task ended; `None` if it panicked.
    fn on_ended(&mut self, index: usize, fetched: Option<Fetched>) {
        match fetched {
            Some(fetched) => self.on_fetched(index, fetched),
            None => self.plan.fail(DownloadError::panicked(DownloadStage::Parts, "the service")),
        }
    }

    fn on_fetched(&mut self, index: usize, fetched: Fetched) {
        let Fetched { gauge, outcome, facts } = fetched;
        self.learn(facts);
        let now = self.context.elapsed();
        match outcome {
            Outcome::Complete(crc64) => {
                if self.plan.on_done(index, crc64, now) {
                    self.on_complete(index);
                }
            }
            Outcome::Partial => self.plan.on_partial(index, now),
            Outcome::Failed { failure, reached } => self.on_failed(index, failure, reached),
        }
        drop(gauge);
        self.share_batches();
    }

    /// What is on its way to the disk is shared among the attempts that are under way now.
    fn share_batches(&self) {
        if let Sink::File(file) = &self.sink {
            file.batch.set(self.plan.batch_bytes());
        }
    }

    /// A response may say of the object what none said before.
    fn learn(&mut self, facts: Option<Facts>) {
        if let Some(learned) = facts.and_then(|facts| self.object.learn(&facts)) {
            self.object = Arc::new(learned);
        }
    }

    fn on_complete(&mut self, index: usize) {
        // A second copy of the part is of no more use.
        self.tasks.abort(index);
        self.shared.remove(&index);
        if let Some(span) = self.plan.span(index) {
            self.context.reporter.emit(DownloadEvent::PartFetched { offset: span.start, len: span.len() });
        }
        self.report_progress();
    }

    fn on_failed(&mut self, index: usize, failure: Failure, reached: u64) {
        let (now, attempt) = (self.context.elapsed(), self.plan.attempts(index));
        let Some(span) = self.plan.span(index) else { return };
        let error = DownloadError::new(DownloadStage::Parts, failure.kind);
        let error = error.with_part(span.start, span.end.saturating_sub(1), attempt);
        let text = error.to_string();
        let jitter = self.context.jitter();
        if let Verdict::Again { at } = self.plan.on_failed(index, failure.class, reached, error, now, jitter) {
            tracing::debug!(offset = span.start, attempt, error = text, "a part failed and is fetched again");
            let retry_in = at.saturating_sub(now);
            let event = DownloadEvent::PartFailed { offset: span.start, attempt, error: text, retry_in };
            self.context.reporter.emit(event);
        }
    }
}
