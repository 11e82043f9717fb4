//! Blocks that are used again.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

const PAGE: usize = 4096;

/// Blocks of one size, each beginning with a page; the one that came back last is taken first.
#[derive(Clone)]
pub(super) struct Pool {
    idle: Arc<Mutex<Vec<Vec<u8>>>>,
    size: usize,
}

impl Pool {
    pub(super) fn of(size: usize) -> Self {
        Self { idle: Arc::default(), size }
    }

    pub(super) fn take(&self, length: usize) -> Block {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let room = idle.unwrap_or_else(|| vec![0; self.size + PAGE]);
        let start = room.as_ptr().align_offset(PAGE).min(PAGE);
        Block { room, start, length: length.min(self.size), pool: self.clone() }
    }
}

/// A block that goes back to its pool with the last of its bytes.
pub(super) struct Block {
    room: Vec<u8>,
    start: usize,
    length: usize,
    pool: Pool,
}

impl Block {
    /// The first `length` bytes.
    pub(super) fn freeze(mut self, length: usize) -> Bytes {
        self.length = length.min(self.length);
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        &self.room[self.start..self.start + self.length]
    }
}

impl AsMut<[u8]> for Block {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.room[self.start..self.start + self.length]
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let room = std::mem::take(&mut self.room);
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }
}
