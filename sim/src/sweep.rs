//! Many runs, and what they came to.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::check::Broken;
use crate::cut::{self, Cut, CutTable};
use crate::run::{Ran, run_seed};
use crate::seeds;
use crate::table::Table;
use crate::work::{Cell, Work};

/// Runs in several threads, each run in one.
pub(crate) struct Sweep {
    threads: usize,
    until_broken: bool,
    began: Instant,
    runs: u64,
    cut: u64,
    table: Table,
    cuts: CutTable,
    failed: Vec<(Which, Vec<Broken>)>,
}

/// One run, by what replays it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Which {
    Seed(u64, Option<usize>),
    Cut(u64),
}

/// So many runs have every ending of each operation and fault.
const ENDINGS: u64 = 20_000;
/// Failures that are told.
const TOLD: usize = 50;

impl Sweep {
    pub(crate) fn new(threads: usize, until_broken: bool) -> Self {
        let (table, cuts, failed) = (Table::default(), CutTable::default(), Vec::new());
        Self { threads: threads.max(1), until_broken, began: Instant::now(), runs: 0, cut: 0, table, cuts, failed }
    }

    /// The seeds that once found a bug.
    pub(crate) fn kept_seeds(&mut self) {
        for (faults, seed) in seeds::kept() {
            self.run(seed..seed + 1, faults);
        }
    }

    /// Runs these seeds with so many faults each, or as many as each says.
    pub(crate) fn run(&mut self, seeds: Range<u64>, faults: Option<usize>) {
        self.runs += self.run_each(seeds, |seed, table, _| {
            let ran = run_seed(seed, faults);
            ran.iter().for_each(|ran| table.add(ran));
            (Which::Seed(seed, faults), ran)
        });
    }

    /// Cuts requests and responses at each byte, or at the ends of heads and bodies.
    ///
    /// # Errors
    /// If a run that nothing disturbs does not send what is to be cut.
    pub(crate) fn run_cuts(&mut self, each_byte: bool) -> io::Result<()> {
        let cuts = cut::all(each_byte)?;
        self.cut += self.run_each(0..cuts.len() as u64, |position, _, table| {
            let cut = usize::try_from(position).ok().and_then(|position| cuts.get(position));
            let ran = cut.map_or_else(|| Err(io::Error::other("there is no such cut")), Cut::run);
            cut.iter().zip(&ran).for_each(|(cut, ran)| table.add(cut, ran));
            (Which::Cut(cut.map_or(position, |cut| cut.number)), ran)
        });
        Ok(())
    }

    /// Runs each number, and gives how many there are.
    fn run_each(
        &mut self,
        numbers: Range<u64>,
        run: impl Fn(u64, &mut Table, &mut CutTable) -> (Which, io::Result<Ran>) + Sync,
    ) -> u64 {
        if self.until_broken && !self.failed.is_empty() {
            return 0;
        }
        let next = AtomicU64::new(numbers.start);
        let until_broken = self.until_broken;
        let found = Mutex::new((&mut self.table, &mut self.cuts, &mut self.failed));
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    let (mut table, mut cuts) = (Table::default(), CutTable::default());
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= numbers.end {
                            break;
                        }
                        let (which, ran) = run(number, &mut table, &mut cuts);
                        let broken = ran.map_or_else(|error| vec![error.to_string()], |ran| ran.broken);
                        if !broken.is_empty() {
                            if until_broken {
                                next.store(numbers.end, Ordering::Relaxed);
                            }
                            found.lock().unwrap_or_else(PoisonError::into_inner).2.push((which, broken));
                        }
                    }
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.0.merge(table);
                    found.1.merge(cuts);
                });
            }
        });
        numbers.end.saturating_sub(numbers.start)
    }

    /// What it came to, for the pages about promises.
    pub(crate) fn figures(&self) -> String {
        let (cells, kept) = (Cell::all().len(), seeds::kept().count());
        let (pairs, triples) = self.table.struck_together();
        let mut text = format!(
            "# Written by `cargo xtask sim` after a whole sweep.\n\
             runs = {}\npairs = {pairs}\ntriples = {triples}\ncut = {}\nbroken = {}\ncells = {cells}\nkept_seeds = {kept}\n\n[runs_of]\n",
            self.runs,
            self.cut,
            self.failed.len()
        );
        for work in Work::ALL {
            text += &format!("{} = {}\n", work.plural(), self.table.runs_of(work));
        }
        text
    }

    /// Prints what was found; whether all is as it should be.
    pub(crate) fn report(mut self) -> bool {
        self.failed.sort();
        println!("{}", self.table);
        if !self.cuts.is_empty() {
            println!("{}", self.cuts);
        }
        for (which, broken) in self.failed.iter().take(TOLD) {
            println!("{which}: {}", broken.join("; "));
        }
        let stopped = self.until_broken && !self.failed.is_empty();
        let mut gaps = self.table.refuted();
        // Each operation and fault has its turn.
        if self.runs >= Cell::all().len() as u64 + seeds::kept().count() as u64 && !stopped {
            gaps.extend(self.table.empty_cells(self.runs >= ENDINGS));
            if self.runs >= ENDINGS {
                gaps.extend(self.table.too_few_together());
            }
            gaps.extend(self.cuts.gaps());
        }
        gaps.iter().for_each(|cell| println!("no run had, or should have had, {cell}"));
        let (pairs, triples) = self.table.struck_together();
        println!(
            "{} runs, each struck by a fault, {pairs} by two and {triples} by more, and {} cut at one byte, in {:.1} s; {} broke a promise",
            self.runs,
            self.cut,
            self.began.elapsed().as_secs_f64(),
            self.failed.len()
        );
        self.failed.is_empty() && gaps.is_empty()
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed, None) => write!(f, "seed {seed}"),
            Self::Seed(seed, Some(faults)) => write!(f, "seed {seed} --faults {faults}"),
            Self::Cut(number) => write!(f, "--cut {number}"),
        }
    }
}
