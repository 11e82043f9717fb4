//! Which lines of the engines no test and no run of the simulation enters, and why: `coverage/reasons.toml` has the reasons,
//! `docs/coverage.md` the table.

mod code;
mod lcov;
mod page;
mod reasons;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use xtask::{step, workspace};

use crate::{tidy, tools};
use code::Code;
use reasons::Reason;

/// What decides about, and carries out, a transfer.
const ENGINES: [&str; 4] = ["oss-transfer", "oss-uploader", "oss-downloader", "oss-sync"];
/// Runs of the simulation, without optimisation.
const SIM_SEEDS: &str = "1000";

/// The lines of one file that can be run, without those of its tests.
#[derive(Debug)]
pub(super) struct Covered {
    /// As seen from the root, with forward slashes.
    file: String,
    lines: usize,
    gaps: Vec<Gap>,
}

/// Lines of one function that follow one another, and that nothing ran.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Gap {
    /// With what it is in, such as `Plan::poll_step` or `<Plan as Debug>::fmt`.
    function: String,
    lines: Vec<usize>,
}

/// Builds the engines so that they count what is run, runs their tests and the simulation, and writes the page; or writes it of
/// the last report.
///
/// # Errors
/// If a test fails, or a line that nothing ran has no reason.
pub(super) fn run(last_report: bool) -> Result<()> {
    let folder = workspace::target()?.join("coverage");
    let report = folder.join("lcov.info");
    if !last_report {
        count(&folder, &report)?;
    }
    judge(&std::fs::read_to_string(&report).with_context(|| report.display().to_string())?)
}

/// Runs everything, and writes what `llvm-cov` reports of it.
fn count(folder: &Path, report: &Path) -> Result<()> {
    let llvm_cov = |arguments: &[&str]| -> Result<Command> {
        let mut command = tools::LLVM_COV.command()?;
        // The tool fetches the component `llvm-tools` if it is missing.
        command.arg("llvm-cov").args(arguments).env("CARGO_LLVM_COV_SETUP", "yes");
        command.env("CARGO_LLVM_COV_TARGET_DIR", folder).env("CARGO_PROFILE_DEV_DEBUG", "0");
        Ok(command)
    };
    step::run("clean", &mut llvm_cov(&["clean", "--workspace"])?)?;
    let mut tests = llvm_cov(&["test", "--no-report", "--no-cfg-coverage", "--all-features"])?;
    // What only a real stack and a server show of them, the facade's tests try.
    for package in ENGINES.into_iter().chain(["ossup"]) {
        tests.args(["--package", package]);
    }
    step::run("tests of the engines and of the facade", &mut tests)?;
    let simulation = ["run", "--no-report", "--no-cfg-coverage", "--package", "sim", "--", "--seeds", SIM_SEEDS];
    step::run("simulation", &mut llvm_cov(&simulation)?)?;
    // A process that a test kills leaves a file that is not whole.
    let mut export = llvm_cov(&["report", "--failure-mode", "all", "--lcov", "--output-path"])?;
    step::run("report", export.arg(report))
}

/// Writes the page about what was run, and says what has no reason.
fn judge(report: &str) -> Result<()> {
    let reasons = reasons::read()?;
    let covered = covered(&lcov::read(report)?)?;
    let (mut without, mut used) = (Vec::new(), vec![false; reasons.len()]);
    for file in &covered {
        for gap in &file.gaps {
            match reasons.iter().position(|reason| reason.explains(&file.file, gap)) {
                Some(at) => used.get_mut(at).into_iter().for_each(|used| *used = true),
                None => without.push(format!("{}:{} {}", file.file, gap.place(), gap.function)),
            }
        }
    }
    for (reason, _) in reasons.iter().zip(used).filter(|(_, used)| !used) {
        println!("coverage: a reason is about what was run: {} in {}", reason.place.function, reason.place.file);
    }
    page::write(&covered, &reasons)?;
    if !without.is_empty() {
        println!("{}", without.join("\n"));
        bail!("{} places were not run, and have no reason", without.len());
    }
    Ok(())
}

/// The files of the engines, in the order of [`ENGINES`].
fn covered(counts: &BTreeMap<String, BTreeMap<usize, u64>>) -> Result<Vec<Covered>> {
    let (mut covered, tests) = (Vec::new(), tidy::files_of_tests()?);
    for engine in ENGINES {
        let folder = format!("crates/{engine}/src/");
        for path in workspace::files(&workspace::root().join(&folder), "rs")? {
            let file = workspace::relative(&path);
            let Some(lines) = counts.get(&file).filter(|_| !tests.contains(&file)) else { continue };
            let code = Code::parse(&std::fs::read_to_string(&path)?).with_context(|| file.clone())?;
            let lines: Vec<_> = lines.iter().filter(|(line, _)| !code.is_test(**line)).collect();
            if !lines.is_empty() {
                covered.push(Covered { file, lines: lines.len(), gaps: gaps(&lines, &code) });
            }
        }
    }
    Ok(covered)
}

/// What was not run. A line without code, such as a comment, ends no gap.
fn gaps(lines: &[(&usize, &u64)], code: &Code) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut follows = false;
    for (line, count) in lines {
        let function = code.function(**line);
        match gaps.last_mut().filter(|gap| follows && gap.function == function) {
            Some(gap) if **count == 0 => gap.lines.push(**line),
            _ if **count == 0 => gaps.push(Gap { function: function.to_owned(), lines: vec![**line] }),
            _ => {}
        }
        follows = **count == 0;
    }
    gaps
}

impl Covered {
    fn missed(&self) -> usize {
        self.gaps.iter().map(|gap| gap.lines.len()).sum()
    }
}

impl Gap {
    /// Its lines, such as `12-15`.
    fn place(&self) -> String {
        match (self.lines.first(), self.lines.last()) {
            (Some(first), Some(last)) if first != last => format!("{first}-{last}"),
            (Some(first), _) => first.to_string(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_not_run_are_gaps_of_their_functions() {
        let code = Code::parse("fn a() {\n    b();\n\n    c();\n    d();\n}\nfn e() {}\n").unwrap();
        let counts = BTreeMap::from([(1, 1), (2, 0), (4, 0), (5, 1), (6, 0), (7, 0)]);
        let gaps = gaps(&counts.iter().collect::<Vec<_>>(), &code);
        let found: Vec<_> = gaps.iter().map(|gap| (gap.function.as_str(), gap.place())).collect();
        assert_eq!(found, [("a", "2-4".to_owned()), ("a", "6".to_owned()), ("e", "7".to_owned())]);
    }
}
