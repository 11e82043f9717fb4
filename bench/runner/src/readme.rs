//! The figures in the README: ours beside the cheapest peer, from the run that writes `docs/benchmarks.md`.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use crate::case::Case;
use crate::report::{Measured, Report, Role};

const BEGIN: &str = "<!-- `cargo xtask bench --write-docs` writes these lines -->\n";
const END: &str = "<!-- end of these lines -->\n";

/// The README with the figures of `report` in place of its own.
///
/// # Errors
/// If the marks of the place are missing.
pub(crate) fn update(readme: &str, report: &Report) -> Result<String> {
    let (before, rest) = readme.split_once(BEGIN).context("the README has no place for the figures")?;
    let (_, after) = rest.split_once(END).context("the figures in the README have no end")?;
    Ok([before, BEGIN, table(report).as_str(), END, after].concat())
}

fn table(report: &Report) -> String {
    let mut text = String::new();
    if let Some((placement, _)) = report.cases(false).next().and_then(|(_, tables)| tables.first()) {
        let _ = writeln!(text, "\n{}.", placement.title());
    }
    text.push_str("\n| | ossup | cheapest peer |\n|---|---|---|\n");
    for (case, tables) in report.cases(false) {
        let Some((_, measured)) = tables.first() else { continue };
        let (Some(ours), Some((name, peer))) = (ours(case, measured), cheapest_peer(case, measured)) else { continue };
        let _ = writeln!(text, "| {} | {ours} | {name}: {peer} |", case.title);
    }
    text.push('\n');
    text
}

fn ours(case: &Case, measured: &[Measured]) -> Option<String> {
    figures(case, measured.iter().find(|m| m.role() == Role::Ours)?)
}

fn cheapest_peer<'a>(case: &Case, measured: &'a [Measured]) -> Option<(&'a str, String)> {
    let peers = measured.iter().filter(|m| m.role() == Role::Peer);
    let (_, peer) = peers.filter_map(|m| Some((m.cpu()?.median, m))).min_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some((&peer.client, figures(case, peer)?))
}

fn figures(case: &Case, measured: &Measured) -> Option<String> {
    let (cpu, peak) = (measured.cpu()?.median, measured.peak()?.median);
    Some(format!("{cpu:.3} {}, {peak:.1} MiB", case.unit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use xtask::workspace;

    #[test]
    fn the_figures_in_the_readme_are_those_of_the_benchmarks() {
        let read = |path: &str| std::fs::read_to_string(workspace::root().join(path)).unwrap();
        let (readme, benchmarks) = (read("README.md"), read("docs/benchmarks.md"));
        let (_, rest) = readme.split_once(BEGIN).unwrap();
        let (table, _) = rest.split_once(END).unwrap();
        let mut rows = 0;
        for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [title, ours, peer] = cells[..] else { panic!("{row}") };
            let (_, section) = benchmarks.split_once(&format!("## {title}\n")).expect(title);
            let (name, peer) = peer.split_once(": ").expect(row);
            for (name, figures) in [("**ossup**", ours), (name, peer)] {
                let measured = section.lines().find(|line| line.starts_with(&format!("| {name} |"))).expect(row);
                let (cpu, peak) = figures.split_once(' ').expect(row);
                let peak = peak.split_once(", ").and_then(|(_, peak)| peak.strip_suffix(" MiB")).expect(row);
                assert!(measured.contains(&format!("| {cpu} (")), "{row}\n{measured}");
                assert!(measured.contains(&format!("| {peak} (")), "{row}\n{measured}");
            }
            rows += 1;
        }
        assert!(rows > 0, "no figures");
    }
}
