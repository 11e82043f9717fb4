use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oss_models::{CallError, Operation, Response};
use oss_transfer::files::{FileSystem, HandleWait, is_out_of_handles, run_blocking};
use oss_transfer::{AnyService, Clock, Entropy, Meter, Permit, Progress, Scheduler};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::error::{DownloadError, DownloadErrorKind, DownloadStage};
use crate::events::{DownloadEvent, EventHub};
use crate::options::Settings;
use crate::requests::Requests;

/// What the owner of a download asks of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Command {
    #[default]
    Run,
    Pause,
    Cancel,
}

/// Everything that the steps of one download share.
pub(crate) struct Context {
    pub(crate) service: AnyService,
    pub(crate) files: Arc<dyn FileSystem>,
    pub(crate) requests: Requests,
    pub(crate) settings: Settings,
    pub(crate) scheduler: Scheduler,
    pub(crate) reporter: Reporter,
    pub(crate) command: watch::Receiver<Command>,
    pub(crate) started: Instant,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
}

impl Context {
    /// The time since the download began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// A number from 0 to 1 that spreads a wait.
    pub(crate) fn jitter(&self) -> f64 {
        self.entropy.random()
    }

    /// Runs `work` unless the download is cancelled first.
    pub(crate) async fn unless_cancelled<T>(
        &self,
        stage: DownloadStage,
        work: impl Future<Output = T>,
    ) -> Result<T, DownloadError> {
        tokio::select! {
            biased;
            () = self.cancelled() => Err(DownloadError::new(stage, DownloadErrorKind::Cancelled)),
            done = work => Ok(done),
        }
    }

    async fn cancelled(&self) {
        let mut command = self.command.clone();
        if command.wait_for(|command| *command == Command::Cancel).await.is_err() {
            // No one is left who could cancel.
            pending::<()>().await;
        }
    }

    /// Waits until this time since the download began, unless it is cancelled first.
    pub(crate) async fn wait_until(&self, stage: DownloadStage, at: Duration) -> Result<(), DownloadError> {
        self.unless_cancelled(stage, sleep_until(self.started + at)).await
    }

    /// Waits until this download may fetch one more part.
    pub(crate) async fn connection(&self) -> Permit {
        self.scheduler.connection(self.settings.priority).await
    }

    /// Does work on files where blocking is allowed.
    pub(crate) async fn on_files<T, E>(
        &self,
        stage: DownloadStage,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, DownloadError>
    where
        T: Send + 'static,
        E: Into<DownloadErrorKind> + Send + 'static,
    {
        let done = run_blocking(self.files.as_ref(), work).await;
        let panicked = |_| DownloadError::new(stage, DownloadErrorKind::Panicked { what: "the work on files" });
        done.map_err(panicked)?.map_err(|error| DownloadError::new(stage, error))
    }
}

impl Context {
    /// Does work that opens files, again and again for at most a minute while no handle of a file is left, unless the download
    /// is cancelled.
    pub(crate) async fn opening_files<T, E, W>(
        &self,
        stage: DownloadStage,
        work: impl Fn() -> W,
    ) -> Result<T, DownloadError>
    where
        T: Send + 'static,
        E: Into<DownloadErrorKind> + Send + 'static,
        W: FnOnce() -> Result<T, E> + Send + 'static,
    {
        let mut wait = HandleWait::default();
        loop {
            match self.on_files(stage, work()).await {
                Err(error) if is_out_of_handles(&error) => match wait.pause(false) {
                    Some(pause) => self.unless_cancelled(stage, sleep(pause)).await?,
                    None => return Err(error),
                },
                done => return done,
            }
        }
    }
}

/// Sends one operation, and gives its response back as it came if it is a success.
pub(crate) async fn send<O: Operation>(
    service: &AnyService,
    operation: O,
) -> Result<(Response, oss_models::Target), CallError> {
    let request = operation.into_request().map_err(|invalid| CallError::invalid(O::INFO.name, invalid))?;
    let (facts, target) = (request.facts(), request.target());
    let response = service.send(request).await?;
    let document = response.bytes().cloned().unwrap_or_default();
    match oss_models::response::check(&facts, response.status, &response.headers, &document) {
        Ok(()) => Ok((response, target)),
        Err(kind) => Err(CallError::new(target, kind).with_attempts(response.attempts)),
    }
}

/// A function of the caller that is told about the progress.
pub(crate) type ProgressCallback = Box<dyn FnMut(Progress) + Send>;

/// Tells the caller how far the download is.
pub(crate) struct Reporter {
    pub(crate) meter: Arc<Meter>,
    pub(crate) events: Arc<EventHub>,
    pub(crate) callback: Mutex<Option<ProgressCallback>>,
}

impl Reporter {
    /// The object is known.
    pub(super) fn started(&self, size: u64) {
        self.meter.set_total(size);
        tracing::Span::current().record("size", size);
        self.emit(DownloadEvent::Started { size });
    }

    /// Everything is fetched again.
    pub(super) fn restart(&self, reason: String) {
        self.meter.restart();
        self.emit(DownloadEvent::Restarted { reason });
    }

    pub(crate) fn emit(&self, event: DownloadEvent) {
        self.events.emit(&event);
    }

    pub(crate) fn warn(&self, warning: impl Into<String>) {
        let warning = warning.into();
        tracing::warn!("{warning}");
        self.emit(DownloadEvent::Warning(warning));
    }

    /// Shows the progress to listeners and to the caller's function, whose panic is an error.
    pub(crate) fn progress(&self) -> Result<(), DownloadError> {
        let progress = self.meter.snapshot(Instant::now());
        self.emit(DownloadEvent::Progress(progress));
        let mut callback = self.callback.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut call) = callback.take() else { return Ok(()) };
        match catch_unwind(AssertUnwindSafe(|| call(progress))) {
            Ok(()) => *callback = Some(call),
            Err(_) => {
                let kind = DownloadErrorKind::Panicked { what: "the progress callback" };
                return Err(DownloadError::new(DownloadStage::Parts, kind));
            }
        }
        Ok(())
    }
}
