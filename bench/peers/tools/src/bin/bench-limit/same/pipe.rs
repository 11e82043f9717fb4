//! Parts of standard input, which are read as a whole before they are sent, by a thread of their own.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::iter::Enumerate;
use std::os::fd::{AsFd as _, OwnedFd};
use std::slice::Iter;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use crc_fast::{CrcAlgorithm::Crc64Xz, Digest};
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::write;
use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};

use super::pool::Pool;
use super::{Body, Part};

/// What a block in memory holds.
const BLOCK: usize = 1024 * 1024;
/// What of it leaves at a time.
const PIECE: usize = 256 * 1024;
/// What a pipe is to hold.
const ROOM: usize = 256 * 1024;

/// A part that was read.
struct Filled {
    blocks: Vec<Bytes>,
    length: u64,
    crc: u64,
    /// Whether nothing follows.
    last: bool,
}

/// Standard input in parts.
pub(super) struct Pipe<'a> {
    targets: Enumerate<Iter<'a, &'a str>>,
    /// Parts that were read and not begun.
    ready: VecDeque<Filled>,
    /// Parts that were read and not stored, and how many there may be when the next is read.
    held: usize,
    most: usize,
    /// Whether the thread reads now.
    reading: bool,
    ended: bool,
    filled: Receiver<Result<Filled>>,
    wanted: Sender<()>,
    bell: Arc<OwnedFd>,
}

impl<'a> Pipe<'a> {
    /// Begins to read. One part more than are sent at a time may be in memory.
    pub(super) fn read(part_size: usize, parallel: usize, targets: &'a [&'a str]) -> Result<Self> {
        let input = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
        if fcntl_getpipe_size(&input).is_ok_and(|size| size < ROOM) {
            fcntl_setpipe_size(&input, ROOM)?;
        }
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let (wanted, wants) = channel();
        let (fill, filled) = channel();
        let ring = bell.clone();
        std::thread::spawn(move || {
            let pool = Pool::of(BLOCK);
            for () in wants {
                // No one listens once the upload has failed.
                if fill.send(read_part(&input, part_size, &pool)).is_err()
                    || write(&*ring, &1_u64.to_ne_bytes()).is_err()
                {
                    break;
                }
            }
        });
        let targets = targets.iter().enumerate();
        let mut pipe = Self {
            targets,
            ready: VecDeque::new(),
            held: 0,
            most: parallel,
            reading: false,
            ended: false,
            filled,
            wanted,
            bell,
        };
        pipe.read_on()?;
        Ok(pipe)
    }

    /// What tells that a part was read.
    pub(super) fn bell(&self) -> &OwnedFd {
        &self.bell
    }

    pub(super) fn next(&mut self) -> Result<Option<Part<'a>>> {
        self.take_in()?;
        let Some(Filled { blocks, length, crc, .. }) = self.ready.pop_front() else { return Ok(None) };
        let (number, target) = self.targets.next().context("standard input is too long")?;
        Ok(Some(Part { number, method: "PUT", target, length, body: Body::Blocks(Blocks::new(blocks, crc)) }))
    }

    pub(super) fn ended(&self) -> bool {
        self.ended && self.ready.is_empty()
    }

    /// So many parts were stored: there is room for others.
    pub(super) fn stored(&mut self, count: usize) -> Result<()> {
        self.held -= count;
        self.take_in()
    }

    /// Takes what was read, and has the next part read if there is room for it.
    fn take_in(&mut self) -> Result<()> {
        match self.filled.try_recv() {
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => bail!("the thread that reads has ended"),
            Ok(part) => {
                let part = part?;
                (self.reading, self.ended) = (false, part.last);
                // What ends with a whole part is known to have ended when nothing follows.
                if part.length > 0 {
                    self.held += 1;
                    self.ready.push_back(part);
                }
            }
        }
        self.read_on()
    }

    fn read_on(&mut self) -> Result<()> {
        if !self.reading && !self.ended && self.held <= self.most {
            self.wanted.send(()).context("the thread that reads has ended")?;
            self.reading = true;
        }
        Ok(())
    }
}

/// Reads a part in blocks; each read is summed up at once.
fn read_part(mut input: &File, part_size: usize, pool: &Pool) -> Result<Filled> {
    let (mut blocks, mut digest, mut left) = (Vec::new(), Digest::new(Crc64Xz), part_size);
    while left > 0 {
        let mut block = pool.take(left);
        let (room, mut have) = (block.as_mut(), 0);
        while have < room.len() {
            let n = input.read(&mut room[have..])?;
            if n == 0 {
                break;
            }
            digest.update(&room[have..have + n]);
            have += n;
        }
        let whole = have == room.len();
        left -= have;
        if have > 0 {
            blocks.push(block.freeze(have));
        }
        if !whole {
            break;
        }
    }
    Ok(Filled { blocks, length: (part_size - left) as u64, crc: digest.finalize(), last: left > 0 })
}

/// Bytes in memory.
pub(super) struct Blocks {
    /// All of them stay until the part is stored: it might have to be sent again.
    all: Vec<Bytes>,
    next: usize,
    rest: Bytes,
    crc: u64,
}

impl Blocks {
    pub(super) fn new(all: Vec<Bytes>, crc: u64) -> Self {
        Self { all, next: 0, rest: Bytes::new(), crc }
    }

    pub(super) fn next(&mut self) -> Option<Bytes> {
        if self.rest.is_empty() {
            self.rest = self.all.get(self.next)?.clone();
            self.next += 1;
        }
        Some(self.rest.split_to(self.rest.len().min(PIECE)))
    }

    pub(super) fn crc(&self) -> u64 {
        self.crc
    }
}
