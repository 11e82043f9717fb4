use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::sync::{Arc, Mutex};

use oss_transfer::PartGauge;
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tracing::{Instrument, debug_span};

use super::checkpoint::PartWriter;
use super::context::{Command, Context};
use super::fetch::{Fetch, Outcome};
use super::open::FirstBody;
use super::sink::{SharedPart, Sink};
use crate::error::{DownloadError, DownloadErrorKind, DownloadStage};
use crate::events::DownloadEvent;
use crate::plan::{Facts, Failure, Object, PROGRESS_INTERVAL, PartProgress, PartsPlan, Span, Step, Verdict};

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
    tasks: JoinSet<Fetched>,
    fetching: BTreeMap<usize, Vec<AbortHandle>>,
    indices: HashMap<Id, usize>,
    command: watch::Receiver<Command>,
    next_report: Instant,
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
            tasks: JoinSet::new(),
            fetching: BTreeMap::new(),
            indices: HashMap::new(),
            command: context.command.clone(),
            next_report: Instant::now(),
        }
    }

    /// The first part, or its beginning, comes with the response that opened the download.
    pub(super) fn start_with(&mut self, body: FirstBody, span: Span) {
        self.plan.start_first(self.context.elapsed());
        self.first = Some((body, span));
        self.fetch(0, 1);
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
        self.apply_command()?;
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
                Step::Done | Step::Stop => return Ok(()),
            }
        }
    }

    /// Waits for a command, a task, `until`, the consumer, or bytes to have moved; of several the first counts.
    async fn wait(&mut self, until: Option<Instant>) -> Result<(), DownloadError> {
        let (meter, next_report, sink) = (&self.context.reporter.meter, self.next_report, &self.sink);
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
        let taken = async {
            match sink {
                Sink::Window(window) => window.taken().await,
                Sink::File(_) => pending().await,
            }
        };
        tokio::select! {
            biased;
            // An error means that no one is left who could command.
            Ok(()) = self.command.changed() => self.apply_command()?,
            Some(joined) = self.tasks.join_next_with_id() => self.joined(joined),
            () = due => {}
            () = taken => {}
            () = moved => self.report_progress(),
        }
        Ok(())
    }

    fn apply_command(&mut self) -> Result<(), DownloadError> {
        let command = *self.command.borrow_and_update();
        match command {
            Command::Cancel => return Err(DownloadError::new(DownloadStage::Parts, DownloadErrorKind::Cancelled)),
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
        self.next_report = Instant::now() + PROGRESS_INTERVAL;
        if let Err(error) = self.context.reporter.progress() {
            self.plan.fail(error);
        }
    }

    fn fetch(&mut self, index: usize, attempt: u32) {
        let Some(span) = self.plan.span(index) else { return };
        let part = self.shared.entry(index).or_insert_with(|| Arc::new(Mutex::new(PartProgress::new(span))));
        let fetch = Fetch {
            service: self.context.service.clone(),
            scheduler: self.context.scheduler.clone(),
            priority: self.context.settings.priority,
            requests: self.context.requests.clone(),
            object: self.object.clone(),
            index,
            part: part.clone(),
            sink: self.sink.clone(),
            batch: self.plan.batch_bytes(),
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
        let task = self.tasks.spawn(work.instrument(debug_span!("part", offset = span.start, attempt)));
        self.indices.insert(task.id(), index);
        self.fetching.entry(index).or_default().push(task);
    }

    fn joined(&mut self, joined: Result<(Id, Fetched), JoinError>) {
        let id = joined.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(index) = self.indices.remove(&id) else { return };
        match joined {
            Ok((_, Fetched { gauge, outcome, facts })) => {
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
            }
            // A copy of a part that is there.
            Err(error) if error.is_cancelled() => {}
            Err(_) => {
                let kind = DownloadErrorKind::Panicked { what: "the service" };
                self.plan.fail(DownloadError::new(DownloadStage::Parts, kind));
            }
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
        self.fetching.remove(&index).into_iter().flatten().for_each(|task| task.abort());
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
            tracing::debug!(offset = span.start, attempt, error = text, "a part failed and goes again");
            let retry_in = at.saturating_sub(now);
            let event = DownloadEvent::PartFailed { offset: span.start, attempt, error: text, retry_in };
            self.context.reporter.emit(event);
        }
    }
}
