//! The page about it, `docs/coverage.md`.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use xtask::workspace;

use super::{Covered, ENGINES, Reason, SIM_SEEDS};

const PAGE: &str = "docs/coverage.md";

/// Writes the page.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(covered: &[Covered], reasons: &[Reason]) -> Result<()> {
    std::fs::write(workspace::root().join(PAGE), render(covered, reasons)?).with_context(|| PAGE)
}

fn render(covered: &[Covered], reasons: &[Reason]) -> Result<String> {
    let mut text = format!(
        "# Every line of the engines is run, or has a reason\n\n\
         Written by `cargo xtask audit coverage`.\n\n\
         **Promise.** Each line of code of the four crates that decide about transfers and carry them out is run by their tests, by those of\n\
         `ossup` or by {SIM_SEEDS} runs of the [simulation](promises/simulation.md), or stands below with the reason why not.\n\n\
         **How.** `cargo xtask audit coverage` builds the workspace with `-C instrument-coverage`, runs these tests and the simulation, and reads\n\
         what `llvm-cov` counted, by `cargo-llvm-cov`. A line counts as run if any code of it was. Tests are no part of the count. A line that\n\
         nothing ran fails the step unless `coverage/reasons.toml` has a reason, and so does a reason for what is not there.\n\n\
         **Limit.** A line that was run need not be right: [deliberate bugs](sabotage.md) show what the tests notice. What only the tests of\n\
         the command line and of the Python package run is not counted.\n\n\
         | crate | lines | run | |\n|---|---:|---:|---:|\n"
    );
    let of_crate = |engine: &str| {
        let folder = format!("crates/{engine}/");
        covered.iter().filter(move |file| file.file.starts_with(&folder))
    };
    for engine in ENGINES {
        let (lines, missed) =
            of_crate(engine).fold((0, 0), |(lines, missed), file| (lines + file.lines, missed + file.missed()));
        writeln!(text, "| {engine} | {}", numbers(lines, missed))?;
    }
    for engine in ENGINES {
        write!(text, "\n## {engine}\n\n| file | lines | run | |\n|---|---:|---:|---:|\n")?;
        for file in of_crate(engine) {
            let name = file.file.strip_prefix(&format!("crates/{engine}/src/")).unwrap_or(&file.file);
            writeln!(text, "| {name} | {}", numbers(file.lines, file.missed()))?;
        }
        if of_crate(engine).any(|file| !file.gaps.is_empty()) {
            text.push_str("\nNot run, and why:\n\n| where | function | reason |\n|---|---|---|\n");
        }
        for file in of_crate(engine) {
            for gap in &file.gaps {
                let reason = reasons.iter().find(|reason| reason.explains(&file.file, gap));
                let reason = reason.map_or("no reason", |reason| reason.reason.as_str());
                let name = file.file.strip_prefix(&format!("crates/{engine}/src/")).unwrap_or(&file.file);
                writeln!(text, "| {name}:{} | `{}` | {reason} |", gap.place(), gap.function)?;
            }
        }
    }
    Ok(text)
}

/// Lines, those that were run, and their share.
fn numbers(lines: usize, missed: usize) -> String {
    let run = lines - missed;
    // Whole numbers, so that 99.96 is not told as 100.0.
    let share = run * 1_000 / lines.max(1);
    format!("{lines} | {run} | {}.{} % |", share / 10, share % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::coverage::Gap;

    #[test]
    fn a_file_has_its_share_and_each_of_its_gaps() {
        let gap = Gap { function: "Plan::f".to_owned(), lines: vec![3, 4] };
        let covered = [Covered { file: "crates/oss-sync/src/a.rs".to_owned(), lines: 2_999, gaps: vec![gap] }];
        let page = render(&covered, &[]).unwrap();
        for line in
            ["| oss-sync | 2999 | 2997 | 99.9 % |", "| a.rs | 2999 | 2997 |", "| a.rs:3-4 | `Plan::f` | no reason |"]
        {
            assert!(page.contains(line), "{line}: {page}");
        }
    }
}
