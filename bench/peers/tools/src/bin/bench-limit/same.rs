//! The same calls: what our own client has the system do for an upload in parts, and nothing else of it.
//!
//! Where our client needs more than is wanted, this says whether its own code is to blame: the same reads of the same sizes
//! into blocks that are used again, the same CRC64s, the same writes and records of TLS, and as many bytes in motion at once,
//! but no HTTP library, no runtime, no plan and no signatures. What a part is made of is in `file` and `pipe`, and how it
//! leaves in `connection`.

mod connection;
mod file;
mod pipe;
mod pool;

use std::fs::File;
use std::os::fd::OwnedFd;

use anyhow::{Context, Result, bail};
use bench_job::{Job, Work};
use bytes::Bytes;
use oss_models::{Crc64, Crc64Fold};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventFlags};
use rustix::io::Errno;

use self::connection::Connection;
use self::file::FilePart;
use self::pipe::{Blocks, Pipe};
use crate::network::Network;
use crate::{Sent, list_of};

/// Something that goes by one request.
struct Part<'a> {
    number: usize,
    method: &'static str,
    target: &'a str,
    length: u64,
    body: Body,
}

/// Where the bytes of a part come from.
enum Body {
    File(Box<FilePart>),
    Blocks(Blocks),
}

impl Body {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> Result<Option<Bytes>> {
        match self {
            Self::File(part) => part.next(),
            Self::Blocks(blocks) => Ok(blocks.next()),
        }
    }

    /// CRC64 of the whole, once all of it was taken.
    fn crc(&self) -> u64 {
        match self {
            Self::File(part) => part.crc(),
            Self::Blocks(blocks) => blocks.crc(),
        }
    }
}

/// Where parts come from.
enum Parts<'a> {
    File(file::Parts<'a>),
    Pipe(Pipe<'a>),
    /// Complete.
    Last(Option<Part<'a>>),
}

impl<'a> Parts<'a> {
    /// The next part; `None` if there is none now.
    fn next(&mut self) -> Result<Option<Part<'a>>> {
        match self {
            Self::File(parts) => parts.next(),
            Self::Pipe(pipe) => pipe.next(),
            Self::Last(part) => Ok(part.take()),
        }
    }

    /// Whether there will be none any more.
    fn ended(&self) -> bool {
        match self {
            Self::File(parts) => parts.ended(),
            Self::Pipe(pipe) => pipe.ended(),
            Self::Last(part) => part.is_none(),
        }
    }

    /// Takes note of how many parts were stored.
    fn stored(&mut self, count: usize) -> Result<()> {
        if let Self::Pipe(pipe) = self { pipe.stored(count) } else { Ok(()) }
    }
}

/// What the waiter says of a pipe instead of the number of a connection.
const PIPE: u64 = u64::MAX;

/// Uploads a file, or standard input, in the parts that `targets` are for, and completes the upload by the last of them.
pub(crate) fn upload(job: &Job, targets: &[&str]) -> Result<()> {
    let (complete, targets) = targets.split_last().context("no request")?;
    let waiter = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut parts = match job.work {
        Work::File => Parts::File(file::Parts::of(File::open(&job.path)?, job.part_size, targets)?),
        Work::Pipe => {
            let pipe = Pipe::read(job.part_size, job.parallel, targets)?;
            epoll::add(&waiter, pipe.bell(), epoll::EventData::new_u64(PIPE), EventFlags::IN | EventFlags::ET)?;
            Parts::Pipe(pipe)
        }
        other => bail!("there is no such loop for {other:?}"),
    };
    let network = Network::to(&job.endpoint)?;
    let mut connections = Vec::with_capacity(job.parallel);
    for number in 0..job.parallel {
        let connection = Connection::to(&network)?;
        let events = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        epoll::add(&waiter, connection.socket(), epoll::EventData::new_u64(number as u64), events)?;
        connections.push(connection);
    }
    let mut lines = Lines { waiter, connections };
    let mut sent = vec![None; targets.len()];
    for (number, part) in lines.send(&mut parts)? {
        *sent.get_mut(number).context("a part too many")? = Some(part);
    }
    let sent = sent.into_iter().collect::<Option<Vec<Sent>>>().context("a part was not sent")?;
    let mut whole = Crc64Fold::new();
    sent.iter().for_each(|part| whole.push(Crc64::from_u64(part.crc), part.length));
    let (list, crc) = (list_of(&sent)?, whole.value().to_u64());
    let (length, body) = (list.len() as u64, Body::Blocks(Blocks::new(vec![list.into()], crc)));
    let complete = Part { number: 0, method: "POST", target: complete, length, body };
    lines.send(&mut Parts::Last(Some(complete))).map(drop)
}

/// All connections, and what tells which of them can go on.
struct Lines<'a> {
    waiter: OwnedFd,
    connections: Vec<Connection<'a>>,
}

impl<'a> Lines<'a> {
    /// Sends all parts; what is said of each, by its number.
    fn send(&mut self, parts: &mut Parts<'a>) -> Result<Vec<(usize, Sent)>> {
        let mut sent = Vec::new();
        loop {
            let before = sent.len();
            for connection in &mut self.connections {
                if connection.is_free()
                    && let Some(part) = parts.next()?
                {
                    connection.begin(part);
                }
                sent.extend(connection.proceed()?);
            }
            let stored = sent.len() - before;
            parts.stored(stored)?;
            if parts.ended() && self.connections.iter().all(Connection::is_free) {
                return Ok(sent);
            }
            // The next part for a connection that has become free may be there already.
            self.wait(stored > 0 || self.connections.iter().any(Connection::can_proceed))?;
        }
    }

    /// Asks which connections can go on, and waits for one if there is nothing to do.
    fn wait(&mut self, busy: bool) -> Result<()> {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut events = Vec::with_capacity(self.connections.len() + 1);
        match epoll::wait(&self.waiter, spare_capacity(&mut events), busy.then_some(&at_once)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in events {
            let number = event.data.u64();
            if let Some(connection) = usize::try_from(number).ok().and_then(|number| self.connections.get_mut(number)) {
                connection.ready(event.flags);
            }
        }
        Ok(())
    }
}
