//! The Python package: its wheel, in an environment of its own with what its tests need from PyPI.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use xtask::python::{self, Environment};
use xtask::{step, workspace};

/// What is run with the package.
#[derive(clap::Args, Clone, Debug)]
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
    /// Build as for users, optimised and stripped; a wheel of more than 8 MiB is an error.
    #[arg(long, conflicts_with_all = ["packages", "built"])]
    release: bool,
    /// Measure a release build beside the command line and the official package, and write `docs/benchmarks-python.md`.
    #[arg(long, conflicts_with_all = ["example", "part", "data"])]
    bench: bool,
    /// Other amounts than those of the page, which is not written then, such as `--size 64 --files 500 --rounds 1`.
    #[arg(last = true, requires = "bench")]
    amounts: Vec<OsString>,
}

/// Libraries that reach files by fsspec.
const DATA: &[&str] = &["pandas", "pyarrow", "dask", "datasets", "zarr"];

/// Most bytes of a wheel that users get: the extension module and the command line.
const LARGEST_WHEEL: u64 = 8 << 20;

/// Builds the wheel, without optimisation if not told otherwise, installs it, and runs the tests or the example.
///
/// # Errors
/// If a step fails.
pub(crate) fn run(options: Options) -> Result<()> {
    let folder = workspace::root().join("bindings/python");
    if options.bench {
        return bench(&folder, &options.amounts);
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
        let wheel = build(&python, &folder, if options.release { Profile::Release } else { Profile::Dev })?;
        if options.release {
            check_size(&wheel)?;
        }
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
fn bench(folder: &Path, amounts: &[OsString]) -> Result<()> {
    let python = Environment::with("python-bench", &["maturin>=1.9,<2", "setuptools>=77", python::SDK])?.python();
    let wheel = build(&python, folder, Profile::Release)?;
    let command = ["build", "--quiet", "--release", "--package", "ossup-cli", "--bins"];
    step::run("command line", step::cargo().args(command))?;
    let mut program = Command::new(python);
    program.arg(folder.join("tools/measure.py")).arg("--wheel").arg(&wheel);
    program.arg("--ossup").arg(workspace::target()?.join("release").join(PROGRAM));
    if amounts.is_empty() {
        program.arg("--write").arg(workspace::root().join("docs/benchmarks-python.md"));
    }
    program.args(amounts);
    step::run("measure", &mut program)?;
    check_size(&wheel)
}

/// Everyone who installs the package fetches it.
fn check_size(wheel: &Path) -> Result<()> {
    let size = std::fs::metadata(wheel)?.len();
    println!("{} has {size} bytes", workspace::relative(wheel));
    ensure!(size <= LARGEST_WHEEL, "the wheel has {size} bytes, more than {LARGEST_WHEEL}");
    Ok(())
}

const PROGRAM: &str = if cfg!(windows) { "ossup.exe" } else { "ossup" };

/// How a wheel is built.
#[derive(Clone, Copy, PartialEq)]
enum Profile {
    Dev,
    Release,
}

/// Builds the wheel and installs it with the entry point of fsspec.
fn build(python: &Path, folder: &Path, profile: Profile) -> Result<PathBuf> {
    let wheels = workspace::target()?.join("python-wheels");
    if wheels.exists() {
        std::fs::remove_dir_all(&wheels)?;
    }
    let mut build = Command::new(python);
    build.args(["-m", "maturin", "build", "--locked", "--compatibility", "linux", "--out"]).arg(&wheels);
    match profile {
        Profile::Release => build.args(["--profile", "wheel"]),
        Profile::Dev => build.args(["--profile", "dev", "--features", "beside-workspace"]),
    };
    build.current_dir(folder);
    step::run("wheel", &mut build)?;
    let wheel = workspace::files(&wheels, "whl")?.into_iter().next().context("maturin made no wheel")?;
    let install =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"];
    let mut pip = Command::new(python);
    pip.args(install).arg("--force-reinstall").arg(&wheel).arg(folder.join("ossup-fsspec"));
    step::run("install", &mut pip)?;
    Ok(wheel)
}
