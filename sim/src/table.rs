//! Which fault struck which operation, and how the upload ended: what a sweep covered.

use std::collections::BTreeMap;
use std::fmt;

use crate::fault::Strike;
use crate::history::Event;
use crate::operation::Op;
use crate::run::{Observation, Outcome};

/// Counts of runs by operation, fault and outcome.
#[derive(Debug, Default)]
pub(crate) struct Table {
    cells: BTreeMap<(Op, &'static str), [u64; 4]>,
    struck: u64,
}

impl Table {
    pub(crate) fn add(&mut self, seen: &Observation) {
        let column = match &seen.outcome {
            Outcome::Ok(_) => 0,
            Outcome::Failed(_) => 1,
            Outcome::Dropped => 2,
            Outcome::Endless => 3,
        };
        let mut any = false;
        for event in seen.history.events() {
            if let Event::Struck(name, op) = event {
                any = true;
                if let Some(count) = self.cells.entry((op, name)).or_default().get_mut(column) {
                    *count += 1;
                }
            }
        }
        self.struck += u64::from(any);
    }

    /// Runs in which at least one fault struck.
    pub(crate) fn struck(&self) -> u64 {
        self.struck
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<26} {:<20} {:>9} {:>9} {:>9} {:>9}",
            "operation", "fault", "done", "failed", "dropped", "endless"
        )?;
        for op in Op::ALL {
            for name in Strike::NAMES {
                if let Some([done, failed, dropped, endless]) = self.cells.get(&(op, name)) {
                    writeln!(f, "{:<26} {name:<20} {done:>9} {failed:>9} {dropped:>9} {endless:>9}", op.name())?;
                }
            }
        }
        Ok(())
    }
}
