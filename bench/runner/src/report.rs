//! The figures as tables, beside what ours has to reach.

use std::fmt::Write as _;

use anyhow::Result;

use crate::case::Case;
use crate::client::Client;
use crate::placement::Placement;
use crate::process::Cost;
use crate::statistics::Spread;
use crate::verdict::Verdict;
use crate::{Options, environment};

/// All runs of one client in one case.
pub(crate) struct Measured {
    pub(crate) client: String,
    role: Role,
    case: Case,
    pub(crate) costs: Vec<Cost>,
    /// Why there are none.
    pub(crate) obstacle: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Limit,
    /// The loop that makes the calls of ours.
    SameCalls,
    Ours,
    Peer,
    /// Shown, but not a peer.
    Reference,
}

impl Measured {
    pub(crate) fn new(client: &Client, case: &Case) -> Self {
        let role = match client {
            client if client.is_limit() => Role::Limit,
            client if client.is_same_calls() => Role::SameCalls,
            client if client.is_ours() => Role::Ours,
            client if client.is_peer() => Role::Peer,
            _ => Role::Reference,
        };
        let obstacle = client.obstacle(case);
        Self { client: client.name.to_owned(), role, case: case.clone(), costs: Vec::new(), obstacle }
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    pub(crate) fn cpu(&self) -> Option<Spread> {
        Spread::of(self.costs.iter().map(|cost| self.case.cpu(cost)))
    }

    /// CPU of the client itself, and its reads and writes, of each unit.
    fn own(&self) -> (Option<Spread>, Option<Spread>) {
        let user = Spread::of(self.costs.iter().map(|cost| self.case.user(cost)));
        (user, Spread::of(self.costs.iter().filter_map(|cost| self.case.calls(cost))))
    }

    /// The most that others used of a processor in one of the runs.
    fn others(&self) -> f64 {
        let others = self.costs.iter().filter_map(|cost| cost.others?.processors);
        others.fold(0.0, f64::max)
    }

    fn wall(&self) -> Option<Spread> {
        Spread::of(self.costs.iter().map(|cost| cost.wall))
    }

    /// MiB of memory.
    pub(crate) fn peak(&self) -> Option<Spread> {
        Spread::of(self.costs.iter().map(Cost::peak_mib))
    }

    fn connections(&self) -> Option<u64> {
        self.costs.iter().filter_map(|cost| cost.connections).max()
    }

    /// As a row of a table; `limit` is the limit's CPU, if that has a column.
    fn row(&self, limit: Option<f64>) -> Option<String> {
        let (cpu, wall, peak) = (self.cpu()?, self.wall()?, self.peak()?);
        let name = if self.role == Role::Ours { format!("**{}**", self.client) } else { self.client.clone() };
        let ratio = limit.map_or(String::new(), |limit| format!(" {:.2} |", cpu.median / limit));
        let connections = self.connections().map_or("–".to_owned(), |n| n.to_string());
        let rounds = self.costs.len();
        let (user, calls) = self.own();
        let user = user.map_or("–".to_owned(), |user| format!("{:.3}", user.median));
        let calls = calls.map_or("–".to_owned(), |calls| format!("{:.0}", calls.median));
        Some(format!(
            "| {name} | {cpu:.3} |{ratio} {user} | {calls} | {wall:.2} | {peak:.1} | {connections} | {rounds} |"
        ))
    }
}

/// One case as a Markdown table, cheapest client first.
pub(crate) fn table(case: &Case, measured: &[Measured]) -> String {
    let mut sorted: Vec<&Measured> = measured.iter().filter(|m| m.cpu().is_some()).collect();
    if sorted.is_empty() {
        return "Not measured: the run was over before (`--minutes`).\n".to_owned();
    }
    sorted.sort_by(|a, b| median_cpu(a).total_cmp(&median_cpu(b)));
    let limit = sorted.iter().find(|m| m.role == Role::Limit).map(|m| median_cpu(m));
    let (head, rule) = if limit.is_some() { (" × limit |", "---|") } else { ("", "") };
    let mut text = format!(
        "| | {} |{head} of it user | calls | wall s | peak MiB | connections | runs |\n|---|---|{rule}---|---|---|---|---|---|\n",
        case.unit()
    );
    for row in sorted.iter().filter_map(|m| m.row(limit)) {
        text.push_str(&row);
        text.push('\n');
    }
    for (m, obstacle) in measured.iter().filter_map(|m| Some((m, m.obstacle.as_ref()?))) {
        let _ = write!(text, "\nNot run: {}, since {obstacle}.\n", m.client);
    }
    let most = sorted.iter().map(|m| m.others()).fold(0.0, f64::max);
    let _ = write!(text, "\nWhat else ran used at most {:.0} % of a processor in a run.\n", most * 100.0);
    text
}

fn median_cpu(measured: &Measured) -> f64 {
    measured.cpu().map_or(f64::INFINITY, |cpu| cpu.median)
}

/// Each target with what was measured; nothing if ours did not run.
pub(crate) fn judge(case: &Case, placement: Placement, measured: &[Measured]) -> Vec<Verdict> {
    let find = |role| measured.iter().filter(move |m| m.role == role);
    let Some(ours) = find(Role::Ours).next() else { return Vec::new() };
    let (Some(cpu), Some(wall)) = (ours.cpu(), ours.wall()) else { return Vec::new() };
    let least = |figure: fn(&Measured) -> Option<Spread>| {
        find(Role::Peer).filter_map(figure).map(|spread| spread.median).min_by(f64::total_cmp)
    };
    let mut verdicts = Vec::new();
    let apart = placement == Placement::Apart;
    let limit = find(Role::Limit).find_map(Measured::cpu).filter(|_| apart);
    if let (Some(bound), Some(limit)) = (case.targets.limit, limit) {
        verdicts.push(Verdict::at_most("CPU against the limit", cpu.median / limit.median, bound));
    }
    if let (Some(bound), Some(peer)) = (case.targets.cheapest_peer, least(Measured::cpu).filter(|_| apart)) {
        verdicts.push(Verdict::at_most("CPU against the cheapest peer", cpu.median / peer, bound));
    }
    if let Some(peer) = least(Measured::wall).filter(|_| case.targets.fastest) {
        verdicts.push(Verdict::at_most("time against the fastest peer", wall.median / peer, 1.0));
    }
    // A bound on memory has to hold each time.
    if let (Some(bound), Some(peak)) = (case.targets.peak, ours.peak()) {
        verdicts.push(Verdict::at_most("peak memory in MiB, the most of all runs", peak.max, bound));
    }
    if let (Some(bound), Some(connections)) = (case.targets.connections, ours.connections()) {
        verdicts.push(Verdict::at_most("connections at once", connections as f64, bound as f64));
    }
    verdicts
}

/// What was measured in each placement.
pub(crate) type Tables = Vec<(Placement, Vec<Measured>)>;

/// A whole run.
pub(crate) struct Report {
    head: String,
    versions: Vec<String>,
    /// Each with its tables, that of the headline first.
    cases: Vec<(Case, Tables)>,
    /// What only ours is asked for.
    pub(crate) alone: Vec<Verdict>,
    /// Of the automatic number of parts.
    verdicts: Vec<Verdict>,
    /// Table of the automatic number of parts beside fixed ones.
    automatic: Option<String>,
}

impl Report {
    pub(crate) fn new(
        options: &Options,
        placements: &[Placement],
        clients: &[Client],
        automatic: Option<(String, Verdict)>,
    ) -> Self {
        let head = format!(
            "{}; {}; {}; medians of {} interleaved rounds (3 of the interpreted clients), with least and most; \
             `cargo xtask bench{} --rounds {} --size {} --files {} --write-docs`",
            environment::today(),
            environment::machine(),
            placements.iter().map(|placement| placement.phrase()).collect::<Vec<_>>().join(" and "),
            options.rounds,
            options.only.iter().map(|part| format!(" --only {part}")).collect::<String>(),
            options.rounds,
            options.size,
            options.files,
        );
        let versions = clients.iter().filter(|c| !c.version.is_empty()).map(|c| format!("{} {}", c.name, c.version));
        let (automatic, verdict) = automatic.unzip();
        Self {
            head,
            versions: versions.collect(),
            cases: Vec::new(),
            alone: Vec::new(),
            verdicts: verdict.into_iter().collect(),
            automatic,
        }
    }

    pub(crate) fn add(&mut self, case: &Case, tables: Tables) {
        self.cases.push((case.clone(), tables));
    }

    /// The downloads, or the uploads.
    pub(crate) fn cases(&self, downloads: bool) -> impl Iterator<Item = &(Case, Tables)> {
        self.cases.iter().filter(move |(case, _)| case.is_download() == downloads)
    }

    /// `docs/benchmarks.md`.
    pub(crate) fn markdown(&self) -> Result<String> {
        let mut text = String::from(INTRODUCTION);
        writeln!(text, "\nMeasured on {}.\n\nVersions: {}.\n", self.head, self.versions.join(", "))?;
        text.push_str("![CPU time and peak memory of each client](benchmarks.svg)\n");
        self.targets(&mut text, false)?;
        self.verdicts.iter().try_for_each(|verdict| writeln!(text, "{}", verdict.row("ours alone")))?;
        self.tables(&mut text, false)?;
        if let Some(automatic) = &self.automatic {
            writeln!(text, "\n## `parallel_num` auto\n\n{AUTOMATIC}\n{automatic}")?;
        }
        Ok(text)
    }

    /// `docs/benchmarks-downloads.md`.
    pub(crate) fn downloads(&self) -> Result<String> {
        let mut text = String::from(DOWNLOADS);
        writeln!(text, "\nMeasured on {}.\n\nVersions: {}.", self.head, self.versions.join(", "))?;
        self.targets(&mut text, true)?;
        self.tables(&mut text, true)?;
        Ok(text)
    }

    /// `docs/benchmarks-alone.md`.
    pub(crate) fn alone(&self) -> Result<String> {
        let mut text = String::from(ALONE);
        writeln!(text, "\nMeasured on {}; {}.\n", environment::today(), environment::machine())?;
        text.push_str("| work | ours | is | wanted | |\n|---|---|---|---|---|\n");
        self.alone.iter().try_for_each(|verdict| writeln!(text, "{}", verdict.row("ours alone")))?;
        Ok(text)
    }

    /// What ours has to reach.
    fn targets(&self, text: &mut String, downloads: bool) -> Result<()> {
        text.push_str("\n## Targets\n\n| work | ours | is | wanted | |\n|---|---|---|---|---|\n");
        for (case, tables) in self.cases(downloads) {
            for (placement, measured) in tables {
                let work = format!("{}, {}", case.title, placement.word());
                judge(case, *placement, measured)
                    .iter()
                    .try_for_each(|verdict| writeln!(text, "{}", verdict.row(&work)))?;
            }
        }
        Ok(())
    }

    fn tables(&self, text: &mut String, downloads: bool) -> Result<()> {
        for (case, tables) in self.cases(downloads) {
            writeln!(text, "\n## {}", case.title)?;
            for (placement, measured) in tables {
                writeln!(text, "\n**{}**\n\n{}", placement.title(), table(case, measured).trim_end())?;
            }
        }
        Ok(())
    }
}

const ALONE: &str = "\
<!-- Written by `cargo xtask bench --only alone --write-docs`; edit bench/runner/src/report.rs instead. -->

# What only ours is asked for

Even cost whatever the size and the number of uploads, memory on a slow network, and resuming. How the figures are taken is told
of [uploads](benchmarks.md), which also says what the limit is.

* Medians of 3 runs, or of 6 of a file of 1 GiB, with client and server on different processors. **Two threads** are compared wherever
  the system puts them.
* **200,000 small files** are 800 MiB, which no cache of the processor holds, as it does 5,000. What that costs shows in the limit, which only
  reads and sends them, too.
* **64 GiB** are a file that is one hole, more than the machine has memory.
";

const AUTOMATIC: &str = "\
In simulated time: what decides is the code that ships, the network is an equal share of what all connections have together,
and one latency for each response; no slow start, no loss. The object is so large that the best fixed number (of 1, 2, 3, 4,
6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192 and 256) needs at least 20 seconds.
";

const INTRODUCTION: &str = "\
<!-- Written by `cargo xtask bench --only upload --write-docs`; edit bench/runner/src/report.rs instead. -->

# What an upload costs

What a sync costs is in [benchmarks-sync.md](benchmarks-sync.md), what Python adds in [benchmarks-python.md](benchmarks-python.md),
and what ours does by itself in [benchmarks-alone.md](benchmarks-alone.md).

Every client uploads the same bytes over loopback to the emulator of this project, which checks signatures, computes
CRC64 and throws bodies away. The server is a process of its own, new for each upload; the clients take turns within each
round. CPU time and peak memory are the operating system's account of the client's process. After each upload the server's
objects are compared with the source: number, bytes, CRC64.

A real server is on another machine. On one machine, a client with one busy thread is often put on the server's processor,
where all bytes are still in the cache, and then needs half the time. So the figures that count have **client and server on
different processors**: the client on the first, the server (and what feeds a pipe) on the last. What the system does when
it may choose is below. A run beside which something else used more than a twentieth of a processor was done again.

* **of it user** is the client's own work without the kernel's. **calls** are its reads and writes for each GiB (or each
  file): `syscr` and `syscw` of `/proc/PID/io`, which count calls of the families of `read` and `write`, on files, pipes
  and sockets, but not `send`, `recv`, `epoll_wait` and `futex`. Neither depends much on where the server runs.
* **limit** is no client but a bare loop on one thread. It sends the same parts by requests that were signed in advance, on
  as many connections as parts in flight, which take turns: read 256 KiB, compute the CRC64, write. (A pipe goes by one
  request on one connection; of small files 16 are sent in turn, then 16 responses are read.)
* **same calls** is no client but a bare loop that makes the system calls and copies of ours, in the same sizes and with as
  many bytes in motion, by requests that were signed in advance. What ours needs more than that is its own code.
* **object_store** speaks S3 only, so its server checks no signature.
* **curl** is no client of OSS and no peer, but shows what plain sending costs: one request for each object, without
  parts, to URLs that were signed before; it computes no CRC64.
* **ali-oss (node)** sends standard input by one request, without parts.
* The limit and ours compute CRC64 of every part and of the whole and compare it with the server's; of the peers only
  the two official SDKs compare any.
";

const DOWNLOADS: &str = "\
<!-- Written by `cargo xtask bench --only download --write-docs`; edit bench/runner/src/report.rs instead. -->

# What a download costs

Every client downloads the same bytes over loopback from the emulator of this project, which checks signatures and serves
from memory. The clients take turns within each round, and what each wrote is compared by size and CRC64. How the figures
are taken, and what the columns are, is told of [uploads](benchmarks.md).

* **A file in memory** is one in `/dev/shm`: no disk is in the figures. **On disk** every client's file is synced before the
  clock stops: ours does it by itself, the others are followed by `fsync`.
* **limit** is a bare loop on one thread. It asks for the same ranges by a request that was signed in advance, on as many
  connections as parts in flight, which take turns: read at most 256 KiB, compute the CRC64, write. It makes no temporary
  file and syncs only on disk. (To a pipe it makes one request; of small objects 16 are asked for in turn, then 16
  responses are read and written.)
* **Standard output** is read by a program on the server's processor that computes the CRC64.
* **object_store** and **ali-oss-rs** have no downloader: ranges are fetched by a loop of ours, several at a time. Both give
  a range as one buffer. **object_store** speaks S3 only, so its server checks no signature.
* **curl**, **ali-oss (node)**, and to a pipe **object_store** and the **Python SDK**, make one request for each object.
* Ours compares the CRC64 of the whole with the server's, writes to a temporary file that takes the target's name at the end,
  and pins each range to one state of the object; of the peers only the Python SDK compares any CRC64.
";
