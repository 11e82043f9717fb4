//! Which fault struck which operation, and how the upload ended: what a sweep covered.

use std::collections::BTreeMap;
use std::fmt;

use crate::fault::Strike;
use crate::history::Event;
use crate::operation::Op;
use crate::run::{Observation, Outcome};

/// Counts of strikes by operation, fault and outcome of the upload.
#[derive(Debug, Default)]
pub(crate) struct Table {
    cells: BTreeMap<(Op, &'static str), [u64; 4]>,
}

impl Table {
    pub(crate) fn add(&mut self, seen: &Observation) {
        let column = match &seen.outcome {
            Outcome::Ok(_) => 0,
            Outcome::Failed(_) => 1,
            Outcome::Dropped => 2,
            Outcome::Endless => 3,
        };
        for event in seen.history.events() {
            if let Event::Struck(name, call) = event
                && let Some(count) = self.cells.entry((call.op, name)).or_default().get_mut(column)
            {
                *count += 1;
            }
        }
    }

    /// The operations and faults that no run had, though it could.
    pub(crate) fn empty_cells(&self) -> Vec<String> {
        let cells = Op::OF_UPLOADS.into_iter().flat_map(|op| Strike::effects(op).map(move |name| (op, name)));
        let empty = cells.filter(|cell| !self.cells.contains_key(cell));
        empty.map(|(op, name)| format!("{}: {name}", op.name())).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<26} {:<20} {:>9} {:>9} {:>9} {:>9}",
            "operation", "fault", "done", "failed", "dropped", "endless"
        )?;
        for op in Op::OF_UPLOADS {
            for name in Strike::NAMES {
                if let Some([done, failed, dropped, endless]) = self.cells.get(&(op, name)) {
                    writeln!(f, "{:<26} {name:<20} {done:>9} {failed:>9} {dropped:>9} {endless:>9}", op.name())?;
                }
            }
        }
        Ok(())
    }
}
