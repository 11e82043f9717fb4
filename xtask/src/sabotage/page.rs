//! The page about the bugs, `docs/sabotage.md`.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use xtask::workspace;

use super::bug::Bug;
use super::gate::Gate;

const PAGE: &str = "docs/sabotage.md";

const INTRODUCTION: &str = "# Every deliberate bug is found

Written by `cargo xtask sabotage` from `sabotage/*.toml`.

**Promise.** Each bug of the table, put into the code by itself, makes the named test fail, or makes the simulation find a run in which a
promise does not hold.

**How.** `cargo xtask sabotage` copies the workspace below the target folder, sees that all that must find a bug is green there, and then
puts in one bug after the other, builds, runs only what must find it, and takes the bug out. A bug counts as found if a test failed or a
promise was broken; one that does not compile, that makes a test hang, or that does not fit the code any more is a failure.
`cargo xtask sabotage NAME…` tries those whose names begin so, and `cargo xtask audit` has all of them as a step.

A bug is a list of edits: a file, a text that the file has once, and what stands there instead. A unified diff would carry lines around
the place and their numbers, and stop to apply when something near it changes; an edit fails only if the very words it is
about are gone, and then says which.

";

/// Writes the page.
///
/// # Errors
/// If a bug names a promise that has no page.
pub(super) fn write(bugs: &[Bug]) -> Result<()> {
    let text = render(bugs)?;
    std::fs::write(workspace::root().join(PAGE), text).with_context(|| PAGE)
}

fn render(bugs: &[Bug]) -> Result<String> {
    let mut text = INTRODUCTION.to_owned();
    let by_simulation = bugs.iter().filter(|bug| matches!(bug.gate, Gate::Simulation { .. })).count();
    writeln!(text, "{} bugs, {by_simulation} of them found by the simulation.\n", bugs.len())?;
    text.push_str("| bug | promise | found by |\n|---|---|---|\n");
    for bug in bugs {
        let promise = match bug.breaks.as_str() {
            "none" => String::new(),
            page => {
                let file = workspace::root().join(format!("docs/promises/{page}.md"));
                let title = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
                let title = title.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
                ensure!(!title.is_empty(), "{} has no title", file.display());
                format!("[{title}](promises/{page}.md)")
            }
        };
        let found_by = match &bug.gate {
            Gate::Simulation { seeds } => format!("simulation, in {seeds} seeds"),
            Gate::Test { package, test, .. } => format!("`{package}`: `{test}`"),
        };
        writeln!(text, "| {} | {promise} | {found_by} |", bug.what)?;
    }
    Ok(text)
}
