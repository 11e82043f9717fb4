//! The stream that the HTTP library reads: it hands over one well-formed request at a time.
//!
//! A head that must be refused never gets through. The library sees the end of the stream instead, sends what it still
//! owes for earlier requests and closes; the refusal goes out just before that.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::core::Core;
use crate::error::OssError;
use crate::framing::{BodyFraming, Chunks, Framed, Taken, frame, malformed};
use crate::service;
use crate::wire::Control;

/// Room for one read of a head; what comes along of the body is handed on.
const READ: usize = 8 * 1024;
/// How long the rest of a refused request is thrown away: closing at once could take the response back.
const LINGER: Duration = Duration::from_secs(1);

/// A stream with a guard in front of each request's head.
#[derive(Debug)]
pub(crate) struct Gate<T> {
    io: T,
    control: Control,
    core: Arc<Core>,
    /// Read, but not handed over.
    ahead: BytesMut,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Head,
    /// In a head or a body that has so many bytes left.
    Counted {
        left: u64,
        then: Option<Chunks>,
    },
    Chunked(Chunks),
    /// Chunks that are none: the library finds that out too, and ends the request.
    Lost,
    /// Nothing more is handed over.
    Ended,
    Refusing(Bytes),
    Lingering(Pin<Box<Sleep>>),
}

impl<T> Gate<T> {
    pub(crate) fn new(io: T, control: Control, core: Arc<Core>) -> Self {
        Self { io, control, core, ahead: BytesMut::new(), place: Place::Head }
    }

    fn refuse(&mut self, error: OssError) {
        self.ahead.clear();
        self.place = Place::Refusing(service::refusal(&self.core, &error.closing()));
    }

    /// Hands over what was read ahead, at most `limit` bytes; `None` if there is nothing.
    fn hand_over(&mut self, limit: u64, buf: &mut ReadBuf<'_>) -> Option<usize> {
        let len = self.ahead.len().min(buf.remaining());
        let len = usize::try_from(limit).map_or(len, |limit| limit.min(len));
        if len == 0 {
            return None;
        }
        buf.put_slice(&self.ahead.split_to(len));
        Some(len)
    }

    /// Looks at what arrived of a head; whether a whole one did.
    fn judge(&mut self) -> Result<bool, OssError> {
        let Some(Framed { head_len, body }) = frame(&self.ahead)? else { return Ok(false) };
        let head_len = head_len as u64;
        self.place = match body {
            BodyFraming::Length(len) => Place::Counted { left: head_len.saturating_add(len), then: None },
            BodyFraming::Chunked => Place::Counted { left: head_len, then: Some(Chunks::default()) },
        };
        Ok(true)
    }
}

impl<T: AsyncRead + Unpin> Gate<T> {
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.judge() {
                Ok(true) => return Poll::Ready(Ok(())),
                Ok(false) => {}
                Err(error) => {
                    self.refuse(error);
                    return Poll::Ready(Ok(()));
                }
            }
            if self.control.closes_when_idle() {
                self.place = Place::Ended;
                return Poll::Ready(Ok(()));
            }
            let mut piece = [0; READ];
            let mut piece = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece))?;
            if !piece.filled().is_empty() {
                self.ahead.extend_from_slice(piece.filled());
            } else if self.ahead.is_empty() {
                self.place = Place::Ended;
                return Poll::Ready(Ok(()));
            } else {
                self.refuse(malformed("The request ends within its head."));
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Reads at most `limit` bytes of a body into `buf`, past nothing that belongs to the next request.
    fn poll_counted(&mut self, cx: &mut Context<'_>, limit: u64, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        if let Some(len) = self.hand_over(limit, buf) {
            return Poll::Ready(Ok(len));
        }
        let room = buf.remaining();
        let limit = usize::try_from(limit).map_or(room, |limit| limit.min(room));
        if limit == room {
            let before = buf.filled().len();
            ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
            return Poll::Ready(Ok(buf.filled().len() - before));
        }
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(limit));
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut part))?;
        let len = part.filled().len();
        buf.advance(len);
        Poll::Ready(Ok(len))
    }

    fn poll_chunked(
        &mut self,
        cx: &mut Context<'_>,
        chunks: &mut Chunks,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Place>> {
        if self.ahead.is_empty() {
            let mut piece = ReadBuf::new(buf.initialize_unfilled());
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece))?;
            self.ahead.extend_from_slice(piece.filled());
        }
        let len = self.ahead.len().min(buf.remaining());
        let mut bytes = self.ahead.split_to(len);
        let place = match chunks.take(&bytes) {
            Taken::All => Place::Chunked(std::mem::take(chunks)),
            Taken::Malformed => Place::Lost,
            Taken::Ends(at) => {
                // What follows is the next request's: back in front of what is left.
                let mut rest = bytes.split_off(at);
                rest.extend_from_slice(&self.ahead);
                self.ahead = rest;
                Place::Head
            }
        };
        buf.put_slice(&bytes);
        Poll::Ready(Ok(place))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Gate<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            match &mut this.place {
                Place::Head => ready!(this.poll_head(cx))?,
                Place::Counted { left, then } if *left == 0 => {
                    this.place = then.take().map_or(Place::Head, Place::Chunked);
                }
                Place::Counted { left, .. } => {
                    let limit = *left;
                    let len = ready!(this.poll_counted(cx, limit, buf))?;
                    if let Place::Counted { left, .. } = &mut this.place {
                        *left -= len as u64;
                    }
                    return Poll::Ready(Ok(()));
                }
                Place::Chunked(chunks) => {
                    let mut chunks = std::mem::take(chunks);
                    let read = this.poll_chunked(cx, &mut chunks, buf);
                    this.place = match read {
                        Poll::Ready(Ok(place)) => place,
                        Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                        Poll::Pending => {
                            this.place = Place::Chunked(chunks);
                            return Poll::Pending;
                        }
                    };
                    return Poll::Ready(Ok(()));
                }
                Place::Lost => {
                    ready!(this.poll_counted(cx, u64::MAX, buf))?;
                    return Poll::Ready(Ok(()));
                }
                Place::Ended | Place::Refusing(_) | Place::Lingering(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gate<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Place::Refusing(bytes) = &mut this.place {
            while !bytes.is_empty() {
                let sent = ready!(Pin::new(&mut this.io).poll_write(cx, bytes))?;
                if sent == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                bytes.advance(sent);
            }
            ready!(Pin::new(&mut this.io).poll_flush(cx))?;
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
            this.place = Place::Lingering(Box::pin(sleep(LINGER)));
        }
        let Place::Lingering(end) = &mut this.place else {
            return Pin::new(&mut this.io).poll_shutdown(cx);
        };
        let mut rest = [0; READ];
        loop {
            if end.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut rest = ReadBuf::new(&mut rest);
            let read = ready!(Pin::new(&mut this.io).poll_read(cx, &mut rest));
            if read.is_err() || rest.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
