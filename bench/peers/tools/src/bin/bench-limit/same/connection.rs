//! One connection: what leaves together, in which records of TLS if there are any, and what comes back.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use bytes::{Buf as _, Bytes};
use rustix::event::epoll::EventFlags;
use rustls::ClientConnection;

use super::Part;
use crate::network::Network;
use crate::{Sent, head, received};

/// What is gathered before a write.
const GATHERED: usize = 512 * 1024;
/// Most pieces of a write.
const PIECES: usize = 16;
/// The send buffer that ours gives a server that is near.
const SEND_BUFFER: usize = 256 * 1024;
/// Bytes of records that ours encrypts before it writes them.
const RECORDS: usize = 256 * 1024;
/// Pieces taken and writes made until it is another connection's turn.
const TURN: usize = 128;
/// What is read of a response at a time.
const RESPONSE: usize = 8192;

/// A connection and the part that is on its way.
pub(super) struct Connection<'a> {
    socket: TcpStream,
    tls: Option<Box<ClientConnection>>,
    part: Option<Part<'a>>,
    /// What was taken of the part and has not left.
    queue: VecDeque<Bytes>,
    queued: usize,
    /// Whether nothing more can be taken.
    taken: bool,
    response: Vec<u8>,
    writable: bool,
    readable: bool,
}

impl<'a> Connection<'a> {
    /// One more connection, with the small send buffer that ours has to a server that is near.
    pub(super) fn to(network: &Network) -> Result<Self> {
        let (socket, mut tls) = network.connect()?;
        if let Some(tls) = &mut tls {
            tls.set_buffer_limit(Some(RECORDS));
        }
        rustix::net::sockopt::set_socket_send_buffer_size(&socket, SEND_BUFFER)?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            tls,
            part: None,
            queue: VecDeque::new(),
            queued: 0,
            taken: false,
            response: Vec::new(),
            writable: true,
            readable: true,
        })
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Whether nothing is on its way.
    pub(super) fn is_free(&self) -> bool {
        self.part.is_none()
    }

    /// Whether the next step need not wait, as far as is known.
    pub(super) fn can_proceed(&self) -> bool {
        self.part.is_some() && if self.is_sent() { self.readable } else { self.writable }
    }

    /// Takes note of what the waiter says.
    pub(super) fn ready(&mut self, events: EventFlags) {
        let over = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
        self.writable |= events.intersects(EventFlags::OUT | over);
        self.readable |= events.intersects(EventFlags::IN | over);
    }

    /// Begins with a part.
    pub(super) fn begin(&mut self, part: Part<'a>) {
        let head = Bytes::from(head(part.method, part.target, part.length));
        self.queued += head.len();
        self.queue.push_back(head);
        (self.part, self.taken) = (Some(part), false);
    }

    /// Sends as much of the part as can leave in one turn, then reads the response; what it says, once it is there.
    pub(super) fn proceed(&mut self) -> Result<Option<(usize, Sent)>> {
        if !self.can_proceed() {
            return Ok(None);
        }
        let mut turn = TURN.saturating_sub(self.gather()?);
        while turn > 0 && self.can_proceed() {
            if self.is_sent() {
                return self.receive();
            }
            match self.write() {
                Ok(n) => self.left(n),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) => return Err(error.into()),
            }
            let gathered = if self.queued == 0 { self.gather()? } else { 0 };
            turn = turn.saturating_sub(gathered + 1);
        }
        Ok(None)
    }

    /// Whether all of the request has left.
    fn is_sent(&self) -> bool {
        self.taken && self.queued == 0 && self.tls.as_ref().is_none_or(|tls| !tls.wants_write())
    }

    /// Takes from the part what is to leave together; how many pieces.
    fn gather(&mut self) -> Result<usize> {
        let Some(part) = &mut self.part else { return Ok(0) };
        let mut pieces = 0;
        while !self.taken && self.queued < GATHERED && self.queue.len() < PIECES {
            match part.body.next()? {
                None => self.taken = true,
                Some(piece) => {
                    self.queued += piece.len();
                    self.queue.push_back(piece);
                    pieces += 1;
                }
            }
        }
        Ok(pieces)
    }

    fn left(&mut self, mut n: usize) {
        self.queued -= n;
        while let Some(piece) = self.queue.front_mut().filter(|_| n > 0) {
            let cut = n.min(piece.len());
            piece.advance(cut);
            n -= cut;
            if piece.is_empty() {
                self.queue.pop_front();
            }
        }
    }

    /// One write; with TLS of as many records as it keeps at most.
    fn write(&mut self) -> io::Result<usize> {
        let pieces: Vec<_> = self.queue.iter().map(|piece| IoSlice::new(piece)).collect();
        let Some(tls) = &mut self.tls else { return self.socket.write_vectored(&pieces) };
        // It copies them.
        let n = tls.writer().write_vectored(&pieces)?;
        while tls.wants_write() {
            match tls.write_tls(&mut self.socket) {
                Ok(_) => {}
                // What is kept takes no more; the next write says so.
                Err(error) if error.kind() == ErrorKind::WouldBlock && n > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(n)
    }

    /// Reads what there is of the response; what it says if it is whole.
    fn receive(&mut self) -> Result<Option<(usize, Sent)>> {
        let mut bytes = [0; RESPONSE];
        let n = match self.read(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.readable = false;
                return Ok(None);
            }
            read => read?,
        };
        ensure!(n > 0, "the server closed the connection");
        // After less than was asked for there is no more: the waiter tells when more has come.
        self.readable = n == RESPONSE;
        self.response.extend_from_slice(&bytes[..n]);
        let part = self.part.as_ref().context("a response without a request")?;
        let crc = part.body.crc();
        let Some(headers) = received(&self.response, crc)? else { return Ok(None) };
        let etag = headers.get("etag").context("a response without an ETag")?.clone();
        let sent = (part.number, Sent { crc, length: part.length, etag });
        self.response.clear();
        self.part = None;
        Ok(Some(sent))
    }

    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.socket.read(bytes) };
        loop {
            match tls.reader().read(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            if tls.read_tls(&mut self.socket)? == 0 {
                return Ok(0);
            }
            tls.process_new_packets().map_err(io::Error::other)?;
        }
    }
}
