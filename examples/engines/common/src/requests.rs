//! Requests that a server served, by operation.

use std::collections::{BTreeMap, BTreeSet};

use oss_emulator::Emulator;

/// Number of requests of each operation, whatever their outcome.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Requests(BTreeMap<String, u64>);

impl Requests {
    /// Takes what arrived since this was last called.
    pub fn take(emulator: &Emulator) -> Self {
        let mut requests = Self::default();
        for record in emulator.history() {
            *requests.0.entry(record.operation).or_default() += 1;
        }
        emulator.clear_history();
        requests
    }

    /// Requests of one operation, by its documented name.
    pub fn of(&self, operation: &str) -> u64 {
        self.0.get(operation).copied().unwrap_or_default()
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// One line for each operation that any of `sides` has, with the number of each side, and a last one with the sums.
pub fn table(sides: &[&Requests]) -> Vec<(String, Vec<u64>)> {
    let operations: BTreeSet<&String> = sides.iter().flat_map(|side| side.0.keys()).collect();
    let mut lines: Vec<(String, Vec<u64>)> = operations
        .into_iter()
        .map(|operation| (operation.clone(), sides.iter().map(|side| side.of(operation)).collect()))
        .collect();
    lines.push(("total".to_owned(), sides.iter().map(|side| side.total()).collect()));
    lines
}
