//! A stopwatch for the plan, which has no clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use oss_models::{Crc64, Etag};

use crate::plan::{
    Concurrency, MAX_PARTS, MultipartPlan, Part, PartLayout, PartReceipt, PlanOptions, Receipts, RetryPolicy, Step,
};

/// The shortest of three runs of an upload of as many parts as there can be, without sending any.
#[test]
#[ignore = "a measurement; `cargo xtask bench` runs it and reads what it prints"]
fn most_parts_planned_and_folded() {
    const PART: u64 = 6 << 20;
    let layout = PartLayout::exact(MAX_PARTS * PART, PART).unwrap();
    let retry = RetryPolicy { max_attempts: 3, base: Duration::from_secs(1), cap: Duration::from_secs(1) };
    let took = (0..3).map(|_| {
        let started = Instant::now();
        let options = PlanOptions { concurrency: Concurrency::fixed(3), retry, hedging: false };
        let mut plan = MultipartPlan::<String>::random_access(layout, Receipts::default(), options);
        let mut running = VecDeque::new();
        loop {
            match plan.poll_step(Duration::ZERO) {
                Step::Upload { part, .. } => running.push_back(part),
                Step::Complete => break,
                _ => assert!(plan.on_part_done(receipt(running.pop_front().unwrap()), Duration::ZERO)),
            }
        }
        let (receipts, _) = plan.finish();
        assert!(receipts.crc64().is_some());
        started.elapsed()
    });
    println!("planned and folded in {} us", took.min().unwrap().as_micros());
}

fn receipt(part: Part) -> PartReceipt {
    let etag = Etag::new("e").unwrap();
    PartReceipt { part, etag, crc64: Some(Crc64::from_u64(part.offset)), compared: true, reused: false }
}
