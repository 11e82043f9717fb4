use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use oss_transfer::{Meter, Progress, TransferError};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::DownloadResult;
use crate::engine::Window;
use crate::error::DownloadError;

/// The bytes of an object in order: a [`Stream`] of pieces, and an [`AsyncRead`]. Dropping it ends the download.
///
/// Parts are fetched ahead as far as `part_size * parallel_num` bytes, and no further until bytes are taken. The end comes
/// only after the whole was verified; if that fails, an error comes in its place.
pub struct ObjectStream {
    info: DownloadResult,
    window: Arc<Window>,
    task: Option<JoinHandle<Result<DownloadResult, DownloadError>>>,
    result: Option<DownloadResult>,
    meter: Arc<Meter>,
    /// The piece that is being read.
    rest: Bytes,
}

impl ObjectStream {
    pub(crate) fn new(
        info: DownloadResult,
        window: Arc<Window>,
        task: JoinHandle<Result<DownloadResult, DownloadError>>,
        meter: Arc<Meter>,
    ) -> Self {
        Self { info, window, task: Some(task), result: None, meter, rest: Bytes::new() }
    }

    /// What is known of the object before its bytes were verified: size, entity tag, headers.
    pub fn info(&self) -> &DownloadResult {
        &self.info
    }

    /// The next bytes; `None` at the end, once all were verified.
    ///
    /// # Errors
    /// [`DownloadError`]; it is the last item.
    pub async fn next(&mut self) -> Option<<Self as Stream>::Item> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The result, once the end was reached.
    pub fn result(&self) -> Option<&DownloadResult> {
        self.result.as_ref()
    }

    /// How far the download is now.
    pub fn progress(&self) -> Progress {
        self.meter.snapshot(Instant::now())
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, DownloadError>>> {
        let Some(task) = &mut self.task else { return Poll::Ready(None) };
        if let Some(piece) = ready!(self.window.poll_next(cx)) {
            return Poll::Ready(Some(Ok(piece)));
        }
        let outcome = ready!(Pin::new(task).poll(cx)).unwrap_or_else(|error| Err(DownloadError::of_lost_task(&error)));
        self.task = None;
        Poll::Ready(match outcome {
            Ok(result) => {
                self.result = Some(result);
                None
            }
            Err(error) => Some(Err(error)),
        })
    }
}

impl Stream for ObjectStream {
    type Item = Result<Bytes, DownloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))));
        }
        self.poll_piece(cx)
    }
}

impl AsyncRead for ObjectStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(self.poll_piece(cx)) {
                Some(Ok(piece)) => self.rest = piece,
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let len = self.rest.len().min(buffer.remaining());
        buffer.put_slice(self.rest.get(..len).unwrap_or_default());
        self.rest.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl Drop for ObjectStream {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl fmt::Debug for ObjectStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectStream")
            .field("info", &self.info)
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}
