//! The two sides of an in-memory connection, each of which can be cut after a number of bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderName, Method, Uri};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use crate::operation::Op;
use crate::server::Server;

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

/// The client's side of a connection: it breaks in the middle of a request if the server says so, and measures each exchange.
pub(crate) struct ClientPipe {
    stream: DuplexStream,
    server: Server,
    /// Tells the server's side that the connection breaks once the head of the request has arrived.
    breaks: Arc<AtomicBool>,
    /// What is under way.
    exchange: Option<Exchange>,
    /// Bytes of the response so far, and the first of them.
    received: u64,
    response: Vec<u8>,
    /// Bytes of this request that leave before the connection breaks.
    cut: Option<u64>,
}

/// The head of a request.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    /// Its bytes, with the empty line at its end.
    pub(crate) len: u64,
}

/// How many bytes a request and its response have.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) op: Option<Op>,
    pub(crate) request_head: u64,
    pub(crate) request: u64,
    pub(crate) response_head: u64,
    pub(crate) response: u64,
}

impl ClientPipe {
    pub(crate) fn new(stream: DuplexStream, server: Server, breaks: Arc<AtomicBool>) -> Self {
        Self { stream, server, breaks, exchange: None, received: 0, response: Vec::new(), cut: None }
    }

    /// A request begins with these bytes.
    fn begin(&mut self, bytes: &[u8]) {
        self.end();
        let Some(head) = Head::read(bytes) else { return };
        let op = Op::of(&head.method, &head.uri, &head.headers);
        self.cut = self.server.departs(&head);
        self.breaks.store(self.cut.is_some_and(|cut| cut >= head.len), Ordering::Relaxed);
        self.exchange = Some(Exchange { op, request_head: head.len, request: 0, response_head: 0, response: 0 });
    }

    /// What was under way is over.
    fn end(&mut self) {
        let (response, received) = (std::mem::take(&mut self.response), std::mem::take(&mut self.received));
        if let Some(exchange) = self.exchange.take() {
            let response_head = end_of_head(&response).map_or(received, |end| end as u64);
            self.server.exchanged(Exchange { response_head, response: received, ..exchange });
        }
    }

    /// Whether as much of the request has left as may.
    fn is_broken(&self) -> bool {
        self.cut.is_some_and(|cut| self.exchange.as_ref().is_some_and(|exchange| exchange.request >= cut))
    }
}

impl Drop for ClientPipe {
    fn drop(&mut self) {
        self.end();
    }
}

impl AsyncRead for ClientPipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let before = buf.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        self.received += read.len() as u64;
        if self.response.len() < LARGEST_HEAD {
            self.response.extend_from_slice(read.get(..LARGEST_HEAD.min(read.len())).unwrap_or(read));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientPipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.exchange.is_none() || self.received > 0 {
            self.begin(buf);
        }
        if self.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let sent = self.exchange.as_ref().map_or(0, |exchange| exchange.request);
        let left = self.cut.map_or(u64::MAX, |cut| cut.saturating_sub(sent));
        let len = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, buf.get(..len).unwrap_or(buf)))?;
        if let Some(exchange) = &mut self.exchange {
            exchange.request += written as u64;
        }
        if self.is_broken() {
            // So that the break is seen at once, and not when a response arrives.
            cx.waker().wake_by_ref();
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

impl Head {
    /// The head with which these bytes begin, if they have all of it: hyper writes it in one piece.
    fn read(bytes: &[u8]) -> Option<Self> {
        let len = end_of_head(bytes)?;
        let mut lines = std::str::from_utf8(bytes.get(..len)?).ok()?.lines();
        let mut first = lines.next()?.split(' ');
        let (method, uri) = (first.next()?.parse().ok()?, first.next()?.parse().ok()?);
        let fields = lines.filter_map(|line| line.split_once(": "));
        let headers = fields.filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, value.parse().ok()?)));
        Some(Self { method, uri, headers: headers.collect(), len: len as u64 })
    }
}

/// No head of a response is larger.
const LARGEST_HEAD: usize = 4 * 1024;

/// Where what follows the empty line begins.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}
