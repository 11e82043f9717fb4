//! The Python package: its wheel, in an environment of its own with what its tests need from PyPI.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use xtask::python::{self, Environment};
use xtask::{step, workspace};

/// What is run with the package.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Upload a file to the bundled emulator instead of running the tests.
    #[arg(long)]
    example: bool,
    /// Only install what is needed from PyPI.
    #[arg(long, group = "part")]
    packages: bool,
    /// Build and install the package only.
    #[arg(long, group = "part", conflicts_with = "example")]
    build: bool,
    /// Run what an earlier `--build` installed.
    #[arg(long, group = "part")]
    built: bool,
    /// Run one round trip of each library that reaches files by fsspec (pandas, pyarrow, dask, datasets, zarr) instead of the
    /// tests, in an environment with these.
    #[arg(long, conflicts_with_all = ["example", "built"])]
    data: bool,
    /// Measure a release build beside the command line and the official package, and write `docs/benchmarks-python.md`.
    #[arg(long, conflicts_with_all = ["example", "part", "data"])]
    bench: bool,
}

/// Libraries that reach files by fsspec.
const DATA: &[&str] = &["pandas", "pyarrow", "dask", "datasets", "zarr"];

/// Builds the wheel without optimisation, installs it, and runs the tests or the example.
///
/// # Errors
/// If a step fails.
pub(crate) fn run(options: Options) -> Result<()> {
    let folder = workspace::root().join("bindings/python");
    if options.bench {
        return bench(&folder);
    }
    let environment = match options.data {
        true => Environment::with("python-data", &[python::PACKAGES, DATA].concat())?,
        false => Environment::with_sdk()?,
    };
    let python = environment.python();
    if options.packages {
        return Ok(());
    }
    if !options.built {
        build(&python, &folder, Profile::Dev)?;
    }
    if options.build {
        return Ok(());
    }
    let mut program = Command::new(&python);
    program.current_dir(&folder);
    if options.example {
        return step::run("example", program.args(["examples/upload.py", "README.md"]));
    }
    program.args(["-m", "pytest"]);
    if options.data {
        program.arg("tests/test_data.py");
    }
    step::run("tests", &mut program)
}

/// What is measured is what users get: a release build in an environment without tools.
fn bench(folder: &Path) -> Result<()> {
    let python = Environment::with("python-bench", &["maturin>=1.9,<2", "setuptools>=77", python::SDK])?.python();
    let wheel = build(&python, folder, Profile::Release)?;
    let mut program = Command::new(python);
    program.arg(folder.join("tools/measure.py")).arg("--wheel").arg(wheel);
    program.arg("--ossup").arg(folder.join("python/ossup/bin").join(PROGRAM));
    program.arg("--write").arg(workspace::root().join("docs/benchmarks-python.md"));
    step::run("measure", &mut program)
}

const PROGRAM: &str = if cfg!(windows) { "ossup.exe" } else { "ossup" };

/// How a wheel is built.
#[derive(Clone, Copy, PartialEq)]
enum Profile {
    Dev,
    Release,
}

/// Builds the wheel, with the command line in it, and installs it with the entry point of fsspec.
fn build(python: &Path, folder: &Path, profile: Profile) -> Result<PathBuf> {
    let wheels = workspace::target()?.join("python-wheels");
    if wheels.exists() {
        std::fs::remove_dir_all(&wheels)?;
    }
    take_program(folder, profile)?;
    let mut build = Command::new(python);
    build.args(["-m", "maturin", "build", "--locked", "--compatibility", "linux", "--out"]).arg(&wheels);
    if profile == Profile::Release {
        build.args(["--release", "--strip"]);
    }
    // The workspace's folder, which has most of the dependencies as they are needed here.
    build.current_dir(folder).env("CARGO_TARGET_DIR", workspace::target()?);
    step::run("wheel", &mut build)?;
    let wheel = workspace::files(&wheels, "whl")?.into_iter().next().context("maturin made no wheel")?;
    let install =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"];
    let mut pip = Command::new(python);
    pip.args(install).arg("--force-reinstall").arg(&wheel).arg(folder.join("ossup-fsspec"));
    step::run("install", &mut pip)?;
    Ok(wheel)
}

/// Puts the command line, which the workspace's build may have left, into the package.
fn take_program(folder: &Path, profile: Profile) -> Result<()> {
    let (name, options): (_, &[&str]) = match profile {
        Profile::Dev => ("debug", &[]),
        Profile::Release => ("release", &["--release"]),
    };
    let program = workspace::target()?.join(name).join(PROGRAM);
    // A release build that an earlier commit left would be measured in place of this one.
    if profile == Profile::Release || !program.exists() {
        let build = ["build", "--quiet", "--package", "ossup-cli", "--bins"];
        step::run("command line", step::cargo().args(build).args(options))?;
    }
    let bin = folder.join("python/ossup/bin");
    std::fs::create_dir_all(&bin)?;
    std::fs::copy(program, bin.join(PROGRAM))?;
    Ok(())
}
