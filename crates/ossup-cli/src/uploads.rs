//! `ossup uploads`: multipart uploads that are neither completed nor aborted.

mod resume;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use clap::{Args, Subcommand};
use ossup::checkpoint::DirectoryStore;
use ossup::stale::{StaleError, StaleOutcome, UnfinishedUpload, UnfinishedUploads};
use ossup::{Client, ListPartsRequest, Transport, UploadId, items, models};
use serde::Serialize;

use crate::address::{Address, Pattern, shown};
use crate::delete::{Deleter, Target};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::global::Global;
use crate::output::{Line, Output, Totals};
use crate::program::until_signal_unless;
use crate::size::{Size, counted};
use crate::time::{Time, moment};
use resume::{Adopt, Resume};

#[derive(Args)]
pub(crate) struct Uploads {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List them, oldest first, with what they hold, and whether a record of this user is about them.
    List(List),
    /// Abort them, so that the parts that were stored are deleted.
    Abort(Abort),
    /// Resume uploads of this machine that have a record, as the same cp would.
    Resume(Box<Resume>),
    /// Resume uploads that a program with an official SDK began on this machine and left a record of.
    Adopt(Adopt),
}

#[derive(Args)]
struct Which {
    /// Where to look: oss://BUCKET, oss://BUCKET/KEY, oss://BUCKET/FOLDER/ or oss://BUCKET/TEXT*.
    place: Address,
    /// Only keys that begin with this.
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// Look for records in DIR, as cp keeps them. Default: the user's state folder.
    #[arg(long, visible_alias = "state-dir", value_name = "DIR")]
    checkpoint_dir: Option<PathBuf>,
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    which: Which,
    /// Only those that were initiated longer ago than this, such as 7d.
    #[arg(long, value_name = "TIME")]
    older_than: Option<Time>,
    /// Print sizes in units, such as 6.00 MiB.
    #[arg(long)]
    human_readable: bool,
}

#[derive(Args)]
#[group(id = "chosen", required = true, multiple = false, args = ["older_than", "upload_id"])]
struct Abort {
    #[command(flatten)]
    which: Which,
    /// Those that were initiated longer ago than this, such as 7d; more than any upload takes, since others upload too.
    #[arg(long, value_name = "TIME")]
    older_than: Option<Time>,
    /// This one; may be repeated.
    #[arg(long, value_name = "ID")]
    upload_id: Vec<String>,
    /// Say which would be aborted, and abort none.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// An unfinished upload.
#[derive(Serialize)]
struct Unfinished {
    op: &'static str,
    kind: &'static str,
    bucket: String,
    key: String,
    upload_id: String,
    #[serde(serialize_with = "models::serialize::time")]
    initiated: Option<SystemTime>,
    /// Parts that are stored, and billed.
    parts: u64,
    size: u64,
    /// `none`, `kept` (the same cp resumes it) or `running` (a process is working on it).
    record: &'static str,
    #[serde(skip)]
    human_readable: bool,
}

impl Line for Unfinished {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        let size = if self.human_readable { Size(self.size).to_string() } else { self.size.to_string() };
        let (initiated, at) = (moment(self.initiated), shown(&self.bucket, &self.key));
        let (parts, record, id) = (self.parts, self.record, &self.upload_id);
        Some(format!("{initiated:<20}  {parts:>5}  {size:>14}  {record:<7}  {id:<32}  {at}"))
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
        totals.bytes += self.size;
    }
}

/// The heads of the columns.
#[derive(Serialize)]
struct Head {}

const HEAD: &str = "InitiatedTime         Parts            Size  Record   UploadId                          Object";

impl Line for Head {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        Some(HEAD.to_owned())
    }

    fn count(&self, _: &mut Totals) {}
}

impl Uploads {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        // An upload that is carried on ends by itself.
        let is_ending = Cell::new(false);
        let command = async {
            match &self.action {
                Action::List(list) => list.run(global, output).await,
                Action::Abort(abort) => abort.run(global, output).await,
                Action::Resume(resume) => resume.run(&is_ending, global, output).await,
                Action::Adopt(adopt) => adopt.run(&is_ending, global, output).await,
            }
        };
        until_signal_unless(&is_ending, command).await
    }
}

impl Which {
    /// The beginning of the keys, and the key if only one is meant.
    fn prefix(&self) -> Result<(String, Option<&str>), Failure> {
        match (self.place.pattern(), &self.prefix) {
            (Pattern::Bucket, prefix) => Ok((prefix.clone().unwrap_or_default(), None)),
            (_, Some(_)) => Err(Failure::usage("--prefix is for a bucket: leave it out, or write oss://BUCKET")),
            (Pattern::Object(key), None) => Ok((key.to_owned(), Some(key))),
            (Pattern::Folder(prefix) | Pattern::Prefix(prefix), None) => Ok((prefix.to_owned(), None)),
        }
    }

    fn uploads(&self, prefix: &str, client: &Client, global: &Global) -> UnfinishedUploads<Transport> {
        let mut uploads = UnfinishedUploads::new(client.transport().clone(), self.place.bucket.clone()).prefix(prefix);
        // Without a home there is no state folder, and so no record.
        let store = match &self.checkpoint_dir {
            Some(folder) => Some(DirectoryStore::new(folder)),
            None => DirectoryStore::for_user().ok(),
        };
        if let Some(store) = store {
            uploads = uploads.checkpoints(Arc::new(store));
        }
        match global.payer() {
            Some(payer) => uploads.request_payer(payer),
            None => uploads,
        }
    }
}

impl List {
    async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let (prefix, key) = self.which.prefix()?;
        let client = global.client_of(&self.which.place.bucket, output)?;
        let uploads = self.which.uploads(&prefix, &client, global).list().await.map_err(unlisted)?;
        let now = SystemTime::now();
        let is_old = |upload: &UnfinishedUpload| {
            self.older_than.is_none_or(|age| upload.initiated.is_some_and(|time| time + age.0 < now))
        };
        let mut wanted =
            uploads.into_iter().filter(|upload| is_old(upload) && key.is_none_or(|key| upload.key == key)).peekable();
        if wanted.peek().is_some() && !output.is_json() {
            let _ = output.line(&Head {});
        }
        for upload in wanted {
            let (parts, size) = self.stored(&client, global, &upload).await?;
            let line = Unfinished {
                op: "entry",
                kind: "upload",
                bucket: self.which.place.bucket.to_string(),
                key: upload.key,
                upload_id: upload.upload_id.to_string(),
                initiated: upload.initiated,
                parts,
                size,
                record: match upload.local {
                    None => "none",
                    Some(local) if local.running.is_some() => "running",
                    Some(_) => "kept",
                },
                human_readable: self.human_readable,
            };
            if output.line(&line).is_break() {
                return Ok(Exit::Done);
            }
        }
        let totals = output.totals();
        let size = if self.human_readable { Size(totals.bytes).to_string() } else { counted(totals.bytes, "byte") };
        output.row(format_args!("{}, {size}", counted(totals.done, "upload")));
        Ok(Exit::Done)
    }

    /// How many parts an upload has, and how many bytes.
    async fn stored(&self, client: &Client, global: &Global, upload: &UnfinishedUpload) -> Result<(u64, u64), Failure> {
        let (bucket, id) = (self.which.place.bucket.as_str(), upload.upload_id.clone());
        let mut request = ListPartsRequest::new(bucket, upload.key.as_str(), id).max_parts(1_000_u16);
        request.request_payer = global.payer();
        let mut parts = items(client.transport().clone(), request);
        let (mut count, mut bytes) = (0, 0);
        while let Some(part) = parts.next().await {
            match part {
                Ok(part) => (count, bytes) = (count + 1, bytes + part.size),
                // It ended meanwhile.
                Err(error) if error.code() == Some("NoSuchUpload") => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok((count, bytes))
    }
}

impl Abort {
    async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let (prefix, key) = self.which.prefix()?;
        let ids = self.upload_id.iter().map(|id| UploadId::new(id.as_str())).collect::<Result<Vec<_>, _>>()?;
        if !ids.is_empty() && key.is_none() {
            return Err(Failure::usage("--upload-id is of one key: write oss://BUCKET/KEY"));
        }
        let clients = global.clients(output);
        let client = clients.of(&self.which.place.bucket)?;
        let mut deleter = Deleter::new(&clients, output, global.payer(), self.dry_run);
        match (self.older_than, key) {
            (Some(age), _) => self.stale(&prefix, key, age, &client, global, &mut deleter).await?,
            (None, key) => {
                let key = key.unwrap_or_default();
                for id in ids {
                    let target = Target { upload_id: Some(id), ..Target::object(key) };
                    let _ = deleter.delete(&self.which.place.bucket, target).await;
                }
            }
        }
        let totals = output.totals();
        let what =
            if self.dry_run { format!("{} to abort", totals.planned) } else { format!("{} aborted", totals.deleted) };
        output.row(format_args!("{what}, {} skipped, {} failed", totals.skipped, totals.failed));
        Ok(match (totals.failed, totals.done) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::SomeFailed,
        })
    }

    async fn stale(
        &self,
        prefix: &str,
        key: Option<&str>,
        age: Time,
        client: &Client,
        global: &Global,
        deleter: &mut Deleter<'_>,
    ) -> Result<(), Failure> {
        let uploads = self.which.uploads(prefix, client, global);
        let now = SystemTime::now();
        let found = match (self.dry_run, key) {
            // What the library aborts is everything behind the prefix, and that may be more than the one key.
            (false, None) => uploads.abort_stale(age.0, now).await,
            _ => uploads.list_stale(age.0, now).await,
        };
        let bucket = &self.which.place.bucket;
        for stale in found.map_err(unlisted)? {
            if key.is_some_and(|key| stale.upload.key != key) {
                continue;
            }
            let target = Target { upload_id: Some(stale.upload.upload_id.clone()), ..Target::object(stale.upload.key) };
            match stale.outcome {
                StaleOutcome::Young => {}
                // Again, since parts that were under way may have kept it alive.
                StaleOutcome::WouldAbort | StaleOutcome::Aborted => {
                    let flow = deleter.delete(bucket, target).await;
                    if flow.is_break() {
                        break;
                    }
                }
                StaleOutcome::Running(owner) => deleter.skipped(bucket, target, format!("{owner} is working on it")),
                StaleOutcome::Unclaimed(error) => {
                    deleter.not_aborted(bucket, target, Failure::new(Kind::Checkpoint, sentence(&error)));
                }
                StaleOutcome::Failed(error) => deleter.not_aborted(bucket, target, Failure::from(&error)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn unlisted(error: StaleError) -> Failure {
    match &error {
        StaleError::Call(call) => Failure::from(call),
        _ => Failure::new(Kind::Other, sentence(&error)),
    }
}
