use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use oss_models::{CallError, Crc64, Operation};
use oss_transfer::files::{FileSystem, OpenFiles};
use oss_transfer::{AnyService, Clock, Entropy, Permit};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::send::send;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::plan::Attempts;
use crate::reporter::Reporter;
use crate::requests::Requests;
use crate::source::{Freshness, PartSource};
use crate::{Scheduler, Settings};

/// What the owner of an upload asks of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Command {
    #[default]
    Run,
    Pause,
    Cancel,
}

/// Everything that the steps of one upload share.
pub(crate) struct Context {
    pub(crate) service: AnyService,
    pub(crate) requests: Requests,
    pub(crate) settings: Settings,
    pub(crate) scheduler: Scheduler,
    pub(crate) reporter: Reporter,
    pub(crate) command: watch::Receiver<Command>,
    pub(crate) started: Instant,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) files: Arc<dyn FileSystem>,
    /// The files that the uploads of one uploader have open.
    pub(crate) open_files: OpenFiles,
}

impl Context {
    /// The time since the upload began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// A number from 0 to 1 that spreads a wait.
    pub(crate) fn jitter(&self) -> f64 {
        self.entropy.random()
    }

    /// Runs `work` unless the upload is cancelled first, while what is `stored` is known.
    pub(crate) async fn unless_cancelled<T>(
        &self,
        stage: Stage,
        stored: Stored,
        work: impl Future<Output = T>,
    ) -> Result<T, UploadError> {
        tokio::select! {
            biased;
            () = self.cancelled() => Err(UploadError::new(stage, UploadErrorKind::Cancelled, stored)),
            done = work => Ok(done),
        }
    }

    /// Ends once the upload is cancelled.
    pub(crate) async fn cancelled(&self) {
        let mut command = self.command.clone();
        if command.wait_for(|command| *command == Command::Cancel).await.is_err() {
            // No one is left who could cancel.
            pending::<()>().await;
        }
    }

    /// Waits until this time since the upload began, unless it is cancelled first.
    pub(crate) async fn wait_until(&self, stage: Stage, stored: Stored, at: Duration) -> Result<(), UploadError> {
        self.unless_cancelled(stage, stored, sleep_until(self.started + at)).await
    }

    /// Waits until this upload may send one more object or part.
    pub(crate) async fn connection(&self) -> Permit {
        self.scheduler.connection(self.settings.priority).await
    }

    /// Runs code of the caller; a panic in it is an error.
    pub(crate) async fn guard_panics<T>(
        &self,
        what: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T, UploadError> {
        let mut work = pin!(work);
        poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
            Err(_) => Poll::Ready(Err(UploadError::new(Stage::Source, UploadErrorKind::Panicked { what }, Stored::No))),
        })
        .await
    }

    /// Sends a request of few bytes, again and again while that may help. `lost` is told of each attempt that may have
    /// taken effect though it failed, or was cancelled or dropped.
    pub(crate) async fn persist<O: Operation + Clone>(
        &self,
        mut attempts: Attempts,
        operation: O,
        lost: impl Fn(),
    ) -> Result<O::Output, UploadError> {
        loop {
            let mut waiting = UntilResponse(Some(&lost));
            let sending = send(&self.service, operation.clone());
            let (outcome, unknown) = match self.unless_cancelled(attempts.stage(), attempts.stored(), sending).await? {
                Ok((output, exchange)) => (Ok(output), exchange.earlier_attempt_unknown),
                Err(error) => {
                    let unknown = error.outcome_unknown();
                    (Err(error), unknown)
                }
            };
            waiting.0 = None;
            if unknown {
                lost();
            }
            match outcome {
                Ok(output) => return Ok(output),
                Err(error) => self.wait_to_retry(&mut attempts, error).await?,
            }
        }
    }

    async fn wait_to_retry(&self, attempts: &mut Attempts, error: CallError) -> Result<(), UploadError> {
        match attempts.failed(error, self.elapsed(), self.jitter()) {
            Ok(at) => self.wait_until(attempts.stage(), attempts.stored(), at).await,
            Err(error) => Err(UploadError::new(attempts.stage(), error, attempts.stored())),
        }
    }

    /// The source must still be what it was. Where only its attributes changed, its bytes are read once more, and must be
    /// those that were sent.
    pub(crate) async fn check_source(
        &self,
        source: &PartSource,
        sent: Option<Crc64>,
        stored: Stored,
    ) -> Result<(), UploadError> {
        let failed = |error| UploadError::new(Stage::Source, error, stored);
        match (source.check().await.map_err(failed)?, sent) {
            (Freshness::Doubtful, Some(sent)) => {
                let comparing = self.unless_cancelled(Stage::Source, stored, source.compare(sent));
                comparing.await?.map_err(failed)
            }
            _ => Ok(()),
        }
    }
}

/// Calls its function if it is dropped before the response came.
struct UntilResponse<F: Fn()>(Option<F>);

impl<F: Fn()> Drop for UntilResponse<F> {
    fn drop(&mut self) {
        self.0.iter().for_each(|lost| lost());
    }
}
