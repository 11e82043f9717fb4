use std::future::poll_fn;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use oss_models::{CallError, Crc64, Operation};
use oss_transfer::files::OpenFiles;
use oss_transfer::{Transfer, TransferError};
use tokio::time::timeout;

use super::send::send;
use crate::Settings;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::events::UploadEvent;
use crate::plan::Attempts;
use crate::requests::Requests;
use crate::source::{Freshness, PartSource};

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
        mut attempts: Attempts,
        operation: O,
    ) -> Result<O::Output, UploadError> {
        loop {
            let sending = send(&self.service, operation.clone());
            match self.unless_cancelled(attempts.moment(), sending).await? {
                Ok((output, _)) => return Ok(output),
                Err(error) => self.wait_to_retry(&mut attempts, error).await?,
            }
        }
    }

    /// Waits for the response to a request that cannot be called back, also if this is cancelled, and then for `limit`; the error
    /// is that it was cancelled and no response came.
    pub(super) async fn to_the_end<T>(
        &self,
        (stage, stored): (Stage, Stored),
        limit: Duration,
        sending: impl Future<Output = T>,
    ) -> Result<T, UploadError> {
        let mut sending = pin!(sending);
        tokio::select! {
            biased;
            done = &mut sending => return Ok(done),
            () = self.commands.cancelled() => {}
        }
        let cancelled = |_| UploadError::new(stage, UploadErrorKind::Cancelled, stored);
        timeout(limit, sending).await.map_err(cancelled)
    }

    /// Carries out a question whether an object is in place, unless it is cancelled or, with a limit, also then; the error is
    /// that it was.
    pub(crate) async fn ask_once<T>(
        &self,
        question: impl Future<Output = T>,
        within: Option<Duration>,
    ) -> Result<T, UploadError> {
        match within {
            None => self.unless_cancelled((Stage::Put, Stored::Unknown), question).await,
            Some(limit) => timeout(limit, question)
                .await
                .map_err(|_| UploadError::new(Stage::Put, UploadErrorKind::Cancelled, Stored::Unknown)),
        }
    }

    pub(super) async fn wait_to_retry(&self, attempts: &mut Attempts, error: CallError) -> Result<(), UploadError> {
        match attempts.failed(error, self.elapsed(), self.jitter()) {
            Ok(at) => self.wait_until(attempts.moment(), at).await,
            Err(error) => {
                let (stage, stored) = attempts.moment();
                Err(UploadError::new(stage, error, stored))
            }
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
                comparing.await?.map_err(failed)
            }
            _ => Ok(()),
        }
    }
}
