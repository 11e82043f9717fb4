//! Speed: our client, the limit, and the peers, interleaved in one run against one kind of server.
//!
//! Every program runs as a process of its own and is charged what the operating system says it used. The server is
//! another process, so that its work is in none of the figures. After each upload the server says what it holds, and after
//! each download the file is read: what is not complete, or has another CRC64, ends the whole run. A run beside which something else used the machine is
//! done again.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod alone;
mod automatic;
mod case;
mod client;
mod download;
mod environment;
mod load;
mod placement;
mod plot;
mod process;
mod programs;
mod readme;
mod report;
mod requests;
mod statistics;
mod sync;
mod verdict;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser as _;

use crate::alone::Alone;
use crate::case::{Case, Input};
use crate::client::Client;
use crate::download::Stock;
use crate::load::Load;
use crate::placement::{Placement, Processors};
use crate::process::{Cost, Pipe, Server};
use crate::programs::Programs;
use crate::report::{Measured, Report};
use xtask::workspace;

/// Name of the grid of simulated networks.
const AUTOMATIC: &str = "auto";
/// What one program may take, with room for the slowest peer.
const ONE_RUN: Duration = Duration::from_secs(300);
/// How long is waited for a machine that does nothing else.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often a disturbed run is done again.
const REPEATS: usize = 5;

/// Speed and memory: ours, the limit, and the peers, interleaved in one run.
#[derive(Debug, clap::Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
pub(crate) struct Options {
    /// Rounds; in each, every client runs once.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Only the cases whose name contains this; several may be given. `upload` and `download` are what is compared with other
    /// clients, `alone` is what is not.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only the clients whose name contains this; several may be given. The limit always runs.
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    /// Size of the large file in MiB. The pipes carry half of it.
    #[arg(long, default_value_t = 2048, value_name = "MIB")]
    size: u64,
    /// Number of small files.
    #[arg(long, default_value_t = 5000)]
    files: u64,
    /// Objects on each side of the two that `--only sync` finds equal.
    #[arg(long, default_value_t = 10_000_000)]
    keys: u64,
    /// Start nothing new after so many minutes; what was measured by then is reported.
    #[arg(long, default_value_t = 45)]
    minutes: u64,
    /// Where client and server run; several, with commas between. Documents are written of `apart` and `free`.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "apart")]
    placement: Vec<Placement>,
    /// Measure although something else uses the machine: to try the benchmark out, not to learn anything.
    #[arg(long, conflicts_with = "write_docs")]
    busy: bool,
    /// Everything tiny and once, beside anything: whether the benchmark works.
    #[arg(long, conflicts_with = "write_docs")]
    smoke: bool,
    /// Write `docs/benchmarks.md`, `docs/benchmarks.svg` and the figures in the README, which are those of `apart`,
    /// `docs/benchmarks-downloads.md` and `docs/benchmarks-alone.md`; with `--only upload`, `download` or `alone` only what is
    /// about that, and with `--only sync`, which runs only when it is named, `docs/benchmarks-sync.md`.
    #[arg(long)]
    write_docs: bool,
}

impl Options {
    /// Where client and server run. What is published is measured in both ways.
    fn placements(&self) -> Vec<Placement> {
        if self.write_docs { vec![Placement::Apart, Placement::Free] } else { self.placement.clone() }
    }

    /// As they are meant.
    fn resolved(mut self) -> Self {
        if self.smoke {
            (self.rounds, self.size, self.files, self.busy) = (1, 26, 50, true);
        }
        self
    }

    /// Whether the document of the group with this name is written: that of the one that is measured, or each.
    fn writes(&self, group: &str) -> bool {
        self.write_docs && (self.only.is_empty() || self.only == [group])
    }

    /// Whether nothing but sync is measured.
    fn only_sync(&self) -> bool {
        self.only == [sync::SYNC]
    }

    fn wants(&self, name: &str) -> bool {
        let is_alone = alone::ALL.iter().any(|alone| alone.name == name);
        self.only.is_empty()
            || self.only.iter().any(|part| match part.as_str() {
                case::UPLOAD => !is_alone && !name.starts_with(case::DOWNLOAD),
                alone::ALONE => is_alone,
                part => name.contains(part),
            })
    }
}

fn main() -> ExitCode {
    match run(&Options::parse().resolved()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures, prints the tables, and writes the documents if asked to.
fn run(options: &Options) -> Result<()> {
    if options.only_sync() {
        return run_sync(options);
    }
    let groups = [case::UPLOAD, case::DOWNLOAD, alone::ALONE];
    if options.write_docs && !(groups.iter().any(|group| options.writes(group)) && options.client.is_empty()) {
        bail!(
            "--write-docs needs a whole run: leave --client out, and --only unless it is one of {}",
            groups.join(", ")
        );
    }
    let deadline = Instant::now() + Duration::from_secs(options.minutes * 60);
    let cases: Vec<Case> =
        case::all(options.size, options.files).into_iter().filter(|case| options.wants(case.name)).collect();
    let alone: Vec<&Alone> = alone::ALL.iter().filter(|alone| options.wants(alone.name)).collect();
    let with_automatic = options.wants(AUTOMATIC);
    ensure!(
        with_automatic || !(cases.is_empty() && alone.is_empty()),
        "nothing has such a name; there are {}, {AUTOMATIC}",
        case::names()
            .chain(alone::ALL.iter().map(|alone| alone.name))
            .chain([sync::SYNC])
            .collect::<Vec<_>>()
            .join(", ")
    );
    let automatic = with_automatic.then(automatic::grid).transpose()?;
    if let Some((table, verdict)) = &automatic {
        println!("{table}\n* {verdict}");
    }
    if cases.is_empty() && alone.is_empty() {
        return Ok(());
    }

    let placements = options.placements();
    let mut places = Vec::new();
    for placement in &placements {
        places.push((*placement, placement.processors()?));
    }
    let temporary = Temporary::new()?;
    let first = places.first().context("no placement")?.1.clone();
    let bench =
        Bench { programs: Programs::build()?, temporary: temporary.0.clone(), processors: first, busy: options.busy };
    let wanted = |name: &str| options.client.is_empty() || options.client.iter().any(|part| name.contains(part));
    let clients = client::all(&temporary.0, wanted)?;
    let mut report = Report::new(options, &placements, &clients, automatic);
    for case in &cases {
        let mut tables = Vec::new();
        for (placement, processors) in &places {
            let bench = Bench { processors: processors.clone(), ..bench.clone() };
            println!("\n{}, {}:", case.name, placement.phrase());
            let measured = bench.compare(case, &clients, options.rounds, deadline)?;
            println!("\n{}", report::table(case, &measured));
            report::judge(case, *placement, &measured).iter().for_each(|verdict| println!("* {verdict}"));
            tables.push((*placement, measured));
        }
        report.add(case, tables);
    }
    let the = |is: fn(&Client) -> bool| clients.iter().find(|client| is(client));
    let mut failed = Vec::new();
    if let (Some(ours), Some(limit)) = (the(Client::is_ours), the(Client::is_limit)) {
        for alone in alone {
            if Instant::now() > deadline {
                println!("the time is over: {} is left out", alone.name);
                continue;
            }
            match (alone.measure)(&bench, ours, limit) {
                Ok(verdicts) => {
                    verdicts.iter().for_each(|verdict| println!("{verdict}"));
                    report.alone.extend(verdicts);
                }
                Err(error) => {
                    println!("{} FAILED: {error:#}", alone.name);
                    failed.push(alone.name);
                }
            }
        }
    }
    let docs = workspace::root().join("docs");
    if options.writes(case::DOWNLOAD) {
        std::fs::write(docs.join("benchmarks-downloads.md"), report.downloads()?)?;
    }
    if options.writes(alone::ALONE) {
        std::fs::write(docs.join("benchmarks-alone.md"), report.alone()?)?;
    }
    if options.writes(case::UPLOAD) {
        std::fs::write(docs.join("benchmarks.md"), report.markdown()?)?;
        std::fs::write(docs.join("benchmarks.svg"), plot::svg(&report))?;
        let readme = workspace::root().join("README.md");
        std::fs::write(&readme, readme::update(&std::fs::read_to_string(&readme)?, &report)?)?;
    }
    // Not before the documents are written: the other figures took long and hold.
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// Measures sync, which has other tables.
fn run_sync(options: &Options) -> Result<()> {
    let placement = Placement::Apart;
    let temporary = Temporary::new()?;
    let (programs, processors) = (Programs::build()?, placement.processors()?);
    let bench = Bench { programs, temporary: temporary.0.clone(), processors, busy: options.busy };
    let sections = sync::run(&bench, options)?;
    if options.write_docs {
        std::fs::write(workspace::root().join("docs/benchmarks-sync.md"), sections.markdown()?)?;
    }
    Ok(())
}

/// A folder for the files, which goes with this value; what a killed run left is removed first.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Self> {
        // On the same disk as the build: a temporary file system in memory would distort reads.
        let folder = workspace::target()?.join("bench-files");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} is left: {error}", self.0.display());
        }
    }
}

/// What every measurement needs.
#[derive(Clone)]
pub(crate) struct Bench {
    programs: Programs,
    temporary: PathBuf,
    processors: Processors,
    /// Whether to measure beside anything.
    busy: bool,
}

impl Bench {
    /// All clients that can do the work, in turn, so many times.
    ///
    /// # Errors
    /// If a loop or ours fails; a peer that fails is left out from then on, and its figures are void.
    fn compare(&self, case: &Case, clients: &[Client], rounds: usize, deadline: Instant) -> Result<Vec<Measured>> {
        let input = case.make_input(&self.programs, &self.temporary)?;
        self.wait_until_quiet()?;
        let clients: Vec<&Client> = clients.iter().filter(|client| client.belongs_to(case)).collect();
        let mut all: Vec<Measured> = clients.iter().map(|client| Measured::new(client, case)).collect();
        let mut stock = Stock::default();
        for round in 1..=rounds {
            for (client, measured) in clients.iter().copied().zip(&mut all) {
                if measured.obstacle.is_some() || round > client.rounds(rounds) {
                    continue;
                }
                if Instant::now() > deadline {
                    println!("the time is over: {} stops in round {round}", case.name);
                    return Ok(all);
                }
                let outcome = match case.is_download() {
                    true => self.download(client, case, &input, &mut stock),
                    false => self.once(client, case, &input, &[]),
                };
                match outcome {
                    Ok(cost) => {
                        println!("{:<14} round {round}  {:<16} {}", case.name, client.name, case.describe(&cost));
                        measured.costs.push(cost);
                    }
                    Err(error) if !(client.is_limit() || client.is_same_calls() || client.is_ours()) => {
                        println!("{:<14} round {round}  {:<16} FAILED: {error:#}", case.name, client.name);
                        measured.costs.clear();
                        measured.obstacle = Some(format!("it failed in round {round}: {error:#}"));
                    }
                    Err(error) => return Err(error.context(format!("{} in {}", client.name, case.name))),
                }
            }
        }
        Ok(all)
    }

    /// One upload by one client to a server of its own.
    ///
    /// # Errors
    /// Also if the server does not hold exactly the input afterwards.
    fn once(&self, client: &Client, case: &Case, input: &Input, more_settings: &[String]) -> Result<Cost> {
        let settings = [client.server_settings(case).as_slice(), more_settings].concat();
        self.until_undisturbed(case, || {
            let mut server = self.server(&settings)?;
            let command = client.command(&self.programs, case, input, &server.access)?;
            self.measure(&mut server, &command, case, input)
        })
    }

    /// Measures again while something else used the machine.
    fn until_undisturbed(&self, case: &Case, mut measure: impl FnMut() -> Result<Cost>) -> Result<Cost> {
        let mut repeats = 0;
        loop {
            let cost = measure()?;
            let disturbed = cost.others.filter(|others| others.disturbed() && !self.busy);
            let Some(others) = disturbed.filter(|_| repeats < REPEATS) else { return Ok(cost) };
            println!("{:<14} disturbed: {others} of a processor; once more", case.name);
            self.wait_until_quiet()?;
            repeats += 1;
        }
    }

    /// A server where it belongs.
    fn server(&self, settings: &[String]) -> Result<Server> {
        Server::start(&self.programs, settings, &self.processors.server, &self.temporary)
    }

    /// The same in another placement.
    fn at(&self, placement: Placement) -> Result<Self> {
        Ok(Self { processors: placement.processors()?, ..self.clone() })
    }

    fn wait_until_quiet(&self) -> Result<()> {
        if self.busy { Ok(()) } else { load::wait_until_quiet(PATIENCE) }
    }

    /// Runs the command and compares what the server then holds with the input.
    fn measure(&self, server: &mut Server, command: &Command, case: &Case, input: &Input) -> Result<Cost> {
        let pipe = if case.is_pipe() { Pipe::From(&input.path) } else { Pipe::None };
        let load = Load::before(server.id());
        let (mut cost, _) =
            process::measure(&self.programs, command, pipe, &self.processors, ONE_RUN, &self.temporary)?;
        cost.others = Some(load.others());
        cost.connections = self.compare_stored(server, input)?;
        Ok(cost)
    }

    /// Compares what the server holds with the input; the connections that were open at once.
    fn compare_stored(&self, server: &mut Server, input: &Input) -> Result<Option<u64>> {
        let stored = server.stored()?;
        ensure!(
            (stored.objects, stored.bytes, stored.crc) == (input.objects, input.bytes, input.crc),
            "the server holds something else: {stored:?} instead of {input:?}"
        );
        ensure!(stored.unfinished == 0, "{} multipart uploads were left behind", stored.unfinished);
        Ok(stored.connections)
    }
}
