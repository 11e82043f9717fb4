use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use oss_transfer::Lane;
use tokio::sync::Notify;

use super::sink::{Share, SharedPart, lock};
use crate::pieces::{Pieces, memory_of};

/// Parts in memory between those that fetch them, in any order, and the consumer, who takes their bytes in order.
///
/// The plan never lets parts be fetched far ahead of the consumer, and pieces that take no more than `most` bytes of memory
/// are held; one more if the consumer waits for it.
#[derive(Debug)]
pub(crate) struct Window {
    state: Mutex<State>,
    /// The consumer took bytes.
    taken: Notify,
    most: u64,
    lane: Lane,
}

#[derive(Debug, Default)]
struct State {
    parts: BTreeMap<usize, Buffered>,
    /// The part that the consumer takes bytes of.
    current: usize,
    /// Bytes of memory that all pieces take.
    memory: u64,
    /// No part follows those that are here.
    ended: bool,
    consumer: Option<Waker>,
}

#[derive(Debug, Default)]
struct Buffered {
    pieces: Pieces,
    complete: bool,
    share: Share,
}

impl Window {
    pub(crate) fn new(most: u64, lane: Lane) -> Self {
        Self { state: Mutex::default(), taken: Notify::new(), most, lane }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a part's share of the bytes that may be in buffers, unless it has it already.
    pub(super) async fn admit(&self, index: usize, part: &SharedPart) {
        if self.state().parts.contains_key(&index) {
            return;
        }
        let bytes = lock(part).missing().len().min(self.most);
        let share = self.lane.buffer(bytes).await;
        let mut state = self.state();
        state.parts.entry(index).or_default().share.get_or_insert(share);
    }

    /// Holds what is missing of a part in this piece, once there is room. How many bytes that were.
    pub(super) async fn hold(&self, index: usize, part: &SharedPart, position: u64, piece: Bytes) -> u64 {
        loop {
            let mut taken = pin!(self.taken.notified());
            // Before looking, so that no byte that is taken meanwhile goes unnoticed.
            taken.as_mut().enable();
            match self.try_hold(index, part, position, &piece) {
                Some(bytes) => return bytes,
                None => taken.await,
            }
        }
    }

    /// `None` if there is no room.
    fn try_hold(&self, index: usize, part: &SharedPart, position: u64, piece: &Bytes) -> Option<u64> {
        let mut part = lock(part);
        let Some(fresh) = part.fresh(position, piece) else { return Some(0) };
        let (bytes, memory) = (fresh.len() as u64, memory_of(&fresh));
        let waker = {
            let mut state = self.state();
            let awaited = index == state.current && state.parts.get(&index).is_none_or(|part| part.pieces.is_empty());
            if !awaited && state.memory.saturating_add(memory) > self.most {
                return None;
            }
            state.memory += memory;
            part.add(&fresh);
            let buffered = state.parts.entry(index).or_default();
            buffered.pieces.push(fresh);
            buffered.complete = part.is_complete();
            state.consumer.take()
        };
        waker.into_iter().for_each(Waker::wake);
        Some(bytes)
    }

    /// Every part is here, or nothing more will come.
    pub(super) fn end(&self) {
        let waker = {
            let mut state = self.state();
            state.ended = true;
            state.consumer.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Parts that the consumer has taken whole.
    pub(super) fn consumed(&self) -> usize {
        self.state().current
    }

    /// Waits until the consumer has taken bytes.
    pub(super) async fn taken(&self) {
        self.taken.notified().await;
    }

    /// The next bytes in order; `None` once there are no more.
    pub(crate) async fn next(&self) -> Option<Bytes> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.state();
        loop {
            let current = state.current;
            let (piece, complete) = match state.parts.get_mut(&current) {
                Some(part) => (part.pieces.pop(), part.complete),
                None => (None, false),
            };
            if let Some((piece, memory)) = piece {
                state.memory -= memory;
                drop(state);
                self.taken.notify_waiters();
                return Poll::Ready(Some(piece));
            }
            if complete {
                state.parts.remove(&current);
                state.current += 1;
                self.taken.notify_waiters();
            } else if state.ended {
                return Poll::Ready(None);
            } else {
                state.consumer = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
    }
}
