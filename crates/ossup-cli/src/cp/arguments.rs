//! What `ossup cp` takes.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser as _, ValueParser};
use clap::{Args, ValueEnum};
use ossup::Etag;

use super::existing::Existing;
use crate::address::Address;
use crate::failure::Failure;
use crate::filters::{FilterArguments, Filters, Range};
use crate::progress::Choice;
use crate::properties::Properties;
use crate::size::Size;

#[derive(Args)]
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
    /// Write a line of JSON for each file or object, and the summary, to FILE.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
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
    /// Which of the files or objects below a folder are meant; `prefix` is what the keys of a range begin with.
    pub(crate) fn chosen(&self, prefix: &str) -> Result<Filters, Failure> {
        self.filters.read(SystemTime::now())?.within(&self.range.below(prefix)?)
    }

    /// How progress is shown.
    pub(crate) fn progress(&self) -> Choice {
        if self.no_progress { Choice::None } else { self.progress.unwrap_or_default() }
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
    fn parser() -> ValueParser {
        OsStringValueParser::new()
            .try_map(|text| match text.to_str().filter(|text| text.starts_with("oss:")) {
                Some(text) => text.parse().map(Self::Object),
                None => Ok(Self::Local(text.into())),
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
#[derive(Args)]
pub(crate) struct Tuning {
    /// Size of a part, 100KiB to 5GiB; raised when an object would need more than 10,000 parts. Default: 6MiB.
    #[arg(long, value_name = "SIZE")]
    pub(crate) part_size: Option<Size>,
    /// Parts in flight at once, 1 to 256, or auto. Default: 3.
    #[arg(long, visible_alias = "parallel", value_name = "N|auto")]
    pub(crate) parallel_num: Option<String>,
    /// Attempts per part; the waits between them grow to a minute, so more attempts outlast a longer outage. Default: 8.
    #[arg(long, value_name = "N")]
    pub(crate) part_attempts: Option<u32>,
    /// Keep records in DIR, so that an interrupted upload or download is resumed.
    /// Without it, downloads and uploads of 100 MiB and more have theirs in the user's state folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoint_dir: Option<PathBuf>,
    /// Keep no record of any upload or download.
    #[arg(long, conflicts_with = "checkpoint_dir")]
    pub(crate) no_checkpoint: bool,
    /// After a failure, leave the parts that were stored on the server.
    #[arg(long)]
    pub(crate) leave_parts_on_error: bool,
}

/// How a folder is transferred.
#[derive(Args)]
pub(crate) struct Folder {
    /// Everything below a folder.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Files or objects at once, 1 to 256. Default: 4.
    #[arg(short, long, visible_alias = "job", value_name = "N", requires = "recursive", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
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

fn parse_etag(text: &str) -> Result<Etag, String> {
    Etag::new(text).map_err(|error| error.to_string())
}

/// What becomes of symbolic links. A file or folder that is named by one is uploaded; links below a folder are skipped.
#[derive(Args)]
pub(crate) struct Links {
    /// Follow symbolic links below the folder.
    #[arg(short = 'L', long, requires = "recursive", conflicts_with = "no_dereference")]
    pub(crate) dereference: bool,
    /// Refuse a source that is a link.
    #[arg(short = 'P', long)]
    pub(crate) no_dereference: bool,
}
