//! The whole check, step by step. What takes longer is in `audit`.
//!
//! Most of the time goes into building dependencies, again for each set of features and each profile. So there are few
//! of them: one build for tests, programs, examples and the Python package; one check for lints and documentation; one
//! release build of the hot paths; and what the features of each package by itself come to. From the moment that all
//! tests are built, what checks the code takes the time that running them, and then the programs, leaves.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Instant;

use anyhow::{Result, bail};
use xtask::{step, watch};

use crate::packages;

/// What is left out.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Leave out the workspace's tests, when they have just been run.
    #[arg(long)]
    tests_done: bool,
    /// Leave out what fetches packages from PyPI and npm.
    #[arg(long)]
    offline: bool,
}

/// Runs every step until one fails, and says how long each took.
///
/// # Errors
/// If a step fails.
pub(crate) fn run(options: Options) -> Result<()> {
    let steps = Steps::default();
    let start = Instant::now();
    let done = run_all(&steps, options);
    println!();
    let passed = steps.passed.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (name, seconds) in &passed {
        println!("{name:<40} {seconds:>6.0} s");
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("steps: {} passed, {} failed, {seconds:.0} s", passed.len(), u32::from(done.is_err()));
    done
}

fn run_all(steps: &Steps, options: Options) -> Result<()> {
    steps.run("format", step::cargo().args(["fmt", "--all", "--check"]))?;
    steps.run("tidy", step::this().arg("tidy"))?;
    steps.run("programs and examples", step::cargo().args(step::BUILD_ALL))?;
    steps.run("manual", step::this().args(["manual", "--check"]))?;
    if !options.offline {
        steps.run("wheel", step::this().args(["python", "--build"]))?;
    }
    let (built, all_built) = mpsc::channel();
    std::thread::scope(|scope| {
        // Both build in the same folder, which one of them at a time holds.
        let code = scope.spawn(move || {
            let _ = all_built.recv();
            steps.stop_all_if(check_code(steps))
        });
        let behaviour = steps.stop_all_if(check_behaviour(steps, options, built));
        behaviour.and(code.join().unwrap_or_else(|_| bail!("a step panicked")))
    })?;
    if options.offline {
        println!("\nleft out: conformance, wire and python, which fetch packages from PyPI and npm");
    }
    Ok(())
}

/// What reads the code, in cargo's folder for builds without optimisation, with the lowest priority: some tests look at how
/// long things take.
fn check_code(steps: &Steps) -> Result<()> {
    // Every warning, `clippy::incompatible_msrv` among them: what is newer than the manifest's `rust-version`.
    steps.check(
        "lints",
        step::cargo().args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
    )?;
    steps.check("oldest compilers", step::this().arg("msrv"))?;
    // With the examples, the features of dependencies are those of the lints. Libraries and programs share names, so they
    // are documented one after the other.
    for (name, targets) in [("docs of libraries", "--lib"), ("docs of programs", "--bins")] {
        let mut docs = step::cargo();
        docs.args(["doc", "--workspace", "--no-deps", "--all-features", "--examples", targets]);
        steps.check(name, docs.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    // A feature adds a choice and never changes what other code does: each must build by itself, with nothing left unused.
    for package in packages::published()? {
        for feature in std::iter::once("").chain(package.choices()) {
            let mut check = step::cargo();
            check.args([
                "check",
                "--quiet",
                "--package",
                &package.name,
                "--no-default-features",
                "--features",
                feature,
            ]);
            let feature = if feature.is_empty() { "none" } else { feature };
            steps.check_without_warnings(&format!("features of {}: {feature}", package.name), &mut check)?;
        }
    }
    Ok(())
}

/// What runs what was built. The hot paths are optimised, in a folder of their own. `built` is dropped when nothing is built
/// any more.
fn check_behaviour(steps: &Steps, options: Options, built: mpsc::Sender<()>) -> Result<()> {
    let mut built = Some(built);
    if !options.tests_done {
        steps.tests(step::cargo().args(["test", "--workspace"]), || drop(built.take()))?;
    }
    drop(built);
    steps.run_quietly("examples", step::built("conformance")?.arg("examples"))?;
    steps.run_quietly("simulation", step::built("sim")?.args(["--seeds", SIM_SEEDS]))?;
    if !options.offline {
        steps.run_quietly("conformance", step::built("conformance")?.arg("conformance"))?;
        steps.run_quietly("wire", step::built("conformance")?.args(["wire", "--check"]))?;
        steps.run_quietly("python", step::this().args(["python", "--built"]))?;
    }
    steps.run_quietly("instructions", step::this().arg("instructions"))
}

/// The steps that passed, and whether others still begin.
#[derive(Default)]
struct Steps {
    passed: Mutex<Vec<(String, f64)>>,
    stopped: AtomicBool,
}

impl Steps {
    /// Runs a step with its output shown as it comes.
    fn run(&self, name: &str, command: &mut Command) -> Result<()> {
        self.time(name, || step::run(name, command))
    }

    /// Checks code beside others.
    fn check(&self, name: &str, command: &mut Command) -> Result<()> {
        self.time(name, || step::run_quietly(name, &mut step::aside(command)))
    }

    /// Runs a step beside others: its output is shown when it ends.
    fn run_quietly(&self, name: &str, command: &mut Command) -> Result<()> {
        self.time(name, || step::run_quietly(name, command))
    }

    /// Checks code beside others; a warning fails it.
    fn check_without_warnings(&self, name: &str, command: &mut Command) -> Result<()> {
        self.time(name, || step::run_without_warnings(name, &mut step::aside(command)))
    }

    /// Runs tests, each with a limit of its own.
    fn tests(&self, command: &mut Command, on_built: impl FnMut()) -> Result<()> {
        self.time("tests", || watch::run("tests", command, watch::LIMIT, on_built))
    }

    fn time(&self, name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        let start = Instant::now();
        run()?;
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        passed.push((name.to_owned(), start.elapsed().as_secs_f64()));
        Ok(())
    }

    /// After a failure no other step begins.
    fn stop_all_if(&self, done: Result<()>) -> Result<()> {
        if done.is_err() {
            self.stopped.store(true, Ordering::Relaxed);
        }
        done
    }
}

/// Runs of the simulation: under 20 seconds without optimisation, on two cores.
const SIM_SEEDS: &str = "600";
