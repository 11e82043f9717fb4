//! `ossup rm`.

use std::ops::ControlFlow;
use std::str::FromStr;
use std::time::SystemTime;

use crate::address::{Address, Pattern, shown};
use crate::confirm::{Answer, ask};
use crate::cp::End;
use crate::delete::{Deleter, Scope, Target, Wanted, What};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::filters::{FilterArguments, Range};
use crate::global::Global;
use crate::keys::Keys;
use crate::output::Output;
use crate::report;
use crate::time::Time;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

#[derive(Args)]
pub(crate) struct Rm {
    /// What to delete: oss://BUCKET/KEY, with -r also oss://BUCKET/FOLDER/, oss://BUCKET/TEXT* and oss://BUCKET; - reads
    /// addresses from standard input, one a line.
    #[arg(required = true)]
    what: Vec<Named>,
    /// Delete everything in a folder, or everything whose key begins with a text. Asks first, unless -f is given.
    #[arg(short, long)]
    recursive: bool,
    /// Do not ask.
    #[arg(short, long)]
    force: bool,
    /// Abort multipart uploads that are neither completed nor aborted, in place of deleting objects.
    #[arg(short, long, conflicts_with_all = ["all_versions", "version_id"])]
    multipart: bool,
    /// Delete every version and delete marker. None of them can be restored. Asks first, unless -f is given.
    #[arg(long, alias = "allversions", conflicts_with = "version_id")]
    all_versions: bool,
    /// Delete this version of the one object that is named.
    #[arg(long, value_name = "ID", conflicts_with = "recursive", value_parser = NonEmptyStringValueParser::new())]
    version_id: Option<String>,
    /// Only what was last written, or initiated, longer ago than this, such as 30d.
    #[arg(long, value_name = "TIME", conflicts_with = "version_id")]
    older_than: Option<Time>,
    /// Delete nothing if there is more than this to delete.
    #[arg(long, value_name = "N")]
    max_delete: Option<u64>,
    /// Say what would be deleted, and delete nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Write a line of JSON for each thing that is deleted or not, and the summary, to FILE, or at the end to the object
    /// oss://BUCKET/KEY.
    #[arg(long, value_name = "FILE|ADDRESS", value_parser = End::parser())]
    report: Option<End>,
    /// Addresses on standard input end with a zero byte in place of a line feed.
    #[arg(long)]
    null: bool,
    #[command(flatten)]
    filters: FilterArguments,
    #[command(flatten)]
    range: Range,
}

/// What is named on the command line.
#[derive(Clone, Debug)]
enum Named {
    Stdin,
    Address(Address),
}

impl FromStr for Named {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if text == "-" { Ok(Self::Stdin) } else { text.parse().map(Self::Address) }
    }
}

impl Rm {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let plan = self.plan()?;
        let now = SystemTime::now();
        let filters = self.filters.read(now)?;
        let older_than = self.older_than.map(|time| now.checked_sub(time.0).unwrap_or(SystemTime::UNIX_EPOCH));
        let wanted = |step| -> Result<(Step, Wanted), Failure> {
            let filters = match &step {
                Step::All(scope) if self.has_filters() => {
                    Some(filters.clone().within(&self.range.below(&scope.prefix)?)?)
                }
                _ => None,
            };
            Ok((step, Wanted { older_than, filters }))
        };
        let plan = plan.into_iter().map(wanted).collect::<Result<Vec<_>, _>>()?;
        if let Some(to) = &self.report {
            report::begin(to, self.dry_run, global, output)?;
        }
        let clients = global.clients(output);
        // What is wrong with any of them is told before anything is deleted.
        for (step, _) in &plan {
            match step {
                Step::One(Address { bucket, .. }, _) | Step::All(Scope { bucket, .. }) => drop(clients.of(bucket)?),
                Step::Stdin => drop(global.client(output)?),
            }
        }
        let run =
            Run { arguments: self, deleter: Deleter::new(&clients, output, global.payer(), self.dry_run), output };
        run.count(&plan).await?;
        run.confirm(&plan).await?;
        run.carry_out(&plan).await
    }

    /// What is to be looked through or deleted. Nothing was sent yet.
    fn plan(&self) -> Result<Vec<Step>, Failure> {
        let reads_stdin = self.what.iter().any(|named| matches!(named, Named::Stdin));
        if self.null && !reads_stdin {
            return Err(Failure::usage("--null says how addresses on standard input end: write - to read them"));
        }
        if reads_stdin {
            let no_use = [
                (self.what.len() > 1, "- stands alone: everything is named on standard input"),
                (
                    self.recursive || self.all_versions || self.multipart,
                    "standard input names single objects: leave -r, -m and --all-versions out",
                ),
                (self.version_id.is_some(), "--version-id is for one object: name it"),
                (
                    self.max_delete.is_some(),
                    "--max-delete counts before anything is deleted, which standard input does not allow",
                ),
                (self.older_than.is_some(), "--older-than looks through a folder: add -r"),
                (self.has_filters(), "filters choose among the objects of a folder: name it, and add -r"),
            ];
            return match no_use.into_iter().find(|(given, _)| *given) {
                Some((_, reason)) => Err(Failure::usage(reason)),
                None => Ok(vec![Step::Stdin]),
            };
        }
        if self.has_filters() && !self.recursive {
            return Err(Failure::usage("filters choose among the objects of a folder: add -r"));
        }
        if self.version_id.is_some() && self.what.len() > 1 {
            return Err(Failure::usage("--version-id is for one object: name only one"));
        }
        let addresses = self.what.iter().filter_map(|named| match named {
            Named::Address(address) => Some(address),
            Named::Stdin => None,
        });
        addresses.map(|address| self.step(address)).collect()
    }

    fn has_filters(&self) -> bool {
        self.filters.are_given() || self.range.is_given()
    }

    fn step(&self, address: &Address) -> Result<Step, Failure> {
        let bucket = address.bucket.clone();
        let what = match (self.multipart, self.all_versions) {
            (true, _) => What::Uploads,
            (_, true) => What::Versions,
            _ => What::Objects,
        };
        let (prefix, exact) = match (address.pattern(), self.recursive) {
            (Pattern::Object(key), false) => {
                address.object()?;
                if what == What::Objects && self.older_than.is_none() {
                    let target = Target { version_id: self.version_id.clone(), ..Target::object(key) };
                    return Ok(Step::One(address.clone(), target));
                }
                (key.to_owned(), true)
            }
            (Pattern::Object(key), true) => (format!("{key}/"), false),
            (Pattern::Bucket, true) => (String::new(), false),
            (Pattern::Folder(prefix) | Pattern::Prefix(prefix), true) => (prefix.to_owned(), false),
            (Pattern::Bucket, false) if self.multipart => {
                return Err(Failure::usage(format!(
                    "{address} is a bucket: add -r to abort every unfinished upload in it, or write uploads abort --older-than TIME"
                )));
            }
            (Pattern::Bucket, false) => {
                return Err(Failure::usage(format!(
                    "{address} is a bucket: add -r to delete everything in it, or write rb to delete it"
                )));
            }
            (_, false) => {
                return Err(Failure::usage(format!(
                    "{address} is not a single object: add -r to delete everything that it stands for"
                )));
            }
        };
        Ok(Step::All(Scope { bucket, prefix, exact, what }))
    }
}

/// One thing to do.
#[derive(Debug)]
enum Step {
    One(Address, Target),
    All(Scope),
    Stdin,
}

/// One run of the command.
struct Run<'a> {
    arguments: &'a Rm,
    deleter: Deleter<'a>,
    output: &'a Output,
}

impl Run<'_> {
    /// With `--max-delete`, counts before anything is deleted.
    async fn count(&self, plan: &[(Step, Wanted)]) -> Result<(), Failure> {
        let Some(most) = self.arguments.max_delete else { return Ok(()) };
        let mut count = 0;
        for (step, wanted) in plan {
            count += match step {
                Step::All(scope) => self.deleter.count(scope, wanted, most).await?,
                Step::One(..) => 1,
                Step::Stdin => 0,
            };
            if count > most {
                let message = format!("there is more to delete than --max-delete {most}: nothing was deleted");
                return Err(Failure::refused(message));
            }
        }
        Ok(())
    }

    /// Asks before everything in a folder or all versions are deleted.
    async fn confirm(&self, plan: &[(Step, Wanted)]) -> Result<(), Failure> {
        if self.arguments.force || self.arguments.dry_run {
            return Ok(());
        }
        for (step, wanted) in plan {
            let Step::All(scope) = step else { continue };
            // Of one object, only all versions are more than what was named.
            if scope.exact && scope.what == What::Objects {
                continue;
            }
            let at = shown(scope.bucket.as_str(), &scope.prefix);
            let is_whole_bucket = scope.prefix.is_empty();
            if !Answer::can_be_given() {
                let message =
                    format!("without a terminal to confirm on, {at} is deleted only with -f: nothing was deleted");
                return Err(Failure::refused(message));
            }
            let (count, is_more) = self.deleter.first_page(scope, wanted).await?;
            if count == 0 && !is_more {
                continue;
            }
            let count = scope.what.count(count) + if is_more { " or more" } else { "" };
            let answer = if is_whole_bucket { scope.bucket.as_str() } else { "yes" };
            let question = format!("{count} in {at} will be deleted. Type {answer} to go ahead: ");
            if ask(&question).await? != answer {
                return Err(Failure::refused("not confirmed: nothing was deleted"));
            }
        }
        Ok(())
    }

    async fn carry_out(mut self, plan: &[(Step, Wanted)]) -> Result<Exit, Failure> {
        let done = self.delete(plan).await;
        // What waits belongs to what was asked for, whatever became of the rest.
        let _ = self.deleter.flush().await;
        let _ = done?;
        if let Some(failure) = &self.deleter.stopped {
            self.output.note(failure);
        }
        let totals = self.output.totals();
        if self.deleter.markers > 0 {
            let markers = self.deleter.markers;
            self.output.note(format_args!(
                "{markers} of them got a delete marker, and their versions are kept: rm --all-versions deletes those too"
            ));
        }
        let what = if self.arguments.dry_run {
            format!("{} to delete", totals.planned)
        } else {
            format!("{} deleted", totals.deleted)
        };
        self.output.row(format_args!("{what}, {} failed", totals.failed));
        Ok(match (totals.failed > 0 || self.deleter.stopped.is_some(), totals.done) {
            (false, _) => Exit::Done,
            (true, 0) => Exit::Failed,
            (true, _) => Exit::SomeFailed,
        })
    }

    async fn delete(&mut self, plan: &[(Step, Wanted)]) -> Result<ControlFlow<()>, Failure> {
        for (step, wanted) in plan {
            let flow = match step {
                Step::One(address, target) => self.deleter.delete(&address.bucket, target.clone()).await,
                Step::All(scope) => {
                    let left = self.arguments.max_delete.map(|most| {
                        let totals = self.output.totals();
                        most.saturating_sub(totals.deleted + totals.planned)
                    });
                    self.deleter.delete_all(scope, wanted, left).await?
                }
                Step::Stdin => self.named_on_stdin().await?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn named_on_stdin(&mut self) -> Result<ControlFlow<()>, Failure> {
        let mut keys = Keys::of_standard_input(if self.arguments.null { b'\0' } else { b'\n' })
            .map_err(|error| Failure::new(Kind::Source, format!("standard input: {error}")))?;
        while let Some(text) = keys.next().await? {
            let address = text.parse::<Address>().map_err(|error| Failure::new(Kind::Source, error.to_string()));
            match address.and_then(|address| address.object().map(str::to_owned).map(|key| (address, key))) {
                Ok((address, key)) => {
                    if self.deleter.delete(&address.bucket, Target::object(key)).await.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Err(error) => self.deleter.unusable(&text, error),
            }
        }
        Ok(self.deleter.flush().await)
    }
}
