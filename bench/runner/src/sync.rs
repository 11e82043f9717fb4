//! Sync: what it costs to find that two places are equal, how much sooner several list requests at once come to the end, and
//! what memory a folder of a million files takes.

mod keys;
mod simulated;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use xtask::{step, workspace};

use crate::load::Load;
use crate::process::{self, Cost, Pipe, Server};
use crate::statistics::Spread;
use crate::verdict::Verdict;
use crate::{Bench, Options, environment};

/// How it is chosen.
pub(crate) const SYNC: &str = "sync";

/// Entries of a page.
const PAGE: u64 = 1_000;
/// Keys of the list that is divided, and files of the folders.
const MILLION: u64 = 1_000_000;
/// List requests at once.
const JOBS: usize = 16;
/// How long the server takes for a page of that list.
const LATENCY: Duration = Duration::from_millis(75);
/// Keys of each simulated list.
const SIMULATED: usize = 1_000_000;
/// What one program may take: millions of keys, or minutes of waiting for pages.
const ONE_RUN: Duration = Duration::from_secs(3_600);
/// The most rounds of those that take minutes.
const ROUNDS: usize = 3;

/// What was measured.
#[derive(Default)]
pub(crate) struct Sections {
    head: String,
    verdicts: Vec<Verdict>,
    /// Each a heading with what is below it.
    sections: Vec<(String, String)>,
}

/// Measures all of it, and prints the tables as they come.
///
/// # Errors
/// If a program fails, or does not find what there is.
pub(crate) fn run(bench: &Bench, options: &Options) -> Result<Sections> {
    let ossup = build()?;
    let rounds = options.rounds.min(ROUNDS);
    let scale = if options.smoke { 100 } else { 1 };
    let mut all = Sections {
        head: format!(
            "{}; {}; client and server on different processors; medians of {rounds} interleaved rounds; \
             `cargo xtask bench --only sync --rounds {} --keys {} --write-docs`",
            environment::today(),
            environment::machine(),
            options.rounds,
            options.keys,
        ),
        ..Sections::default()
    };
    bench.wait_until_quiet()?;
    all.add("Several lists at once, simulated", simulated::table(SIMULATED / scale, JOBS, LATENCY)?);
    let run = Run { bench, ossup: &ossup };
    let million = MILLION / scale as u64;
    all.add(&format!("{} files", grouped(million)), run.folders(million)?);
    all.add(
        &format!("{} objects, one page after the other and {JOBS} at once", grouped(million)),
        run.divided(million)?,
    );
    let keys = options.keys / scale as u64;
    all.add(&format!("{} and {} equal objects", grouped(keys), grouped(keys)), run.equal(keys, rounds)?);
    Ok(all)
}

impl Sections {
    fn add(&mut self, title: &str, (table, verdicts): (String, Vec<Verdict>)) {
        println!("\n{title}\n\n{table}");
        verdicts.iter().for_each(|verdict| println!("* {verdict}"));
        self.verdicts.extend(verdicts);
        // What counts most was measured last.
        self.sections.insert(0, (title.to_owned(), table));
    }

    /// `docs/benchmarks-sync.md`.
    pub(crate) fn markdown(&self) -> Result<String> {
        let mut text = format!("{INTRODUCTION}\nMeasured on {}.\n\n## Targets\n\n", self.head);
        text.push_str("| work | ours | is | wanted | |\n|---|---|---|---|---|\n");
        self.verdicts.iter().rev().try_for_each(|verdict| writeln!(text, "{}", verdict.row("sync")))?;
        for (title, table) in &self.sections {
            writeln!(text, "\n## {title}\n\n{}", table.trim_end())?;
        }
        Ok(text)
    }
}

/// The command as it ships.
fn build() -> Result<PathBuf> {
    let mut build = step::cargo();
    build.args(["build", "--release", "--quiet", "--package", "ossup-cli", "--bin", "ossup"]);
    step::run("building the command line", &mut build)?;
    Ok(workspace::target()?.join("release").join(format!("ossup{}", std::env::consts::EXE_SUFFIX)))
}

struct Run<'a> {
    bench: &'a Bench,
    ossup: &'a Path,
}

/// The last line that `ossup --json` prints.
#[derive(Deserialize)]
struct Summary {
    skipped: u64,
    deleted: u64,
    failed: u64,
    requests: Requests,
}

#[derive(Deserialize)]
struct Requests {
    #[serde(default)]
    list: u64,
    #[serde(default)]
    head: u64,
}

/// What one run cost, and what it said last.
struct Ran {
    cost: Cost,
    last_line: String,
}

impl Ran {
    fn cpu(&self) -> f64 {
        self.cost.user + self.cost.system
    }

    fn summary(&self) -> Result<Summary> {
        serde_json::from_str(&self.last_line).with_context(|| format!("no summary: {}", self.last_line))
    }
}

impl Run<'_> {
    fn server(&self, settings: &[String]) -> Result<Server> {
        // The bare loop signs nothing; what ours signs is not checked, which costs the server alone.
        self.bench.server(&[settings, &["unsigned".to_owned()]].concat())
    }

    fn ossup(&self, server: &Server, arguments: &[&str]) -> Result<Ran> {
        let mut command = Command::new(self.ossup);
        command.args(arguments).args(["--endpoint", &server.access.endpoint, "--region", &server.access.region]);
        command
            .env("OSS_ACCESS_KEY_ID", &server.access.access_key_id)
            .env("OSS_ACCESS_KEY_SECRET", &server.access.access_key_secret)
            // The settings of the user who measures do not count.
            .env("HOME", &self.bench.temporary)
            .env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
        self.measure(server, &command)
    }

    fn limit(&self, server: &Server, buckets: &[&str]) -> Result<Ran> {
        let mut command = self.bench.programs.limit();
        command.arg("list").arg(&server.access.endpoint).args(buckets);
        self.measure(server, &command)
    }

    fn measure(&self, server: &Server, command: &Command) -> Result<Ran> {
        let output = self.bench.temporary.join("output");
        let Bench { programs, processors, temporary, .. } = self.bench;
        let load = Load::before(server.id());
        let (mut cost, _) = process::measure(programs, command, Pipe::ToFile(&output), processors, ONE_RUN, temporary)?;
        cost.others = Some(load.others());
        let last_line = last_line(&output)?;
        std::fs::remove_file(output)?;
        Ok(Ran { cost, last_line })
    }

    /// Two buckets with the same objects, and the bare loop that lists both.
    fn equal(&self, keys: u64, rounds: usize) -> Result<(String, Vec<Verdict>)> {
        let of = |bucket: &str| format!("synthetic={bucket}:{keys}:100");
        let pages = keys.div_ceil(PAGE);
        let (mut ours, mut limit) = (Vec::new(), Vec::new());
        for round in 1..=rounds {
            let server = self.server(&[of("one"), of("two")])?;
            let bare = self.limit(&server, &["one", "two"])?;
            ensure!(bare.last_line == format!("{} objects on {} pages", 2 * keys, 2 * pages), "{}", bare.last_line);
            println!("equal, round {round}: {}", describe("the bare loop", &bare, 2 * keys));
            limit.push(bare);
            let synced = self.ossup(&server, &["sync", "oss://one", "oss://two", "--delete", "-f", "--json"])?;
            println!("equal, round {round}: {}", describe("ossup", &synced, 2 * keys));
            let Summary { skipped, deleted, failed, requests } = synced.summary()?;
            ensure!((skipped, deleted, failed, requests.head) == (keys, 0, 0, 0), "{}", synced.last_line);
            ensure!(requests.list >= 2 * pages, "{}", synced.last_line);
            ours.push((synced, requests.list));
        }
        let microseconds = |ran: &Ran| ran.cpu() * 1e6 / (2 * keys) as f64;
        let cpu_of_limit = Spread::of(limit.iter().map(microseconds)).context("no round")?;
        let cpu = Spread::of(ours.iter().map(|(ran, _)| microseconds(ran))).context("no round")?;
        let mut table = String::from(
            "| | CPU µs/key | × bare loop | of it user | wall s | peak MiB | list requests |\n|---|---|---|---|---|---|---|\n",
        );
        let mut row = |name: &str, runs: &[&Ran], lists: u64| -> Result<()> {
            let spread = |of: &dyn Fn(&Ran) -> f64| Spread::of(runs.iter().map(|ran| of(ran))).context("no round");
            let (cpu, wall) = (spread(&microseconds)?, spread(&|ran| ran.cost.wall)?);
            let (user, peak) =
                (spread(&|ran| ran.cost.user * 1e6 / (2 * keys) as f64)?, spread(&|ran| ran.cost.peak_mib())?);
            let ratio = cpu.median / cpu_of_limit.median;
            Ok(writeln!(
                table,
                "| {name} | {cpu:.3} | {ratio:.2} | {:.3} | {wall:.1} | {peak:.1} | {lists} |",
                user.median
            )?)
        };
        row("bare loop", &limit.iter().collect::<Vec<_>>(), 2 * pages)?;
        let lists = ours.iter().map(|(_, lists)| *lists).max().unwrap_or_default();
        row("**ossup sync**", &ours.iter().map(|(ran, _)| ran).collect::<Vec<_>>(), lists)?;
        table.push_str(&others(ours.iter().map(|(ran, _)| ran).chain(&limit)));
        let peak = ours.iter().map(|(ran, _)| ran.cost.peak_mib()).fold(0.0, f64::max);
        let what = format!("{} + {} equal objects", grouped(keys), grouped(keys));
        Ok((
            table,
            vec![
                Verdict::at_most(format!("{what}: CPU against the bare loop"), cpu.median / cpu_of_limit.median, 1.5),
                Verdict::at_most(format!("{what}: peak memory in MiB, the most of all runs"), peak, 64.0),
                Verdict::at_most(format!("{what}: list requests a side"), lists as f64 / 2.0, pages as f64),
            ],
        ))
    }

    /// One side of a sync whose other side is empty, by one list request after the other and by several at once.
    fn divided(&self, keys: u64) -> Result<(String, Vec<Verdict>)> {
        let mut table = String::from(
            "| keys | at once | list requests | above the pages | wall s | × faster | CPU s | peak MiB |\n|---|---|---|---|---|---|---|---|\n",
        );
        let mut verdicts = Vec::new();
        let mut ran = Vec::new();
        for (shape, folders) in [("flat", 0), ("in 100 folders", 100)] {
            let latency = format!("latency={}", LATENCY.as_millis());
            let server = self.server(&[format!("synthetic=one:{keys}:{folders}"), latency])?;
            let mut alone = f64::NAN;
            for jobs in [1, JOBS] {
                let jobs_text = jobs.to_string();
                // What the destination alone has is listed, and no line is printed of it.
                let synced =
                    self.ossup(&server, &["sync", "oss://bench", "oss://one", "--list-jobs", &jobs_text, "--json"])?;
                println!("divided, {shape}: {}", describe(&format!("{jobs} at once"), &synced, keys));
                let lists = synced.summary()?.requests.list.saturating_sub(1);
                let (pages, wall) = (keys.div_ceil(PAGE), synced.cost.wall);
                ensure!(lists >= pages, "{}", synced.last_line);
                let above = lists as f64 / pages as f64;
                let faster = if jobs == 1 { 1.0 } else { alone / wall };
                writeln!(
                    table,
                    "| {shape} | {jobs} | {lists} | {:+.1} % | {wall:.1} | {faster:.1} | {:.2} | {:.1} |",
                    (above - 1.0) * 100.0,
                    synced.cpu(),
                    synced.cost.peak_mib(),
                )?;
                match jobs {
                    1 => alone = wall,
                    _ => {
                        let what = format!("{} objects, {shape}, {JOBS} lists at once", grouped(keys));
                        verdicts.push(Verdict::at_least(format!("{what}: times faster than one"), faster, 10.0));
                        verdicts.push(Verdict::at_most(format!("{what}: requests for each page"), above, 1.15));
                    }
                }
                ran.push(synced);
            }
        }
        table.push_str(&others(ran.iter()));
        Ok((table, verdicts))
    }

    /// A folder beside a bucket with the same names.
    fn folders(&self, files: u64) -> Result<(String, Vec<Verdict>)> {
        let mut table = String::from("| files | wall s | CPU µs/file | peak MiB |\n|---|---|---|---|\n");
        let mut verdicts = Vec::new();
        let mut ran = Vec::new();
        for (shape, folders) in [("in one folder", 0), ("in 1,000 folders", 1_000)] {
            let root = self.bench.temporary.join("million");
            make_files(&root, files, folders)?;
            let server = self.server(&[format!("synthetic=one:{files}:{folders}")])?;
            let root_text = root.to_str().context("a folder whose name is no text")?;
            let checked = self.ossup(&server, &["check", root_text, "oss://one", "--missing-only"])?;
            println!("folders: {}", describe(shape, &checked, files));
            ensure!(checked.last_line.trim() == "0 differences, 0 not compared", "{}", checked.last_line);
            std::fs::remove_dir_all(root)?;
            let (cpu, peak) = (checked.cpu() * 1e6 / files as f64, checked.cost.peak_mib());
            writeln!(table, "| {shape} | {:.1} | {cpu:.2} | {peak:.1} |", checked.cost.wall)?;
            let what = format!("{} files {shape}, walked beside a list of as many", grouped(files));
            verdicts.push(Verdict::at_most(format!("{what}: peak memory in MiB"), peak, 32.0));
            ran.push(checked);
        }
        table.push_str(&others(ran.iter()));
        Ok((table, verdicts))
    }
}

fn describe(name: &str, ran: &Ran, keys: u64) -> String {
    format!(
        "{name}: {:.3} CPU µs/key  {:.1} s  {:.1} MiB  {}",
        ran.cpu() * 1e6 / keys as f64,
        ran.cost.wall,
        ran.cost.peak_mib(),
        ran.cost.others.map_or(String::new(), |others| others.to_string()),
    )
}

/// What else ran beside the measurements, as a line below a table.
fn others<'a>(ran: impl Iterator<Item = &'a Ran>) -> String {
    let most = ran.filter_map(|ran| ran.cost.others?.processors).fold(0.0, f64::max);
    format!("\nWhat else ran used at most {:.0} % of a processor in a run.\n", most * 100.0)
}

/// Empty files with the names of synthetic objects.
fn make_files(root: &Path, files: u64, folders: u64) -> Result<()> {
    let of_folder = files.div_ceil(folders.max(1)).max(1);
    for number in 0..files {
        let folder = match folders {
            0 => root.to_owned(),
            _ => root.join(format!("folder-{:06}", number / of_folder)),
        };
        if number % of_folder == 0 {
            std::fs::create_dir_all(&folder)?;
        }
        File::create(folder.join(format!("{number:010}")))?;
    }
    Ok(())
}

/// The last line of a file, which may be long.
fn last_line(path: &Path) -> Result<String> {
    const TAIL: u64 = 64 * 1024;
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(String::from_utf8_lossy(&tail).lines().next_back().unwrap_or_default().to_owned())
}

/// A number with commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const INTRODUCTION: &str = "\
<!-- Written by `cargo xtask bench --only sync --write-docs`; edit bench/runner/src/sync.rs instead. -->

# What a sync costs

Every figure is of the command `ossup` as it ships, against the emulator of this project on another processor, whose lists
are computed and take no memory. CPU time and peak memory are the operating system's account of the command's process.

* **Equal objects**: `ossup sync oss://one oss://two --delete`, of which every object is equal to the other, so that the lists are
  all there is to do. The **bare loop** asks for the same pages on one connection, by unsigned requests, one after the other, and
  reads the XML: key, size, time and entity tag of each object, with the XML reader that ours uses. It compares nothing.
* **At once**: a bucket of a million objects as one side of a sync whose other side is empty, from a server that takes 75 ms for
  each page.
* **Simulated**: the same list in simulated time, over keys of other shapes. What is listed, and when, is decided by the code that
  ships; the server is a sorted list in memory that responds after 75 ms.
* **Files**: `ossup check FOLDER oss://one --missing-only`, which walks the folder, lists the bucket and merges both.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_between_thousands() {
        assert_eq!([0, 999, 1_000, 10_000_000].map(grouped), ["0", "999", "1,000", "10,000,000"]);
    }
}
