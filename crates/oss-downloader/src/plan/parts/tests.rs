//! The plan is driven by text: a line of options, then events; the log of steps is what is expected.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

struct Drive {
    plan: PartsPlan<String>,
    now: Duration,
    log: String,
}

impl Drive {
    /// Words: `parts=N` of 10 bytes each, `par=N`, `have=0,2`, `window=N`, `opened`.
    fn new(setup: &str) -> Self {
        let value = |name: &str| {
            setup.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        let number = |name: &str| value(name).map(|text| text.parse::<usize>().unwrap());
        let have: Vec<usize> = value("have").iter().flat_map(|v| v.split(',')).map(|n| n.parse().unwrap()).collect();
        let part = |index: usize| (Span::new(index as u64 * 10, 10), have.contains(&index).then_some(Crc64::EMPTY));
        let retry = RetryPolicy { max_attempts: 3, base: Duration::from_secs(1), cap: Duration::from_secs(1) };
        let options =
            PartsOptions { parallel: ParallelNum::Fixed(number("par").unwrap_or(2)), retry, window: number("window") };
        let mut plan = PartsPlan::new((0..number("parts").unwrap_or(0)).map(part), options);
        if setup.contains("opened") {
            plan.start_first(Duration::ZERO);
        }
        Self { plan, now: Duration::ZERO, log: String::new() }
    }

    /// Takes steps until the plan has none.
    fn steps(&mut self) {
        loop {
            let step = self.plan.poll_step(self.now);
            match step {
                Step::Fetch { index, attempt: 1 } => write!(self.log, " {index}"),
                Step::Fetch { index, attempt } => write!(self.log, " {index}#{attempt}"),
                Step::Hedge { index } => write!(self.log, " hedge{index}"),
                Step::WaitUntil(at) => write!(self.log, " wait{}", at.saturating_sub(self.now).as_millis()),
                Step::Idle => write!(self.log, " ."),
                Step::Done => write!(self.log, " done"),
                Step::Stop => write!(self.log, " stop"),
            }
            .unwrap();
            if !matches!(step, Step::Fetch { .. } | Step::Hedge { .. }) {
                return;
            }
        }
    }

    /// Events: `N` part N is there; `N!` failed in transit, `N~` throttled, `Nx` damaged, `Nf` fatal; `N/` brought less than
    /// the part; `N!R` failed after R KiB were there; `+S` seconds pass; `cN` the consumer took N parts; `pause`, `resume`.
    fn event(&mut self, event: &str) {
        write!(self.log, " | {event} ->").unwrap();
        if event == "pause" {
            self.plan.pause();
        } else if event == "resume" {
            self.plan.resume();
        } else if let Some(seconds) = event.strip_prefix('+') {
            self.now += Duration::from_secs(seconds.parse().unwrap());
        } else if let Some(parts) = event.strip_prefix('c') {
            self.plan.on_consumed(parts.parse().unwrap());
        } else {
            let digits = event.find(|c: char| !c.is_ascii_digit()).unwrap_or(event.len());
            let index = event[..digits].parse().unwrap();
            let reached = event[digits..].get(1..).and_then(|reached| reached.parse::<u64>().ok()).unwrap_or(0) << 10;
            let class = match event[digits..].chars().next() {
                None => {
                    self.plan.on_done(index, Crc64::EMPTY, self.now);
                    return self.steps();
                }
                Some('/') => {
                    self.plan.on_partial(index, self.now);
                    return self.steps();
                }
                Some('!') => RetryClass::Transient,
                Some('~') => RetryClass::Throttled,
                Some('x') => RetryClass::Damaged,
                _ => RetryClass::Never,
            };
            self.plan.on_failed(index, class, reached, event.to_owned(), self.now, 1.0);
        }
        self.steps();
    }
}

fn check(setup: &str, events: &str, expected: Expect) {
    let mut drive = Drive::new(setup);
    drive.steps();
    events.split_whitespace().for_each(|event| drive.event(event));
    let (root, others) = drive.plan.take_failures().into_parts();
    let failed = root.map(|root| format!(" [{root}{}]", others.iter().map(|o| format!(" {o}")).collect::<String>()));
    expected.assert_eq(&(drive.log.trim_start().to_owned() + &failed.unwrap_or_default()));
}

#[test]
fn parts_are_fetched_in_order_as_many_as_may_be() {
    check("parts=4", "0 1 3 2", expect!["0 1 . | 0 -> 2 . | 1 -> 3 . | 3 -> . | 2 -> done"]);
}

#[test]
fn the_response_that_opens_the_download_is_the_first_part() {
    check("parts=3 opened", "1 0 2", expect!["1 . | 1 -> 2 . | 0 -> . | 2 -> done"]);
    check("parts=1 opened", "0", expect![". | 0 -> done"]);
}

#[test]
fn an_empty_object_is_done_at_once() {
    check("parts=0", "", expect!["done"]);
}

#[test]
fn any_set_of_parts_that_are_there_is_kept() {
    check("parts=4 have=0,2", "1 3", expect!["1 3 . | 1 -> . | 3 -> done"]);
    check("parts=2 have=0,1", "", expect!["done"]);
}

#[test]
fn a_part_that_failed_goes_again_before_new_ones_and_is_given_up() {
    check("parts=3", "0! +1 0! +1 0!", expect!["0 1 . | 0! -> 2 . | +1 -> . | 0! -> . | +1 -> . | 0! -> ."]);
    check(
        "parts=1",
        "0! +1 0! +1 0!",
        expect!["0 . | 0! -> wait1000 | +1 -> 0#2 . | 0! -> wait1000 | +1 -> 0#3 . | 0! -> stop [0!]"],
    );
}

#[test]
fn attempts_that_bring_the_part_on_do_not_count() {
    check(
        "parts=1",
        "0!256 +1 0!512 +1 0!768 +1 0!768 +1 0!769",
        expect![
            "0 . | 0!256 -> wait1000 | +1 -> 0#2 . | 0!512 -> wait1000 | +1 -> 0#2 . | 0!768 -> wait1000 | +1 -> 0#2 . | 0!768 -> wait1000 | +1 -> 0#3 . | 0!769 -> stop [0!769]"
        ],
    );
}

#[test]
fn a_response_with_less_than_the_part_is_followed_by_the_rest_at_once() {
    check("parts=2 par=1 opened", "0/ 0 1", expect![". | 0/ -> 0 . | 0 -> 1 . | 1 -> done"]);
}

#[test]
fn a_fatal_failure_stops_at_once_and_is_the_root() {
    check("parts=3", "1f 0!", expect!["0 1 . | 1f -> stop | 0! -> stop [1f 0!]"]);
}

#[test]
fn throttling_halves_what_is_in_flight() {
    check("parts=9 par=4", "0~ 1 2 3", expect!["0 1 2 3 . | 0~ -> . | 1 -> . | 2 -> 4 . | 3 -> 5 ."]);
}

#[test]
fn a_consumer_in_order_is_never_left_far_behind() {
    check(
        "parts=9 par=4 window=2",
        "1 0 c1 c2 c2",
        expect!["0 1 . | 1 -> . | 0 -> . | c1 -> 2 . | c2 -> 3 . | c2 -> ."],
    );
}

#[test]
fn the_part_that_the_consumer_waits_for_goes_first() {
    check("parts=9 par=3 window=3", "2! 0! +1", expect!["0 1 2 . | 2! -> wait1000 | 0! -> wait1000 | +1 -> 0#2 2#2 ."]);
}

#[test]
fn a_straggler_is_fetched_twice_once_nothing_else_is_left() {
    check(
        "parts=6",
        "+1 0 1 +1 2 3 +1 4 +2 5",
        expect![
            "0 1 . | +1 -> . | 0 -> 2 . | 1 -> 3 . | +1 -> . | 2 -> 4 . | 3 -> 5 . | +1 -> . | 4 -> wait2000 | +2 -> hedge5 . | 5 -> done"
        ],
    );
}

#[test]
fn a_copy_that_fails_leaves_the_other_and_a_fatal_one_ends_all() {
    let before = "+1 0 1 +1 2 3 +1 4 +2";
    check(
        "parts=6",
        &format!("{before} 5! 5"),
        expect![
            "0 1 . | +1 -> . | 0 -> 2 . | 1 -> 3 . | +1 -> . | 2 -> 4 . | 3 -> 5 . | +1 -> . | 4 -> wait2000 | +2 -> hedge5 . | 5! -> hedge5 . | 5 -> done"
        ],
    );
    check(
        "parts=6",
        &format!("{before} 5f"),
        expect![
            "0 1 . | +1 -> . | 0 -> 2 . | 1 -> 3 . | +1 -> . | 2 -> 4 . | 3 -> 5 . | +1 -> . | 4 -> wait2000 | +2 -> hedge5 . | 5f -> stop [5f]"
        ],
    );
}

#[test]
fn a_paused_download_begins_nothing() {
    check(
        "parts=4",
        "pause 0 1 resume 2 3",
        expect!["0 1 . | pause -> . | 0 -> . | 1 -> . | resume -> 2 3 . | 2 -> . | 3 -> done"],
    );
}

#[test]
fn the_crc64_of_all_is_known_when_each_is_and_parts_follow_each_other() {
    let options = || PartsOptions { parallel: ParallelNum::Fixed(1), retry: RetryPolicy::default(), window: None };
    let crc = |text: &[u8]| Some(Crc64::of(text));
    let plan = |parts: Vec<(Span, Option<Crc64>)>| PartsPlan::<()>::new(parts, options()).crc64();
    let [one, two, far] = [Span::new(0, 3), Span::new(3, 2), Span::new(4, 2)];
    assert_eq!(plan(vec![(one, crc(b"abc")), (two, crc(b"de"))]), crc(b"abcde"));
    assert_eq!(plan(vec![(one, crc(b"abc")), (two, None)]), None);
    assert_eq!(plan(vec![(one, crc(b"abc")), (far, crc(b"de"))]), None);
    assert_eq!(plan(Vec::new()), Some(Crc64::EMPTY));
}

proptest! {
    /// Whatever happens, the plan ends: every part is there, or it stopped.
    #[test]
    fn every_download_ends(
        parts in 0..12_usize,
        parallel in 1..5_usize,
        window in proptest::option::of(1..4_usize),
        outcomes in proptest::collection::vec(0..12_u8, 400),
    ) {
        let retry = RetryPolicy { max_attempts: 3, base: Duration::from_secs(1), cap: Duration::from_secs(1) };
        let options = PartsOptions { parallel: ParallelNum::Fixed(parallel), retry, window };
        let mut plan = PartsPlan::new((0..parts).map(|index| (Span::new(index as u64 * 10, 10), None)), options);
        let (mut now, mut running, mut consumed) = (Duration::ZERO, Vec::new(), vec![false; parts]);
        let mut outcomes = outcomes.into_iter();
        let mut ended = None;
        for _ in 0..4_000 {
            match plan.poll_step(now) {
                Step::Fetch { index, .. } | Step::Hedge { index } => running.push(index),
                Step::WaitUntil(at) if running.is_empty() => now = at,
                step @ (Step::Done | Step::Stop) => {
                    ended = Some(step);
                    break;
                }
                Step::WaitUntil(_) | Step::Idle => {
                    prop_assert!(!running.is_empty(), "nothing is under way and nothing is waited for");
                    now += Duration::from_millis(700);
                    let Some(outcome) = outcomes.next() else { break };
                    let index = running.swap_remove(usize::from(outcome) % running.len());
                    match outcome {
                        0..9 => {
                            plan.on_done(index, Crc64::EMPTY, now);
                            running.retain(|other| *other != index);
                            consumed[index] = true;
                            plan.on_consumed(consumed.iter().take_while(|taken| **taken).count());
                        }
                        9 => plan.on_partial(index, now),
                        10 => drop(plan.on_failed(index, RetryClass::Transient, 0, (), now, 0.5)),
                        _ => drop(plan.on_failed(index, RetryClass::Damaged, 0, (), now, 0.5)),
                    }
                }
            }
            let copies = |index: usize| running.iter().filter(|other| **other == index).count();
            prop_assert!((0..parts).all(|index| copies(index) <= 2));
        }
        match ended {
            Some(Step::Done) => prop_assert!(plan.crc64().is_some()),
            Some(_) => prop_assert!(plan.take_failures().into_parts().0.is_some()),
            None => {}
        }
    }
}
