//! Who is compared, and how each is called.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use http::uri::Scheme;
use http::{HeaderMap, Method};
use oss_auth::{Credentials, Product, SigningRequest, V4Signer};

use super::case::{Case, Input, Work};
use super::process::Access;
use super::programs::{self, Programs};
use crate::{node, python, step, workspace};

/// How our own client is called in tables.
const OURS: &str = "ossup";
const CURL: &str = "curl";
const NODE_SDK: &str = "ali-oss (node)";
const PYTHON_SDK: &str = "Python SDK V2";
/// Key of the one object, or start of the keys of many.
const KEY: &str = "object";

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
    /// A program of `bench/peers`.
    Program {
        binary: &'static str,
        signs: bool,
        tls: bool,
    },
    Curl,
    Python(python::Environment),
    Node(node::Environment),
}

/// Everyone who is `wanted` and to be had on this machine: the limit, ours, then the peers.
pub(crate) fn present(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    let mut add = |name, version, kind| clients.push(Client { name, version, kind, folder: folder.to_owned() });
    add("limit", String::new(), Kind::Limit);
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
            Err(_) => println!("{CURL}: left out, since this machine has none"),
        }
    }
    if wanted(NODE_SDK) {
        match node::Environment::with_sdk()? {
            Some(environment) => add(NODE_SDK, version_after(node::SDK, '@'), Kind::Node(environment)),
            None => println!("{NODE_SDK}: left out, since this machine has no `node` with `npm`"),
        }
    }
    if wanted(PYTHON_SDK) {
        match python::Environment::with_sdk() {
            Ok(environment) => add(PYTHON_SDK, version_after(python::SDK, '='), Kind::Python(environment)),
            Err(error) => println!("{PYTHON_SDK}: left out: {error:#}"),
        }
    }
    Ok(clients)
}

/// The version at the end of a registry's name for a package.
fn version_after(package: &str, mark: char) -> String {
    package.rsplit(mark).next().unwrap_or_default().to_owned()
}

impl Client {
    pub(crate) fn is_limit(&self) -> bool {
        matches!(self.kind, Kind::Limit)
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.name == OURS
    }

    /// Whether it can do the work at all.
    pub(crate) fn can(&self, case: &Case) -> bool {
        match &self.kind {
            Kind::Limit => !case.tls,
            Kind::Program { tls, .. } => *tls || !case.tls,
            Kind::Curl => true,
            // Minutes for thousands of files, the whole stream in memory, and no way to name an authority.
            Kind::Python(_) | Kind::Node(_) => !case.tls && matches!(case.work, Work::File { .. }),
        }
    }

    /// What its server is told.
    pub(crate) fn server_settings(&self, case: &Case) -> Vec<String> {
        let signs = match self.kind {
            Kind::Limit => false,
            Kind::Program { signs, .. } => signs,
            _ => true,
        };
        let settings = [(case.tls, "tls"), (!signs, "unsigned")];
        settings.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned()).collect()
    }

    /// The command that does the work.
    pub(crate) fn command(&self, programs: &Programs, case: &Case, input: &Input, access: &Access) -> Result<Command> {
        let sizes = [case.part_size.to_string(), case.parallel.to_string()];
        let mut command = match &self.kind {
            Kind::Limit | Kind::Program { .. } => {
                let binary = if let Kind::Program { binary, .. } = self.kind { binary } else { "bench-limit" };
                let mut command = Command::new(programs.path(binary));
                let (work, path) = match case.work {
                    Work::File { .. } => ("file", input.path.clone()),
                    // The protocol of the limit needs the length ahead; the others don't look at it.
                    Work::Pipe { bytes } => ("pipe", bytes.to_string().into()),
                    Work::Folder { .. } => ("folder", input.path.clone()),
                };
                command.arg(work).arg(path).args(sizes);
                command
            }
            Kind::Curl => self.curl(case, input, access)?,
            Kind::Python(environment) => {
                let mut command = Command::new(environment.python());
                command.arg(workspace::root().join("bench/python_client.py")).arg(&input.path).args(sizes);
                command
            }
            Kind::Node(environment) => {
                let mut command = Command::new("node");
                command.env("NODE_PATH", environment.modules());
                command.arg(workspace::root().join("bench/node_client.cjs")).arg(&input.path).args(sizes);
                command
            }
        };
        command
            .env("OSS_ENDPOINT", &access.endpoint)
            .env("OSS_REGION", &access.region)
            .env("OSS_BUCKET", &access.bucket)
            .env("OSS_KEY", KEY)
            .env("OSS_ACCESS_KEY_ID", &access.access_key_id)
            .env("OSS_ACCESS_KEY_SECRET", &access.access_key_secret);
        if let Some(authority) = &access.authority {
            command.env("SSL_CERT_FILE", authority);
        }
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
            Work::File { .. } => command.arg("--upload-file").arg(&input.path).arg(presigned(access, KEY)?),
            Work::Pipe { .. } => command.args(["--upload-file", "-"]).arg(presigned(access, KEY)?),
            Work::Folder { .. } => {
                let mut list = String::new();
                for entry in std::fs::read_dir(&input.path)? {
                    let path = entry?.path();
                    let name = path.file_name().context("a file without a name")?.to_string_lossy();
                    let url = presigned(access, &format!("{KEY}{name}"))?;
                    writeln!(list, "upload-file = \"{}\"\nurl = \"{url}\"", path.display())?;
                }
                let config = self.folder.join("curl.config");
                std::fs::write(&config, list)?;
                command.args(["--parallel", "--parallel-max", &case.parallel.to_string(), "--config"]).arg(config)
            }
        };
        Ok(command)
    }
}

fn presigned(access: &Access, key: &str) -> Result<String> {
    let signer = V4Signer::new(&access.region, Product::OSS)?;
    let credentials = Credentials::new(&access.access_key_id, access.access_key_secret.as_str());
    let (scheme, host) = access.endpoint.split_once("://").context("an endpoint without a scheme")?;
    let scheme = if scheme == "https" { Scheme::HTTPS } else { Scheme::HTTP };
    let request = SigningRequest::new(Method::PUT)
        .bucket(access.bucket.as_str())
        .key(key)
        .host(host)
        .scheme(scheme)
        .path_style(true);
    let life = Duration::from_secs(3600);
    let presigned = signer.presign(&request, &HeaderMap::new(), &credentials, SystemTime::now(), life)?;
    Ok(presigned.url().to_owned())
}
