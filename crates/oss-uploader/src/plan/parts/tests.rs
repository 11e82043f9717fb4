//! The plan is driven by text: a line of options, then events; the log of steps is what is expected.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use oss_models::{Crc64, Etag};
use proptest::prelude::*;

use super::*;

fn receipt(part: Part) -> PartReceipt {
    let etag = Etag::new("e").unwrap();
    PartReceipt { part, etag, crc64: Some(Crc64::from_u64(part.offset)), compared: true, reused: false }
}

fn options(concurrency: Concurrency, hedging: bool) -> PlanOptions {
    let retry = RetryPolicy { max_attempts: 3, base: Duration::from_secs(1), cap: Duration::from_secs(1) };
    PlanOptions { concurrency, retry, hedging }
}

struct Drive {
    plan: MultipartPlan<String>,
    parts: BTreeMap<PartNumber, Part>,
    now: Duration,
    log: String,
}

impl Drive {
    /// Words: `size=N` or `stream`, `part=N`, `par=N`, `budget=N`, `have=1,3`, `hedge`.
    fn new(setup: &str) -> Self {
        let value = |name: &str| {
            setup.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        let number = |name: &str, default: u64| value(name).map_or(default, |v| v.parse().unwrap());
        let (part, parallel) = (number("part", 10), usize::try_from(number("par", 2)).unwrap());
        let options = options(Concurrency::fixed(parallel), setup.contains("hedge"));
        let size = number("size", 0);
        let layout = PartLayout::exact(size, part).unwrap();
        let plan = if setup.contains("stream") {
            let budget = number("budget", u64::MAX / 4);
            let sizes = match size {
                0 => StreamSizes::Growing(GrowingLayout::new(part, parallel, budget.min(part * 8))),
                _ => StreamSizes::Known(layout),
            };
            MultipartPlan::stream(sizes, budget, options)
        } else {
            let mut adopted = Receipts::default();
            for n in value("have").iter().flat_map(|have| have.split(',')) {
                let index = n.parse::<usize>().unwrap() - 1;
                adopted.insert(receipt(layout.part(index).unwrap()));
            }
            MultipartPlan::random_access(layout, adopted, options)
        };
        Self { plan, parts: BTreeMap::new(), now: Duration::ZERO, log: String::new() }
    }

    /// Takes steps until the plan has none.
    fn steps(&mut self) {
        loop {
            let step = self.plan.poll_step(self.now);
            match step {
                Step::Read(len) => write!(self.log, " read{len}"),
                Step::Upload { part, attempt: 1 } => write!(self.log, " {}", part.number),
                Step::Upload { part, attempt } => write!(self.log, " {}#{attempt}", part.number),
                Step::Hedge(part) => write!(self.log, " hedge{}", part.number),
                Step::WaitUntil(at) if at > self.now + Duration::from_millis(1_500) => write!(self.log, " wait-long"),
                Step::WaitUntil(_) => write!(self.log, " wait"),
                Step::Idle => write!(self.log, " ."),
                Step::Complete => write!(self.log, " complete"),
                Step::Stop => write!(self.log, " stop"),
            }
            .unwrap();
            match step {
                Step::Upload { part, .. } => drop(self.parts.insert(part.number, part)),
                Step::Read(_) => return,
                Step::Hedge(_) => {}
                _ => return,
            }
        }
    }

    /// Events: `N` part N stored; `N!` a transient failure, `N!S` one whose refusal asks for a wait of S seconds, `N~` throttled, `Nx` damaged, `Nf` fatal; `+S` seconds pass;
    /// `rL` the read gave L bytes, `rL$` and the stream ended; `pause`, `resume`.
    fn event(&mut self, event: &str) {
        write!(self.log, " | {event} ->").unwrap();
        let (event, asked) = match event.split_once('!') {
            Some((number, seconds)) if !seconds.is_empty() => (&event[..=number.len()], seconds.parse().ok()),
            _ => (event, None),
        };
        let (text, class) = match event.chars().last().unwrap() {
            '!' => (&event[..event.len() - 1], Some(RetryClass::Transient)),
            '~' => (&event[..event.len() - 1], Some(RetryClass::Throttled)),
            'x' => (&event[..event.len() - 1], Some(RetryClass::Damaged)),
            'f' => (&event[..event.len() - 1], Some(RetryClass::Never)),
            _ => (event, None),
        };
        if event == "pause" {
            self.plan.pause();
        } else if event == "resume" {
            self.plan.resume();
        } else if let Some(seconds) = event.strip_prefix('+') {
            self.now += Duration::from_secs(seconds.parse().unwrap());
        } else if let Some(read) = event.strip_prefix('r') {
            let ended = read.ends_with('$');
            if let Err(error) = self.plan.on_read(read.trim_end_matches('$').parse().unwrap(), ended) {
                self.plan.fail(error.to_string());
            }
        } else {
            let number = PartNumber::new(text.parse().unwrap()).unwrap();
            match class {
                None => {
                    self.plan.on_part_done(receipt(self.parts[&number]), self.now);
                }
                Some(class) => {
                    let failure = Failure { class, retry_after: asked.map(Duration::from_secs) };
                    self.plan.on_part_failed(number, failure, event.to_owned(), self.now, 0.5);
                }
            }
        }
        self.steps();
    }
}

fn check(setup: &str, events: &str, expected: Expect) {
    let mut drive = Drive::new(setup);
    drive.steps();
    events.split_whitespace().for_each(|event| drive.event(event));
    let (_, failures) = drive.plan.finish();
    let (root, others) = failures.into_parts();
    let errors = root.map(|root| format!(" ; root {root} others {others:?}")).unwrap_or_default();
    expected.assert_eq(&format!("{}{errors}", drive.log.trim_start()));
}

#[test]
fn parts_go_in_order_within_the_limit() {
    check("size=35 par=2", "1 2 3 4", expect!["1 2 . | 1 -> 3 . | 2 -> 4 . | 3 -> . | 4 -> complete"]);
}

/// Rows: R32.
#[test]
fn when_everything_is_there_already_only_complete_is_left() {
    check("size=30 have=1,2,3", "", expect!["complete"]);
}

/// Rows: W38, R31.
#[test]
fn any_set_of_adopted_parts_is_kept_also_the_short_last_one() {
    check("size=35 have=2,4", "1 3", expect!["1 3 . | 1 -> . | 3 -> complete"]);
}

/// Rows: W13.
#[test]
fn a_part_that_failed_transiently_goes_again_before_new_ones() {
    check("size=30 par=1", "1! +1 2 1 3", expect!["1 . | 1! -> 2 . | +1 -> . | 2 -> 1#2 . | 1 -> 3 . | 3 -> complete"]);
}

/// Rows: W13, W15.
#[test]
fn a_part_is_given_up_after_its_attempts() {
    check(
        "size=10",
        "1! +1 1! +1 1!",
        expect!["1 . | 1! -> wait | +1 -> 1#2 . | 1! -> wait | +1 -> 1#3 . | 1! -> stop ; root 1! others []"],
    );
}

/// Rows: W2, W15, R80.
#[test]
fn a_fatal_failure_stops_at_once_and_is_the_root() {
    check(
        "size=50 par=3",
        "2f 1! 3f",
        expect!["1 2 3 . | 2f -> stop | 1! -> stop | 3f -> stop ; root 2f others [\"1!\", \"3f\"]"],
    );
}

/// Rows: R66.
#[test]
fn all_parts_wait_as_long_as_the_server_asked() {
    check(
        "size=50 par=2",
        "1!9 2 +8 +1 1 3",
        expect!["1 2 . | 1!9 -> wait-long | 2 -> wait-long | +8 -> wait | +1 -> 1#2 3 . | 1 -> 4 . | 3 -> 5 ."],
    );
    check(
        "size=20 par=2",
        "1!9 2!3 +3 +6 1 2",
        expect![
            "1 2 . | 1!9 -> wait-long | 2!3 -> wait-long | +3 -> wait-long | +6 -> 2#2 1#2 . | 1 -> . | 2 -> complete"
        ],
    );
    check("size=10 par=2", "1!300 +300 1", expect!["1 . | 1!300 -> wait-long | +300 -> 1#2 . | 1 -> complete"]);
    check("size=10 par=2", "1!301", expect!["1 . | 1!301 -> stop ; root 1! others []"]);
    check(
        "stream par=2",
        "r10 r10 1!9 r10 2 r5$ +9 1 3 4",
        expect![
            "read10 | r10 -> 1 read10 | r10 -> 2 read10 | 1!9 -> wait-long | r10 -> wait-long | 2 -> read10 | r5$ -> wait-long | +9 -> 1#2 3 . | 1 -> 4 . | 3 -> . | 4 -> complete"
        ],
    );
}

/// Rows: R54, R80.
#[test]
fn a_damaged_attempt_is_told_beside_the_failure_that_ended_its_part() {
    check(
        "size=20 par=2",
        "1x +1 1f 2",
        expect![[r#"1 2 . | 1x -> wait | +1 -> 1#2 . | 1f -> stop | 2 -> stop ; root 1f others ["1x"]"#]],
    );
    check("size=20 par=2", "1x 2f", expect!["1 2 . | 1x -> wait | 2f -> stop ; root 2f others []"]);
}

/// Rows: W24.
#[test]
fn throttling_halves_what_is_in_flight() {
    check(
        "size=90 par=4",
        "1~ 2 3 4 +9 5",
        expect!["1 2 3 4 . | 1~ -> . | 2 -> . | 3 -> 5 . | 4 -> 6 . | +9 -> . | 5 -> 1#2 7 ."],
    );
}

/// Rows: R54.
#[test]
fn a_damaged_part_goes_again() {
    check("size=10", "1x +1 1", expect!["1 . | 1x -> wait | +1 -> 1#2 . | 1 -> complete"]);
}

/// Rows: W1, R77.
#[test]
fn a_stream_is_read_one_buffer_ahead_and_no_further() {
    check(
        "stream par=2",
        "r10 r10 r10 1 r10 2 3 r4$ 4 5",
        expect![
            "read10 | r10 -> 1 read10 | r10 -> 2 read10 | r10 -> . | 1 -> 3 read10 | r10 -> . | 2 -> 4 read10 | 3 -> . | r4$ -> 5 . | 4 -> . | 5 -> complete"
        ],
    );
}

/// Rows: W6, R7.
#[test]
fn an_empty_last_part_is_not_sent() {
    check("stream par=2", "r10 1 r0$", expect!["read10 | r10 -> 1 read10 | 1 -> . | r0$ -> complete"]);
}

/// Rows: R77.
#[test]
fn the_byte_budget_bounds_what_a_stream_holds() {
    check("stream par=5 budget=20", "r10 r10 1", expect!["read10 | r10 -> 1 read10 | r10 -> 2 . | 1 -> read10"]);
}

#[test]
fn a_stream_of_known_length_is_asked_for_one_byte_too_many() {
    check(
        "stream size=15 par=2",
        "r10 r5$ 1 2",
        expect!["read10 | r10 -> 1 read6 | r5$ -> 2 . | 1 -> . | 2 -> complete"],
    );
}

#[test]
fn while_paused_nothing_new_begins_and_what_runs_may_finish() {
    check("size=40 par=2", "pause 1 2 resume", expect!["1 2 . | pause -> . | 1 -> . | 2 -> . | resume -> 3 4 ."]);
}

/// What is in buffers is sent, so that it does not stay there.
#[test]
fn while_a_stream_is_paused_nothing_is_read_and_what_was_read_is_sent() {
    check(
        "stream par=2",
        "r10 pause r10 1 2 resume",
        expect!["read10 | r10 -> 1 read10 | pause -> . | r10 -> 2 . | 1 -> . | 2 -> . | resume -> read10"],
    );
}

#[test]
fn a_straggling_last_part_is_sent_twice_and_the_first_response_counts() {
    check(
        "size=60 par=2 hedge",
        "+1 1 2 +1 3 4 +1 5 +1 +1 6 6",
        expect![
            "1 2 . | +1 -> . | 1 -> 3 . | 2 -> 4 . | +1 -> . | 3 -> 5 . | 4 -> 6 . | +1 -> . | 5 -> wait-long | +1 -> wait | +1 -> hedge6 . | 6 -> complete | 6 -> complete"
        ],
    );
}

#[test]
fn a_part_that_is_sent_twice_counts_twice() {
    check(
        "size=70 par=3 hedge",
        "1 2 3 4 5 +9 +9",
        expect!["1 2 3 . | 1 -> 4 . | 2 -> 5 . | 3 -> 6 . | 4 -> 7 . | 5 -> wait-long | +9 -> hedge6 . | +9 -> ."],
    );
}

/// Rows: W2, R80.
#[test]
fn a_copy_that_fails_transiently_leaves_the_other_a_fatal_one_ends_all() {
    check(
        "size=70 par=3 hedge",
        "1 2 3 4 5 +9 6! 7 6",
        expect![
            "1 2 3 . | 1 -> 4 . | 2 -> 5 . | 3 -> 6 . | 4 -> 7 . | 5 -> wait-long | +9 -> hedge6 . | 6! -> hedge6 . | 7 -> . | 6 -> complete"
        ],
    );
    check(
        "size=70 par=3 hedge",
        "1 2 3 4 5 +9 6f",
        expect![
            "1 2 3 . | 1 -> 4 . | 2 -> 5 . | 3 -> 6 . | 4 -> 7 . | 5 -> wait-long | +9 -> hedge6 . | 6f -> stop ; root 6f others []"
        ],
    );
}

#[test]
fn of_two_responses_for_one_part_the_first_counts() {
    let mut drive = Drive::new("size=10 par=1");
    drive.steps();
    let part = drive.parts[&PartNumber::MIN];
    assert!(drive.plan.on_part_done(receipt(part), Duration::ZERO));
    assert!(!drive.plan.on_part_done(receipt(part), Duration::ZERO));
}

#[derive(Clone, Debug)]
enum Chance {
    Done(prop::sample::Index),
    Fail(prop::sample::Index, u8),
    Pass(u64),
}

fn chance() -> impl Strategy<Value = Chance> {
    prop_oneof![
        6 => any::<prop::sample::Index>().prop_map(Chance::Done),
        2 => (any::<prop::sample::Index>(), 0..3_u8).prop_map(|(i, class)| Chance::Fail(i, class)),
        2 => (0..3_000_u64).prop_map(Chance::Pass),
    ]
}

proptest! {
    /// Rows: R31, R43, R80.
    #[test]
    fn every_part_is_stored_once_or_the_upload_stops_with_its_first_error(
        size in 1..200_u64, parallel in 1..6_usize, hedging: bool, chances in proptest::collection::vec(chance(), 0..200),
    ) {
        let layout = PartLayout::exact(size, 10).unwrap();
        let options = options(Concurrency::fixed(parallel), hedging);
        let mut plan = MultipartPlan::random_access(layout, Receipts::default(), options);
        let (mut now, mut running, mut stored) = (Duration::ZERO, Vec::<Part>::new(), 0_usize);
        let mut chances = chances.into_iter();
        let outcome = loop {
            match plan.poll_step(now) {
                Step::Upload { part, .. } => {
                    prop_assert!(running.iter().all(|other| other.number != part.number));
                    running.push(part);
                    prop_assert!(running.len() <= parallel);
                }
                Step::Hedge(part) => {
                    running.push(part);
                    prop_assert!(running.len() <= parallel);
                }
                Step::Complete => break true,
                Step::Stop => break false,
                Step::Read(_) => prop_assert!(false, "nothing to read"),
                Step::WaitUntil(at) if running.is_empty() => {
                    prop_assert!(at > now);
                    now = at;
                }
                Step::Idle | Step::WaitUntil(_) => {
                    prop_assert!(!running.is_empty(), "the plan is stuck");
                    // Once the chances are used up, everything goes well.
                    let chance = chances.next();
                    if chance.is_none() {
                        let part = running[0];
                        running.retain(|other| other.number != part.number);
                        stored += usize::from(plan.on_part_done(receipt(part), now));
                    }
                    match chance.unwrap_or(Chance::Pass(0)) {
                        Chance::Done(i) => {
                            let part = running[i.index(running.len())];
                            // The engine ends other copies.
                            running.retain(|other| other.number != part.number);
                            stored += usize::from(plan.on_part_done(receipt(part), now));
                        }
                        Chance::Fail(i, class) => {
                            let part = running.remove(i.index(running.len()));
                            let class = [RetryClass::Transient, RetryClass::Throttled, RetryClass::Damaged][usize::from(class)];
                            plan.on_part_failed(part.number, Failure::of_class(class), "failed".to_owned(), now, 0.5);
                        }
                        Chance::Pass(millis) => now += Duration::from_millis(millis),
                    }
                }
            }
        };
        let (receipts, failures) = plan.finish();
        prop_assert_eq!(outcome, failures.is_empty());
        prop_assert_eq!(receipts.len(), stored);
        if outcome {
            prop_assert_eq!(receipts.size(), size);
        }
    }
}

#[test]
fn a_copy_starts_with_eight_parts_unless_a_number_is_given() {
    let first = |options: crate::CopyOptions| {
        let settings = crate::Settings::check(&options.as_upload()).unwrap();
        PlanOptions::of_copy(&settings).concurrency.limit()
    };
    assert_eq!(first(crate::CopyOptions::default()), 8);
    assert_eq!(first(crate::CopyOptions::default().parallel_num(2)), 2);
}
