//! Where bytes go as they arrive.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use oss_transfer::Permit;

use super::window::Window;
use super::writer::FileWriter;
use crate::pieces::Pieces;
use crate::plan::PartProgress;

/// One part while it arrives, shared by the attempts that bring it.
pub(super) type SharedPart = Arc<Mutex<PartProgress>>;

pub(super) fn lock(part: &SharedPart) -> MutexGuard<'_, PartProgress> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the bytes of all parts go.
#[derive(Clone)]
pub(super) enum Sink {
    File(FileSink),
    Window(Arc<Window>),
    Memory(Held),
}

/// All of an object that is small, as it arrives.
#[derive(Clone, Debug, Default)]
pub(super) struct Held(Arc<Mutex<Vec<Bytes>>>);

impl Held {
    /// Keeps what is missing of a part in this piece. How many bytes that were.
    pub(super) fn hold(&self, part: &SharedPart, position: u64, piece: &Bytes) -> u64 {
        let mut part = lock(part);
        let Some(fresh) = part.fresh(position, piece) else { return 0 };
        part.add(&fresh);
        let bytes = fresh.len() as u64;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fresh);
        bytes
    }

    /// What arrived, in order.
    pub(super) fn take(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A file, in which parts have their places.
#[derive(Clone)]
pub(super) struct FileSink {
    pub(super) writer: FileWriter,
    pub(super) batch: BatchSize,
}

/// Bytes that an attempt hands over together: those under way follow it when it changes.
#[derive(Clone, Debug, Default)]
pub(super) struct BatchSize(Arc<AtomicU64>);

impl BatchSize {
    pub(super) fn set(&self, bytes: u64) {
        self.0.store(bytes, Relaxed);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Sink {
    /// Waits until a part may be fetched, and takes its share of the bytes that may be in buffers.
    pub(super) async fn admit(&self, index: usize, part: &SharedPart) {
        if let Self::Window(window) = self {
            window.admit(index, part).await;
        }
    }
}

/// Pieces of a part that lie one after the other, and are handed over together.
#[derive(Default)]
pub(super) struct Batch {
    position: u64,
    pieces: Pieces,
    bytes: u64,
}

impl Batch {
    /// A batch that begins at this position of the object.
    pub(super) fn at(position: u64) -> Self {
        Self { position, pieces: Pieces::default(), bytes: 0 }
    }

    pub(super) fn push(&mut self, piece: Bytes) {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        self.pieces.push(piece);
    }

    /// Bytes in it.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The pieces, and an empty batch that follows them.
    pub(super) fn take(&mut self) -> Self {
        let next = Self::at(self.position.saturating_add(self.bytes));
        std::mem::replace(self, next)
    }

    /// The next piece, and its position in the object.
    pub(super) fn pop(&mut self) -> Option<(u64, Bytes)> {
        let (at, (piece, _)) = (self.position, self.pieces.pop()?);
        let len = piece.len() as u64;
        self.position = at.saturating_add(len);
        self.bytes = self.bytes.saturating_sub(len);
        Some((at, piece))
    }
}

/// A share of the bytes that may be in buffers, held with them.
pub(super) type Share = Option<Permit>;
