//! `ossup uploads resume` and `adopt`: unfinished uploads of this machine are carried on from their records.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ossup::checkpoint::UploadIdentity;
use ossup::checkpoint::{
    CheckpointStore as _, DirectoryStore, FoundSdkRecord, Loaded, Record, SdkKind, SourceStamp, StoredUpload,
};
use ossup::{Client, ParallelNum, PutObjectRequest};

use crate::address::{Address, Pattern};
use crate::cp::{Attribute, Cp, Preserve, Tuning, cp, parse_parallel, parse_rate, together};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::global::{Clients, Global};
use crate::output::{NotUploaded, Output, Place, Skipped};
use crate::properties::Properties;
use crate::size::Size;

/// Which uploads, and how they are carried on.
#[derive(Args)]
struct Chosen {
    /// Those that go here: oss://BUCKET, oss://BUCKET/KEY, oss://BUCKET/FOLDER/ or oss://BUCKET/TEXT*.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    place: Option<Address>,
    /// All of them, wherever they go.
    #[arg(long)]
    all: bool,
    /// Keep records in DIR, as cp does. Default: the user's state folder.
    #[arg(long, visible_alias = "state-dir", value_name = "DIR")]
    checkpoint_dir: Option<PathBuf>,
    /// Say what would be resumed, and send nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Parts in flight at once, 1 to 256, or auto. Default: 3.
    #[arg(long, visible_alias = "parallel", value_name = "N|auto", value_parser = parse_parallel)]
    parallel_num: Option<ParallelNum>,
    /// The most bytes a second, such as 20M; at least 1KiB. Default: no limit.
    #[arg(long, visible_alias = "bandwidth-limit", value_name = "SIZE", value_parser = parse_rate)]
    rate: Option<Size>,
}

#[derive(Args)]
pub(super) struct Resume {
    #[command(flatten)]
    chosen: Chosen,
    /// The time and the mode that cp was told to keep.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    preserve: Vec<Attribute>,
    /// As cp was told. An upload that was started with others is left, and those are named.
    #[command(flatten)]
    properties: Properties,
}

#[derive(Args)]
pub(super) struct Adopt {
    #[command(flatten)]
    chosen: Chosen,
    /// Whose records: python or go, of the official SDK V2.
    #[arg(long, value_name = "PROGRAM")]
    from: From,
    /// Folder of the records: the checkpoint_dir that the program gave its SDK. Default: the temporary folder, as the SDKs have it.
    #[arg(long, value_name = "DIR")]
    records: Option<PathBuf>,
}

/// Programs that leave records of unfinished uploads.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum From {
    Python,
    Go,
    #[value(hide = true)]
    Java,
    #[value(hide = true)]
    Ossutil,
}

/// An upload that is to be carried on.
struct Unfinished {
    source: PathBuf,
    destination: Address,
}

impl Unfinished {
    fn place(&self) -> Place {
        Place {
            source: Some(self.source.display().to_string()),
            bucket: self.destination.bucket.to_string(),
            key: Some(self.destination.rest.clone()),
        }
    }
}

/// Why one is not carried on.
enum Obstacle {
    /// It is left on purpose.
    Skip(String),
    Fail(Failure),
}

impl Resume {
    pub(super) async fn run(&self, is_ending: &Cell<bool>, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let store = self.chosen.store()?;
        let stored = store.list().map_err(|error| Failure::new(Kind::Checkpoint, sentence(&error)))?;
        let clients = global.clients(output);
        let mut run = Run { chosen: &self.chosen, store: &store, is_ending, global, output, exits: Vec::new() };
        for stored in stored {
            let identity = &stored.record.identity;
            let destination = Address { bucket: identity.bucket.clone(), rest: identity.key.to_string() };
            if !self.chosen.means(&destination) {
                continue;
            }
            let upload = Unfinished { source: identity.path.clone(), destination };
            match self.obstacle(&upload, &stored, &clients, global) {
                None => run.carry_on(upload, self.tuning(), self.properties.clone()).await,
                Some(obstacle) => run.leave(&upload, obstacle),
            }
            if run.is_interrupted() {
                break;
            }
        }
        Ok(run.conclude("no record of an unfinished upload"))
    }

    fn tuning(&self) -> Tuning {
        Tuning { preserve: self.preserve.clone(), ..Tuning::default() }
    }

    /// Why an upload with a record is not resumed.
    fn obstacle(
        &self,
        upload: &Unfinished,
        stored: &StoredUpload,
        clients: &Clients<'_>,
        global: &Global,
    ) -> Option<Obstacle> {
        if let Some(owner) = &stored.running {
            return Some(Obstacle::Skip(format!("{owner} is working on it")));
        }
        let client = match clients.of(&upload.destination.bucket) {
            Ok(client) => client,
            Err(failure) => return Some(Obstacle::Fail(failure)),
        };
        let identity = &stored.record.identity;
        if (identity.endpoint.clone(), identity.address_style.clone()) != endpoint_of(&client) {
            let message =
                format!("it goes to {} ({}): resume it with that endpoint", identity.endpoint, identity.address_style);
            return Some(Obstacle::Skip(message));
        }
        if let Err(error) = std::fs::metadata(&upload.source) {
            return Some(Obstacle::Fail(Failure::unreadable(&upload.source, &error)));
        }
        let request = PutObjectRequest::new(upload.destination.bucket.as_str(), upload.destination.rest.as_str());
        let request = match self.properties.of(request, global.payer()) {
            Ok(request) => Preserve::of(&self.preserve).with_attributes_of(&upload.source, request),
            Err(failure) => return Some(Obstacle::Fail(failure)),
        };
        match stored.record.is_of_request(&request) {
            Ok(true) => None,
            Ok(false) => Some(Obstacle::Fail(asked_otherwise(upload, &stored.record, &request))),
            Err(error) => Some(Obstacle::Fail(error.into())),
        }
    }
}

/// The request is not that of the first run: which options that was given.
fn asked_otherwise(upload: &Unfinished, record: &Record, request: &PutObjectRequest) -> Failure {
    let now = match record.requested_by(request) {
        Ok(now) => now.names,
        Err(error) => return error.into(),
    };
    let options = |names: &[String]| {
        let mut options: Vec<_> = names.iter().map(|name| option_of(name)).collect();
        options.sort_unstable();
        options.dedup();
        options.join(", ")
    };
    let told = match record.requested.as_ref().map(|earlier| &earlier.names) {
        None => "with other properties (metadata, ACL, storage class or the like): give the same".to_owned(),
        Some(names) if names.is_empty() => "without properties: leave them out".to_owned(),
        Some(names) if *names == now => format!("with another value of {}: repeat that", options(names)),
        Some(names) => format!("with {}: repeat exactly these", options(names)),
    };
    let source = upload.source.display();
    Failure::new(Kind::Checkpoint, format!("the upload of {source} was started {told}, or run its cp again"))
}

/// The option of cp that says what this header does.
fn option_of(header: &str) -> String {
    let named = match header {
        "x-oss-object-acl" => "--acl",
        "x-oss-forbid-overwrite" => "--if-none-match",
        "x-oss-request-payer" => "--request-payer",
        "x-oss-meta-ossup-mtime" => "--preserve mtime",
        "x-oss-meta-ossup-mode" => "--preserve mode",
        "content-type" | "cache-control" | "content-disposition" | "content-encoding" | "expires" => {
            return format!("--{header}");
        }
        "x-oss-storage-class"
        | "x-oss-tagging"
        | "x-oss-server-side-encryption"
        | "x-oss-server-side-encryption-key-id" => return header.replacen("x-oss-", "--", 1),
        _ => {
            return match header.strip_prefix("x-oss-meta-") {
                Some(name) => format!("--metadata {name}=…"),
                None => format!("--header {header}:…"),
            };
        }
    };
    named.to_owned()
}

impl Adopt {
    pub(super) async fn run(&self, is_ending: &Cell<bool>, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let kind = match self.from {
            From::Python => SdkKind::PythonSdkV2,
            From::Go => SdkKind::GoSdkV2,
            From::Java | From::Ossutil => {
                return Err(Failure::usage(
                    "records of java and ossutil are not read: upload the files again, and have uploads abort remove what is left",
                ));
            }
        };
        let records = self.records.clone().unwrap_or_default();
        let store = self.chosen.store()?.import_sdk_records(&records);
        let found = store.sdk_records().map_err(|error| Failure::new(Kind::Checkpoint, sentence(&error)))?;
        let clients = global.clients(output);
        let mut run = Run { chosen: &self.chosen, store: &store, is_ending, global, output, exits: Vec::new() };
        for record in found.into_iter().filter(|record| record.kind == kind) {
            let destination = Address { bucket: record.bucket.clone(), rest: record.key.to_string() };
            if !self.chosen.means(&destination) {
                continue;
            }
            let source = std::path::absolute(&record.source).unwrap_or_else(|_| record.source.clone());
            let upload = Unfinished { source, destination };
            match obstacle(&upload, &record, &store, &clients) {
                None => {
                    let tuning = Tuning { sdk_records: Some(records.clone()), ..Tuning::default() };
                    run.carry_on(upload, tuning, Properties::default()).await;
                }
                Some(obstacle) => run.leave(&upload, obstacle),
            }
            if run.is_interrupted() {
                break;
            }
        }
        Ok(run.conclude("no record of such an upload"))
    }
}

/// Why an upload that another program began is not carried on: then nothing of it would be sent again, and no other one begun.
fn obstacle(
    upload: &Unfinished,
    record: &FoundSdkRecord,
    store: &DirectoryStore,
    clients: &Clients<'_>,
) -> Option<Obstacle> {
    let failed = |message: String| Some(Obstacle::Fail(Failure::new(Kind::Checkpoint, message)));
    let client = match clients.of(&upload.destination.bucket) {
        Ok(client) => client,
        Err(failure) => return Some(Obstacle::Fail(failure)),
    };
    let stamp = match std::fs::metadata(&upload.source) {
        Ok(metadata) => SourceStamp::of(&metadata),
        Err(error) => return Some(Obstacle::Fail(Failure::unreadable(&upload.source, &error))),
    };
    let (endpoint, style) = endpoint_of(&client);
    let identity = UploadIdentity::new(endpoint, style, record.bucket.clone(), record.key.clone(), &upload.source);
    match store.open(&identity).and_then(|mut slot| slot.load(&stamp)) {
        Ok(Loaded::SdkRecord(_)) => None,
        Ok(Loaded::Record(_)) => {
            Some(Obstacle::Skip("it was taken over already: uploads resume carries it on".to_owned()))
        }
        Ok(Loaded::UnusableSdkRecord { path, reason }) => failed(format!("{} is left: {reason}", path.display())),
        Ok(_) => failed(format!("{} does not belong to this file", record.path.display())),
        Err(error) => failed(sentence(&error)),
    }
}

fn endpoint_of(client: &Client) -> (String, String) {
    let endpoint = client.transport().endpoint();
    (endpoint.origin(), endpoint.style().as_str().to_owned())
}

impl Chosen {
    fn store(&self) -> Result<DirectoryStore, Failure> {
        match &self.checkpoint_dir {
            Some(folder) => Ok(DirectoryStore::new(folder)),
            None => DirectoryStore::for_user().map_err(|error| Failure::new(Kind::Checkpoint, sentence(&error))),
        }
    }

    /// Whether an upload that goes there is meant.
    fn means(&self, destination: &Address) -> bool {
        let Some(place) = &self.place else { return self.all };
        place.bucket == destination.bucket
            && match place.pattern() {
                Pattern::Bucket => true,
                Pattern::Object(key) => destination.rest == key,
                Pattern::Folder(prefix) | Pattern::Prefix(prefix) => destination.rest.starts_with(prefix),
            }
    }
}

/// One run of a command.
struct Run<'a> {
    chosen: &'a Chosen,
    store: &'a DirectoryStore,
    /// Whether an upload is under way, which a signal ends by its own rules.
    is_ending: &'a Cell<bool>,
    global: &'a Global,
    output: &'a Output,
    exits: Vec<Exit>,
}

impl Run<'_> {
    async fn carry_on(&mut self, upload: Unfinished, tuning: Tuning, properties: Properties) {
        if upload.destination.rest.ends_with('/') {
            let message = format!("the key of {} ends in /, where cp would add a name", upload.destination);
            self.leave(&upload, Obstacle::Fail(Failure::new(Kind::Checkpoint, message)));
            return;
        }
        let tuning = Tuning {
            checkpoint_dir: Some(self.store.folder().to_owned()),
            parallel_num: self.chosen.parallel_num,
            rate: self.chosen.rate,
            ..tuning
        };
        let mut arguments = Cp::upload(upload.source.clone(), upload.destination.clone(), tuning, properties);
        arguments.dry_run = self.chosen.dry_run;
        self.is_ending.set(true);
        let done = Box::pin(cp(&arguments, None, self.global, self.output)).await;
        self.is_ending.set(false);
        match done {
            Ok(exit) => self.exits.push(exit),
            Err(failure) => self.leave(&upload, Obstacle::Fail(failure)),
        }
    }

    /// Reports one that is not carried on.
    fn leave(&mut self, upload: &Unfinished, obstacle: Obstacle) {
        match obstacle {
            Obstacle::Skip(reason) => {
                self.output.note(format_args!("{} was skipped: {reason}", upload.source.display()));
                let _ = self.output.line(&Skipped::new(upload.source.display().to_string(), reason));
            }
            Obstacle::Fail(failure) => {
                self.output.note(&failure);
                self.exits.push(failure.exit());
                let _ = self.output.line(&NotUploaded::unsent(upload.place(), failure));
            }
        }
    }

    fn is_interrupted(&self) -> bool {
        matches!(self.exits.last(), Some(Exit::Signal(_)))
    }

    fn conclude(&self, nothing: &str) -> Exit {
        let totals = self.output.totals();
        if self.exits.is_empty() && totals.skipped == 0 {
            let place = self.chosen.place.as_ref().map_or_else(String::new, |place| format!(" to {place}"));
            self.output.hint(format_args!("there is {nothing}{place} in {}", folder(self.store.folder())));
        }
        together(&self.exits)
    }
}

fn folder(path: &Path) -> String {
    path.display().to_string()
}
