//! Who is compared, and how each is called.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use xtask::{node, python, step, workspace};

use crate::case::{Case, Input, Work};
use crate::process::Access;
use crate::programs::{self, Programs};
use crate::requests;

/// How our own client is called in tables.
const OURS: &str = "ossup";
const LIMIT: &str = "limit";
/// The bare loop that makes the calls of ours.
const SAME_CALLS: &str = "same calls";
const CURL: &str = "curl";
const NODE_SDK: &str = "ali-oss (node)";
const PYTHON_SDK: &str = "Python SDK V2";
/// Key of the one object, or start of the keys of many.
pub(crate) const KEY: &str = "object";

/// A program to measure.
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    kind: Kind,
    /// Where it may leave files.
    folder: PathBuf,
}

enum Kind {
    /// The bare loop.
    Limit,
    /// The bare loop that makes the calls of ours, where nothing but that shows what ours adds to them.
    SameCalls,
    /// A program of `bench/peers`.
    Program {
        binary: &'static str,
        signs: bool,
        tls: bool,
    },
    Curl,
    Python(python::Environment),
    Node(node::Environment),
    /// Not available on this machine, for this reason.
    Absent(String),
}

/// Everyone who is `wanted`: the loops, ours, then the peers. A client that is not available is among them, with the reason.
pub(crate) fn all(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    let mut add = |name, version, kind| clients.push(Client { name, version, kind, folder: folder.to_owned() });
    add(LIMIT, String::new(), Kind::Limit);
    if wanted(SAME_CALLS) {
        add(SAME_CALLS, String::new(), Kind::SameCalls);
    }
    for (name, binary, signs, tls) in [
        (OURS, "peer-ossup", true, true),
        ("object_store", "peer-object-store", false, true),
        ("opendal", "peer-opendal", true, true),
        ("ali-oss-rs", "peer-ali-oss-rs", true, false),
    ] {
        if wanted(name) {
            add(name, programs::locked_version(name)?, Kind::Program { binary, signs, tls });
        }
    }
    if wanted(CURL) {
        match step::output(Command::new("curl").arg("--version")) {
            Ok(text) => add(CURL, text.split_whitespace().nth(1).unwrap_or_default().to_owned(), Kind::Curl),
            Err(error) => add(CURL, String::new(), absent(CURL, &error)),
        }
    }
    if wanted(NODE_SDK) {
        match node::Environment::with_sdk().and_then(|found| found.context("this machine has no `node` with `npm`")) {
            Ok(environment) => add(NODE_SDK, version_after(node::SDK, '@'), Kind::Node(environment)),
            Err(error) => add(NODE_SDK, String::new(), absent(NODE_SDK, &error)),
        }
    }
    if wanted(PYTHON_SDK) {
        match python::Environment::with_sdk() {
            Ok(environment) => add(PYTHON_SDK, version_after(python::SDK, '='), Kind::Python(environment)),
            Err(error) => add(PYTHON_SDK, String::new(), absent(PYTHON_SDK, &error)),
        }
    }
    Ok(clients)
}

fn absent(name: &str, error: &anyhow::Error) -> Kind {
    println!("{name} is left out: {error:#}");
    // The rest may be pages of what an installer printed.
    Kind::Absent(error.to_string())
}

/// The version at the end of a registry's name for a package.
fn version_after(package: &str, mark: char) -> String {
    package.rsplit(mark).next().unwrap_or_default().to_owned()
}

impl Client {
    /// The bare loop.
    pub(crate) fn limit(folder: &Path) -> Self {
        Self { name: LIMIT, version: String::new(), kind: Kind::Limit, folder: folder.to_owned() }
    }

    pub(crate) fn is_limit(&self) -> bool {
        matches!(self.kind, Kind::Limit)
    }

    /// Whether it is the bare loop that makes the calls of ours.
    pub(crate) fn is_same_calls(&self) -> bool {
        matches!(self.kind, Kind::SameCalls)
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.name == OURS
    }

    /// Whether it belongs into the table of the case at all.
    pub(crate) fn belongs_to(&self, case: &Case) -> bool {
        !self.is_same_calls() || case.has_same_calls()
    }

    /// Whether it transfers as ours does; curl carries bytes that something else has signed, once and unverified.
    pub(crate) fn is_peer(&self) -> bool {
        !self.is_limit() && !self.is_same_calls() && !self.is_ours() && self.name != CURL
    }

    /// Why it cannot do the work, if so.
    pub(crate) fn obstacle(&self, case: &Case) -> Option<String> {
        if case.is_synced() && matches!(self.kind, Kind::Curl) {
            return Some("it has no option to sync what it wrote".to_owned());
        }
        let no_authority = case.tls.then_some("it cannot be told to trust the server's certificate");
        let obstacle = match &self.kind {
            Kind::Limit => case.tls.then_some("it knows no TLS"),
            Kind::SameCalls => (!cfg!(target_os = "linux")).then_some("it makes calls that only Linux has"),
            Kind::Program { tls, .. } => no_authority.filter(|_| !*tls),
            // It takes the certificate, but not for the name that it makes of the bucket's and the server's.
            Kind::Node(_) => no_authority,
            Kind::Python(_) => case.is_pipe().then_some("its uploader asks every source for its position"),
            Kind::Curl => None,
            Kind::Absent(reason) => Some(reason.as_str()),
        };
        obstacle.map(str::to_owned)
    }

    /// How often it runs when the others run so many times: the interpreted ones take several times longer.
    pub(crate) fn rounds(&self, rounds: usize) -> usize {
        match self.kind {
            Kind::Python(_) | Kind::Node(_) => rounds.min(3),
            _ => rounds,
        }
    }

    /// What its server is told.
    pub(crate) fn server_settings(&self, case: &Case) -> Vec<String> {
        let signs = match self.kind {
            Kind::Program { signs, .. } => signs,
            _ => true,
        };
        let settings = [(case.tls, "tls"), (!signs, "unsigned")];
        settings.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned()).collect()
    }

    /// The command that does the work.
    pub(crate) fn command(&self, programs: &Programs, case: &Case, input: &Input, access: &Access) -> Result<Command> {
        let mut command = match &self.kind {
            Kind::Limit => {
                let mut command = with_job(Command::new(programs.path("bench-limit")), case, input);
                command.env("OSS_REQUESTS", requests::write(programs, case, input, access, &self.folder)?);
                command
            }
            Kind::SameCalls => {
                let mut command = with_job(Command::new(programs.path("bench-limit")), case, input);
                // Unlike the limit it sends a pipe in parts, too.
                let parts = case.in_parts();
                command.env("OSS_REQUESTS", requests::write(programs, &parts, input, access, &self.folder)?);
                command.env("OSS_SAME_CALLS", "1");
                command
            }
            Kind::Program { binary, .. } => with_job(Command::new(programs.path(binary)), case, input),
            Kind::Curl => self.curl(case, input, access)?,
            Kind::Python(environment) => {
                let mut command = Command::new(environment.python());
                command.arg(workspace::root().join("bench/python_client.py"));
                with_job(command, case, input)
            }
            Kind::Node(environment) => {
                let mut command = Command::new("node");
                command.env("NODE_PATH", environment.modules()).arg(workspace::root().join("bench/node_client.cjs"));
                with_job(command, case, input)
            }
            Kind::Absent(reason) => bail!("{} is not available: {reason}", self.name),
        };
        command
            .env("OSS_ENDPOINT", &access.endpoint)
            .env("OSS_REGION", &access.region)
            .env("OSS_BUCKET", &access.bucket)
            .env("OSS_KEY", KEY)
            .env("OSS_ACCESS_KEY_ID", &access.access_key_id)
            .env("OSS_ACCESS_KEY_SECRET", &access.access_key_secret);
        if let Work::GetFile { bytes: amount, .. }
        | Work::GetPipe { bytes: amount }
        | Work::GetFolder { files: amount } = case.work
        {
            command.env("OSS_AMOUNT", amount.to_string());
        }
        if case.is_synced() {
            command.env("OSS_SYNC", "1");
        }
        match &access.authority {
            Some(authority) => command.env("SSL_CERT_FILE", authority).env("REQUESTS_CA_BUNDLE", authority),
            // Reading what the machine names here would be charged to the process that reads it.
            None => command.env_remove("SSL_CERT_FILE"),
        };
        Ok(command)
    }

    /// curl knows no parts: one request for each object, to URLs signed ahead.
    fn curl(&self, case: &Case, input: &Input, access: &Access) -> Result<Command> {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--no-progress-meter", "--fail"]);
        if let Some(authority) = &access.authority {
            command.arg("--cacert").arg(authority);
        }
        match case.work {
            Work::File { .. } => command.arg("--upload-file").arg(&input.path).arg(requests::put_url(access, KEY)?),
            Work::Pipe { .. } => command.args(["--upload-file", "-"]).arg(requests::put_url(access, KEY)?),
            Work::GetFile { .. } => command.arg("--output").arg(target(input)?).arg(requests::get_url(access, KEY)?),
            Work::GetPipe { .. } => command.arg(requests::get_url(access, KEY)?),
            Work::GetFolder { files } => {
                let mut list = String::new();
                for n in 0..files {
                    let url = requests::get_url(access, &format!("{KEY}{n:05}"))?;
                    writeln!(list, "output = \"{}/{n:05}\"\nurl = \"{url}\"", target(input)?.display())?;
                }
                self.many_by_curl(&mut command, case, &list)?
            }
            Work::Folder { .. } => {
                let mut list = String::new();
                for entry in std::fs::read_dir(&input.path)? {
                    let path = entry?.path();
                    let name = path.file_name().context("a file without a name")?.to_string_lossy();
                    let url = requests::put_url(access, &format!("{KEY}{name}"))?;
                    writeln!(list, "upload-file = \"{}\"\nurl = \"{url}\"", path.display())?;
                }
                self.many_by_curl(&mut command, case, &list)?
            }
        };
        Ok(command)
    }

    fn many_by_curl<'a>(&self, command: &'a mut Command, case: &Case, list: &str) -> Result<&'a mut Command> {
        let config = self.folder.join("curl.config");
        std::fs::write(&config, list)?;
        Ok(command.args(["--parallel", "--parallel-max", &case.parallel.to_string(), "--config"]).arg(config))
    }
}

/// Where a download goes.
fn target(input: &Input) -> Result<&Path> {
    input.target.as_deref().context("a download without a target")
}

/// Adds the arguments that every program of ours takes, whatever library is in it.
fn with_job(mut command: Command, case: &Case, input: &Input) -> Command {
    let download = |work| (work, input.target.clone().unwrap_or_else(|| "-".into()));
    let (work, path) = match case.work {
        Work::File { .. } => ("file", input.path.clone()),
        // The protocol of the limit needs the length ahead; the others don't look at it.
        Work::Pipe { bytes } => ("pipe", bytes.to_string().into()),
        Work::Folder { .. } => ("folder", input.path.clone()),
        Work::GetFile { .. } => download("get-file"),
        Work::GetPipe { .. } => download("get-pipe"),
        Work::GetFolder { .. } => download("get-folder"),
    };
    command.arg(work).arg(path).args([case.part_size.to_string(), case.parallel.to_string()]);
    command
}
