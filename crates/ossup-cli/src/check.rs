//! `ossup check`.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use ossup::Client;
use ossup::sync::{
    Check, CheckError, Comparison, Entry, Finding, ManifestError, Place, PlaceError, Reason, Side, write_manifest,
};
use serde::Serialize;

use crate::address::{Address, Pattern};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::filters::{FilterArguments, Filters};
use crate::global::Global;
use crate::output::{Line, Output, Totals};
use crate::size::counted;

#[derive(Args)]
pub(crate) struct Compare {
    /// A folder, or oss://BUCKET/FOLDER/.
    source: PathBuf,
    /// What should have the same: a folder, or oss://BUCKET/FOLDER/. Not with a manifest.
    #[arg(required_unless_present_any = ["manifest", "write_manifest"])]
    destination: Option<PathBuf>,
    /// Compare with FILE, which says what there was: written by --write-manifest, of this or of another copy.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["destination", "write_manifest"])]
    manifest: Option<PathBuf>,
    /// Write paths, sizes and CRC64 to FILE, and compare nothing.
    #[arg(long, value_name = "FILE", conflicts_with = "destination")]
    write_manifest: Option<PathBuf>,
    /// What makes two files or objects equal. Default: content, by the CRC64 that OSS has of every object.
    #[arg(long, value_enum, default_value_t = By::Content, hide_default_value = true)]
    compare: By,
    /// Only what the destination does not have: no content is compared.
    #[arg(long, conflicts_with = "compare")]
    missing_only: bool,
    /// Follow symbolic links in folders.
    #[arg(long)]
    follow_links: bool,
    /// How many contents are compared at once.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    checkers: u16,
    #[command(flatten)]
    filters: FilterArguments,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum By {
    /// Size and CRC64.
    #[value(alias = "crc64")]
    Content,
    /// Size alone.
    Size,
}

/// What is known of one path.
#[derive(Serialize)]
struct Compared {
    op: &'static str,
    /// `done`, or `failed` if it could not be compared.
    status: &'static str,
    /// `same`, `different`, `missing`, `extra` or `unknown`.
    result: &'static str,
    path: String,
    size: u64,
    /// What showed it: `size` or `crc64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl Line for Compared {
    fn is_result(&self) -> bool {
        self.result != "same"
    }

    fn text(&self) -> Option<String> {
        let path = self.path.escape_debug();
        let error = self.error.as_ref().map(|error| error.message.as_str());
        match (self.result, self.reason.as_deref(), error) {
            ("same", ..) => None,
            (result, _, Some(why)) | (result, Some(why), None) => Some(format!("{result:<9}  {path}  ({why})")),
            (result, None, None) => Some(format!("{result:<9}  {path}")),
        }
    }

    fn count(&self, totals: &mut Totals) {
        match self.status {
            "failed" => totals.failed += 1,
            _ => {
                totals.done += 1;
                totals.bytes += self.size;
            }
        }
    }
}

impl Compare {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let source = self.place(&self.source, global)?;
        let filters = self.filters.read(SystemTime::now())?;
        let filter = filters.whole().build().map_err(|error| Failure::usage(error.to_string()))?;
        if let Some(path) = &self.write_manifest {
            let client = global.client(output)?;
            let (checkers, service) = (usize::from(self.checkers), client.transport().clone());
            let entries = write_manifest(&source, filter, path, checkers, service).await.map_err(of_manifest)?;
            output.row(format_args!("{}: {}", path.display(), counted(entries, "entry")));
            return Ok(Exit::Done);
        }
        let comparison =
            if self.missing_only || self.compare == By::Size { Comparison::Size } else { Comparison::Content };
        let check = match (&self.manifest, &self.destination) {
            (Some(manifest), _) => Check::with_manifest(manifest, source),
            (None, destination) => {
                let destination = self.place(destination.as_ref().unwrap_or(&self.source), global)?;
                if !is_objects(&source) && !is_objects(&destination) {
                    return Err(Failure::usage("both are folders on this machine: diff -r compares them"));
                }
                Check::new(source, destination)
            }
        };
        let check = check.comparison(comparison).filter(filter).concurrency(usize::from(self.checkers));
        let client = self.client(global, output)?;
        let mut findings = check.run(client.transport().clone()).map_err(of_manifest)?;
        let mut differences = 0_u64;
        while let Some(finding) = findings.next().await.map_err(|error| self.failure(error))? {
            let Some(compared) = self.compared(finding, &filters) else { continue };
            differences += u64::from(!matches!(compared.result, "same" | "unknown"));
            if output.line(&compared).is_break() {
                break;
            }
        }
        let failed = output.totals().failed;
        output.row(format_args!("{}, {failed} not compared", counted(differences, "difference")));
        Ok(match (differences, failed) {
            (0, 0) => Exit::Done,
            (0, _) => Exit::SomeFailed,
            _ => Exit::Differences,
        })
    }

    /// The client for both sides: that of the destination, if it is in OSS.
    fn client(&self, global: &Global, output: &Output) -> Result<Client, Failure> {
        let address = |at: &PathBuf| at.to_str()?.parse::<Address>().ok();
        match self.destination.as_ref().and_then(address).or_else(|| address(&self.source)) {
            Some(Address { bucket, .. }) => global.client_of(&bucket, output),
            None => global.client(output),
        }
    }

    fn place(&self, at: &PathBuf, global: &Global) -> Result<Place, Failure> {
        let Some(address) = at.to_str().filter(|text| text.starts_with("oss://")) else {
            return Ok(Place::folder(at).with_followed_links(self.follow_links));
        };
        let address: Address = address.parse().map_err(|error: anyhow::Error| Failure::usage(error.to_string()))?;
        if let Pattern::Prefix(text) = address.pattern() {
            return Err(Failure::usage(format!("{text}* is not a folder: write oss://{}/FOLDER/", address.bucket)));
        }
        Ok(Place::objects(address.bucket, address.rest).with_request_payer(global.payer()))
    }

    /// The line for a finding, if it is about what was asked for.
    fn compared(&self, finding: Finding, filters: &Filters) -> Option<Compared> {
        let (result, entry, reason, error) = match finding {
            Finding::Same { source, reason } => ("same", source, Some(word(reason)), None),
            Finding::Different { source, reason, .. } => ("different", source, Some(word(reason)), None),
            Finding::Missing(entry) => ("missing", entry, None, None),
            Finding::Extra(entry) => ("extra", entry, None, None),
            Finding::Unknown { entry, reason } => ("unknown", entry, None, Some(Failure::new(Kind::Other, reason))),
            Finding::Failed { entry, side, error } => ("unknown", entry, None, Some(self.place_failure(side, error))),
            _ => return None,
        };
        let Entry { path, size, .. } = entry;
        let is_asked = filters.is_named(&path) && (!self.missing_only || matches!(result, "missing" | "unknown"));
        let status = if error.is_some() { "failed" } else { "done" };
        let reason = reason.map(str::to_owned);
        is_asked.then_some(Compared { op: "check", status, result, path, size, reason, error })
    }

    fn failure(&self, error: CheckError) -> Failure {
        match error {
            CheckError::List { side, source, .. } => self.place_failure(side, source),
            other => Failure::new(Kind::Response, other.to_string()),
        }
    }

    fn place_failure(&self, side: Side, error: PlaceError) -> Failure {
        match error {
            PlaceError::Call(error) => Failure::from(error),
            other if side == Side::Destination => Failure::new(Kind::Target, other.to_string()),
            other => Failure::new(Kind::Source, other.to_string()),
        }
    }
}

fn is_objects(place: &Place) -> bool {
    matches!(place, Place::Objects { .. })
}

fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::Size => "size",
        Reason::Time => "time",
        _ => "crc64",
    }
}

fn of_manifest(error: ManifestError) -> Failure {
    match error {
        ManifestError::Place(PlaceError::Call(error)) => Failure::from(error),
        other => Failure::new(Kind::Source, sentence(&other)),
    }
}
