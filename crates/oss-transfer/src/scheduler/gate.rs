//! One limit of a scheduler, and the line of those who wait for a share of it.
//!
//! Its locks are those that the parent imports: the tests of interleavings mount this file a second time, with locks at which
//! any other thread may go first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::Priority;
use super::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lets through as much as its limit; the rest waits in line.
#[derive(Debug)]
pub(super) struct Gate {
    limit: u64,
    state: Mutex<GateState>,
}

#[derive(Debug, Default)]
struct GateState {
    used: u64,
    arrivals: u64,
    waiting: BTreeMap<(Reverse<Priority>, u64), Waiting>,
}

#[derive(Debug)]
struct Waiting {
    amount: u64,
    enter: oneshot::Sender<Permit>,
}

/// A share of one of a scheduler's limits; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    amount: u64,
}

impl Permit {
    /// Gives back what is not needed after all.
    pub fn shrink_to(&mut self, amount: u64) {
        let spare = self.amount.saturating_sub(amount);
        self.amount -= spare;
        self.gate.give_back(spare);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.give_back(self.amount);
    }
}

impl Gate {
    pub(super) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, state: Mutex::default() })
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// How much of the limit is in use.
    #[cfg(test)]
    pub(super) fn used(&self) -> u64 {
        self.lock().used
    }

    /// Waits until so much more fits below the limit.
    pub(super) async fn enter(gate: &Arc<Self>, priority: Priority, amount: u64) -> Permit {
        let (place, waiting) = {
            let mut state = gate.lock();
            // Nothing is overtaken except by priority.
            let first = state.waiting.first_key_value().is_none_or(|((Reverse(other), _), _)| *other < priority);
            if first && gate.admits(&state, amount) {
                state.used = state.used.saturating_add(amount);
                return Permit { gate: gate.clone(), amount };
            }
            let (enter, waiting) = oneshot::channel();
            let place = (Reverse(priority), state.arrivals);
            state.arrivals += 1;
            state.waiting.insert(place, Waiting { amount, enter });
            (Place { gate, place }, waiting)
        };
        // The sender lives in the gate, which is alive as long as this borrow.
        let permit = waiting.await.unwrap_or_else(|_| Permit { gate: gate.clone(), amount: 0 });
        drop(place);
        permit
    }

    fn admits(&self, state: &GateState, amount: u64) -> bool {
        // Whatever is larger than the limit goes alone.
        state.used == 0 || state.used.saturating_add(amount) <= self.limit
    }

    fn give_back(self: &Arc<Self>, amount: u64) {
        let mut gone = Vec::new();
        {
            let mut state = self.lock();
            state.used = state.used.saturating_sub(amount);
            while state.waiting.first_key_value().is_some_and(|(_, first)| self.admits(&state, first.amount)) {
                let Some((_, Waiting { amount, enter })) = state.waiting.pop_first() else { break };
                state.used = state.used.saturating_add(amount);
                let permit = Permit { gate: self.clone(), amount };
                gone.extend(enter.send(permit).err());
            }
        }
        // Those who no longer wait give their share back, outside of the lock.
        drop(gone);
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue; a request that gives up leaves it, and those behind move up.
struct Place<'a> {
    gate: &'a Arc<Gate>,
    place: (Reverse<Priority>, u64),
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let left = self.gate.lock().waiting.remove(&self.place).is_some();
        if left {
            self.gate.give_back(0);
        }
    }
}
