//! What must find a bug, and whether it did.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use xtask::{step, watch, workspace};

/// What must find a bug.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Gate {
    /// The simulation, within so many seeds.
    Simulation { seeds: u64 },
    /// Tests: `target` is `lib` or the name of a file of integration tests, `test` a part of their names.
    Test {
        package: String,
        target: String,
        test: String,
        /// What the tests need beside what the package has by itself.
        #[serde(default)]
        features: String,
    },
}

/// What a gate said, if it could be run.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    /// The first line that says what is wrong.
    Broken(String),
}

#[derive(Debug)]
pub(super) enum Verdict {
    Found(Found),
    DoesNotApply(String),
    /// What must find it is red, or cannot be run, without it too.
    NotGreenWithout,
    DoesNotCompile(String),
    /// It was ended after its limit: a bug that makes a test wait for ever is found by no one who waits.
    Hangs,
    /// No test has that name, or the program ended in some other way than by a broken promise.
    Unclear(String),
}

const SEEDS_WITHOUT_BUG: u64 = 300;
/// How long a build may take, and then a test or the simulation.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);
const RUN_LIMIT: Duration = Duration::from_secs(15 * 60);

impl Gate {
    /// As far as it is run without a bug: of the simulation a part, since all of it is run elsewhere.
    pub(super) fn without_bug(&self) -> Self {
        match self {
            Self::Simulation { .. } => Self::Simulation { seeds: SEEDS_WITHOUT_BUG },
            test @ Self::Test { .. } => test.clone(),
        }
    }

    /// Builds and runs it in `tree`.
    pub(super) fn run(&self, tree: &Path) -> Result<Verdict> {
        let mut build = cargo(tree)?;
        match self {
            Self::Simulation { .. } => build.args(["build", "--quiet", "--package", "sim"]),
            Self::Test { package, target, features, .. } => build
                .args(["test", "--quiet", "--no-run", "--package", package, "--features", features])
                .args(target_of(target)),
        };
        // A build is slow where others build too, and ends.
        let (built, said) = watch::output(&mut build, BUILD_LIMIT)?.context("the build hangs")?;
        if !built {
            return Ok(Verdict::DoesNotCompile(said));
        }
        let mut run = cargo(tree)?;
        match self {
            Self::Simulation { seeds } => {
                run.args(["run", "--quiet", "--package", "sim", "--"]);
                run.args(["--until-broken", "--seeds", &seeds.to_string()]);
            }
            Self::Test { package, target, test, features } => {
                run.args(["test", "--package", package, "--features", features]).args(target_of(target));
                run.args(["--", test]);
            }
        }
        let Some((green, said)) = watch::output(&mut run, RUN_LIMIT)? else { return Ok(Verdict::Hangs) };
        Ok(self.verdict(green, &said))
    }

    fn verdict(&self, green: bool, said: &str) -> Verdict {
        let line = |start: &str| said.lines().find(|line| line.starts_with(start)).map(str::to_owned);
        match self {
            Self::Simulation { .. } => match (green, line("seed ")) {
                (true, _) => Verdict::Found(Found::Nothing),
                (false, Some(broken)) => Verdict::Found(Found::Broken(broken)),
                (false, None) => Verdict::Unclear(said.to_owned()),
            },
            Self::Test { .. } => {
                let ran = said.lines().any(|line| line.starts_with("test ") && line.contains(" ... "));
                let failed = said.lines().find(|line| line.starts_with("test ") && line.ends_with(" FAILED"));
                match (green, failed) {
                    (true, _) if ran => Verdict::Found(Found::Nothing),
                    (false, Some(failed)) => Verdict::Found(Found::Broken(failed.to_owned())),
                    _ => Verdict::Unclear(said.to_owned()),
                }
            }
        }
    }
}

/// Arguments that choose what of a package is tested.
fn target_of(target: &str) -> Vec<&str> {
    if target == "lib" { vec!["--lib"] } else { vec!["--test", target] }
}

/// Cargo for the tree, with a target folder of its own that stays from one run to the next.
fn cargo(tree: &Path) -> Result<Command> {
    let mut command = step::cargo();
    command.current_dir(tree).env("CARGO_TARGET_DIR", workspace::target()?.join("sabotage/target"));
    // Smaller and faster; a backtrace is of no use here.
    command.env("CARGO_PROFILE_DEV_DEBUG", "false").env("RUST_BACKTRACE", "0");
    Ok(command)
}

impl Verdict {
    /// Whether the bug was found.
    pub(super) fn is_red(&self) -> bool {
        matches!(self, Self::Found(Found::Broken(_)))
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simulation { seeds } => write!(f, "sim --seeds {seeds}"),
            Self::Test { package, target, test, .. } => write!(f, "{package} {target} {test}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(Found::Nothing) => f.write_str("NOT FOUND"),
            Self::Found(Found::Broken(line)) => write!(f, "found: {line}"),
            Self::DoesNotApply(why) => write!(f, "DOES NOT APPLY: {why}"),
            Self::NotGreenWithout => f.write_str("RED WITHOUT IT TOO"),
            Self::DoesNotCompile(said) => write!(f, "DOES NOT COMPILE: {said}"),
            Self::Hangs => write!(f, "HANGS: not done after {} s", RUN_LIMIT.as_secs()),
            Self::Unclear(said) => write!(f, "UNCLEAR: {said}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_test_that_failed_or_a_broken_promise_finds_a_bug() {
        let test = Gate::Test {
            package: "p".to_owned(),
            target: "it".to_owned(),
            test: "t".to_owned(),
            features: String::new(),
        };
        let simulation = Gate::Simulation { seeds: 1 };
        for (gate, green, said, red) in [
            (&test, true, "running 1 test\ntest a::t ... ok\n", Some(false)),
            (&test, true, "running 0 tests\n", None),
            (&test, false, "running 1 test\ntest a::t ... FAILED\n", Some(true)),
            (&test, false, "error: test failed, signal: 6", None),
            (&simulation, true, "1 runs", Some(false)),
            (&simulation, false, "seed 7: success, but there is no object", Some(true)),
            (&simulation, false, "no run had PutObject: silent", None),
        ] {
            let verdict = gate.verdict(green, said);
            let expected = match red {
                Some(true) => matches!(verdict, Verdict::Found(Found::Broken(_))),
                Some(false) => matches!(verdict, Verdict::Found(Found::Nothing)),
                None => matches!(verdict, Verdict::Unclear(_)),
            };
            assert!(expected, "{said:?}: {verdict}");
        }
    }
}
