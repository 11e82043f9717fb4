//! Connections as streams of bytes.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::time::{Instant, sleep_until};

use super::busy::{Busy, BusyConnections};
use super::scheme::WrongScheme;
use crate::progress::{Progress, later};

/// A connection that a connector has made, whichever it is.
pub(crate) struct Socket(Box<dyn Stream>);

trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

impl Socket {
    pub(super) fn new(stream: impl Read + Write + Send + Unpin + 'static) -> Self {
        Self(Box::new(stream))
    }
}

/// Required by `hyper-rustls`; what it says about ALPN and proxies is for the pooled client of `hyper-util`.
impl Connection for Socket {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }
}

/// A connection that reports every byte that moves to the request under way.
pub(super) struct MeteredStream<T> {
    stream: Take<T>,
    meter: Meter,
    /// Whether the bytes that come first may still turn out to be TLS.
    may_be_tls: bool,
}

/// Which request a connection is busy with, or since when with none.
#[derive(Clone, Debug)]
pub(super) struct Meter(Arc<Use>);

#[derive(Debug)]
struct Use {
    state: Mutex<UseState>,
    connections: BusyConnections,
}

#[derive(Debug, Default)]
enum UseState {
    /// With what comes before its first request.
    #[default]
    Opening,
    Busy {
        progress: Progress,
        /// Counts it.
        _busy: Busy,
    },
    IdleSince(Instant),
}

/// How often a busy connection is looked at, however short its idle timeout.
const SHORTEST_LOOK: Duration = Duration::from_millis(1);

impl Meter {
    /// The meter of one of these connections.
    pub(super) fn new(connections: BusyConnections) -> Self {
        Self(Arc::new(Use { state: Mutex::default(), connections }))
    }

    pub(super) fn attach(&self, progress: Progress) {
        let _busy = self.0.connections.enter();
        self.set(UseState::Busy { progress, _busy });
    }

    pub(super) fn detach(&self) {
        self.set(UseState::IdleSince(Instant::now()));
    }

    /// Waits until the connection has been idle for `limit`. Requests come and go meanwhile without waking this: one that
    /// is busy now cannot have been idle for so long any sooner than after `limit`.
    pub(super) async fn idle_for(&self, limit: Duration) {
        loop {
            let (now, since) = (Instant::now(), self.idle_since());
            let end = later(since.unwrap_or(now), limit);
            if since.is_some() && end <= now {
                return;
            }
            sleep_until(end.max(now + SHORTEST_LOOK)).await;
        }
    }

    fn idle_since(&self) -> Option<Instant> {
        match *self.state() {
            UseState::IdleSince(since) => Some(since),
            _ => None,
        }
    }

    fn set(&self, state: UseState) {
        *self.state() = state;
    }

    fn report(&self, what: impl FnOnce(&Progress)) {
        if let UseState::Busy { progress, .. } = &*self.state() {
            what(progress);
        }
    }

    fn state(&self) -> MutexGuard<'_, UseState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: AsyncRead> MeteredStream<T> {
    /// A stream below HTTP; `is_tls` if it is what TLS has decrypted.
    pub(super) fn new(stream: T, meter: Meter, is_tls: bool) -> Self {
        Self { stream: stream.take(0), meter, may_be_tls: !is_tls }
    }
}

impl<T> MeteredStream<T> {
    fn wrote(&self, written: usize) {
        if written > 0 {
            self.meter.report(Progress::wrote);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for MeteredStream<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let limit = self.meter.0.connections.read_limit();
        self.stream.set_limit(limit);
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        if !read.is_empty() {
            self.meter.report(Progress::read);
            if std::mem::take(&mut self.may_be_tls) && WrongScheme::is_tls(read) {
                return Poll::Ready(Err(io::Error::other(WrongScheme::Http)));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for MeteredStream<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(self.stream.get_mut()).poll_write(cx, buf))?;
        self.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(self.stream.get_mut()).poll_write_vectored(cx, bufs))?;
        self.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_shutdown(cx)
    }
}
