//! The processes of a measurement: the server, and the measured program.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::load::Others;
use crate::placement::Processors;
use crate::programs::Programs;

/// What one run cost, by the operating system's account of the process.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Cost {
    success: bool,
    /// Seconds in the program.
    pub(crate) user: f64,
    /// Seconds in the kernel on its behalf.
    pub(crate) system: f64,
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Most bytes of memory at once.
    peak: u64,
    /// Reads and writes; not counted on every system.
    calls: Option<u64>,
    /// Most connections at once; not counted over TLS.
    #[serde(default)]
    pub(crate) connections: Option<u64>,
    /// What else used the machine meanwhile.
    #[serde(skip)]
    pub(crate) others: Option<Others>,
}

impl Cost {
    pub(crate) fn peak_mib(&self) -> f64 {
        self.peak as f64 / (1024.0 * 1024.0)
    }

    pub(crate) fn calls(&self) -> Option<f64> {
        self.calls.map(|calls| calls as f64)
    }
}

/// Where the server is and how to get in.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Access {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) bucket: String,
    pub(crate) access_key_id: String,
    pub(crate) access_key_secret: String,
    ca_pem: Option<String>,
    /// File with the certificate of the authority to trust.
    #[serde(skip)]
    pub(crate) authority: Option<PathBuf>,
}

/// What the server holds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Stored {
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    pub(crate) crc: u64,
    pub(crate) unfinished: u64,
    pub(crate) connections: Option<u64>,
}

/// A server process that ends with this value.
pub(crate) struct Server {
    process: Child,
    ask: Option<ChildStdin>,
    responses: BufReader<ChildStdout>,
    pub(crate) access: Access,
}

impl Server {
    /// Starts one on `processors`.
    pub(crate) fn start(programs: &Programs, settings: &[String], processors: &str, temporary: &Path) -> Result<Self> {
        let mut command = Command::new(programs.path("bench-server"));
        command.arg(processors).args(settings).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("starting the server")?;
        let ask = process.stdin.take();
        let mut responses = BufReader::new(process.stdout.take().context("no output of the server")?);
        let mut line = String::new();
        responses.read_line(&mut line)?;
        let mut access: Access = serde_json::from_str(&line).context("the server did not start")?;
        if let Some(pem) = &access.ca_pem {
            let file = temporary.join("authority.pem");
            std::fs::write(&file, pem)?;
            access.authority = Some(file);
        }
        Ok(Self { process, ask, responses, access })
    }

    /// Number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it holds now.
    pub(crate) fn stored(&mut self) -> Result<Stored> {
        self.say("stored")
    }

    /// Has it take parts again, if it was started to refuse some.
    pub(crate) fn accept(&mut self) -> Result<Stored> {
        self.say("accept")
    }

    fn say(&mut self, what: &str) -> Result<Stored> {
        writeln!(self.ask.as_mut().context("the server was stopped")?, "{what}")?;
        let mut line = String::new();
        self.responses.read_line(&mut line)?;
        serde_json::from_str(&line).context("the server's account")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its input; waiting keeps it from running into the next measurement.
        drop(self.ask.take());
        let _ = self.process.wait();
    }
}

/// What is at the other end of a program's standard input or output.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pipe<'a> {
    None,
    /// It reads this file.
    From(&'a Path),
    /// It writes to a program that computes the CRC64.
    ToCrc,
    /// It writes to this file.
    ToFile(&'a Path),
}

/// Runs a program and says what it cost, and what the CRC64 of its output is if that was asked for. What is at the other
/// end of a pipe runs where the server does.
///
/// # Errors
/// If it fails or takes longer than `limit`.
pub(crate) fn measure(
    programs: &Programs,
    program: &Command,
    pipe: Pipe<'_>,
    processors: &Processors,
    limit: Duration,
    temporary: &Path,
) -> Result<(Cost, Option<u64>)> {
    let result = temporary.join("cost.json");
    let mut command = Command::new(programs.path("bench-measure"));
    command
        .arg(&processors.client)
        .arg(limit.as_secs().to_string())
        .arg(&result)
        .arg(program.get_program())
        .args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut feeder = None;
    let mut reader = None;
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let mut other_end = Command::new(programs.path("bench-pin"));
    other_end.arg(&processors.server);
    match pipe {
        Pipe::None => {}
        Pipe::From(path) => {
            let cat = other_end.arg("cat").arg(path);
            let mut cat = cat.stdout(Stdio::piped()).spawn().context("starting cat")?;
            command.stdin(cat.stdout.take().context("no output of cat")?);
            feeder = Some(cat);
        }
        Pipe::ToCrc => {
            let crc = other_end.arg(programs.path("bench-limit")).args(["crc", "-"]);
            let mut crc = crc.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("starting the reader")?;
            command.stdout(crc.stdin.take().context("no input of the reader")?);
            reader = Some(crc);
        }
        Pipe::ToFile(path) => drop(command.stdout(std::fs::File::create(path)?)),
    }
    let status = command.status().context("starting the measurement");
    // The command holds an end of the pipe; without it the feeder ends even if nothing was read, and the reader at the end.
    drop(command);
    if let Some(mut feeder) = feeder {
        feeder.wait()?;
    }
    let read = reader.map(Child::wait_with_output).transpose()?;
    if !status?.success() {
        bail!("the measurement failed");
    }
    let cost: Cost = serde_json::from_str(&std::fs::read_to_string(&result)?)?;
    std::fs::remove_file(result)?;
    if !cost.success {
        bail!("it failed after {:.1} s", cost.wall);
    }
    let crc = read.map(|read| String::from_utf8_lossy(&read.stdout).trim().parse().context("no CRC64 of the output"));
    Ok((cost, crc.transpose()?))
}
