//! Connections that wait for their next request: a value that changes by one step at a time, under the lock of the pool.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct PoolSettings {
    /// Most connections that wait for one origin, on one runtime.
    pub(in crate::client) max_idle_per_host: usize,
    /// Longest wait, at whose end the driver closes the connection; below the time after which servers close by themselves, or
    /// requests meet closed connections.
    pub(in crate::client) idle_timeout: Duration,
}

/// What can be kept for another request, as long as it is open.
pub(super) trait Connected {
    fn is_closed(&self) -> bool;
}

/// Connections by the place that they lead to.
#[derive(Debug)]
pub(super) struct Idle<P, C>(HashMap<P, Vec<Waiting<C>>>);

#[derive(Debug)]
struct Waiting<C> {
    connection: C,
    since: Instant,
}

impl<P, C> Default for Idle<P, C> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<P: Eq + Hash, C: Connected> Idle<P, C> {
    /// The connection to a place that was used last, since it is the least likely to have been closed meanwhile.
    pub(super) fn take(&mut self, place: &P, now: Instant, settings: PoolSettings) -> Option<C> {
        self.forget_old(now, settings);
        let waiting = self.0.get_mut(place)?;
        let last = waiting.pop().map(|waiting| waiting.connection);
        if waiting.is_empty() {
            self.0.remove(place);
        }
        last
    }

    /// Keeps a connection, unless there are enough.
    pub(super) fn put(&mut self, place: P, connection: C, now: Instant, settings: PoolSettings) {
        self.forget_old(now, settings);
        let waiting = self.0.entry(place).or_default();
        if waiting.len() < settings.max_idle_per_host {
            waiting.push(Waiting { connection, since: now });
        }
    }

    /// Forgets the connections that are closed.
    pub(super) fn forget_closed(&mut self) {
        self.retain(|waiting| !waiting.connection.is_closed());
    }

    fn forget_old(&mut self, now: Instant, settings: PoolSettings) {
        let is_over = |since| now.duration_since(since) >= settings.idle_timeout;
        self.retain(|waiting| !is_over(waiting.since) && !waiting.connection.is_closed());
    }

    fn retain(&mut self, is_good: impl Fn(&Waiting<C>) -> bool) {
        self.0.retain(|_, waiting| {
            waiting.retain(&is_good);
            !waiting.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use self::Step::{Begin, Close, End, Forget, GiveUp, Pass};
    use super::*;

    /// One step of one actor.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// Begins a request to this place, over a connection of the pool or a new one.
        Begin(char),
        /// Its response was read.
        End,
        /// The response was given up: its connection closes.
        GiveUp,
        /// The server closes the connection with this number, if it waits.
        Close(usize),
        /// A driver that ended tells the pool.
        Forget,
        /// So many seconds pass.
        Pass(u64),
    }

    #[derive(Debug)]
    struct Fake {
        number: usize,
        place: char,
        is_closed: Cell<bool>,
    }

    impl Connected for Rc<Fake> {
        fn is_closed(&self) -> bool {
            self.is_closed.get()
        }
    }

    const SETTINGS: PoolSettings = PoolSettings { max_idle_per_host: 2, idle_timeout: Duration::from_secs(10) };

    /// The pool and its users in one order of their steps, with what must hold after each.
    struct World {
        pool: Idle<char, Rc<Fake>>,
        now: Instant,
        made: Vec<Rc<Fake>>,
        /// When each connection that waits, by its number, began to.
        waits: Vec<(usize, Instant)>,
        held: [Option<Rc<Fake>>; 3],
    }

    impl World {
        fn new(now: Instant) -> Self {
            Self { pool: Idle::default(), now, made: Vec::new(), waits: Vec::new(), held: [const { None }; 3] }
        }

        /// The last of those that wait which may be used for `place`.
        fn best(&self, place: char) -> Option<usize> {
            let is_good = |(number, since): &&(usize, Instant)| {
                let fake = &self.made[*number];
                fake.place == place && !fake.is_closed.get() && self.now - *since < SETTINGS.idle_timeout
            };
            self.waits.iter().rev().find(is_good).map(|(number, _)| *number)
        }

        fn step(&mut self, actor: usize, step: Step) {
            match step {
                Step::Begin(place) => {
                    let expected = self.best(place);
                    let taken = self.pool.take(&place, self.now, SETTINGS);
                    assert_eq!(taken.as_ref().map(|fake| fake.number), expected, "the last good one, if there is one");
                    self.waits.retain(|(number, _)| Some(*number) != expected);
                    let number = self.made.len();
                    self.held[actor] = Some(taken.unwrap_or_else(|| {
                        let fake = Rc::new(Fake { number, place, is_closed: Cell::new(false) });
                        self.made.push(Rc::clone(&fake));
                        fake
                    }));
                }
                Step::End => {
                    let Some(fake) = self.held[actor].take() else { return };
                    let place = fake.place;
                    let good = |(number, since): &&(usize, Instant)| {
                        let fake = &self.made[*number];
                        fake.place == place && !fake.is_closed.get() && self.now - *since < SETTINGS.idle_timeout
                    };
                    if self.waits.iter().filter(good).count() < SETTINGS.max_idle_per_host {
                        self.waits.push((fake.number, self.now));
                    }
                    self.pool.put(place, fake, self.now, SETTINGS);
                }
                Step::GiveUp => self.held[actor] = None,
                Step::Close(number) => {
                    if let Some(fake) =
                        self.made.get(number).filter(|fake| self.waits.iter().any(|w| w.0 == fake.number))
                    {
                        fake.is_closed.set(true);
                    }
                }
                Step::Forget => {
                    self.pool.forget_closed();
                    self.waits.retain(|(number, _)| !self.made[*number].is_closed.get());
                    let open = self.pool.0.values().flatten().all(|waiting| !waiting.connection.is_closed());
                    assert!(open, "what is closed is kept no longer");
                }
                Step::Pass(seconds) => self.now += Duration::from_secs(seconds),
            }
            self.check();
        }

        fn check(&self) {
            for (place, waiting) in &self.pool.0 {
                assert!(!waiting.is_empty(), "a place without connections stays");
                assert!(waiting.len() <= SETTINGS.max_idle_per_host, "{} wait for {place}", waiting.len());
                assert!(waiting.iter().all(|waiting| waiting.connection.place == *place), "at another place");
            }
            for fake in &self.made {
                let waiting = self.pool.0.values().flatten().filter(|waiting| Rc::ptr_eq(&waiting.connection, fake));
                let held = self.held.iter().flatten().filter(|held| Rc::ptr_eq(held, fake));
                assert!(waiting.count() + held.count() <= 1, "connection {} has two users", fake.number);
            }
        }
    }

    /// Every order of the steps of these actors, each of which takes its own in turn.
    fn in_every_order(actors: [&[Step]; 3]) -> usize {
        let now = Instant::from_std(std::time::Instant::now());
        let (mut orders, mut begun) = (0, vec![Vec::<usize>::new()]);
        while let Some(order) = begun.pop() {
            let taken = |actor| order.iter().filter(|other| **other == actor).count();
            let left: Vec<_> = (0..3).filter(|actor| taken(*actor) < actors[*actor].len()).collect();
            if left.is_empty() {
                orders += 1;
                let (mut world, mut next) = (World::new(now), [0; 3]);
                for actor in order {
                    world.step(actor, actors[actor][next[actor]]);
                    next[actor] += 1;
                }
                continue;
            }
            begun.extend(left.into_iter().map(|actor| [&order[..], &[actor]].concat()));
        }
        orders
    }

    #[test]
    fn a_connection_has_one_user_in_every_order_of_three() {
        let user = [Begin('a'), End, Begin('a'), End];
        assert_eq!(in_every_order([&user, &user, &user]), 34_650);
    }

    #[test]
    fn nothing_closed_or_old_is_handed_out_in_any_order() {
        let user = [Begin('a'), End, Begin('a'), End];
        let world = [Close(0), Pass(6), Forget, Pass(6)];
        assert_eq!(in_every_order([&user, &user, &world]), 34_650);
    }

    #[test]
    fn what_one_gives_up_or_leaves_at_another_place_no_other_gets() {
        let here = [Begin('a'), End, Begin('b'), GiveUp];
        let there = [Begin('b'), End, Begin('a'), End];
        assert_eq!(in_every_order([&here, &there, &[Pass(4), Close(1), Pass(7)]]), 11_550);
    }
}
