use std::future::poll_fn;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use oss_models::{CallError, Crc64, HeadObjectResult, Operation};
use oss_transfer::files::OpenFiles;
use oss_transfer::{Transfer, TransferError};
use tokio::time::timeout;

use super::send::send;
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::Attempts;
use crate::requests::Requests;
use crate::source::{Freshness, PartSource, SourceError};
use crate::{Settings, UploadResult};

/// Everything that the steps of one upload share.
pub(crate) struct Context {
    pub(crate) transfer: Transfer<UploadError>,
    pub(crate) requests: Requests,
    pub(crate) settings: Settings,
    /// The files that the uploads of one uploader have open.
    pub(crate) open_files: OpenFiles,
}

impl Deref for Context {
    type Target = Transfer<UploadError>;

    fn deref(&self) -> &Transfer<UploadError> {
        &self.transfer
    }
}

impl Context {
    /// The source was opened.
    pub(crate) fn started(&self, size: Option<u64>) {
        size.into_iter().for_each(|size| self.reporter.set_total(size));
        self.reporter.emit(UploadEvent::Started { size });
    }

    /// The object is in place: shows the progress at its end.
    pub(crate) fn finished(&self, result: UploadResult) -> Result<UploadResult, UploadError> {
        match self.reporter.progress((Stage::Parts, Stored::Yes)) {
            Ok(()) => Ok(result),
            Err(error) => Err(error.with_stored_object(result.into_object())),
        }
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
            Err(_) => Poll::Ready(Err(UploadError::panicked((Stage::Source, Stored::No), what))),
        })
        .await
    }

    /// Sends a request of few bytes, again and again while that may help.
    pub(crate) async fn persist<O: Operation + Clone>(
        &self,
        (stage, stored): (Stage, Stored),
        operation: O,
    ) -> Result<O::Output, UploadError> {
        let mut attempts = Attempts::new(stage, stored, self.settings.retry);
        loop {
            let sending = send(&self.service, operation.clone());
            match self.unless_cancelled(attempts.moment(), sending).await? {
                Ok((output, _)) => return Ok(output),
                Err(error) => self.wait_to_retry(&mut attempts, error).await?,
            }
        }
    }

    pub(super) async fn wait_to_retry(&self, attempts: &mut Attempts, error: CallError) -> Result<(), UploadError> {
        let at = attempts.again(error, self.elapsed(), self.jitter())?;
        self.wait_until(attempts.moment(), at).await
    }

    /// Waits for the response to a request that cannot be called back. Once this is cancelled it is waited for as long as `limit`
    /// says then; the error is that none came.
    pub(super) async fn to_the_end<T>(
        &self,
        at: (Stage, Stored),
        limit: impl FnOnce() -> Option<Duration>,
        sending: impl Future<Output = T>,
    ) -> Result<T, UploadError> {
        let mut sending = pin!(sending);
        tokio::select! {
            biased;
            done = &mut sending => return Ok(done),
            () = self.commands.cancelled() => {}
        }
        let response = match limit() {
            Some(limit) => timeout(limit, sending).await.ok(),
            None => None,
        };
        response.ok_or_else(|| UploadError::cancelled(at))
    }

    /// Asks once whether an object is in place, when `before` has told what it is to be compared with: unless this is cancelled
    /// or, with a limit, also then. The outer error is one of this side.
    pub(super) async fn ask_once<T>(
        &self,
        within: Option<Duration>,
        before: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<(T, Result<HeadObjectResult, UploadError>), UploadError> {
        let moment = (Stage::Put, Stored::Unknown);
        let asking = async {
            let known = before.await.map_err(|error| UploadError::new(moment.0, error, moment.1))?;
            let head = send(&self.service, self.requests.head()).await;
            Ok((known, head.map(|(head, _)| head).map_err(|error| UploadError::new(moment.0, error, moment.1))))
        };
        match within {
            None => self.unless_cancelled(moment, asking).await?,
            Some(limit) => timeout(limit, asking).await.unwrap_or_else(|_| Err(UploadError::cancelled(moment))),
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
                let comparing = self.unless_cancelled((Stage::Source, stored), source.compare(sent));
                Box::pin(comparing).await?.map_err(failed)
            }
            _ => Ok(()),
        }
    }
}
