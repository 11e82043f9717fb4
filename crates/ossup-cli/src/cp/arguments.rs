//! What `ossup cp` takes.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser as _, ValueParser};
use clap::{Args, ValueEnum};
use ossup::transport::BandwidthLimit;
use ossup::{Etag, ParallelNum};

use super::existing::Existing;
use super::preserve::Attribute;
use crate::address::Address;
use crate::config::Settings;
use crate::failure::Failure;
use crate::filters::{FilterArguments, Filters, Range};
use crate::global::{Limits, of_profile};
use crate::output::Instead;
use crate::progress::Choice;
use crate::properties::Properties;
use crate::size::Size;

#[derive(Args, Clone)]
pub(crate) struct Cp {
    /// What to copy: a file, - for standard input, an object, oss://BUCKET/KEY, or with -r a folder. Several go to a folder.
    #[arg(required = true, value_name = "SOURCE", value_parser = End::parser())]
    pub(crate) sources: Vec<End>,
    /// Where to: oss://BUCKET/KEY, a file, or - for standard output. A key that is empty or ends in /, or a folder, takes
    /// the name of the source.
    #[arg(value_parser = End::parser())]
    pub(crate) destination: End,
    /// Run the emulator inside this command, with its data in DIR; the bucket is created if missing.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["endpoint", "ca_file"])]
    pub(crate) local: Option<PathBuf>,
    /// Version of the object to download or copy.
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) version_id: Option<String>,
    /// Download or copy the object only if this is its entity tag.
    #[arg(long, value_name = "ETAG", value_parser = parse_etag)]
    pub(crate) if_match: Option<Etag>,
    /// Say what would be transferred, and transfer nothing.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Begin nothing more once this many failed. Default: whatever fails, the others are tried.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_errors: Option<u64>,
    /// Write a line of JSON for each file or object, and the summary, to FILE, or at the end to the object oss://BUCKET/KEY.
    #[arg(long, value_name = "FILE|ADDRESS", value_parser = End::parser())]
    pub(crate) report: Option<End>,
    /// How progress is shown: auto (bars on a terminal, a line every 10 s without one), json (a line a second on standard
    /// error) or none. Default: auto.
    #[arg(long, value_name = "HOW")]
    progress: Option<Choice>,
    /// The same as --progress none.
    #[arg(long, conflicts_with = "progress")]
    no_progress: bool,
    #[command(flatten)]
    pub(crate) properties: Properties,
    #[command(flatten)]
    pub(crate) tuning: Tuning,
    #[command(flatten)]
    pub(crate) folder: Folder,
    #[command(flatten)]
    pub(crate) links: Links,
    #[command(flatten)]
    pub(crate) existing: Existing,
    #[command(flatten)]
    pub(crate) directives: Directives,
    #[command(flatten)]
    pub(crate) filters: FilterArguments,
    #[command(flatten)]
    pub(crate) range: Range,
}

impl Cp {
    /// The upload of one file to the key of `destination`.
    pub(crate) fn upload(source: PathBuf, destination: Address, tuning: Tuning, properties: Properties) -> Self {
        Self {
            sources: vec![End::Local(source)],
            destination: End::Object(destination),
            local: None,
            version_id: None,
            if_match: None,
            dry_run: false,
            max_errors: None,
            report: None,
            progress: None,
            no_progress: false,
            properties,
            tuning,
            folder: Folder::default(),
            links: Links::default(),
            existing: Existing::default(),
            directives: Directives::default(),
            filters: FilterArguments::default(),
            range: Range::default(),
        }
    }

    /// Which of the files or objects below a folder are meant; `prefix` is what the keys of a range begin with.
    pub(crate) fn chosen(&self, prefix: &str) -> Result<Filters, Failure> {
        self.filters.read_for(SystemTime::now(), self.folder.dirs)?.within(&self.range.below(prefix)?)
    }

    /// The same with what the profile says where an option does not.
    pub(super) fn with_profile(&self, settings: &Settings) -> Result<Self, Failure> {
        let mut filled = self.clone();
        filled.tuning.fill_in(settings)?;
        filled.folder.jobs = self.folder.jobs.map_or_else(|| jobs_of_profile(settings), |jobs| Ok(Some(jobs)))?;
        Ok(filled)
    }

    /// How progress is shown.
    pub(crate) fn progress(&self) -> Choice {
        if self.no_progress { Choice::None } else { self.progress.unwrap_or_default() }
    }

    /// How the bytes are limited.
    pub(crate) fn limits(&self) -> Limits {
        self.tuning.limits()
    }

    /// Files or objects at once.
    pub(crate) fn jobs(&self) -> usize {
        self.folder.jobs.map_or(super::JOBS, usize::from)
    }

    /// Files or objects that are examined at once before they are transferred.
    pub(crate) fn checkers(&self) -> usize {
        self.existing.checkers.map_or(super::CHECKERS, usize::from)
    }

    /// Whether an object is written to standard output.
    pub(crate) fn is_to_stdout(&self) -> bool {
        matches!((&self.sources[..], &self.destination), ([End::Object(_)], End::Local(path)) if path.as_os_str() == "-")
    }
}

/// One end of a copy.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// A file or folder, or `-`.
    Local(PathBuf),
    Object(Address),
}

impl End {
    pub(crate) fn parser() -> ValueParser {
        OsStringValueParser::new()
            .try_map(|text| {
                match text.to_str().filter(|text| ["oss:", "s3:"].iter().any(|scheme| text.starts_with(scheme))) {
                    Some(text) => text.parse().map(Self::Object),
                    None => Ok(Self::Local(text.into())),
                }
            })
            .into()
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Object(address) => address.fmt(f),
        }
    }
}

/// How an upload or download is carried out.
#[derive(Args, Clone, Default)]
pub(crate) struct Tuning {
    /// Size of a part, 100KiB to 5GiB; raised when an object would need more than 10,000 parts. Default: 6MiB.
    #[arg(long, value_name = "SIZE")]
    pub(crate) part_size: Option<Size>,
    /// Parts in flight at once, 1 to 256, or auto. Default: 3.
    #[arg(long, visible_alias = "parallel", value_name = "N|auto", value_parser = parse_parallel)]
    pub(crate) parallel_num: Option<ParallelNum>,
    /// Attempts per part; the waits between them grow to a minute, so more attempts outlast a longer outage. Default: 8.
    #[arg(long, value_name = "N")]
    pub(crate) part_attempts: Option<u32>,
    /// Files or objects of this size or more go in parts, at most 5GiB. Default: the part size for uploads, 200MiB for copies.
    #[arg(long, value_name = "SIZE")]
    pub(crate) bigfile_threshold: Option<Size>,
    /// The most bytes a second, of all transfers together, such as 20M; at least 1KiB. Default: no limit.
    #[arg(long, visible_alias = "bandwidth-limit", value_name = "SIZE", value_parser = parse_rate)]
    pub(crate) rate: Option<Size>,
    /// What is compared of each object: crc64, which has to be there then; size, by one HeadObject for each that is stored; or
    /// none. Default: CRC64 where the service gives it.
    #[arg(long, value_name = "WHAT")]
    pub(crate) verify: Option<Verify>,
    /// Keep the time and the mode of files in the metadata of their objects (ossup-mtime, ossup-mode), and give them back to
    /// the files of such objects: mtime, mode or both with a comma.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) preserve: Vec<Attribute>,
    /// Keep records in DIR, so that an interrupted upload or download is resumed.
    /// Without it, downloads and uploads of 100 MiB and more have theirs in the user's state folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoint_dir: Option<PathBuf>,
    /// Where an SDK keeps its records, one of which is to be continued.
    #[arg(skip)]
    pub(crate) sdk_records: Option<PathBuf>,
    /// Keep no record of any upload or download.
    #[arg(long, conflicts_with = "checkpoint_dir")]
    pub(crate) no_checkpoint: bool,
    /// After a failure, leave the parts that were stored on the server.
    #[arg(long)]
    pub(crate) leave_parts_on_error: bool,
}

/// Files or objects at once, as the profile says.
pub(crate) fn jobs_of_profile(settings: &Settings) -> Result<Option<u16>, Failure> {
    of_profile(settings, "job", parse_jobs).transpose()
}

pub(crate) fn parse_jobs(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(jobs @ 1..=256) => Ok(jobs),
        _ => Err(format!("{text:?} is not a number from 1 to 256")),
    }
}

impl Tuning {
    /// Takes what no option says from the profile.
    pub(crate) fn fill_in(&mut self, settings: &Settings) -> Result<(), Failure> {
        let size = |key| of_profile(settings, key, |text| text.parse::<Size>()).transpose();
        self.part_size = self.part_size.map_or_else(|| size("part-size"), |size| Ok(Some(size)))?;
        self.bigfile_threshold =
            self.bigfile_threshold.map_or_else(|| size("bigfile-threshold"), |size| Ok(Some(size)))?;
        if self.parallel_num.is_none() {
            self.parallel_num = of_profile(settings, "parallel", parse_parallel).transpose()?;
        }
        Ok(())
    }

    /// How the bytes are limited and compared.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            bandwidth: self.rate.map(|rate| BandwidthLimit::new(rate.0)),
            ignores_crc64: self.compared_instead().is_some(),
        }
    }

    /// What is compared in place of CRC64, if it is not to be compared.
    pub(crate) fn compared_instead(&self) -> Option<Instead> {
        match self.verify {
            Some(Verify::Size) => Some(Instead::Size),
            Some(Verify::None) => Some(Instead::Nothing),
            Some(Verify::Crc64) | None => None,
        }
    }
}

/// How a folder is transferred.
#[derive(Args, Clone, Default)]
pub(crate) struct Folder {
    /// Everything below a folder.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Files or objects at once, 1 to 256. Default: 4.
    #[arg(short, long, visible_alias = "job", value_name = "N", requires = "recursive", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// Only what is in the folder itself, and not what is in folders below it.
    #[arg(short, long, requires = "recursive")]
    pub(crate) dirs: bool,
    /// Transfer no more than this many files or objects.
    #[arg(long, value_name = "N", requires = "recursive")]
    pub(crate) limited_num: Option<u64>,
}

/// What a copy within OSS takes from its source.
#[derive(Args, Clone, Copy, Debug, Default, Eq, PartialEq)]
#[command(next_help_heading = "Copies within OSS")]
pub(crate) struct Directives {
    /// Metadata and content headers: COPY those of the source, or REPLACE them by those that are given. Default: REPLACE if
    /// some are given.
    #[arg(long, value_name = "COPY|REPLACE")]
    pub(crate) metadata_directive: Option<Directive>,
    /// Tags: COPY those of the source, or REPLACE them by those that are given. Default: REPLACE if some are given.
    #[arg(long, value_name = "COPY|REPLACE")]
    pub(crate) tagging_directive: Option<Directive>,
    /// What comes from the source where no directive says: metadata and tags (default), metadata, or none.
    #[arg(long, value_name = "WHAT")]
    pub(crate) copy_props: Option<CopyProps>,
}

/// What has to be compared of each object.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Verify {
    Crc64,
    Size,
    None,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum Directive {
    #[value(alias = "copy")]
    Copy,
    #[value(alias = "replace")]
    Replace,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum CopyProps {
    Default,
    Metadata,
    None,
}

pub(crate) fn parse_parallel(text: &str) -> Result<ParallelNum, String> {
    match text.parse() {
        Ok(number @ 1..=256) => Ok(ParallelNum::Fixed(number)),
        _ if text == "auto" => Ok(ParallelNum::Auto),
        _ => Err(format!("{text:?} is neither auto nor a number from 1 to 256")),
    }
}

pub(crate) fn parse_rate(text: &str) -> Result<Size, String> {
    match text.parse()? {
        Size(rate) if rate < 1 << 10 => Err(format!("{text:?} is less than 1 KiB a second")),
        rate => Ok(rate),
    }
}

fn parse_etag(text: &str) -> Result<Etag, String> {
    Etag::new(text).map_err(|error| error.to_string())
}

/// What becomes of symbolic links. A file or folder that is named by one is uploaded; links below a folder are skipped.
#[derive(Args, Clone, Default)]
pub(crate) struct Links {
    /// Follow symbolic links below the folder.
    #[arg(short = 'L', long, requires = "recursive", conflicts_with = "no_dereference")]
    pub(crate) dereference: bool,
    /// Refuse a source that is a link.
    #[arg(short = 'P', long)]
    pub(crate) no_dereference: bool,
}
