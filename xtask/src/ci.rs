//! The whole check, step by step. What takes longer is in `audit`.
//!
//! Most of the time goes into compiling, so as little as possible is compiled twice. One build, by clippy, has the lints, the
//! tests, the programs and the examples; rustdoc documents the libraries from it before it runs their doctests. Beside it there
//! are Python's extension module, the optimised hot paths and simulation, and each feature of each package by itself.
//! From the moment that all is built, steps run in three lanes: the tests, whose turn it is first since some look at how long
//! things take, and which wait a good part of their time; what others say; and what runs or is compiled besides, with the lowest
//! priority.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Instant;

use anyhow::{Result, bail};
use xtask::{step, watch};

use crate::simulation;

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
    if std::env::var_os("RUSTC_WORKSPACE_WRAPPER").is_none() {
        // Where what is compiled how is set, the build is first.
        return step::run("the whole check", step::script(".ci/run").args(std::env::args_os().skip(2)));
    }
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
    // With every warning of rustc and clippy, `clippy::incompatible_msrv` among them: what is newer than the manifest's
    // `rust-version`. After `.ci/run` there is nothing left to build.
    let build = ["build", "--workspace", "--exclude", "ossup-python", "--all-targets"];
    steps.run("lints, programs, examples, tests", step::cargo().args(build))?;
    steps.run("manual", step::this().args(["manual", "--check"]))?;
    // What compiles keeps the target folder to itself: first the tests, then the wheel, which more waits for than for the rest.
    let (built, all_built) = mpsc::channel();
    let (wheel, wheel_built) = mpsc::channel();
    std::thread::scope(|scope| {
        let code = scope.spawn(move || {
            let _ = all_built.recv();
            steps.stop_all_if(run_programs(steps))?;
            let _ = wheel_built.recv();
            steps.stop_all_if(check_code(steps))
        });
        let others = scope.spawn(move || steps.stop_all_if(ask_others(steps, options, wheel)));
        let tests = steps.stop_all_if(run_tests(steps, options, built));
        tests.and(join(others)).and(join(code))
    })?;
    if options.offline {
        println!("\nleft out: conformance, wire and python, which fetch packages from PyPI and npm");
    }
    Ok(())
}

/// What was built, beside the tests.
fn run_programs(steps: &Steps) -> Result<()> {
    steps.beside("examples", step::built("conformance")?.args(["examples", "--built"]))
}

/// What is compiled besides.
fn check_code(steps: &Steps) -> Result<()> {
    steps.aside("instructions", step::this().arg("instructions"))?;
    steps.aside("build of the simulation", &mut simulation::build())?;
    steps.aside("simulation", step::built("sim")?.args(["--seeds", SIM_SEEDS]))?;
    steps.aside("features", step::this().args(["audit", "features"]))?;
    steps.aside("oldest compilers", step::this().arg("msrv"))
}

/// What programs that others wrote say of the code and of what was built. `wheel` is dropped when the Python package is built.
fn ask_others(steps: &Steps, options: Options, wheel: mpsc::Sender<()>) -> Result<()> {
    steps.beside("format", step::cargo().args(["fmt", "--all", "--check"]))?;
    if options.offline {
        return Ok(());
    }
    steps.beside("packages of Python", step::this().args(["python", "--packages"]))?;
    std::thread::scope(|scope| {
        let python = scope.spawn(move || {
            steps.beside("wheel", step::this().args(["python", "--build"]))?;
            drop(wheel);
            steps.beside("python", step::this().args(["python", "--built"]))
        });
        steps.beside("conformance", step::built("conformance")?.args(["conformance", "--few"]))?;
        steps.beside("wire", step::built("conformance")?.args(["wire", "--check"]))?;
        join(python)
    })
}

fn join(lane: std::thread::ScopedJoinHandle<'_, Result<()>>) -> Result<()> {
    lane.join().unwrap_or_else(|_| bail!("a step panicked"))
}

/// The tests. `built` is dropped when they run, and nothing is missing any more.
fn run_tests(steps: &Steps, options: Options, built: mpsc::Sender<()>) -> Result<()> {
    if options.tests_done {
        return Ok(());
    }
    let mut built = Some(built);
    // Whether the workspace is tidy, and whether every bug in `sabotage/` fits it, are tests of this package.
    steps.tests(step::cargo().args(["test", "--workspace"]), || drop(built.take()))
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

    /// Runs a step whose output is shown when it ends, since others run too.
    fn run_quietly(&self, name: &str, command: &mut Command) -> Result<()> {
        self.time(name, || step::run_quietly(name, command))
    }

    /// The same with a lower priority than the tests.
    fn beside(&self, name: &str, command: &mut Command) -> Result<()> {
        self.run_quietly(name, &mut step::with_priority(LOWER, command))
    }

    /// The same with the lowest priority.
    fn aside(&self, name: &str, command: &mut Command) -> Result<()> {
        self.run_quietly(name, &mut step::with_priority(LOWEST, command))
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

/// A whole sweep of the simulation: every ending of each operation and fault.
const SIM_SEEDS: &str = "20000";

/// Of the system's priorities, where 0 is what programs have.
const LOWER: &str = "10";
const LOWEST: &str = "19";
