//! The table in `docs/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Result;

use super::difference::{Difference, Place};
use super::{Comparison, reason};

/// One line of the table: the same difference for the same reason, in however many operations.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Line<'a> {
    at: &'a Place,
    theirs: &'a Option<String>,
    ours: &'a Option<String>,
    reason: &'static str,
}

/// Writes the document.
pub(super) fn render(comparisons: &[Comparison]) -> Result<String> {
    let mut text = String::from(
        "# Requests beside those of the official Python SDK\n\n\
         Written by `cargo xtask wire`, which has both clients do the same through a recorder on loopback and compares\n\
         method, path, parameters, headers, framing and body of each request. Dates, signatures, upload ids and ports are\n\
         left out. A difference that is not justified fails the check, and so does a justification that nothing needs.\n\n\
         ## What was compared\n\n\
         | scenario | requests | operations |\n|---|---|---|\n",
    );
    let all: BTreeSet<_> = comparisons.iter().flat_map(|comparison| comparison.operations.iter().copied()).collect();
    for comparison in comparisons {
        let operations = names(&comparison.operations.iter().copied().collect(), &all);
        writeln!(text, "| {} | {} | {operations} |", comparison.scenario.title, comparison.operations.len())?;
    }
    writeln!(text, "\nEvery operation: {}.", join(&all))?;
    text.push_str("\n## What differs, and why\n\n| what | operations | SDK | ours | why |\n|---|---|---|---|---|\n");
    for (line, operations) in lines(comparisons) {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            line.at,
            names(&operations, &all),
            cell(line.theirs),
            cell(line.ours),
            line.reason
        )?;
    }
    let differing = comparisons.iter().flat_map(|comparison| &comparison.differences);
    let differing: BTreeSet<_> = differing.map(|difference| difference.operation).collect();
    let equal: BTreeSet<_> = all.difference(&differing).copied().collect();
    if !equal.is_empty() {
        writeln!(text, "\nWithout any difference: {}.", join(&equal))?;
    }
    Ok(text)
}

fn join(operations: &BTreeSet<&'static str>) -> String {
    operations.iter().copied().collect::<Vec<_>>().join(", ")
}

/// The names of `operations`, unless they are all that there are.
fn names(operations: &BTreeSet<&'static str>, all: &BTreeSet<&'static str>) -> String {
    if operations == all { "every operation".to_owned() } else { join(operations) }
}

fn lines(comparisons: &[Comparison]) -> BTreeMap<Line<'_>, BTreeSet<&'static str>> {
    let mut lines: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for Comparison { scenario, differences, .. } in comparisons {
        for difference in differences {
            let Difference { operation, at, theirs, ours } = difference;
            let line = Line { at, theirs, ours, reason: reason(scenario, difference).unwrap_or_default() };
            lines.entry(line).or_default().insert(*operation);
        }
    }
    lines
}

/// One side of a difference as a cell of the table.
fn cell(side: &Option<String>) -> String {
    side.as_deref().unwrap_or("nothing").replace('|', "\\|")
}
