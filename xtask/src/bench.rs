//! Speed: our client, the limit, and the peers, interleaved in one run against one kind of server.
//!
//! Every program runs as a process of its own and is charged what the operating system says it used. The server is
//! another process, kept to one core, so that its work is in nobody's figures. After each upload the server says what
//! it holds: an upload that is not complete, or has another CRC64, ends the whole run.

mod case;
mod client;
mod environment;
mod plot;
mod process;
mod programs;
mod report;
mod statistics;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use self::case::Case;
use self::client::Client;
use self::process::{Cost, Server};
use self::programs::Programs;
use self::report::{Measured, Report};
use crate::workspace;

/// What one program may take, with room for the slowest peer.
const ONE_RUN: Duration = Duration::from_secs(180);

/// How to measure.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Rounds; in each, every client runs once.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Only the cases whose name contains this; several may be given.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only the clients whose name contains this; several may be given. The limit always runs.
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    /// Size of the large file in MiB. The pipe carries half of it.
    #[arg(long, default_value_t = 2048, value_name = "MIB")]
    size: u64,
    /// Number of small files.
    #[arg(long, default_value_t = 5000)]
    files: u64,
    /// Start nothing new after so many minutes; what was measured by then is reported.
    #[arg(long, default_value_t = 45)]
    minutes: u64,
    /// Keep the measured programs to these processors, e.g. `0`. By default they may use all.
    #[arg(long, default_value = "")]
    pin: String,
    /// Write `docs/benchmarks.md` and `docs/benchmarks.svg`.
    #[arg(long)]
    write_docs: bool,
}

/// Measures, prints the tables, and writes the documents if asked to.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.write_docs && !(options.only.is_empty() && options.client.is_empty()) {
        bail!("--write-docs needs a whole run: leave --only and --client out");
    }
    let deadline = Instant::now() + Duration::from_secs(options.minutes * 60);
    let cases: Vec<Case> = case::all(options.size, options.files)
        .into_iter()
        .filter(|case| options.only.is_empty() || options.only.iter().any(|part| case.name.contains(part)))
        .collect();
    ensure!(!cases.is_empty(), "no case has such a name; there are {}", case::names());

    let temporary = Temporary::new()?;
    let programs = Programs::build()?;
    let wanted = |name: &str| options.client.is_empty() || options.client.iter().any(|part| name.contains(part));
    let clients = client::present(&temporary.0, wanted)?;
    let mut report = Report::new(options, &clients);
    for case in &cases {
        let input = case.make_input(&programs, &temporary.0)?;
        let able: Vec<&Client> = clients.iter().filter(|client| client.can(case)).collect();
        let mut measured: Vec<Measured> = able.iter().map(|client| Measured::new(client, case)).collect();
        'rounds: for round in 1..=options.rounds {
            for (client, measured) in able.iter().zip(&mut measured) {
                if Instant::now() > deadline {
                    println!("the time is over: {} stops in round {round}", case.name);
                    break 'rounds;
                }
                let run =
                    Run { programs: &programs, case, input: &input, temporary: temporary.0.clone(), pin: &options.pin };
                let cost = run.once(client).with_context(|| format!("{} in {}", client.name, case.name))?;
                println!("{:<14} round {round}  {:<22} {}", case.name, client.name, case.describe(&cost));
                measured.costs.push(cost);
            }
        }
        measured.retain(|measured| !measured.costs.is_empty());
        println!("\n{}", report::table(case, &measured));
        report.add(case, measured);
    }
    if options.write_docs {
        let docs = workspace::root().join("docs");
        std::fs::write(docs.join("benchmarks.md"), report.markdown()?)?;
        std::fs::write(docs.join("benchmarks.svg"), plot::svg(&report))?;
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

/// One upload by one client to a server of its own.
struct Run<'a> {
    programs: &'a Programs,
    case: &'a Case,
    input: &'a case::Input,
    temporary: PathBuf,
    pin: &'a str,
}

impl Run<'_> {
    fn once(&self, client: &Client) -> Result<Cost> {
        let mut server = Server::start(self.programs, &client.server_settings(self.case), &self.temporary)?;
        let command = client.command(self.programs, self.case, self.input, &server.access)?;
        let stdin = self.case.is_pipe().then_some(self.input.path.as_path());
        let mut cost = process::measure(self.programs, command, stdin, self.pin, ONE_RUN, &self.temporary)?;
        let stored = server.stored()?;
        ensure!(
            (stored.objects, stored.bytes, stored.crc) == (self.input.objects, self.input.bytes, self.input.crc),
            "the server holds something else: {stored:?} instead of {:?}",
            self.input
        );
        ensure!(stored.unfinished == 0, "{} multipart uploads were left behind", stored.unfinished);
        cost.connections = stored.connections;
        Ok(cost)
    }
}
