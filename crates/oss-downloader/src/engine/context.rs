use std::ops::Deref;

use oss_models::{CallError, Operation, Response};
use oss_transfer::files::{run_blocking, when_handles_are_left};
use oss_transfer::{AnyService, Transfer, TransferError};
use tokio::time::sleep;

use crate::error::{DownloadError, DownloadErrorKind, DownloadStage};
use crate::events::DownloadEvent;
use crate::options::Settings;
use crate::requests::Requests;

/// Everything that the steps of one download share.
pub(crate) struct Context {
    pub(crate) transfer: Transfer<DownloadError>,
    pub(crate) requests: Requests,
    pub(crate) settings: Settings,
}

impl Deref for Context {
    type Target = Transfer<DownloadError>;

    fn deref(&self) -> &Transfer<DownloadError> {
        &self.transfer
    }
}

impl Context {
    /// The object is known.
    pub(super) fn started(&self, size: u64) {
        self.reporter.set_total(size);
        self.reporter.emit(DownloadEvent::Started { size });
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
        done.map_err(|_| DownloadError::panicked(stage, "the work on files"))?
            .map_err(|error| DownloadError::new(stage, error))
    }

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
        let pause = |pause| self.unless_cancelled(stage, sleep(pause));
        when_handles_are_left(|| self.on_files(stage, work()), pause).await
    }

    /// As [`Context::opening_files`], for work that does not block.
    pub(super) async fn opening_files_here<T, E, W>(
        &self,
        stage: DownloadStage,
        work: impl Fn() -> W,
    ) -> Result<T, DownloadError>
    where
        E: Into<DownloadErrorKind>,
        W: FnOnce() -> Result<T, E>,
    {
        let pause = |pause| self.unless_cancelled(stage, sleep(pause));
        let work = || std::future::ready(work()().map_err(|error| DownloadError::new(stage, error)));
        when_handles_are_left(work, pause).await
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
