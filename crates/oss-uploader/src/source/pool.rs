use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Blocks of one size that are used again and again: touching new memory costs more than reading into it.
///
/// The block that came back last is taken first, because it is the likeliest to be in the processor's cache. As many
/// blocks are kept as were ever in use at once. Clones share them.
///
/// A large block begins with a page. The system copies into it by an instruction that some processors carry out at half the
/// speed where the target begins 16 bytes after a page, which is where allocators put what is large.
#[derive(Clone)]
pub(super) struct BlockPool {
    idle: Arc<Mutex<Vec<Box<[u8]>>>>,
    block_len: usize,
}

impl BlockPool {
    pub(super) fn new(block_len: usize) -> Self {
        Self { idle: Arc::default(), block_len }
    }

    /// A block with whatever it held before, cut to `len` bytes if it is longer.
    pub(super) fn take(&self, len: usize) -> Block {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let spare = if self.block_len >= LARGE { PAGE } else { 0 };
        let bytes: Box<[u8]> = idle.unwrap_or_else(|| vec![0; self.block_len.saturating_add(spare)].into());
        let start = bytes.as_ptr().align_offset(PAGE).min(spare);
        Block { start, len: len.min(self.block_len), bytes, pool: self.clone() }
    }
}

impl fmt::Debug for BlockPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockPool").field("block_len", &self.block_len).finish_non_exhaustive()
    }
}

/// A block of a pool, to which it returns when the last of its bytes is let go.
pub(super) struct Block {
    bytes: Box<[u8]>,
    start: usize,
    len: usize,
    pool: BlockPool,
}

impl Block {
    /// The first `len` bytes, to be shared.
    pub(super) fn freeze(mut self, len: usize) -> Bytes {
        self.len = len.min(self.len);
        Bytes::from_owner(self)
    }
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(self.start..self.start + self.len).unwrap_or_default()
    }
}

impl DerefMut for Block {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..self.start + self.len).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

const PAGE: usize = 4096;
/// From so many bytes on it matters where a block begins, and a page more does not.
const LARGE: usize = 16 * PAGE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_with_the_last_of_its_bytes_and_is_taken_first() {
        let pool = BlockPool::new(8);
        let (mut first, second) = (pool.take(8), pool.take(3));
        assert_eq!((first.len(), second.len()), (8, 3));
        first.copy_from_slice(b"01234567");
        let address = first.as_ptr();
        let bytes = first.freeze(4);
        let rest = bytes.slice(2..);
        drop((second, bytes));
        assert_eq!(rest, "23");
        assert_ne!(pool.take(8).as_ptr(), address, "still in use");
        drop(rest);
        assert_eq!(pool.take(100)[..4], *b"0123");
        assert_eq!(pool.idle.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_large_block_begins_with_a_page_and_is_as_long_as_asked_for() {
        let pool = BlockPool::new(LARGE);
        let blocks: Vec<_> = [LARGE, LARGE, 100, usize::MAX].into_iter().map(|len| (len, pool.take(len))).collect();
        for (len, block) in blocks {
            assert_eq!((block.as_ptr().align_offset(PAGE), block.len()), (0, len.min(LARGE)));
        }
        assert_eq!(BlockPool::new(100).take(100).bytes.len(), 100, "a small one takes no more than it needs");
    }
}
