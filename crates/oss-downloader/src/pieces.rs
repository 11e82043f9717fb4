//! Bytes in order, as they arrive and as they are held.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Bytes that follow each other, in pieces.
///
/// A piece keeps all of the buffer that it was read into. Over a slow network that is 8 KiB for each packet of 1.4, so pieces
/// that are small are copied into blocks of their own; they are then written together, too.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    /// Each with the bytes of memory that it takes.
    whole: VecDeque<(Bytes, u64)>,
    /// Small pieces, after those.
    block: BytesMut,
}

/// Bytes of the smallest piece that stays what it is.
const LARGE: usize = 16 << 10;
const BLOCK: usize = 64 << 10;

impl Pieces {
    pub(crate) fn push(&mut self, piece: Bytes) {
        if piece.len() >= LARGE {
            self.end_block();
            let memory = memory_of(&piece);
            self.whole.push_back((piece, memory));
            return;
        }
        if self.block.capacity() - self.block.len() < piece.len() {
            self.end_block();
            self.block = BytesMut::with_capacity(BLOCK);
        }
        self.block.extend_from_slice(&piece);
    }

    /// The first piece, and the bytes of memory that it took.
    pub(crate) fn pop(&mut self) -> Option<(Bytes, u64)> {
        if self.whole.is_empty() {
            self.end_block();
        }
        self.whole.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.block.is_empty()
    }

    fn end_block(&mut self) {
        if !self.block.is_empty() {
            let block = std::mem::take(&mut self.block).freeze();
            let memory = block.len() as u64;
            self.whole.push_back((block, memory));
        }
    }
}

/// Bytes of memory that a piece takes while it is held. Buffers are as large as the next power of two.
pub(crate) fn memory_of(piece: &Bytes) -> u64 {
    let len = piece.len();
    let held = if len < LARGE { len } else { len.checked_next_power_of_two().unwrap_or(len) };
    held as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_leave_in_the_order_in_which_they_came(
            lens in proptest::collection::vec(prop_oneof![1..2_000_usize, LARGE - 1..LARGE + 2, Just(3 * LARGE)], 0..60),
            pops in proptest::collection::vec(any::<bool>(), 60),
        ) {
            let whole: Vec<u8> = (0..251_u8).cycle().take(lens.iter().sum()).collect();
            let (mut pieces, mut at, mut left, mut memory) = (Pieces::default(), 0, Vec::new(), 0);
            for (len, pop) in lens.into_iter().zip(pops) {
                let piece = Bytes::copy_from_slice(&whole[at..at + len]);
                memory += memory_of(&piece);
                pieces.push(piece);
                at += len;
                if pop {
                    let (piece, freed) = pieces.pop().unwrap();
                    left.extend_from_slice(&piece);
                    memory -= freed;
                }
            }
            while let Some((piece, freed)) = pieces.pop() {
                left.extend_from_slice(&piece);
                memory -= freed;
            }
            prop_assert!(pieces.is_empty());
            prop_assert_eq!((left, memory), (whole, 0));
        }
    }

    #[test]
    fn a_thousand_packets_are_held_in_a_few_blocks() {
        let mut pieces = Pieces::default();
        for _ in 0..1_000 {
            // As hyper reads a packet: into a buffer that is much larger.
            let mut buffer = BytesMut::with_capacity(8 << 10);
            buffer.extend_from_slice(&[1; 1_448]);
            pieces.push(buffer.freeze());
        }
        let (blocks, bytes) =
            std::iter::from_fn(|| pieces.pop()).fold((0, 0), |(n, len), (b, _)| (n + 1, len + b.len()));
        assert_eq!((blocks, bytes), (23, 1_448_000));
    }

    #[test]
    fn a_large_piece_counts_as_the_buffer_that_it_was_read_into() {
        let memory = |len| memory_of(&Bytes::from(vec![0; len]));
        assert_eq!([1, LARGE - 1, LARGE, LARGE + 1, 65_535].map(memory), [1, 16_383, 16_384, 32_768, 65_536]);
    }
}
