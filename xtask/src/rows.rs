//! The table of failure modes of upload managers, and the tests that guard them.
//!
//! A test claims rows by a line of its documentation, `/// Rows: W3, R8.`; the table in `docs/` is written from those
//! lines, so it can name no test that does not exist.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

use crate::workspace;

const TITLES: &str = include_str!("rows/titles.txt");
const TABLE: &str = "docs/failure-modes.md";

/// Tests by the row that they claim: `path::name`.
pub(crate) type Guards = BTreeMap<String, Vec<String>>;

pub(crate) fn run(check: bool) -> Result<()> {
    let guards = collect()?;
    let table = render(&guards)?;
    let path = workspace::root().join(TABLE);
    if check {
        if std::fs::read_to_string(&path).unwrap_or_default() != table {
            bail!("{TABLE} is not what the tests say; run `cargo xtask rows`");
        }
        return Ok(());
    }
    std::fs::write(&path, table).with_context(|| TABLE)?;
    let open: Vec<_> = titles().map(|(id, _)| id).filter(|id| !guards.contains_key(*id)).collect();
    println!(
        "{TABLE}: {} rows guarded, {} without a test: {}",
        titles().count() - open.len(),
        open.len(),
        open.join(" ")
    );
    Ok(())
}

fn titles() -> impl Iterator<Item = (&'static str, &'static str)> {
    TITLES.lines().filter_map(|line| line.split_once(' '))
}

/// The tests of every row that has some.
///
/// # Errors
/// If a test claims a row that is not in the list.
pub(crate) fn collect() -> Result<Guards> {
    let mut guards = Guards::new();
    for path in workspace::files(&workspace::root().join("crates"), "rs")? {
        for (row, test) in claims(&std::fs::read_to_string(&path)?) {
            guards.entry(row).or_default().push(format!("`{}` {test}", workspace::relative(&path)));
        }
    }
    if let Some(unknown) = guards.keys().find(|row| !titles().any(|(id, _)| id == row.as_str())) {
        bail!("a test claims row {unknown}, which is not in the list");
    }
    Ok(guards)
}

/// Pairs of row and test function in one file.
fn claims(text: &str) -> Vec<(String, String)> {
    let mut claims = Vec::new();
    let mut rows: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(list) = line.strip_prefix("/// Rows:") {
            rows.extend(list.trim().trim_end_matches('.').split(',').map(|row| row.trim().to_owned()));
        } else if let Some(name) = function_name(line) {
            claims.extend(rows.drain(..).map(|row| (row, name.to_owned())));
        }
    }
    claims
}

fn function_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}

fn render(guards: &Guards) -> Result<String> {
    let mut table = String::from(
        "# Failure modes, and the tests that guard them\n\n\
         Written by `cargo xtask rows` from the tests: a test names its rows in a line `/// Rows: W14, R45.` above it. Rows W\n\
         come from reading the official SDKs' upload managers, rows R from a survey of how uploads fail. A row without a test\n\
         says so.\n\n\
         | row | what holds | guarded by |\n|---|---|---|\n",
    );
    for (id, title) in titles() {
        let tests = guards.get(id).map_or("no test yet".to_owned(), |tests| tests.join("<br>"));
        writeln!(table, "| {id} | {title} | {tests} |")?;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_belongs_to_the_next_function() {
        let text = "/// Rows: W3, R8.\n#[tokio::test]\nasync fn short_reads() {}\nfn other() {}";
        assert_eq!(claims(text), [("W3".into(), "short_reads".into()), ("R8".into(), "short_reads".into())]);
    }

    #[test]
    fn the_committed_table_is_what_the_tests_say() {
        run(true).unwrap();
    }
}
