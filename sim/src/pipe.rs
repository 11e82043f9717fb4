//! One side of an in-memory connection that can be cut after a number of bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// How many more bytes may be written to a connection; `u64::MAX` is no limit.
#[derive(Clone, Debug)]
pub(crate) struct Cutter(Arc<AtomicU64>);

impl Cutter {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }

    /// Cuts the connection once this many more bytes were written.
    pub(crate) fn cut_after(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

/// The server's side of a connection.
pub(crate) struct CutPipe {
    stream: DuplexStream,
    cutter: Cutter,
}

impl CutPipe {
    pub(crate) fn new(stream: DuplexStream, cutter: Cutter) -> Self {
        Self { stream, cutter }
    }
}

impl AsyncRead for CutPipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CutPipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.cutter.0.load(Ordering::Relaxed);
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let len = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, buf.get(..len).unwrap_or(buf)))?;
        if left != u64::MAX {
            self.cutter.0.store(left.saturating_sub(written as u64), Ordering::Relaxed);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
