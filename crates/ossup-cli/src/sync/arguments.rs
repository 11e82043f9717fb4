//! What `ossup sync` takes.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use ossup::sync::{Comparison, DeleteLimits, Direction, Managers, MaxDelete, Place, Sync};
use ossup::{BucketName, Client, PutObjectRequest};

use crate::address::{Address, Pattern, shown};
use crate::config::Settings;
use crate::confirm::{Answer, ask};
use crate::cp::{Attribute, Tuning, jobs_of_profile};
use crate::failure::Failure;
use crate::filters::{FilterArguments, Range};
use crate::global::{Global, Limits};
use crate::output::{Instead, Output};
use crate::progress::Choice;
use crate::properties::Properties;

#[derive(Args)]
pub(crate) struct SyncArguments {
    /// What to take: a folder, or oss://BUCKET/FOLDER/.
    source: PathBuf,
    /// What to make equal to it: a folder, or oss://BUCKET/FOLDER/.
    destination: PathBuf,
    /// What makes two files or objects equal. auto: their size, and that the source was not changed since, or else their
    /// CRC64; time: the same without CRC64; crc64: always by CRC64; etag: by MD5, where the entity tag is one.
    #[arg(long, value_enum, default_value_t = By::Auto, hide_default_value = true)]
    compare: By,
    /// Say what would be done, and do nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// With -n: exit with 4 if there is anything to do.
    #[arg(long, requires = "dry_run")]
    pub(super) exit_code: bool,
    /// Write what would be done to FILE, and do nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "apply"])]
    plan: Option<PathBuf>,
    /// Do what FILE says, except for what changed since it was written.
    #[arg(long, value_name = "FILE", conflicts_with = "delete")]
    apply: Option<PathBuf>,
    /// Everything below the folders, which is what happens anyway; for scripts written for ossutil.
    #[arg(short, long)]
    recursive: bool,
    /// Files or objects at once, 1 to 256. Default: 4.
    #[arg(short, long, visible_alias = "job", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// How many contents are compared at once.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    checkers: u16,
    /// Follow symbolic links in the source.
    #[arg(long)]
    follow_links: bool,
    /// Pages of a bucket's list that are asked for at once. Default: 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    list_jobs: Option<u16>,
    /// The most list requests a second.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    list_qps: Option<u32>,
    /// Folder for what does not fit into memory. Default: the system's for temporary files.
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
    /// Also report what is equal.
    #[arg(long)]
    pub(super) verbose: bool,
    /// Begin nothing more, and delete nothing, once this many failed.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_errors: Option<u64>,
    /// Write a line of JSON for each file or object, and the summary, to FILE.
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// How progress is shown: auto, json or none, as of cp. Default: auto.
    #[arg(long, value_name = "HOW")]
    progress: Option<Choice>,
    /// The same as --progress none.
    #[arg(long, conflicts_with = "progress")]
    no_progress: bool,
    #[command(flatten)]
    deletion: Deletion,
    #[command(flatten)]
    properties: Properties,
    #[command(flatten)]
    tuning: Tuning,
    #[command(flatten)]
    filters: FilterArguments,
    #[command(flatten)]
    range: Range,
}

/// What becomes of what is at the destination alone.
#[derive(Args)]
#[command(next_help_heading = "What is at the destination alone")]
struct Deletion {
    /// Delete it, last of all, if both sides were listed to their end and nothing failed.
    #[arg(long)]
    delete: bool,
    /// Keep a verified copy of what is deleted in DIR, or in oss://BUCKET/FOLDER/.
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// Delete nothing if it is more than this, or than this share of the destination. Default: 1000, or 10% if that is more.
    #[arg(long, value_name = "N|P%", value_parser = parse_max_delete)]
    max_delete: Option<MaxDelete>,
    /// Delete what the filters leave out too.
    #[arg(long, requires = "delete")]
    delete_excluded: bool,
    /// Delete though something failed.
    #[arg(long)]
    delete_anyway: bool,
    /// Ask for each object once more before it is deleted.
    #[arg(long, requires = "delete")]
    delete_checked: bool,
    /// Delete everything if the source is empty.
    #[arg(long, requires = "delete")]
    allow_empty_source: bool,
    /// Do not ask before deleting from a whole bucket.
    #[arg(short, long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum By {
    Auto,
    Size,
    Time,
    #[value(alias = "content")]
    Crc64,
    Etag,
}

/// Both ends of a sync.
pub(super) struct Ends {
    pub(super) source: End,
    pub(super) destination: End,
    /// The bucket that it is about; of a copy, the one that is written to.
    bucket: BucketName,
}

/// One end.
pub(super) enum End {
    Folder(PathBuf),
    /// `rest` is empty or ends in `/`.
    Objects(Address),
}

impl Ends {
    pub(super) fn bucket(&self) -> &BucketName {
        &self.bucket
    }

    /// The object at a path of the end that has objects; the destination, if both have.
    pub(super) fn source_object(&self, path: &str) -> Address {
        self.source.object(path).unwrap_or_else(|| self.of_bucket(path))
    }

    pub(super) fn destination_object(&self, path: &str) -> Address {
        self.destination.object(path).unwrap_or_else(|| self.of_bucket(path))
    }

    fn of_bucket(&self, path: &str) -> Address {
        Address { bucket: self.bucket.clone(), rest: path.to_owned() }
    }

    pub(super) fn direction(&self) -> Direction {
        match (&self.source, &self.destination) {
            (End::Folder(_), _) => Direction::Up,
            (End::Objects(_), End::Folder(_)) => Direction::Down,
            (End::Objects(_), End::Objects(_)) => Direction::Across,
        }
    }
}

impl End {
    fn of(path: &Path) -> Result<Self, Failure> {
        let Some(text) = path.to_str().filter(|text| text.starts_with("oss:")) else {
            return Ok(Self::Folder(path.to_owned()));
        };
        let mut address: Address = text.parse().map_err(|error: anyhow::Error| Failure::usage(error.to_string()))?;
        if let Pattern::Prefix(text) = address.pattern() {
            return Err(Failure::usage(format!("{text}* is not a folder: write oss://{}/FOLDER/", address.bucket)));
        }
        if !address.rest.is_empty() && !address.rest.ends_with('/') {
            address.rest.push('/');
        }
        Ok(Self::Objects(address))
    }

    /// The file or object with this path, as people write it.
    pub(super) fn at(&self, path: &str) -> String {
        match self {
            Self::Folder(root) => root.join(path).display().to_string(),
            Self::Objects(Address { bucket, rest }) => shown(bucket.as_str(), &format!("{rest}{path}")),
        }
    }

    fn object(&self, path: &str) -> Option<Address> {
        match self {
            Self::Folder(_) => None,
            Self::Objects(address) => {
                let rest = format!("{}{path}", address.rest);
                Some(Address { bucket: address.bucket.clone(), rest })
            }
        }
    }
}

fn parse_max_delete(text: &str) -> Result<MaxDelete, String> {
    let invalid = || format!("{text:?} is neither a number nor a share from 0% to 100%");
    match text.strip_suffix('%') {
        Some(percent) => {
            let percent = percent.parse().ok().filter(|percent| *percent <= 100);
            percent.map(MaxDelete::Percent).ok_or_else(invalid)
        }
        None => text.parse().map(MaxDelete::Count).map_err(|_| invalid()),
    }
}

impl SyncArguments {
    pub(super) fn ends(&self) -> Result<Ends, Failure> {
        let (source, destination) = (End::of(&self.source)?, End::of(&self.destination)?);
        let bucket = match (&destination, &source) {
            (End::Objects(address), _) | (_, End::Objects(address)) => address.bucket.clone(),
            (End::Folder(destination), End::Folder(source)) => {
                return Err(Failure::usage(format!(
                    "neither {} nor {} is in OSS: write oss://BUCKET/FOLDER/ for one of them (rsync makes one folder equal to \
                     another)",
                    source.display(),
                    destination.display()
                )));
            }
        };
        Ok(Ends { source, destination, bucket })
    }

    pub(super) fn forbids_overwrite(&self) -> bool {
        self.properties.forbids_overwrite()
    }

    /// What is to be done; nothing was sent yet.
    pub(super) fn sync(&self, ends: &Ends, global: &Global) -> Result<Sync, Failure> {
        let direction = ends.direction();
        if direction != Direction::Up && self.properties != Properties::default() {
            return Err(Failure::usage("properties of objects, such as --acl, are for uploads"));
        }
        if direction == Direction::Across && !self.tuning.preserve.is_empty() {
            return Err(Failure::usage("--preserve is for files: a copy keeps the metadata of its source"));
        }
        let payer = global.payer();
        let place = |end: &End| match end {
            End::Folder(path) => Place::folder(path),
            End::Objects(address) => {
                Place::objects(address.bucket.clone(), address.rest.as_str()).with_request_payer(payer.clone())
            }
        };
        let below = match &ends.source {
            End::Folder(_) => "",
            End::Objects(address) => &address.rest,
        };
        let filters = self.filters.read(SystemTime::now())?.within(&self.range.below(below)?)?;
        let filter = filters.whole().build().map_err(|error| Failure::usage(error.to_string()))?;
        let Deletion { max_delete, allow_empty_source, delete_anyway, .. } = &self.deletion;
        let limits = DeleteLimits::default()
            .max_delete(max_delete.unwrap_or_default())
            .allow_empty_source(*allow_empty_source)
            .after_failures(*delete_anyway);
        let comparison = match self.compare {
            By::Auto => Comparison::Auto,
            By::Size => Comparison::Size,
            By::Time => Comparison::Time,
            By::Crc64 => Comparison::Content,
            By::Etag => Comparison::Etag,
        };
        let source = place(&ends.source).with_followed_links(self.follow_links);
        let mut sync = Sync::new(source, place(&ends.destination))
            .comparison(comparison)
            .filter(filter)
            .delete(self.deletion.delete)
            .delete_excluded(self.deletion.delete_excluded)
            .delete_checked(self.deletion.delete_checked)
            .limits(limits)
            .dry_run(self.dry_run)
            .list_jobs(self.list_jobs.map_or(1, usize::from))
            .list_qps(self.list_qps)
            .preserve_mtime(self.tuning.preserve.contains(&Attribute::Mtime))
            .jobs(self.jobs.map_or(DEFAULT_JOBS, usize::from))
            .checkers(usize::from(self.checkers));
        if direction == Direction::Up {
            sync = sync.request(self.properties.of(PutObjectRequest::new("", ""), payer.clone())?);
        }
        if let Some(backup) = &self.deletion.backup_dir {
            sync = sync.backup(place(&End::of(backup)?));
        }
        if let Some(file) = &self.plan {
            sync = sync.plan(file);
        }
        if let Some(file) = &self.apply {
            sync = sync.apply(file);
        }
        if let Some(folder) = &self.temp_dir {
            if !folder.is_dir() {
                return Err(Failure::usage(format!("--temp-dir {} is not a folder", folder.display())));
            }
            sync = sync.temporary_folder(folder);
        }
        Ok(sync)
    }

    /// Takes what no option says from the profile.
    pub(super) fn fill_in(&mut self, settings: &Settings) -> Result<(), Failure> {
        self.tuning.fill_in(settings)?;
        self.jobs = self.jobs.map_or_else(|| jobs_of_profile(settings), |jobs| Ok(Some(jobs)))?;
        Ok(())
    }

    /// Refuses what would be ignored, and what cannot be done in one region.
    pub(super) fn refuse_meaningless(&self, ends: &Ends, global: &Global) -> Result<(), Failure> {
        let is_down = ends.direction() == Direction::Down;
        let tuning = &self.tuning;
        let compares_content = matches!(self.compare, By::Auto | By::Crc64);
        let reasons = [
            (tuning.preserve.contains(&Attribute::Mode), "--preserve mode is for cp and mv: sync keeps times alone"),
            (
                self.compared_instead() == Some(Instead::Size),
                "--verify size asks for each object once more, which sync does not: write crc64 or none",
            ),
            (
                self.compared_instead().is_some() && compares_content,
                "--verify none leaves nothing to compare contents by: add --compare size, time or etag",
            ),
            (is_down && tuning.leave_parts_on_error, "--leave-parts-on-error is for uploads and copies"),
            (
                is_down && tuning.bigfile_threshold.is_some(),
                "--bigfile-threshold is for uploads and copies: --part-size is for all",
            ),
            (
                self.follow_links && !matches!(ends.source, End::Folder(_)),
                "--follow-links is for a folder of this machine as the source",
            ),
        ];
        if let Some((_, reason)) = reasons.iter().find(|(given, _)| *given) {
            return Err(Failure::usage(*reason));
        }
        let (End::Objects(source), End::Objects(destination)) = (&ends.source, &ends.destination) else {
            return Ok(());
        };
        let settings = global.settings()?;
        let [from, to] = [source, destination].map(|address| global.place(&settings, Some(&address.bucket)));
        match from.region == to.region && from.endpoint == to.endpoint {
            true => Ok(()),
            false => Err(Failure::usage(format!(
                "{source} and {destination} are not reached at one endpoint, and sync copies within one region: cp -r -u \
                 copies through this machine"
            ))),
        }
    }

    /// How the bytes are limited and compared.
    pub(super) fn limits(&self) -> Limits {
        self.tuning.limits()
    }

    /// What is compared in place of CRC64.
    pub(super) fn compared_instead(&self) -> Option<Instead> {
        self.tuning.compared_instead()
    }

    pub(super) fn managers(&self, client: &Client, direction: Direction, output: &Output) -> Result<Managers, Failure> {
        let keeps_records = self.tuning.keeps_records();
        let without = match direction {
            Direction::Up => self.tuning.uploads_without_records(),
            Direction::Down => self.tuning.downloads_without_records(),
            _ => None,
        };
        let keeps_records = keeps_records && without.is_none();
        if let Some(warning) = without.filter(|_| !self.is_only_planned()) {
            output.warn(warning);
        }
        let uploader = client.uploader().options(self.tuning.upload_options()?).enable_checkpoint(keeps_records);
        let downloader = client.downloader().options(self.tuning.download_options()?);
        let downloader = downloader.enable_checkpoint(keeps_records);
        let copier = client.copier().options(self.tuning.copy_options()?);
        Ok(Managers::new(client.transport().clone(), uploader, downloader, copier))
    }

    /// Asks before anything is deleted from a whole bucket.
    pub(super) async fn confirm(&self, ends: &Ends) -> Result<(), Failure> {
        let End::Objects(address) = &ends.destination else { return Ok(()) };
        let deletes = self.deletion.delete || self.apply.is_some();
        let is_asked = deletes && address.rest.is_empty() && !self.deletion.force;
        if !is_asked || self.is_only_planned() {
            return Ok(());
        }
        let bucket = address.bucket.as_str();
        let refused = || {
            Failure::refused(format!(
                "--delete on all of {bucket} deletes whatever the source does not have: add -f, or name a folder of it"
            ))
        };
        if !Answer::can_be_given() {
            return Err(refused());
        }
        let question =
            format!("Objects in {bucket} that the source does not have are deleted. Type the name of the bucket: ");
        if ask(&question).await? == bucket { Ok(()) } else { Err(refused()) }
    }

    pub(super) fn deletes(&self) -> bool {
        self.deletion.delete
    }

    pub(super) fn is_only_planned(&self) -> bool {
        self.dry_run || self.plan.is_some()
    }

    pub(super) fn source(&self) -> std::path::Display<'_> {
        self.source.display()
    }

    pub(super) fn destination(&self) -> std::path::Display<'_> {
        self.destination.display()
    }

    /// How progress is shown.
    pub(super) fn progress(&self) -> Choice {
        if self.no_progress { Choice::None } else { self.progress.unwrap_or_default() }
    }
}

const DEFAULT_JOBS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_deletions_are_a_number_or_a_share() {
        assert_eq!(parse_max_delete("0"), Ok(MaxDelete::Count(0)));
        assert_eq!(parse_max_delete("100%"), Ok(MaxDelete::Percent(100)));
        for text in ["", "%", "101%", "-1", "a"] {
            assert!(parse_max_delete(text).unwrap_err().contains("neither a number"), "{text}");
        }
    }
}
