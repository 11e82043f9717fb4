//! The byte stream under a connection, which can be limited, slowed, changed and cut: the ways in which a network fails.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Controls a connection's stream; shared with the requests on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Control(Arc<ControlInner>);

#[derive(Debug)]
struct ControlInner {
    /// Whether anything in `overrides` is set; keeps the common path free of the lock.
    engaged: AtomicBool,
    killed: AtomicBool,
    closes_when_idle: AtomicBool,
    /// Since when the head of a request is awaited: from the beginning, and after each request.
    head: Waiting,
    /// Since when the client has sent nothing that could be read, or read nothing that could be sent.
    io: Waiting,
    overrides: Mutex<Overrides>,
}

#[derive(Debug, Default)]
struct Overrides {
    prefix: Bytes,
    replacement: Option<Bytes>,
    limit: Option<Limit>,
    response_rate: Option<u64>,
    length_off: Option<i64>,
    /// Bytes of the next write that were already sent, changed.
    replaced: usize,
}

#[derive(Clone, Copy, Debug)]
struct Limit {
    left: u64,
    then_stall: bool,
}

impl Overrides {
    /// Puts the head at the start of `buf` into the prefix, with another length.
    fn change_length(&mut self, buf: &[u8]) {
        let Some(end) = buf.windows(4).position(|window| window == b"\r\n\r\n") else { return };
        let (Some(off), Some(head)) = (self.length_off.take(), buf.get(..end)) else { return };
        // What the HTTP library wrote: only values of headers can be other than ASCII.
        let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
        let length = lines.iter().position(|line| line.starts_with(LENGTH));
        let length = length.map(|at| lines.remove(at)).and_then(|line| line.strip_prefix(LENGTH));
        let length = length.and_then(|text| std::str::from_utf8(text).ok()?.parse::<u64>().ok()).unwrap_or(0);
        let changed = format!("content-length: {}\r\n\r\n", length.saturating_add_signed(off));
        lines.push(changed.as_bytes());
        self.prefix = [&self.prefix, &lines.join(&b"\r\n"[..])[..]].concat().into();
        self.replaced = end + 4;
    }
}

/// As the HTTP library writes it.
const LENGTH: &[u8] = b"content-length: ";

/// What a write may do.
enum Allowed {
    /// Send this many bytes.
    Send(usize),
    /// Report this many bytes as written: they were already sent, changed.
    IsSent(usize),
}

impl Default for ControlInner {
    fn default() -> Self {
        let inner = Self {
            engaged: AtomicBool::default(),
            killed: AtomicBool::default(),
            closes_when_idle: AtomicBool::default(),
            head: Waiting::default(),
            io: Waiting::default(),
            overrides: Mutex::default(),
        };
        inner.head.set(true);
        inner
    }
}

/// A wait that may be going on, and since when.
#[derive(Debug)]
struct Waiting {
    epoch: Instant,
    /// Milliseconds since `epoch`, plus one; 0 while there is no wait.
    since: AtomicU64,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { epoch: Instant::now(), since: AtomicU64::new(0) }
    }
}

impl Waiting {
    fn set(&self, waits: bool) {
        if !waits {
            self.since.store(0, Ordering::Relaxed);
        } else if self.since.load(Ordering::Relaxed) == 0 {
            let millis = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
            self.since.store(millis + 1, Ordering::Relaxed);
        }
    }

    fn elapsed(&self) -> Option<Duration> {
        let since = self.since.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.epoch.elapsed().saturating_sub(Duration::from_millis(since)))
    }
}

impl Control {
    /// Tells whether the head of the next request is awaited.
    pub(crate) fn set_waits_for_head(&self, waits: bool) {
        self.0.head.set(waits);
    }

    /// How long the head of a request has been awaited.
    pub(crate) fn waits_for_head(&self) -> Option<Duration> {
        self.0.head.elapsed()
    }

    /// How long the client has neither sent nor read a byte that it was to send or to read.
    pub(crate) fn waits_for_client(&self) -> Option<Duration> {
        self.0.io.elapsed()
    }

    /// Ends the connection as soon as the current request notices.
    pub(crate) fn kill(&self) {
        self.0.killed.store(true, Ordering::Release);
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.0.killed.load(Ordering::Acquire)
    }

    /// Closes, or stops sending, after this many more bytes.
    pub(crate) fn limit_response(&self, bytes: u64, then_stall: bool) {
        self.engage(|overrides| overrides.limit = Some(Limit { left: bytes, then_stall }));
    }

    /// Sends these bytes before the next ones.
    pub(crate) fn prefix_response(&self, bytes: Bytes) {
        self.engage(|overrides| overrides.prefix = bytes);
    }

    /// Sends these bytes instead of the next ones, and closes.
    pub(crate) fn replace_response(&self, bytes: Bytes) {
        self.engage(|overrides| overrides.replacement = Some(bytes));
    }

    /// Sends at most this many bytes per second from now on.
    pub(crate) fn throttle_response(&self, bytes_per_second: u64) {
        self.engage(|overrides| overrides.response_rate = Some(bytes_per_second));
    }

    /// Changes the length that the next response announces, not the response.
    pub(crate) fn shift_length(&self, off: i64) {
        self.engage(|overrides| overrides.length_off = Some(off));
    }

    /// Closes the connection once the response is out.
    pub(crate) fn close_when_idle(&self) {
        self.0.closes_when_idle.store(true, Ordering::Release);
    }

    pub(crate) fn closes_when_idle(&self) -> bool {
        self.0.closes_when_idle.load(Ordering::Acquire)
    }

    fn engage(&self, set: impl FnOnce(&mut Overrides)) {
        set(&mut self.0.overrides.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.engaged.store(true, Ordering::Release);
    }

    fn with_overrides<T>(&self, f: impl FnOnce(&mut Overrides) -> T) -> T {
        f(&mut self.0.overrides.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Spreads bytes over time.
#[derive(Debug)]
struct Pacer {
    bytes_per_second: Option<u64>,
    sleep: Pin<Box<Sleep>>,
}

impl Pacer {
    fn new(bytes_per_second: Option<u64>) -> Self {
        Self { bytes_per_second, sleep: Box::pin(sleep_until(Instant::now())) }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.bytes_per_second.is_none() { Poll::Ready(()) } else { self.sleep.as_mut().poll(cx) }
    }

    /// At most this much at once, so that a slow stream is steady instead of one burst a minute.
    fn burst(&self) -> usize {
        self.bytes_per_second.map_or(usize::MAX, |rate| usize::try_from(rate / 20).unwrap_or(usize::MAX).max(1))
    }

    fn spend(&mut self, bytes: usize) {
        if let Some(rate) = self.bytes_per_second {
            let pause = Duration::from_secs_f64(bytes as f64 / rate.max(1) as f64);
            let from = self.sleep.deadline().max(Instant::now());
            self.sleep.as_mut().reset(from + pause);
        }
    }
}

/// A stream that follows its [`Control`].
#[derive(Debug)]
pub(crate) struct Wire<T> {
    io: T,
    control: Control,
    reads: Pacer,
    writes: Pacer,
}

impl<T> Wire<T> {
    pub(crate) fn new(io: T, control: Control, bandwidth: Option<u64>) -> Self {
        Self { io, control, reads: Pacer::new(bandwidth), writes: Pacer::new(bandwidth) }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Wire<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        ready!(this.reads.poll_ready(cx));
        let burst = this.reads.burst();
        let before = buf.filled().len();
        let read = if burst >= buf.remaining() {
            Pin::new(&mut this.io).poll_read(cx, buf)
        } else {
            let mut part = vec![0; burst];
            let mut part = ReadBuf::new(&mut part);
            let read = Pin::new(&mut this.io).poll_read(cx, &mut part);
            buf.put_slice(part.filled());
            read
        };
        this.control.0.io.set(read.is_pending());
        ready!(read)?;
        let read = buf.filled().len() - before;
        this.reads.spend(read);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> Wire<T> {
    /// Applies the overrides to a write; an error ends the connection.
    fn poll_overrides(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<Allowed>> {
        let len = buf.len();
        if self.control.is_killed() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if !self.control.0.engaged.load(Ordering::Acquire) {
            return Poll::Ready(Ok(Allowed::Send(len)));
        }
        self.control.with_overrides(|overrides| overrides.change_length(buf));
        if let Some(rate) = self.control.with_overrides(|overrides| overrides.response_rate) {
            self.writes.bytes_per_second = Some(rate);
        }
        loop {
            let Some((first, is_replacement)) = self.control.with_overrides(|overrides| match &overrides.replacement {
                Some(bytes) => Some((bytes.clone(), true)),
                None if overrides.prefix.is_empty() => None,
                None => Some((overrides.prefix.clone(), false)),
            }) else {
                break;
            };
            if !first.is_empty() {
                let sent = ready!(Pin::new(&mut self.io).poll_write(cx, &first))?;
                self.control.with_overrides(|overrides| {
                    overrides.replacement.as_mut().unwrap_or(&mut overrides.prefix).advance(sent);
                });
                continue;
            }
            if is_replacement {
                ready!(Pin::new(&mut self.io).poll_flush(cx))?;
                ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
        }
        let replaced = self.control.with_overrides(|overrides| std::mem::take(&mut overrides.replaced));
        if replaced > 0 {
            return Poll::Ready(Ok(Allowed::IsSent(replaced)));
        }
        Poll::Ready(Ok(Allowed::Send(match self.control.with_overrides(|overrides| overrides.limit) {
            Some(Limit { left: 0, then_stall: true }) => return Poll::Pending,
            Some(Limit { left: 0, then_stall: false }) => {
                ready!(Pin::new(&mut self.io).poll_flush(cx))?;
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            Some(Limit { left, .. }) => usize::try_from(left).map_or(len, |left| left.min(len)),
            None => len,
        })))
    }

    fn sent(&mut self, bytes: usize) {
        self.writes.spend(bytes);
        if self.control.0.engaged.load(Ordering::Acquire) {
            self.control.with_overrides(|overrides| {
                if let Some(limit) = &mut overrides.limit {
                    limit.left = limit.left.saturating_sub(bytes as u64);
                }
            });
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let allowed = match ready!(this.poll_overrides(cx, buf))? {
            Allowed::Send(len) => len,
            Allowed::IsSent(len) => return Poll::Ready(Ok(len)),
        };
        ready!(this.writes.poll_ready(cx));
        let allowed = allowed.min(this.writes.burst());
        let sent = Pin::new(&mut this.io).poll_write(cx, buf.get(..allowed).unwrap_or(buf));
        this.control.0.io.set(sent.is_pending());
        let sent = ready!(sent)?;
        this.sent(sent);
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_limit_cuts_the_response_at_the_byte() {
        let (mut client, server) = tokio::io::duplex(1024);
        let control = Control::default();
        let mut wire = Wire::new(server, control.clone(), None);
        control.limit_response(3, false);
        assert!(wire.write_all(b"hello").await.is_err());
        drop(wire);
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"hel");
    }

    #[tokio::test(start_paused = true)]
    async fn a_replacement_is_all_that_is_sent() {
        let (mut client, server) = tokio::io::duplex(4);
        let control = Control::default();
        let mut wire = Wire::new(server, control.clone(), None);
        control.replace_response(Bytes::from_static(b"not http"));
        let write = tokio::spawn(async move { wire.write_all(b"HTTP/1.1 200 OK").await });
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"not http");
        assert!(write.await.unwrap().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn bandwidth_is_kept_in_both_directions() {
        let (client, server) = tokio::io::duplex(1 << 20);
        let mut wire = Wire::new(server, Control::default(), Some(1000));
        let (mut reads, mut writes) = tokio::io::split(client);
        let began = Instant::now();
        writes.write_all(&[0; 2000]).await.unwrap();
        let mut got = [0; 2000];
        wire.read_exact(&mut got).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(1900), "{:?}", began.elapsed());
        wire.write_all(&[0; 1000]).await.unwrap();
        reads.read_exact(&mut got[..1000]).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(2800), "{:?}", began.elapsed());
    }
}
