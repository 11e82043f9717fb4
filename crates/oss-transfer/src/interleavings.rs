//! What several threads do to the counts of a meter and to a limit of a scheduler, in every order of their steps.
//!
//! The files under test are mounted here a second time, with the atomics and locks of shuttle: at each of their steps it chooses
//! the thread that takes the next one. It knows orders of steps only: what weaker memory orderings add to them is beyond it.
#![cfg(test)]

use std::pin::pin;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll, Waker};

use shuttle::future::block_on;
use shuttle::scheduler::{DfsScheduler, RandomScheduler};
use shuttle::sync::{self, Arc, atomic};
use shuttle::{Config, Runner, thread};

use self::counts::{Counts, Sent};
use self::gate::{Gate, Permit};
use crate::Priority;

#[path = "progress/counts.rs"]
#[expect(dead_code, clippy::duplicate_mod, reason = "on purpose; not all of it interleaves")]
mod counts;
#[path = "scheduler/gate.rs"]
#[expect(dead_code, unreachable_pub, clippy::duplicate_mod, reason = "on purpose; none of it is public from here")]
mod gate;

fn config() -> Config {
    let mut config = Config::new();
    config.silence_warnings = true;
    config
}

/// Every order of the steps of `run`.
fn in_every_order(run: impl Fn() + Send + Sync + 'static) {
    let orders = Runner::new(DfsScheduler::new(None, false), config()).run(run);
    assert!(orders > 1, "nothing interleaves");
}

/// So many orders of the steps of `run`, where all would take too long; the same ones in each run of the tests.
fn in_orders(count: usize, run: impl Fn() + Send + Sync + 'static) {
    Runner::new(RandomScheduler::new_from_seed(19, count), config()).run(run);
}

/// A body is read while its attempt is given up.
///
/// Rows: W51.
#[test]
fn bytes_in_flight_are_those_that_were_added_and_not_taken_back() {
    in_every_order(|| {
        let meter = Arc::new((Counts::default(), Sent::default()));
        let [body, owner] = [(); 2].map(|()| Arc::clone(&meter));
        let body = thread::spawn(move || body.0.add(&body.1, 3));
        let owner = thread::spawn(move || owner.0.take_back(&owner.1));
        let moved = meter.0.moved();
        assert!(moved == 0 || moved == 3, "{moved} bytes in flight");
        body.join().unwrap();
        owner.join().unwrap();
        meter.0.take_back(&meter.1);
        assert_eq!(meter.0.moved(), 0);
    });
}

/// Rows: W51.
#[test]
fn a_part_that_is_confirmed_while_progress_is_read_is_never_taken_back() {
    in_every_order(|| {
        let counts = Arc::new(Counts::default());
        counts.set_total(10);
        let sent = Sent::default();
        counts.add(&sent, 10);
        assert_eq!(counts.sums().transferred, 10);
        let confirming = Arc::clone(&counts);
        let engine = thread::spawn(move || confirming.confirm(&sent, 10));
        let sums = counts.sums();
        assert!(sums.transferred == 10 && sums.transferred >= sums.confirmed, "{sums:?}");
        engine.join().unwrap();
        let last = counts.sums();
        assert_eq!((last.confirmed, last.in_flight, last.transferred), (10, 0, 10));
    });
}

/// Rows: W51.
#[test]
fn what_was_told_stays_when_a_transfer_begins_again_meanwhile() {
    in_every_order(|| {
        let counts = Arc::new(Counts::default());
        let engine = Arc::clone(&counts);
        let engine = thread::spawn(move || {
            engine.add_confirmed(10);
            engine.restart();
        });
        let first = counts.sums();
        let second = counts.sums();
        assert!(second.confirmed >= first.confirmed, "{first:?} {second:?}");
        assert!(second.transferred >= first.transferred, "{first:?} {second:?}");
        engine.join().unwrap();
    });
}

/// Waits for a share, and sees that no one else has one of a limit of 1.
fn pass(gate: &Arc<Gate>, inside: &AtomicU32) {
    let permit = block_on(Gate::enter(gate, Priority::Normal, 1));
    assert_eq!(inside.fetch_add(1, SeqCst), 0, "two have the one share");
    thread::yield_now();
    inside.fetch_sub(1, SeqCst);
    drop(permit);
}

/// Asks for a share, and leaves if it is not there at once.
fn ask_and_leave(gate: &Arc<Gate>, amount: u64) {
    let mut waiting = pin!(Gate::enter(gate, Priority::Normal, amount));
    let permit: Poll<Permit> = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(permit);
}

#[test]
fn no_more_than_a_limit_is_under_way_in_any_order_of_two() {
    in_every_order(|| {
        let (gate, inside) = (Gate::new(1), Arc::new(AtomicU32::new(0)));
        let (other, seen) = (Arc::clone(&gate), Arc::clone(&inside));
        let other = thread::spawn(move || pass(&other, &seen));
        pass(&gate, &inside);
        other.join().unwrap();
        assert_eq!(gate.used(), 0);
    });
}

#[test]
fn no_more_than_a_limit_is_under_way_of_four() {
    in_orders(500, || {
        let (gate, inside) = (Gate::new(1), Arc::new(AtomicU32::new(0)));
        let others = [(); 3].map(|()| (Arc::clone(&gate), Arc::clone(&inside)));
        let others = others.map(|(gate, inside)| thread::spawn(move || pass(&gate, &inside)));
        pass(&gate, &inside);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(gate.used(), 0);
    });
}

/// The share may be on its way just when it is no longer waited for.
#[test]
fn one_that_leaves_the_line_at_any_moment_takes_no_share_along() {
    in_every_order(|| {
        let gate = Gate::new(1);
        let permit = block_on(Gate::enter(&gate, Priority::Normal, 1));
        let leaving = Arc::clone(&gate);
        let leaving = thread::spawn(move || ask_and_leave(&leaving, 1));
        drop(permit);
        leaving.join().unwrap();
        assert_eq!(gate.used(), 0);
    });
}

/// A request at the front of the line that fits less often than the ones behind it.
#[test]
fn those_behind_one_that_leaves_move_up_in_any_order() {
    in_orders(500, || {
        let gate = Gate::new(10);
        let permit = block_on(Gate::enter(&gate, Priority::Normal, 8));
        let [leaving, behind] = [(); 2].map(|()| Arc::clone(&gate));
        let leaving = thread::spawn(move || ask_and_leave(&leaving, 5));
        // It has to end while the first share is still out.
        let behind = thread::spawn(move || drop(block_on(Gate::enter(&behind, Priority::Normal, 2))));
        leaving.join().unwrap();
        behind.join().unwrap();
        drop(permit);
        assert_eq!(gate.used(), 0);
    });
}

#[test]
fn what_a_share_gives_back_early_reaches_those_who_wait_in_any_order() {
    in_every_order(|| {
        let gate = Gate::new(10);
        let mut permit = block_on(Gate::enter(&gate, Priority::Normal, 8));
        let waiting = Arc::clone(&gate);
        let waiting = thread::spawn(move || block_on(Gate::enter(&waiting, Priority::Normal, 4)));
        permit.shrink_to(6);
        // It has to have its share by now.
        let other = waiting.join().unwrap();
        drop((permit, other));
        assert_eq!(gate.used(), 0);
    });
}
