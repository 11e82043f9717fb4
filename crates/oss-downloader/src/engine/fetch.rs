use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use oss_models::{BoxBody, Crc64, Target};
use oss_transfer::{AnyService, Lane, Pacer, PartGauge, Permit};
use tokio::task::consume_budget;
use tokio::time::{Instant, sleep, sleep_until};

use super::context::send;
use super::open::{FirstBody, body_of};
use super::sink::{Batch, FileSink, SharedPart, Sink, lock};
use super::writer::{Writing, written};
use crate::plan::{BodyProgress, Facts, Failure, Object, Span, Throughput, check_range};
use crate::requests::Requests;

/// One attempt of one part.
pub(super) struct Fetch {
    pub(super) service: AnyService,
    pub(super) lane: Lane,
    pub(super) requests: Requests,
    pub(super) object: Arc<Object>,
    pub(super) index: usize,
    pub(super) part: SharedPart,
    pub(super) sink: Sink,
    pub(super) gauge: Arc<PartGauge>,
}

/// What came of an attempt.
pub(super) enum Outcome {
    /// Every byte of the part is there.
    Complete(Crc64),
    /// The response ended as it said it would, and brought less than the part.
    Partial,
    Failed {
        failure: Failure,
        /// Bytes of the part that are there.
        reached: u64,
    },
}

/// A body that is being read.
struct Reading {
    body: BoxBody,
    target: Target,
    progress: BodyProgress,
    _permit: Permit,
}

impl Fetch {
    /// `first` is the body of the response that opened the download, if it brings this part, and the bytes that it holds.
    pub(super) async fn run(self, first: Option<(FirstBody, Span)>) -> (Outcome, Option<Facts>) {
        let mut facts = None;
        let outcome = self.attempt(first, &mut facts).await;
        let part = lock(&self.part);
        let outcome = match outcome {
            _ if part.is_complete() => Outcome::Complete(part.crc64()),
            Ok(()) => Outcome::Partial,
            Err(failure) => Outcome::Failed { failure, reached: part.reached() },
        };
        (outcome, facts)
    }

    async fn attempt(&self, first: Option<(FirstBody, Span)>, facts: &mut Option<Facts>) -> Result<(), Failure> {
        self.sink.admit(self.index, &self.part).await;
        let reading = match first {
            Some((first, span)) => {
                let FirstBody { body, target, permit } = first;
                Reading { body, target, progress: BodyProgress::new(span), _permit: permit }
            }
            None => self.request(facts).await?,
        };
        if let Sink::File(file) = &self.sink {
            return self.to_file(reading, file).await;
        }
        let mut reading = reading;
        let mut throughput = Throughput::default();
        while let Some((position, piece)) = self.next_piece(&mut reading, &mut throughput).await? {
            let bytes = match &self.sink {
                Sink::Window(window) => window.hold(self.index, &self.part, position, piece).await,
                Sink::Memory(held) => held.hold(&self.part, position, &piece),
                Sink::File(_) => 0,
            };
            self.gauge.confirm(bytes);
        }
        Ok(())
    }

    async fn request(&self, facts: &mut Option<Facts>) -> Result<Reading, Failure> {
        let permit = self.lane.connection().await;
        let (part, missing) = {
            let part = lock(&self.part);
            (part.span(), part.missing())
        };
        let request = self.requests.pinned(&self.object, missing);
        let (response, target) = send(&self.service, request).await.map_err(Failure::of_call)?;
        let said = facts.insert(Facts::of(response.status, &response.headers));
        let span = check_range(&self.object, part, missing, said)?;
        Ok(Reading { body: body_of(response.body), target, progress: BodyProgress::new(span), _permit: permit })
    }

    /// Reads a batch while the one before it is written.
    async fn to_file(&self, mut reading: Reading, file: &FileSink) -> Result<(), Failure> {
        let mut batch = Batch::at(reading.progress.position());
        let mut writing: Option<Writing> = None;
        let mut throughput = Throughput::default();
        let ended = loop {
            match self.next_piece(&mut reading, &mut throughput).await {
                Ok(Some((_, piece))) => batch.push(piece),
                Ok(None) => break Ok(()),
                Err(failure) => break Err(failure),
            }
            if batch.bytes() >= file.batch.bytes() {
                self.confirm(writing.take()).await?;
                writing = Some(file.writer.write(&self.part, batch.take()));
            }
        };
        // What arrived before a failure counts.
        self.confirm(writing).await?;
        let rest = (batch.bytes() > 0).then(|| file.writer.write(&self.part, batch));
        self.confirm(rest).await?;
        ended
    }

    async fn confirm(&self, writing: Option<Writing>) -> Result<(), Failure> {
        if let Some(writing) = writing {
            self.gauge.confirm(written(writing).await?);
        }
        Ok(())
    }

    /// The next piece of a body and its position in the object, no faster than the scheduler allows; `None` at the end.
    async fn next_piece(
        &self,
        reading: &mut Reading,
        throughput: &mut Throughput,
    ) -> Result<Option<(u64, Bytes)>, Failure> {
        loop {
            // Frames that are always ready, of no bytes perhaps, must not keep the task from yielding.
            consume_budget().await;
            let asked = Instant::now();
            let frame = tokio::select! {
                biased;
                frame = reading.body.frame() => frame,
                () = sleep(throughput.patience()) => return Err(Failure::slow_body(&reading.target)),
            };
            let Some(frame) = frame else {
                reading.progress.on_end(&reading.target)?;
                return Ok(None);
            };
            let frame = frame.map_err(|error| Failure::of_body(&reading.target, error))?;
            let Ok(piece) = frame.into_data() else { continue };
            let position = reading.progress.position();
            reading.progress.on_bytes(piece.len())?;
            if throughput.on_bytes(piece.len() as u64, asked.elapsed()) {
                return Err(Failure::slow_body(&reading.target));
            }
            self.gauge.add(piece.len() as u64);
            if let Some(pacer) = self.lane.pacer() {
                pace(pacer, piece.len() as u64).await;
            }
            return Ok(Some((position, piece)));
        }
    }
}

/// Takes bytes no faster than the scheduler allows.
async fn pace(pacer: &Pacer, bytes: u64) {
    sleep_until(pacer.reserve(bytes, Instant::now())).await;
}
