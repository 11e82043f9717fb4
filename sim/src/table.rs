//! Which fault struck which operation, and how the work ended: what a sweep covered.

use std::collections::BTreeMap;
use std::fmt;

use crate::history::Event;
use crate::operation::Op;
use crate::run::{Ending, Ran};
use crate::work::{Cell, Work};

/// Counts of runs by operation, fault and ending.
#[derive(Debug, Default)]
pub(crate) struct Table {
    cells: BTreeMap<Cell, [u64; Ending::ALL.len()]>,
    works: BTreeMap<Work, u64>,
    /// Runs that two faults struck.
    pairs: u64,
    /// Runs that three faults or more struck.
    triples: u64,
}

/// So many runs of a whole sweep are struck by two faults.
const PAIRS: u64 = 5_000;
/// So many by three or more.
const TRIPLES: u64 = 2_000;

/// Why work does not end so when this fault strikes.
type Reason = &'static str;

impl Table {
    pub(crate) fn add(&mut self, ran: &Ran) {
        *self.works.entry(ran.work).or_default() += 1;
        let mut struck: Vec<_> = ran
            .history
            .events()
            .iter()
            .filter_map(|event| match event {
                Event::Struck(effect, call) => Some(Cell { work: ran.work, op: call.op, effect }),
                _ => None,
            })
            .collect();
        struck.sort_unstable();
        struck.dedup();
        self.pairs += u64::from(struck.len() == 2);
        self.triples += u64::from(struck.len() > 2);
        for cell in struck {
            if let Some(count) = self.cells.entry(cell).or_default().get_mut(ran.ending as usize) {
                *count += 1;
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (cell, counts) in other.cells {
            let sums = self.cells.entry(cell).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        for (work, count) in other.works {
            *self.works.entry(work).or_default() += count;
        }
        self.pairs += other.pairs;
        self.triples += other.triples;
    }

    /// How many runs two faults struck, and how many three or more.
    pub(crate) fn struck_together(&self) -> (u64, u64) {
        (self.pairs, self.triples)
    }

    /// The numbers of faults of which a whole sweep had too few runs.
    pub(crate) fn too_few_together(&self) -> Vec<String> {
        let counts = [("two faults", self.pairs, PAIRS), ("three faults or more", self.triples, TRIPLES)];
        let too_few = counts.into_iter().filter(|(_, count, wanted)| count < wanted);
        too_few.map(|(name, count, wanted)| format!("{wanted} runs struck by {name}, but {count}")).collect()
    }

    /// How many runs were of this work.
    pub(crate) fn runs_of(&self, work: Work) -> u64 {
        self.works.get(&work).copied().unwrap_or_default()
    }

    /// The operations and faults that no run had, though it could; with `endings` also the ways to end.
    pub(crate) fn empty_cells(&self, endings: bool) -> Vec<String> {
        let mut empty = Vec::new();
        for cell in Cell::all() {
            let name = |ending: &str| format!("{} {}: {}{ending}", cell.work.name(), cell.op.name(), cell.effect);
            match self.cells.get(cell) {
                None => empty.push(name("")),
                Some(counts) if endings => empty.extend(
                    Ending::ALL
                        .into_iter()
                        .zip(counts)
                        .filter(|(ending, count)| **count == 0 && impossible(*cell, *ending).is_none())
                        .map(|(ending, _)| name(&format!(", {}", ending.name()))),
                ),
                Some(_) => {}
            }
        }
        empty
    }

    /// What is declared impossible, and occurred all the same.
    pub(crate) fn refuted(&self) -> Vec<String> {
        let of_cell = |(cell, counts): (&Cell, &[u64; Ending::ALL.len()])| {
            let cell = *cell;
            let occurred = Ending::ALL.into_iter().zip(*counts).filter(|(_, count)| *count > 0);
            let refuted: Vec<_> = occurred
                .filter_map(|(ending, _)| impossible(cell, ending).map(|reason| (ending, reason)))
                .map(|(ending, reason)| {
                    format!("{} {}: {}, {}: {reason}", cell.work.name(), cell.op.name(), cell.effect, ending.name())
                })
                .collect();
            refuted
        };
        self.cells.iter().flat_map(of_cell).collect()
    }
}

/// Why work cannot end so when this fault strikes.
pub(crate) fn impossible(cell: Cell, ending: Ending) -> Option<Reason> {
    match (cell.work, ending) {
        (Work::Upload | Work::Copy | Work::Sync, Ending::Killed) => {
            Some("only a download is killed: what a dead process had sent of an upload is what a dropped one had sent")
        }
        (Work::Download, Ending::Done | Ending::Cancelled | Ending::Dropped) if cell.op == Op::HeadObject => {
            Some("a question is asked when a download is resumed, after one that was killed or failed")
        }
        (_, Ending::Done)
            if cell.effect == "damaged" && matches!(cell.op, Op::CopyObject | Op::CompleteMultipartUpload) =>
        {
            Some("what the server damaged when it made the object is no success, and is not made again")
        }
        _ => None,
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9} {:<24} {:<18}", "work", "operation", "fault")?;
        Ending::ALL.iter().try_for_each(|ending| write!(f, " {:>9}", ending.name()))?;
        writeln!(f)?;
        for cell in Cell::all() {
            let counts = self.cells.get(cell).copied().unwrap_or_default();
            write!(f, "{:<9} {:<24} {:<18}", cell.work.name(), cell.op.name(), cell.effect)?;
            for (ending, count) in Ending::ALL.into_iter().zip(counts) {
                match impossible(*cell, ending) {
                    Some(_) if count == 0 => write!(f, " {:>9}", "-")?,
                    _ => write!(f, " {count:>9}")?,
                }
            }
            writeln!(f)?;
        }
        let reasons: std::collections::BTreeSet<_> = Cell::all()
            .iter()
            .flat_map(|cell| Ending::ALL.into_iter().filter_map(|ending| impossible(*cell, ending)))
            .collect();
        reasons.into_iter().try_for_each(|reason| writeln!(f, "-: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Strike;

    #[test]
    fn every_fault_has_an_operation_that_it_strikes() {
        for name in Strike::NAMES {
            assert!(Cell::all().iter().any(|cell| cell.effect == name), "{name}");
        }
    }
}
