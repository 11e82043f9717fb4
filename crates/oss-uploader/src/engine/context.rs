use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use oss_models::{CallError, CallErrorKind, Operation, Request, Response, RetryClass, Sent};
use oss_transfer::{Meter, Permit, Progress};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Requests;
use super::first::first;
use crate::error::{Stage, UploadError, UploadErrorKind};
use crate::events::{EventHub, UploadEvent};
use crate::options::ParallelNum;
use crate::plan::{Concurrency, FailureClass, PlanOptions};
use crate::{MAX_PARALLEL_NUM, Scheduler, Settings};

/// Whatever carries requests. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Service(Arc<dyn Fn(Request) -> Answering + Send + Sync>);

type Answering = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

impl Service {
    pub(crate) fn new<S>(service: S) -> Self
    where
        S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        Self(Arc::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(request).await
            })
        }))
    }
}

/// What the owner of an upload wants of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Command {
    #[default]
    Run,
    Pause,
    Cancel,
}

/// Everything that the steps of one upload share.
pub(crate) struct Context {
    pub(crate) service: Service,
    pub(crate) requests: Requests,
    pub(crate) settings: Settings,
    pub(crate) scheduler: Scheduler,
    pub(crate) reporter: Reporter,
    pub(crate) command: watch::Receiver<Command>,
    pub(crate) started: Instant,
}

/// What a response tells beside its content.
pub(crate) struct Exchange {
    /// Count and CRC64 of the bytes that left, if the service kept count.
    pub(crate) sent: Option<Sent>,
    /// Whether an earlier attempt may have taken effect too.
    pub(crate) earlier_attempt_unknown: bool,
}

impl Context {
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn plan_options(&self) -> PlanOptions {
        let concurrency = match self.settings.parallel_num {
            ParallelNum::Fixed(parallel) => Concurrency::fixed(parallel),
            ParallelNum::Auto => Concurrency::auto(MAX_PARALLEL_NUM.into()),
        };
        let hedging = self.settings.parallel_num == ParallelNum::Auto;
        PlanOptions { concurrency, retry: self.settings.retry, hedging }
    }

    /// Runs `work` unless the upload is cancelled first.
    pub(crate) async fn unless_cancelled<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = T>,
    ) -> Result<T, UploadError> {
        let cancelled = async {
            self.cancelled().await;
            Err(UploadError::new(stage, UploadErrorKind::Cancelled))
        };
        first(pin!(cancelled), pin!(async { Ok(work.await) })).await
    }

    /// Ends once the upload is cancelled.
    pub(crate) async fn cancelled(&self) {
        let mut command = self.command.clone();
        if command.wait_for(|command| *command == Command::Cancel).await.is_err() {
            // Nobody is left who could cancel.
            pending::<()>().await;
        }
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
            Err(_) => Poll::Ready(Err(UploadError::new(Stage::Source, UploadErrorKind::Panicked { what }))),
        })
        .await
    }

    /// Sends a request of few bytes, again and again while that may help.
    pub(crate) async fn persist<O: Operation + Clone>(
        &self,
        stage: Stage,
        operation: O,
    ) -> Result<O::Output, UploadError> {
        let mut failures = 0;
        loop {
            let sending = send(&self.service, operation.clone());
            match self.unless_cancelled(stage, sending).await? {
                Ok((output, _)) => return Ok(output),
                Err(error) => {
                    failures += 1;
                    self.wait_to_retry(stage, error, failures).await?;
                }
            }
        }
    }

    /// Waits as long as is due after so many failures, or gives the error back.
    pub(crate) async fn wait_to_retry(&self, stage: Stage, error: CallError, failures: u32) -> Result<(), UploadError> {
        // A server that the first request could not reach, though the transport tried more than once, is more likely
        // misspelt than passing through an outage, and whoever misspelt it should not wait minutes to be told.
        let first_request = failures == 1 && matches!(stage, Stage::Put | Stage::Initiate);
        if first_request && matches!(error.kind(), CallErrorKind::Connect { .. }) {
            return Err(UploadError::new(stage, error));
        }
        let class = class_of(&error);
        match self.settings.retry.wait(class, failures, fastrand::f64()) {
            Some(wait) => self.unless_cancelled(stage, sleep(wait)).await,
            None => Err(UploadError::new(stage, error)),
        }
    }
}

/// Runs one operation and keeps what its response tells beside its content.
pub(crate) async fn send<O: Operation>(service: &Service, operation: O) -> Result<(O::Output, Exchange), CallError> {
    let request = operation.into_request().map_err(|invalid| CallError::invalid(O::INFO.name, invalid))?;
    let target = request.target();
    let response = (service.0)(request).await?;
    let (attempts, unknown) = (response.attempts, response.earlier_attempt_unknown);
    let exchange = Exchange { sent: response.sent, earlier_attempt_unknown: unknown };
    match O::read(response) {
        Ok(output) => Ok((output, exchange)),
        Err(kind) => {
            // A server in trouble, also one that says so with status 200, or a response that cannot be read, says nothing
            // about what was done.
            let in_trouble = match &kind {
                CallErrorKind::InvalidResponse { .. } => true,
                CallErrorKind::Service(refusal) => !refusal.status.is_client_error(),
                _ => false,
            };
            let unknown = unknown || in_trouble;
            Err(CallError::new(target, kind).with_attempts(attempts).with_outcome_unknown(unknown))
        }
    }
}

/// What a failed call means for the part it carried.
pub(crate) fn class_of(error: &CallError) -> FailureClass {
    match error.retry_class() {
        RetryClass::Transient => FailureClass::Passing,
        RetryClass::Throttled => FailureClass::Throttled,
        RetryClass::Damaged => FailureClass::Corrupt,
        // The transport has corrected the clock or the credentials once, which was all that could help.
        _ => FailureClass::Fatal,
    }
}

/// Time of the server, from the headers of its response.
pub(crate) fn server_time(headers: &http::HeaderMap) -> Option<SystemTime> {
    oss_models::http_date::parse(headers.get(http::header::DATE)?.to_str().ok()?)
}

/// A function of the caller that is told about the progress.
pub(crate) type ProgressCallback = Box<dyn FnMut(Progress) + Send>;

/// Tells whoever listens how far the upload is.
pub(crate) struct Reporter {
    pub(crate) meter: Arc<Meter>,
    pub(crate) events: Arc<EventHub>,
    pub(crate) callback: Mutex<Option<ProgressCallback>>,
}

impl Reporter {
    pub(crate) fn emit(&self, event: UploadEvent) {
        self.events.emit(&event);
    }

    pub(crate) fn warn(&self, warning: impl Into<String>) {
        let warning = warning.into();
        tracing::warn!("{warning}");
        self.emit(UploadEvent::Warning(warning));
    }

    /// Shows the progress to listeners and to the caller's function, whose panic is an error.
    pub(crate) fn progress(&self) -> Result<(), UploadError> {
        let progress = self.meter.snapshot(Instant::now());
        self.emit(UploadEvent::Progress(progress));
        let mut callback = self.callback.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut call) = callback.take() else { return Ok(()) };
        match catch_unwind(AssertUnwindSafe(|| call(progress))) {
            Ok(()) => *callback = Some(call),
            Err(_) => {
                let kind = UploadErrorKind::Panicked { what: "the progress callback" };
                return Err(UploadError::new(Stage::Parts, kind));
            }
        }
        Ok(())
    }
}
