//! Many runs, and what they came to.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::check::Broken;
use crate::run::run_seed;
use crate::seeds;
use crate::table::Table;
use crate::work::Cell;

/// Runs in several threads, each run in one.
pub(crate) struct Sweep {
    threads: usize,
    until_broken: bool,
    began: Instant,
    runs: u64,
    table: Table,
    failed: Vec<(Option<usize>, u64, Vec<Broken>)>,
}

/// So many runs have every ending of each operation and fault.
const ENDINGS: u64 = 20_000;
/// Failures that are told.
const TOLD: usize = 50;

impl Sweep {
    pub(crate) fn new(threads: usize, until_broken: bool) -> Self {
        let (table, failed) = (Table::default(), Vec::new());
        Self { threads: threads.max(1), until_broken, began: Instant::now(), runs: 0, table, failed }
    }

    /// The seeds that once found a bug.
    pub(crate) fn kept_seeds(&mut self) {
        for (faults, seed) in seeds::kept() {
            self.run(seed..seed + 1, faults);
        }
    }

    /// Runs these seeds with so many faults each, or as many as each says.
    pub(crate) fn run(&mut self, seeds: Range<u64>, faults: Option<usize>) {
        if self.until_broken && !self.failed.is_empty() {
            return;
        }
        self.runs += seeds.end.saturating_sub(seeds.start);
        let next = AtomicU64::new(seeds.start);
        let found = Mutex::new((&mut self.table, &mut self.failed));
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    let mut table = Table::default();
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= seeds.end {
                            break;
                        }
                        let broken = match run_seed(seed, faults) {
                            Ok(ran) => {
                                table.add(&ran);
                                ran.broken
                            }
                            Err(error) => vec![error.to_string()],
                        };
                        if !broken.is_empty() {
                            if self.until_broken {
                                next.store(seeds.end, Ordering::Relaxed);
                            }
                            found.lock().unwrap_or_else(PoisonError::into_inner).1.push((faults, seed, broken));
                        }
                    }
                    found.lock().unwrap_or_else(PoisonError::into_inner).0.merge(table);
                });
            }
        });
    }

    /// What it came to, for the pages about promises.
    pub(crate) fn figures(&self) -> String {
        let (cells, kept) = (Cell::all().len(), seeds::kept().count());
        let broken = self.failed.len();
        format!(
            "# Written by `cargo xtask sim` after a whole sweep.\n\
             runs = {}\nbroken = {broken}\ncells = {cells}\nkept_seeds = {kept}\n",
            self.runs
        )
    }

    /// Prints what was found; whether all is as it should be.
    pub(crate) fn report(mut self) -> bool {
        self.failed.sort();
        println!("{}", self.table);
        for (faults, seed, broken) in self.failed.iter().take(TOLD) {
            let faults = faults.map(|faults| format!(" --faults {faults}")).unwrap_or_default();
            println!("seed {seed}{faults}: {}", broken.join("; "));
        }
        let stopped = self.until_broken && !self.failed.is_empty();
        let mut gaps = self.table.refuted();
        // Each operation and fault has its turn.
        if self.runs >= Cell::all().len() as u64 + seeds::kept().count() as u64 && !stopped {
            gaps.extend(self.table.empty_cells(self.runs >= ENDINGS));
        }
        gaps.iter().for_each(|cell| println!("no run had, or should have had, {cell}"));
        println!(
            "{} runs, each struck by a fault, in {:.1} s; {} broke a promise",
            self.runs,
            self.began.elapsed().as_secs_f64(),
            self.failed.len()
        );
        self.failed.is_empty() && gaps.is_empty()
    }
}
