//! The stream that the HTTP library reads: it hands over one well-formed request at a time.
//!
//! A head that must be refused never reaches it. The library sees the end of the stream instead, finishes the responses to
//! earlier requests and closes; the refusal is sent just before that.

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

/// One read of a head; what it contains of the body is passed on.
const READ: usize = 8 * 1024;
/// How long the rest of a refused request is read and dropped: closing at once could reset the connection before the client
/// has read the response.
const LINGER: Duration = Duration::from_secs(1);

/// A stream that checks the head of each request before the HTTP library reads it.
#[derive(Debug)]
pub(crate) struct Gate<T> {
    io: T,
    control: Control,
    core: Arc<Core>,
    /// Takes one read of a head: zeroed once and not for each read.
    piece: Box<[u8]>,
    /// Read, but not passed on yet.
    ahead: BytesMut,
    position: Position,
}

#[derive(Debug)]
enum Position {
    Head,
    /// In a head or a body with this many bytes left.
    Counted {
        left: u64,
        then: Option<Chunks>,
    },
    Chunked(Chunks),
    /// Not chunked coding: the rest is not a body, and is not passed on.
    Malformed,
    /// Nothing more is passed on.
    Ended,
    Refusing(Bytes),
    Lingering(Pin<Box<Sleep>>),
}

impl<T> Gate<T> {
    pub(crate) fn new(io: T, control: Control, core: Arc<Core>) -> Self {
        let piece = vec![0; READ].into_boxed_slice();
        Self { io, control, core, piece, ahead: BytesMut::new(), position: Position::Head }
    }

    fn refuse(&mut self, error: OssError) {
        self.ahead.clear();
        self.position = Position::Refusing(service::refusal(&self.core, &error.closing()));
    }

    /// Passes on what was read ahead, at most `limit` bytes; `None` if there is nothing.
    fn pass_on(&mut self, limit: u64, buf: &mut ReadBuf<'_>) -> Option<usize> {
        let len = self.ahead.len().min(buf.remaining());
        let len = usize::try_from(limit).map_or(len, |limit| limit.min(len));
        let bytes = self.ahead.get(..len).filter(|bytes| !bytes.is_empty())?;
        buf.put_slice(bytes);
        self.ahead.advance(len);
        Some(len)
    }

    /// Parses the head if all of it has arrived.
    fn parse_head(&mut self) -> Result<bool, OssError> {
        let Some(Framed { head_len, body }) = frame(&self.ahead)? else { return Ok(false) };
        let head_len = head_len as u64;
        self.position = match body {
            BodyFraming::Length(len) => Position::Counted { left: head_len.saturating_add(len), then: None },
            BodyFraming::Chunked => Position::Counted { left: head_len, then: Some(Chunks::default()) },
        };
        Ok(true)
    }
}

impl<T: AsyncRead + Unpin> Gate<T> {
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.parse_head() {
                Ok(true) => {
                    self.control.set_waits_for_head(false);
                    return Poll::Ready(Ok(()));
                }
                Ok(false) => self.control.set_waits_for_head(true),
                Err(error) => {
                    self.refuse(error);
                    return Poll::Ready(Ok(()));
                }
            }
            if self.control.closes_when_idle() {
                self.position = Position::Ended;
                return Poll::Ready(Ok(()));
            }
            let mut piece = ReadBuf::new(&mut self.piece);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece))?;
            if !piece.filled().is_empty() {
                self.ahead.extend_from_slice(piece.filled());
            } else if self.ahead.is_empty() {
                self.position = Position::Ended;
                return Poll::Ready(Ok(()));
            } else {
                self.refuse(malformed("The request ends within its head."));
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Reads at most `limit` bytes of a body into `buf`, and nothing of the next request.
    fn poll_counted(&mut self, cx: &mut Context<'_>, limit: u64, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        if let Some(len) = self.pass_on(limit, buf) {
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
    ) -> Poll<io::Result<Position>> {
        if self.ahead.is_empty() {
            let mut piece = ReadBuf::new(buf.initialize_unfilled());
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece))?;
            self.ahead.extend_from_slice(piece.filled());
        }
        let len = self.ahead.len().min(buf.remaining());
        let mut bytes = self.ahead.split_to(len);
        let position = match chunks.take(&bytes) {
            Taken::All => Position::Chunked(std::mem::take(chunks)),
            Taken::Malformed => {
                self.ahead.clear();
                return Poll::Ready(Ok(Position::Malformed));
            }
            Taken::Ends(at) => {
                // What follows is the next request's: back in front of what is left.
                let mut rest = bytes.split_off(at);
                rest.extend_from_slice(&self.ahead);
                self.ahead = rest;
                Position::Head
            }
        };
        buf.put_slice(&bytes);
        Poll::Ready(Ok(position))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Gate<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            match &mut this.position {
                Position::Head => ready!(this.poll_head(cx))?,
                Position::Counted { left, then } if *left == 0 => {
                    this.position = then.take().map_or(Position::Head, Position::Chunked);
                }
                Position::Counted { left, .. } => {
                    let limit = *left;
                    let len = ready!(this.poll_counted(cx, limit, buf))?;
                    if let Position::Counted { left, .. } = &mut this.position {
                        *left -= len as u64;
                    }
                    return Poll::Ready(Ok(()));
                }
                Position::Chunked(chunks) => {
                    let mut chunks = std::mem::take(chunks);
                    let read = this.poll_chunked(cx, &mut chunks, buf);
                    this.position = match read {
                        Poll::Ready(Ok(position)) => position,
                        Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                        Poll::Pending => {
                            this.position = Position::Chunked(chunks);
                            return Poll::Pending;
                        }
                    };
                    if !matches!(this.position, Position::Malformed) {
                        return Poll::Ready(Ok(()));
                    }
                }
                // The library ends the body with this error and closes the connection behind the response.
                Position::Malformed => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
                Position::Ended | Position::Refusing(_) | Position::Lingering(_) => return Poll::Ready(Ok(())),
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
        if let Position::Refusing(bytes) = &mut this.position {
            while !bytes.is_empty() {
                let sent = ready!(Pin::new(&mut this.io).poll_write(cx, bytes))?;
                if sent == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                bytes.advance(sent);
            }
            ready!(Pin::new(&mut this.io).poll_flush(cx))?;
        }
        if matches!(this.position, Position::Refusing(_) | Position::Malformed) {
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
            this.position = Position::Lingering(Box::pin(sleep(LINGER)));
        }
        let Position::Lingering(end) = &mut this.position else {
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
