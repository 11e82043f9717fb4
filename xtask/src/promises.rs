//! The figures at the end of each page of `docs/promises`: how many tests and deliberate bugs hold what it says, and what the
//! last whole sweep of the simulation found.
//!
//! Which rows guard a promise is said by its page, in the sentence that begins with "Guarded by the tests of rows"; which bugs
//! break it, by `sabotage/*.toml`; what the sweep came to, by `sim/figures.toml` and `sim/nightly.toml`, which `cargo xtask sim`
//! writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use xtask::workspace;

use crate::rows::{self, Guards};
use crate::sabotage;

const FOLDER: &str = "docs/promises";
/// What the last whole sweep of the simulation came to.
pub(crate) const FIGURES: &str = "sim/figures.toml";
/// The same of the last sweep of the nightly size.
pub(crate) const NIGHTLY: &str = "sim/nightly.toml";
const MARK: &str = "<!-- From here on written by `cargo xtask promises`. -->";
const GUARDED: &str = "Guarded by the tests of rows ";
const SIMULATION: &str = "simulation";

/// Which runs of the simulation try what a page promises.
const SIMULATED: &[(&str, &[&str])] = &[
    ("copies", &["copies"]),
    ("errors", &["uploads", "copies"]),
    ("hostile-servers", &["uploads", "copies", "downloads", "syncs"]),
    ("lost-responses", &["uploads", "copies"]),
    ("memory", &["uploads", "downloads"]),
    ("nothing-left-behind", &["uploads", "copies", "syncs"]),
    ("resume", &["downloads"]),
    (SIMULATION, &["uploads", "copies", "downloads", "syncs"]),
    ("sync", &["syncs"]),
    ("target-files", &["downloads"]),
    ("verified", &["uploads", "copies", "downloads"]),
];

/// What a sweep came to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    runs: u64,
    /// Runs that two faults struck.
    pairs: u64,
    /// Runs that three faults or more struck.
    triples: u64,
    broken: u64,
    /// Operations, each with each fault that may strike it.
    cells: u64,
    kept_seeds: u64,
    /// Runs whose connection breaks at one byte of what decides what is stored.
    cut: u64,
    /// Runs by what they are of.
    runs_of: BTreeMap<String, u64>,
}

/// The bugs that break one promise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bugs {
    pub(crate) by_test: usize,
    pub(crate) by_simulation: usize,
}

/// What the figures are taken from.
struct Sources {
    guards: Guards,
    bugs: BTreeMap<String, Bugs>,
    sweep: Figures,
    nightly: Option<Figures>,
}

/// Writes the figures, or compares them with those that are there.
///
/// # Errors
/// If a page names a row that no test guards; with `check`, if a page has other figures.
pub(crate) fn run(check: bool) -> Result<()> {
    let sweep = Figures::read(FIGURES)?.with_context(|| format!("{FIGURES} is missing; run `cargo xtask sim`"))?;
    let nightly = Figures::read(NIGHTLY)?;
    let sources = Sources { guards: rows::collect()?, bugs: sabotage::by_promise()?, sweep, nightly };
    for path in workspace::files(&workspace::root().join(FOLDER), "md")? {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let text = std::fs::read_to_string(&path)?;
        let page = with_figures(name, &text, &sources).with_context(|| format!("{FOLDER}/{name}.md"))?;
        match check {
            true if text != page => bail!("{FOLDER}/{name}.md has other figures; run `cargo xtask promises`"),
            true => {}
            false => std::fs::write(&path, page)?,
        }
    }
    Ok(())
}

impl Figures {
    /// What a file says, if it is there.
    fn read(name: &str) -> Result<Option<Self>> {
        match std::fs::read_to_string(workspace::root().join(name)) {
            Ok(text) => Ok(Some(toml::from_str(&text).with_context(|| name.to_owned())?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| name.to_owned()),
        }
    }

    /// How many runs were of each of these kinds of work.
    fn counts(&self, works: &[&str]) -> Result<String> {
        let count = |work: &&str| {
            let runs = self.runs_of.get(*work).with_context(|| format!("the sweep does not count {work}"))?;
            Ok(format!("{} {work}", grouped(*runs)))
        };
        Ok(works.iter().map(count).collect::<Result<Vec<_>>>()?.join(", "))
    }
}

/// The page with what is written below the mark.
fn with_figures(name: &str, text: &str, from: &Sources) -> Result<String> {
    let own = text.split(MARK).next().unwrap_or_default().trim_end();
    let mut lines = Vec::new();
    let rows = guarding_rows(own);
    if !rows.is_empty() {
        let mut tests = BTreeSet::new();
        for row in &rows {
            tests.extend(from.guards.get(*row).with_context(|| format!("no test guards row {row}"))?);
        }
        lines.push(format!("Tests: {}, of {} rows.", tests.len(), rows.len()));
    }
    if let Some(bugs) = from.bugs.get(name) {
        lines.push(format!(
            "[Deliberate bugs](../sabotage.md) that break it: {} found by a test, {} by the simulation.",
            bugs.by_test, bugs.by_simulation
        ));
    }
    let works = SIMULATED.iter().find(|(page, _)| *page == name).map(|(_, works)| *works);
    let is_simulated = own.contains("**Simulated.**") || name == SIMULATION;
    ensure!(is_simulated == works.is_some(), "it has to have a part **Simulated.** and a line in `SIMULATED`");
    if let Some(works) = works {
        let Figures { runs, broken, .. } = from.sweep;
        lines.push(format!(
            "The last whole sweep of the simulation: {}; {broken} of all {} runs broke a promise.",
            from.sweep.counts(works)?,
            grouped(runs)
        ));
    }
    if name == SIMULATION {
        let Figures { pairs, triples, cut, cells, kept_seeds, .. } = from.sweep;
        lines.push(format!("Runs that two faults struck: {}; three or more: {}.", grouped(pairs), grouped(triples)));
        lines.push(format!(
            "Connections cut at one byte: {}; operations with each fault that may strike them: {cells}; kept seeds: {kept_seeds}.",
            grouped(cut)
        ));
        if let Some(Figures { runs, broken, cut, .. }) = &from.nightly {
            lines.push(format!(
                "The last sweep with `--nightly`: {} runs, and {} connections cut at one byte; {broken} broke a promise.",
                grouped(*runs),
                grouped(*cut)
            ));
        }
    }
    ensure!(!lines.is_empty() || own.contains("Guarded by"), "it does not say what guards it");
    let mut page = format!("{own}\n");
    if !lines.is_empty() {
        write!(page, "\n{MARK}\n\n**Figures.**\n\n")?;
        lines.iter().try_for_each(|line| writeln!(page, "- {line}"))?;
    }
    Ok(page)
}

/// The rows of "Guarded by the tests of rows W14, R45 and R46 in …".
fn guarding_rows(page: &str) -> Vec<&str> {
    let rows = page.split_once(GUARDED).map_or("", |(_, rest)| rest);
    let words = rows.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty() && *word != "and");
    let is_row = |word: &&str| word.strip_prefix(['W', 'R']).is_some_and(|number| number.parse::<u16>().is_ok());
    words.take_while(is_row).collect()
}

/// 20054 as 20,054.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Sources {
        let runs_of =
            BTreeMap::from([("downloads", 5_000), ("syncs", 2_054)].map(|(work, runs)| (work.to_owned(), runs)));
        Sources {
            guards: Guards::from([
                ("W1".to_owned(), vec!["a".to_owned(), "b".to_owned()]),
                ("R2".to_owned(), vec!["b".to_owned()]),
            ]),
            bugs: BTreeMap::from([("resume".to_owned(), Bugs { by_test: 2, by_simulation: 1 })]),
            sweep: Figures {
                runs: 20_054,
                pairs: 6_000,
                triples: 3_000,
                broken: 0,
                cells: 3,
                kept_seeds: 2,
                cut: 0,
                runs_of,
            },
            nightly: None,
        }
    }

    #[test]
    fn a_page_has_the_figures_of_its_rows_bugs_and_the_sweep_once() {
        let page = "# P\n\n**Simulated.** Yes.\n\nGuarded by the tests of rows W1 and R2 in [x](x.md).\n";
        let written = with_figures("resume", page, &sources()).unwrap();
        assert_eq!(with_figures("resume", &written, &sources()).unwrap(), written);
        for figure in
            ["- Tests: 2, of 2 rows", ": 2 found by a test, 1 by", ": 5,000 downloads; 0 of all 20,054 runs broke"]
        {
            assert!(written.contains(figure), "{figure}: {written}");
        }
    }

    #[test]
    fn a_page_that_no_one_guards_or_that_says_too_much_is_refused() {
        for (name, page, why) in [
            ("secrets", "Guarded by the tests of rows W1, R3 in [x](x.md).", "no test guards row R3"),
            ("secrets", "# P", "it does not say what guards it"),
            ("secrets", "**Simulated.** Yes.", "it has to have a part"),
            ("sync", "# P", "it has to have a part"),
        ] {
            let error = with_figures(name, page, &sources()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_committed_pages_have_the_figures_of_now() {
        run(true).unwrap();
    }
}
