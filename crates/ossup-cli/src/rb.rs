//! `ossup rb`.

use clap::Args;
use ossup::{BucketName, Client, DeleteBucketRequest, GetBucketVersioningRequest};
use serde::Serialize;

use crate::address::Address;
use crate::confirm::{Answer, ask};
use crate::delete::{Deleter, Scope, Wanted, What};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Line, Output, Totals};

#[derive(Args)]
pub(crate) struct Rb {
    /// The bucket, as oss://BUCKET.
    bucket: Address,
    /// Delete everything in it first: objects, versions and unfinished uploads. Asks for the bucket's name, unless -f and
    /// --yes-delete-bucket are given.
    #[arg(short, long)]
    recursive: bool,
    /// Do not ask; with -r only together with --yes-delete-bucket.
    #[arg(short, long)]
    force: bool,
    /// The name of the bucket once more, to delete it with everything in it.
    #[arg(long, value_name = "NAME", requires = "recursive")]
    yes_delete_bucket: Option<String>,
    /// Say what would be deleted, and delete nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// A bucket that was deleted, or would be.
#[derive(Serialize)]
struct Removed {
    op: &'static str,
    status: &'static str,
    bucket: String,
}

impl Line for Removed {
    /// What a dry run prints is all that it does.
    fn is_result(&self) -> bool {
        self.status == "planned"
    }

    fn text(&self) -> Option<String> {
        let verb = if self.status == "planned" { "would delete" } else { "deleted" };
        Some(format!("{verb} oss://{}", self.bucket))
    }

    fn count(&self, totals: &mut Totals) {
        match self.status {
            "planned" => totals.planned += 1,
            _ => totals.done += 1,
        }
    }
}

impl Rb {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let bucket = self.bucket.bucket_alone()?;
        let is_named = self.yes_delete_bucket.as_deref().map(|name| name == bucket.as_str());
        if is_named == Some(false) {
            let message = format!("--yes-delete-bucket names another bucket than {bucket}: nothing was deleted");
            return Err(Failure::refused(message));
        }
        let clients = global.clients(output);
        let client = clients.of(bucket)?;
        if self.recursive {
            let is_confirmed = self.dry_run || (self.force && is_named == Some(true));
            if !is_confirmed {
                confirm(bucket).await?;
            }
            let mut deleter = Deleter::new(&clients, output, global.payer(), self.dry_run);
            for what in self.contents(&client, bucket).await? {
                let scope = Scope { bucket: bucket.clone(), prefix: String::new(), exact: false, what };
                if deleter.delete_all(&scope, &Wanted::default(), None).await?.is_break() {
                    break;
                }
            }
            let totals = output.totals();
            if totals.failed > 0 {
                output.note(format_args!("oss://{bucket} was not deleted, since not everything in it was"));
                return Ok(if totals.done > 0 { Exit::SomeFailed } else { Exit::Failed });
            }
        }
        let status = match self.dry_run {
            true => "planned",
            false => match client.delete_bucket(DeleteBucketRequest::new(bucket.as_str())).await {
                Ok(_) => "done",
                // An earlier attempt deleted it, and its response was lost.
                Err(error) if error.code() == Some("NoSuchBucket") && error.outcome_unknown() => "done",
                Err(error) => {
                    let is_full = error.code() == Some("BucketNotEmpty") && !self.recursive;
                    let mut failure = Failure::from(error);
                    if is_full {
                        failure.message += "; rb -r deletes what is in it too";
                    }
                    return Err(failure);
                }
            },
        };
        let _ = output.line(&Removed { op: "delete_bucket", status, bucket: bucket.to_string() });
        Ok(Exit::Done)
    }

    /// What has to go before the bucket can.
    async fn contents(&self, client: &Client, bucket: &BucketName) -> Result<[What; 2], Failure> {
        let versioning = client.get_bucket_versioning(GetBucketVersioningRequest::new(bucket.as_str())).await?;
        let objects = if versioning.versioning.is_some() { What::Versions } else { What::Objects };
        Ok([objects, What::Uploads])
    }
}

/// Asks for the name of the bucket.
async fn confirm(bucket: &BucketName) -> Result<(), Failure> {
    if !Answer::can_be_given() {
        return Err(Failure::refused(format!(
            "a bucket is deleted with everything in it only with -f --yes-delete-bucket {bucket}: nothing was deleted"
        )));
    }
    let question = format!("Everything in oss://{bucket} will be deleted, and the bucket. Type {bucket} to go ahead: ");
    match ask(&question).await? == bucket.as_str() {
        true => Ok(()),
        false => Err(Failure::refused("not confirmed: nothing was deleted")),
    }
}
