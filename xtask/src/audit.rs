//! What is worth checking before a release and too slow for every change: each part takes minutes.
//!
//! The tools are installed from crates.io into the target folder. Advisories against dependencies are not among the
//! parts: their database is fetched from a repository, and this project's checks fetch from package registries only.

mod coverage;
mod engines;
mod fleet;
mod minimal;
mod self_test;

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use xtask::{step, watch, workspace};

use crate::{features, fuzz, instructions, packages, public_api, sabotage, tools};

/// How to audit.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Only these parts; all without.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// The commit that `semver` compares with, instead of the last tag. Without either there is nothing to compare with.
    #[arg(long)]
    since: Option<String>,
    /// How long each fuzz target runs.
    #[arg(long, default_value_t = 60)]
    fuzz_seconds: u32,
    /// Change a copy of the code in one place after the other, and see that each gate turns red: all of them, or those
    /// that need no tool to be installed.
    #[arg(long, value_name = "WHICH", num_args = 0..=1, default_missing_value = "all")]
    self_test: Option<self_test::Which>,
    /// Let `coverage` read the report of its last run instead of making one, when only the reasons have changed.
    #[arg(long)]
    last_report: bool,
    /// Write the texts of `public-api` and the counts of `instructions` instead of comparing them.
    #[arg(long)]
    store: bool,
}

/// One part of the audit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Part {
    /// Spelling, by typos.
    Spelling,
    /// Dependencies that no code uses, by cargo-machete.
    Unused,
    /// Licences, sources and bans of dependencies, by cargo-deny. No advisories.
    Deny,
    /// The public names of each library beside the stored text.
    PublicApi,
    /// Documentation of the programs and examples; that of the libraries is checked by `ci`.
    Docs,
    /// Each feature of each package by itself, every warning included; `ci` has it too.
    Features,
    /// Each pair of features, by cargo-hack.
    FeaturePairs,
    /// Every direct dependency at the oldest version that its manifest allows.
    MinimalVersions,
    /// What would break those who depend on a library, by cargo-semver-checks.
    Semver,
    /// Instructions of the hot paths in the release build, against the stored counts; `ci` counts those of a build that is not
    /// linked as one.
    Instructions,
    /// Every fuzz target for a while, by cargo-fuzz.
    Fuzz,
    /// Every deliberate bug, each of which a test or the simulation must find.
    Sabotage,
    /// The lines of the engines that neither tests nor the simulation run, each of which must have a reason, by cargo-llvm-cov.
    Coverage,
    /// The tests that take gigabytes, 100,000 objects or 60 kills.
    Big,
    /// The official SDKs as `ci` has them, with all of the random requests and objects.
    Conformance,
    /// What measures time compiles: `cargo bench --manifest-path bench/times/Cargo.toml`.
    Times,
    /// The examples for many machines, on a cluster of processes of which some are killed.
    Fleet,
    /// The data engines on `oss://`: DataFusion, and Delta Lake with two writers.
    Engines,
}

/// Runs the parts, those after a failure too.
///
/// # Errors
/// If one of them fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(which) = options.self_test {
        return self_test::run(which);
    }
    let all = Part::value_variants();
    let parts = if options.parts.is_empty() { all } else { &options.parts };
    let mut failed = 0;
    let mut table = String::new();
    for part in parts {
        let name = part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let start = Instant::now();
        let done = part.run(options);
        let result = if done.is_ok() { "passed" } else { "FAILED" };
        table.push_str(&format!("{name:<18} {result}  {:>5.1} min\n", start.elapsed().as_secs_f64() / 60.0));
        if let Err(error) = done {
            println!("{name}: {error:#}");
            failed += 1;
        }
    }
    println!("\n{table}\n{} passed, {failed} failed", parts.len() - failed);
    if failed > 0 {
        bail!("{failed} parts of the audit failed");
    }
    Ok(())
}

impl Part {
    fn run(self, options: &Options) -> Result<()> {
        match self {
            Self::Spelling => step::run("spelling", &mut tools::TYPOS.command()?),
            Self::Unused => step::run("unused dependencies", tools::MACHETE.command()?.arg("--with-metadata")),
            Self::Deny => {
                let mut command = tools::DENY.command()?;
                step::run(
                    "licences, sources, bans",
                    command.args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]),
                )
            }
            Self::PublicApi => public_api::run(options.store),
            Self::Docs => docs(),
            Self::Features => features::each(),
            Self::FeaturePairs => feature_pairs(),
            Self::MinimalVersions => minimal::run(),
            Self::Semver => semver(options.since.as_deref()),
            Self::Instructions => instructions::run(instructions::Options::of_release(options.store)),
            Self::Fuzz => fuzz::run(options.fuzz_seconds),
            Self::Sabotage => sabotage::run(&sabotage::Options::default()),
            Self::Coverage => coverage::run(options.last_report),
            Self::Big => big(),
            Self::Conformance => step::run("conformance", step::member("conformance").arg("conformance")),
            Self::Times => step::run(
                "times",
                step::cargo().args(["build", "--benches", "--locked", "--manifest-path", "bench/times/Cargo.toml"]),
            ),
            Self::Fleet => fleet::run(),
            Self::Engines => engines::run(),
        }
    }
}

/// The tests that are ignored elsewhere: package, target, name. Each runs alone, since it measures the memory of its process.
const BIG: [(&str, &str, &str); 10] = [
    ("ossup", "it", "sixty_kills_cost_what_was_in_flight_at_each"),
    ("ossup", "it", "one_gib_is_copied_inside_a_bucket_and_across_buckets"),
    ("ossup-cli", "it", "the_server_takes_a_gibibyte_in_little_memory"),
    ("ossup-cli", "it", "lists_sums_and_deletions_take_memory_for_a_page"),
    ("ossup-cli", "it", "a_million_objects_are_listed_in_the_memory_of_a_few_pages"),
    ("ossup-cli", "it", "equal_buckets_take_a_page_of_each_in_memory"),
    ("ossup-cli", "it", "a_wide_folder_is_walked_in_fixed_memory"),
    ("ossup-cli", "it", "ten_thousand_small_files_go_up_and_down_again"),
    ("ossup-cli", "it", "a_sync_of_20_000_files_is_killed_ten_times"),
    ("oss-uploader", "checkpoint", "memory_does_not_grow_with_the_number_of_files"),
];

fn big() -> Result<()> {
    for (package, target, test) in BIG {
        let mut command = step::cargo();
        command.args(["test", "--all-features", "--package", package, "--test", target, "--", "--ignored", test]);
        let (_, said) = watch::output(&mut command, BIG_LIMIT)?.with_context(|| format!("{test} hangs"))?;
        ensure!(said.contains("test result: ok. 1 passed"), "{test}: {said}");
        println!("{test}: passed");
    }
    Ok(())
}

/// The slowest takes minutes, with its build.
const BIG_LIMIT: Duration = Duration::from_secs(60 * 60);

fn docs() -> Result<()> {
    let mut command = step::cargo();
    command
        .args(["doc", "--workspace", "--no-deps", "--all-features", "--bins", "--examples"])
        .env("RUSTDOCFLAGS", "-D warnings");
    step::run("docs of programs and examples", &mut command)
}

fn feature_pairs() -> Result<()> {
    let mut command = tools::HACK.command()?;
    command.args(["hack", "check", "--feature-powerset", "--depth", "2"]);
    for package in packages::published()? {
        command.args(["--package", &package.name]);
    }
    step::run("pairs of features", &mut command)
}

fn semver(since: Option<&str>) -> Result<()> {
    let Some(since) = since.map(str::to_owned).or_else(last_tag) else {
        println!("semver: SKIPPED, since no version is tagged yet; `--since COMMIT` names what to compare with");
        return Ok(());
    };
    let since = step::output(git().args(["rev-parse", "--verify", &format!("{since}^{{commit}}")]))
        .with_context(|| format!("{since} is no commit"))?;
    let since = since.trim();
    let mut command = tools::SEMVER.command()?;
    command.args(["semver-checks", "--baseline-rev", since]);
    for package in packages::published()?.iter().filter(|package| package.has_library()) {
        command.args(["--package", &package.name]);
    }
    step::run(&format!("what would break since {since}"), &mut command)
}

fn last_tag() -> Option<String> {
    step::output(git().args(["describe", "--tags", "--abbrev=0"])).ok().map(|tag| tag.trim().to_owned())
}

fn git() -> Command {
    let mut command = Command::new("git");
    command.current_dir(workspace::root());
    command
}
