//! Instructions of the hot paths, counted by callgrind and compared with the stored counts.
//!
//! Counted is what the program does, on all of its threads, and nothing of what the system does for it. Of uploads and
//! listings, two counts differ by about 1 %: how threads take turns and where memory lies is not the same each time.
//!
//! A count is the same on a busy machine as on a quiet one, so a regression shows in CI. It depends on the compiler and
//! the locked dependencies: a change that updates those stores new counts with `--store`. Callgrind shows programs a
//! processor without the widest vectors, so the CRC64 counted is the path that most machines take.
//!
//! `ci` counts a build of the tests' profile in which what handles each byte and element is optimised (`bench/counting.toml`):
//! the dependencies are there already, and a path that grew shows without the rest. What users get, and what `docs/performance.md` speaks of, is the
//! release build: `audit` counts that.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{step, workspace};

/// What is done with the counts.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Store the counts instead.
    #[arg(long)]
    store: bool,
    /// Only build the program.
    #[arg(long, conflicts_with = "store")]
    build: bool,
    /// Count the release build, of which nothing is there after the build of the tests.
    #[arg(long)]
    release: bool,
}

impl Options {
    /// The release build, compared with what is stored or stored.
    pub(crate) fn of_release(store: bool) -> Self {
        Self { store, build: false, release: true }
    }

    /// Where the counts are stored.
    fn file(self) -> &'static str {
        if self.release { "bench/instructions.txt" } else { "bench/instructions-counting.txt" }
    }
}

/// The paths, as `hot-paths` calls them, and how often each is taken.
const PATHS: &[(&str, u64)] = &[
    ("crc64", 100),
    ("sign", 100),
    ("list-parts", 10),
    ("combine", 10),
    ("small-file", 100),
    ("file-part", 128),
    ("stream-part", 128),
    ("list-page", 5),
];
/// A count may grow by this many percent, and one that shrinks by more should be stored: addresses, and so the way through an allocator, differ a little between machines.
const TOLERANCE: u64 = 5;

/// Counts, and compares with what is stored or stores.
///
/// # Errors
/// If a path takes more instructions than stored. Without valgrind nothing is counted and a line says so.
pub(crate) fn run(options: Options) -> Result<()> {
    if step::output(Command::new("valgrind").arg("--version")).is_err() {
        println!("instructions: SKIPPED, since this machine has no `valgrind` (Debian: apt-get install valgrind)");
        return Ok(());
    }
    let program = build(options.release)?;
    if options.build {
        return Ok(());
    }
    let mut counts = BTreeMap::new();
    for (path, times) in PATHS {
        // Twice as often, less once as often: what it takes to start and to prepare falls out.
        // Side by side, since a count does not depend on what else runs.
        let (once, twice) = std::thread::scope(|scope| {
            let twice = scope.spawn(|| count(&program, path, 2 * times));
            let once = count(&program, path, *times);
            (once, twice.join().unwrap_or_else(|_| bail!("{path}: counting panicked")))
        });
        let (once, twice) = (once?, twice?);
        counts.insert((*path).to_owned(), twice.saturating_sub(once) / times);
    }
    let file = workspace::root().join(options.file());
    if options.store {
        let mut text = String::new();
        for (path, count) in &counts {
            writeln!(text, "{path} {count}")?;
        }
        return std::fs::write(&file, text).with_context(|| file.display().to_string());
    }
    compare(&stored(&file)?, &counts)
}

fn build(release: bool) -> Result<PathBuf> {
    let mut build = step::cargo();
    build.args(["build", "--quiet", "--example", "hot-paths"]);
    let folder = if release {
        build.args(["--release", "--package", "hot-paths"]);
        "release"
    } else {
        // Of dependencies the features of the whole workspace, and what `.ci/run` sets, so that only our crates are built.
        build.args(["--package", "hot-paths", "--package", "dependencies", "--features", "dependencies/tests"]);
        build.args(["--config", "bench/counting.toml"]);
        build.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        "debug"
    };
    // No clippy: what it compiles is less optimised.
    step::run("building the hot paths", build.env_remove("RUSTC_WORKSPACE_WRAPPER"))?;
    let program = format!("{folder}/examples/hot-paths{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace::target()?.join(program))
}

/// Instructions of one run of the whole program.
fn count(program: &Path, path: &str, times: u64) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args([path, &times.to_string()]);
    let output = command.output().context("starting valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{path} failed under callgrind: {said}");
    }
    let line = said.lines().find_map(|line| line.split_once("Collected :")).context("callgrind gave no count")?;
    line.1.trim().parse().context("the count of callgrind")
}

fn stored(file: &Path) -> Result<BTreeMap<String, u64>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let line = |line: &str| {
        let (path, count) = line.split_once(' ').context("a line is `path count`")?;
        Ok((path.to_owned(), count.trim().parse()?))
    };
    text.lines().map(line).collect()
}

fn compare(stored: &BTreeMap<String, u64>, counted: &BTreeMap<String, u64>) -> Result<()> {
    let (mut grown, mut shrunk) = (Vec::new(), Vec::new());
    for (path, count) in counted {
        let before = *stored.get(path).with_context(|| format!("{path} has no stored count: run with --store"))?;
        let change = *count as f64 / before as f64 - 1.0;
        println!("{path:<12} {count:>12} instructions, {:+.1} % against the stored count", change * 100.0);
        if count * 100 > before * (100 + TOLERANCE) {
            grown.push(path.as_str());
        } else if count * 100 < before * (100 - TOLERANCE) {
            shrunk.push(path.as_str());
        }
    }
    if !shrunk.is_empty() {
        println!("fewer instructions than stored: {}; run with --store, so that they stay as few", shrunk.join(", "));
    }
    if !grown.is_empty() {
        bail!("more instructions than stored: {}; if that is meant, run with --store", grown.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(count: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([("sign".to_owned(), count)])
    }

    #[test]
    fn more_than_the_tolerance_is_an_error_and_less_is_not() {
        assert!(compare(&counts(1000), &counts(1050)).is_ok());
        assert!(compare(&counts(1000), &counts(500)).is_ok());
        assert!(compare(&counts(1000), &counts(1051)).unwrap_err().to_string().contains("sign"));
        assert!(compare(&BTreeMap::new(), &counts(1)).is_err());
    }
}
