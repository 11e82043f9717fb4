//! `ossup ls`.

mod rows;

use std::ops::ControlFlow;
use std::str::FromStr;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use ossup::{BucketName, Client, ListBucketsRequest, RequestPayer};

use crate::address::{Address, Pattern};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::filters::{FilterArguments, Filters};
use crate::found::{Found, FoundPages, Jobs, Kind, Query};
use crate::global::Global;
use crate::output::Output;
use rows::Entry;

#[derive(Args)]
pub(crate) struct Ls {
    /// What to list: oss://BUCKET, oss://BUCKET/FOLDER/ or oss://BUCKET/TEXT*. Default: the buckets of the account.
    #[arg(default_value = "oss://", hide_default_value = true)]
    what: What,
    /// List everything below a folder, and not one level of it.
    #[arg(short, long)]
    recursive: bool,
    /// List one level, as is the default.
    #[arg(short, long, alias = "directory", conflicts_with = "recursive")]
    dirs: bool,
    /// Print addresses alone.
    #[arg(short, long)]
    short_format: bool,
    /// List every version of each object, and delete markers.
    #[arg(long, alias = "allversions")]
    all_versions: bool,
    /// List multipart uploads that are neither completed nor aborted.
    #[arg(short, long, conflicts_with = "all_versions")]
    multipart: bool,
    /// The most entries to list.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limited_num: Option<u64>,
    /// Only keys, or names of buckets, after this one.
    #[arg(long, value_name = "KEY")]
    start_after: Option<String>,
    /// Only keys, or names of buckets, up to this one, itself included.
    #[arg(long, value_name = "KEY")]
    end_with: Option<String>,
    /// Entries of one request, 1 to 1000. Default: 1000.
    #[arg(long, value_name = "N", default_value_t = 1000, hide_default_value = true,
        value_parser = clap::value_parser!(u16).range(1..=1000))]
    page_size: u16,
    /// Print sizes in units, such as 6.00 MiB.
    #[arg(long)]
    human_readable: bool,
    /// Print addresses alone, each ended by a zero byte in place of a line feed, since keys may hold line feeds.
    #[arg(long, conflicts_with = "short_format")]
    null: bool,
    /// Order of what -r lists: key, or none, which lists by several requests at once. Default: key.
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = Sort::Key, hide_default_value = true)]
    sort: Sort,
    /// Requests at once with --sort none, 1 to 256. Default: auto, which is 8.
    #[arg(long, visible_alias = "job", value_name = "N|auto")]
    jobs: Option<Jobs>,
    #[command(flatten)]
    filters: FilterArguments,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Sort {
    None,
    Key,
}

/// What is listed.
#[derive(Clone, Debug)]
enum What {
    Buckets,
    Within(Address),
}

impl FromStr for What {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text {
            "oss://" => Ok(Self::Buckets),
            _ => text.parse().map(Self::Within),
        }
    }
}

impl Ls {
    /// Lists page by page; the first rows are there with the first page.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        self.check(output)?;
        let filters = self.filters.are_given().then(|| self.filters.read(SystemTime::now())).transpose()?;
        let client = match &self.what {
            What::Buckets => global.client(output)?,
            What::Within(address) => global.client_of(&address.bucket, output)?,
        };
        let mut run = Run {
            arguments: self,
            output,
            filters,
            left: self.limited_num.unwrap_or(u64::MAX),
            table: rows::Table::new(self.short_format || self.null, self.human_readable, columns()),
        };
        match &self.what {
            What::Buckets => {
                let mut request = ListBucketsRequest::new().max_keys(self.page_size);
                request.marker.clone_from(&self.start_after);
                run.print_all(None, FoundPages::buckets(&client, request, self.end_with.clone())).await?;
            }
            What::Within(address) => self.within(address, &client, global.payer(), &mut run).await?,
        }
        if let Some(row) = run.table.closing(output.totals()) {
            output.row(row);
        }
        Ok(Exit::Done)
    }

    /// Refuses what contradicts itself. Nothing was sent yet.
    fn check(&self, output: &Output) -> Result<(), Failure> {
        if self.null && output.is_json() {
            return Err(Failure::usage("--null is for text; lines of JSON escape line feeds"));
        }
        if self.jobs.is_some() && self.sort == Sort::Key {
            return Err(Failure::usage(
                "in the order of keys one page comes after the other: --jobs goes with --sort none",
            ));
        }
        if self.sort == Sort::None && (!self.recursive || self.all_versions || self.multipart) {
            return Err(Failure::usage("--sort none is for all objects below a folder: it goes with -r alone"));
        }
        let is_within = matches!(self.what, What::Within(_));
        if !is_within && (self.recursive || self.all_versions || self.multipart || self.filters.are_given()) {
            return Err(Failure::usage(
                "-r, -m, --all-versions and filters are about what is in a bucket: name one, oss://BUCKET",
            ));
        }
        match (&self.start_after, &self.end_with) {
            (Some(start), Some(end)) if start >= end => {
                Err(Failure::usage(format!("nothing is after {start:?} and not after {end:?}")))
            }
            _ => Ok(()),
        }
    }

    async fn within(
        &self,
        address: &Address,
        client: &Client,
        payer: Option<RequestPayer>,
        run: &mut Run<'_>,
    ) -> Result<(), Failure> {
        let (prefix, exact) = match (address.pattern(), self.recursive) {
            (Pattern::Bucket, _) => (String::new(), None),
            (Pattern::Folder(prefix) | Pattern::Prefix(prefix), _) => (prefix.to_owned(), None),
            (Pattern::Object(key), true) => (format!("{key}/"), None),
            (Pattern::Object(key), false) => (key.to_owned(), Some(key)),
        };
        let kind = match (self.multipart, self.all_versions) {
            (true, _) => Kind::Uploads,
            (false, true) => Kind::Versions,
            (false, false) => Kind::Objects,
        };
        let query = Query {
            prefix: prefix.clone(),
            one_level: !self.recursive,
            start_after: self.start_after.clone(),
            end_with: self.end_with.clone(),
            page_size: self.page_size,
            jobs: if self.sort == Sort::None { self.jobs.unwrap_or(Jobs::AUTO).0 } else { 1 },
            ..Query::new(&address.bucket, kind, payer)
        };
        let within = Within { bucket: &address.bucket, folder: folder_of(&prefix), exact };
        let Some(key) = exact else { return run.print_all(Some(&within), query.pages(client)).await };
        if kind == Kind::Objects {
            // The object, and the folder of this name: one request for each, however many keys begin alike.
            let folder = format!("{key}/");
            for prefix in [key, &folder] {
                let query = Query { prefix: prefix.to_owned(), page_size: 1, ..query.clone() };
                let Some(page) = query.pages(client).next().await.transpose()? else { continue };
                let is_folder = prefix.ends_with('/') && !page.is_empty();
                let page = if is_folder { vec![Found::Prefix(folder.clone())] } else { page };
                let _ = run.print(Some(&within), page);
            }
            return Ok(());
        }
        // Nothing behind the folder of this name is of this name.
        let folder = format!("{key}/");
        let end_with = query.end_with.clone().map_or(folder.clone(), |end| end.min(folder));
        run.print_all(Some(&within), Query { end_with: Some(end_with), ..query }.pages(client)).await
    }
}

/// The columns of the terminal that the rows go to, if they go to one.
fn columns() -> Option<usize> {
    let terminal = console::Term::stdout();
    terminal.is_term().then(|| terminal.size_checked()).flatten().map(|(_, columns)| columns.into())
}

/// The folder that a prefix is in, or is.
fn folder_of(prefix: &str) -> &str {
    prefix.rfind('/').and_then(|slash| prefix.get(..=slash)).unwrap_or_default()
}

/// Where it is listed.
struct Within<'a> {
    bucket: &'a BucketName,
    /// What the paths of filters are relative to.
    folder: &'a str,
    /// The only key that is meant, and the folder of this name.
    exact: Option<&'a str>,
}

/// One run of the command.
struct Run<'a> {
    arguments: &'a Ls,
    output: &'a Output,
    filters: Option<Filters>,
    /// How many entries may still be printed.
    left: u64,
    table: rows::Table,
}

impl Run<'_> {
    async fn print_all(&mut self, within: Option<&Within<'_>>, mut pages: FoundPages) -> Result<(), Failure> {
        while let Some(page) = pages.next().await {
            if self.print(within, page?).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn is_wanted(&self, within: &Within<'_>, found: &Found) -> bool {
        let name = found.name();
        let is_named = |exact: &str| name == exact || name.strip_suffix('/') == Some(exact);
        // What is in a folder is not known here, so the folder stays.
        let is_kept = |filters: &Filters| {
            let path = name.strip_prefix(within.folder).unwrap_or(name);
            matches!(found, Found::Prefix(_)) || filters.keeps(path, found.size(), found.time())
        };
        within.exact.is_none_or(is_named) && self.filters.as_ref().is_none_or(is_kept)
    }

    /// Prints what is wanted of a page. `Break` if no more is wanted.
    fn print(&mut self, within: Option<&Within<'_>>, page: Vec<Found>) -> ControlFlow<()> {
        let wanted = page.iter().filter(|found| within.is_none_or(|within| self.is_wanted(within, found)));
        let limit = usize::try_from(self.left).unwrap_or(usize::MAX);
        let entries: Vec<_> = wanted
            .take(limit)
            .map(|found| Entry::of(within.map_or("", |within| within.bucket.as_str()), found))
            .collect();
        self.left -= entries.len() as u64;
        let printed = if self.output.is_json() {
            self.output.lines(&entries)
        } else if self.arguments.null {
            let text: String = entries.iter().map(|entry| format!("{}\0", entry.address())).collect();
            self.output.raw(&entries, &text)
        } else {
            let text = self.table.rows(&entries);
            self.output.raw(&entries, &text)
        };
        match self.left {
            0 => ControlFlow::Break(()),
            _ => printed,
        }
    }
}
