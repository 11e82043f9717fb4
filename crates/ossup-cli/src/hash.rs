//! `ossup hash`.

mod digest;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ossup::{GetObjectRequest, HeadObjectRequest};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::address::Address;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::global::{Clients, Global};
use crate::output::{Line, Output, Totals};
use crate::size::Size;
use crate::streams::standard_input;
use digest::Digest;

#[derive(Args)]
pub(crate) struct Hash {
    /// Files, objects as oss://BUCKET/KEY, or - for standard input.
    #[arg(required_unless_present = "check")]
    what: Vec<PathBuf>,
    /// Which hash. Default: crc64, which OSS has of every object: none is downloaded for it.
    #[arg(long = "type", value_enum, default_value_t = Type::Crc64, hide_default_value = true)]
    kind: Type,
    /// The ETag that an upload in parts of this size has: the MD5 of the parts' MD5, and their number; with --type md5.
    #[arg(long, value_name = "PART_SIZE")]
    composite: Option<Size>,
    /// Read hashes and names from FILE (- for standard input), as this command prints them, and compare.
    #[arg(long, value_name = "FILE", conflicts_with = "what")]
    check: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Type {
    Crc64,
    Md5,
    Sha256,
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Self::Crc64 => "crc64",
            Self::Md5 => "md5",
            Self::Sha256 => "sha256",
        }
    }
}

/// A hash, or what became of its comparison.
#[derive(Serialize)]
struct Hashed {
    op: &'static str,
    status: &'static str,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    hash: Option<String>,
    /// What the list says.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl Line for Hashed {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        match (&self.expected, &self.hash, self.status) {
            (None, Some(hash), _) => Some(format!("{hash}  {}", self.name)),
            (Some(_), _, "done") => Some(format!("{}: OK", self.name)),
            (Some(_), Some(_), _) => Some(format!("{}: FAILED", self.name)),
            _ => None,
        }
    }

    fn count(&self, totals: &mut Totals) {
        match self.status {
            "done" => totals.done += 1,
            _ => totals.failed += 1,
        }
    }
}

impl Hash {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        match self.composite {
            Some(_) if self.kind != Type::Md5 => {
                return Err(Failure::usage(
                    "--composite makes the ETag of an upload in parts, of MD5 alone: add --type md5",
                ));
            }
            Some(Size(0)) => return Err(Failure::usage("--composite must be at least 1 byte")),
            _ => {}
        }
        // A wrong address is a wrong command line; one in a list is not.
        for text in self.what.iter().filter_map(|what| object_in(what)) {
            object(text)?;
        }
        let composite = self.composite.map(|Size(part_size)| part_size);
        let mut run = Run { kind: self.kind, composite, global, output, clients: global.clients(output) };
        match &self.check {
            Some(list) => run.compare(list).await?,
            None => {
                for what in &self.what {
                    run.print(what, None).await;
                }
            }
        }
        let totals = output.totals();
        Ok(match (totals.failed, totals.done) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::SomeFailed,
        })
    }
}

/// One run of the command.
struct Run<'a> {
    kind: Type,
    composite: Option<u64>,
    global: &'a Global,
    output: &'a Output,
    /// Made when an object is named: files need no service.
    clients: Clients<'a>,
}

impl Run<'_> {
    async fn print(&mut self, what: &Path, expected: Option<String>) {
        let name = what.display().to_string();
        let (status, hash, error) = match self.hash(what).await {
            Ok(hash) if expected.as_ref().is_none_or(|expected| expected.eq_ignore_ascii_case(&hash)) => {
                ("done", Some(hash), None)
            }
            Ok(hash) => {
                let message = format!(
                    "{name}: the {} is {hash}, and not {}",
                    self.kind.name(),
                    expected.as_deref().unwrap_or_default()
                );
                ("failed", Some(hash), Some(Failure::new(Kind::Verification, message)))
            }
            Err(error) => ("failed", None, Some(error)),
        };
        error.iter().for_each(|error| self.output.note(error));
        let _ = self.output.line(&Hashed { op: "hash", status, name, kind: self.kind.name(), hash, expected, error });
    }

    async fn compare(&mut self, list: &Path) -> Result<(), Failure> {
        let unreadable = |error| Failure::unreadable(list, &error);
        let mut text = String::new();
        open(list).await.map_err(unreadable)?.read_to_string(&mut text).await.map_err(unreadable)?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            // A star in front of the name is how the coreutils mark a binary file.
            let pair = line.split_once("  ").or_else(|| line.split_once(" *"));
            let Some((hash, name)) = pair.filter(|(hash, name)| !hash.is_empty() && !name.is_empty()) else {
                let message = format!("{}, line {}: not of the form HASH  NAME", list.display(), number + 1);
                return Err(Failure::new(Kind::Source, message));
            };
            self.print(Path::new(name), Some(hash.trim().to_owned())).await;
        }
        Ok(())
    }

    fn new_digest(&self) -> Digest {
        self.composite.map_or_else(|| Digest::new(self.kind), Digest::composite)
    }

    async fn hash(&mut self, what: &Path) -> Result<String, Failure> {
        if let Some(text) = object_in(what) {
            return self.hash_object(&object(text)?).await;
        }
        let unreadable = |error: std::io::Error| Failure::unreadable(what, &error);
        digest(self.new_digest(), open(what).await.map_err(unreadable)?).await.map_err(unreadable)
    }

    async fn hash_object(&mut self, address: &Address) -> Result<String, Failure> {
        let key = address.object()?;
        let client = self.clients.of(&address.bucket)?;
        if self.kind == Type::Crc64 {
            let mut request = HeadObjectRequest::new(address.bucket.as_str(), key);
            request.request_payer = self.global.payer();
            let head = client.head_object(request).await?;
            if let Some(crc) = head.hash_crc64 {
                return Ok(crc.to_string());
            }
        }
        let mut request = GetObjectRequest::new(address.bucket.as_str(), key);
        request.request_payer = self.global.payer();
        let stream = client.downloader().stream(request).await.map_err(|error| Failure::from(&error))?;
        digest(self.new_digest(), stream).await.map_err(|error| Failure::new(Kind::Network, error.to_string()))
    }
}

/// The address, if it is one and no file.
fn object_in(what: &Path) -> Option<&str> {
    what.to_str().filter(|text| text.starts_with("oss:"))
}

/// The object that an address names.
fn object(text: &str) -> Result<Address, Failure> {
    let address: Address = text.parse().map_err(|error: anyhow::Error| Failure::usage(error.to_string()))?;
    address.object()?;
    Ok(address)
}

/// A file, or standard input.
pub(crate) async fn open(path: &Path) -> std::io::Result<tokio::fs::File> {
    match path.as_os_str() == "-" {
        true => standard_input().map(tokio::fs::File::from_std),
        false => tokio::fs::File::open(path).await,
    }
}

/// The hash of all that can be read.
async fn digest(mut digest: Digest, mut source: impl AsyncRead + Unpin) -> std::io::Result<String> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = source.read(&mut buffer).await?;
        if count == 0 {
            return Ok(digest.finish());
        }
        digest.update(buffer.get(..count).unwrap_or_default());
    }
}
