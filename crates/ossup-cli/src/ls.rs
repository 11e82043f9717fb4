//! `ossup ls`.

mod rows;

use std::ops::ControlFlow;
use std::str::FromStr;

use clap::Args;
use ossup::{
    Client, ListBucketsRequest, ListEntry, ListMultipartUploadsRequest, ListObjectVersionsRequest, Listing,
    RequestPayer, VersionEntry, pages,
};

use crate::address::{Address, Pattern};
use crate::exit::Exit;
use crate::failure::Failure;
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
        if self.null && output.is_json() {
            return Err(Failure::usage("--null is for text; lines of JSON escape line feeds"));
        }
        let client = match &self.what {
            What::Buckets => global.client(output)?,
            What::Within(address) => global.client_of(&address.bucket, output)?,
        };
        let mut run = Run {
            arguments: self,
            client: &client,
            payer: global.payer(),
            output,
            left: self.limited_num.unwrap_or(u64::MAX),
            table: rows::Table::new(self.short_format || self.null, self.human_readable),
        };
        let listed = match &self.what {
            What::Buckets => run.buckets().await,
            What::Within(address) => run.within(address).await,
        };
        listed?;
        if let Some(row) = run.table.closing(output.totals()) {
            output.row(row);
        }
        Ok(Exit::Done)
    }
}

/// One run of the command.
struct Run<'a> {
    arguments: &'a Ls,
    client: &'a Client,
    payer: Option<RequestPayer>,
    output: &'a Output,
    /// How many entries may still be printed.
    left: u64,
    table: rows::Table,
}

impl Run<'_> {
    async fn buckets(&mut self) -> Result<(), Failure> {
        let arguments = self.arguments;
        if arguments.recursive || arguments.all_versions || arguments.multipart {
            return Err(Failure::usage("-r, -m and --all-versions list what is in a bucket: name one, oss://BUCKET"));
        }
        let mut request = ListBucketsRequest::new().max_keys(arguments.page_size);
        request.marker.clone_from(&arguments.start_after);
        let mut pages = pages(self.client.transport().clone(), request);
        while let Some(page) = pages.next().await {
            let buckets = page?.buckets;
            let entries: Vec<_> = buckets.iter().map(Entry::of_bucket).collect();
            if self.print(entries).is_break() {
                break;
            }
        }
        Ok(())
    }

    async fn within(&mut self, address: &Address) -> Result<(), Failure> {
        let arguments = self.arguments;
        if let (Some(start), Some(end)) = (&arguments.start_after, &arguments.end_with)
            && start >= end
        {
            return Err(Failure::usage(format!("nothing is after {start:?} and not after {end:?}")));
        }
        let (prefix, exact) = match (address.pattern(), arguments.recursive) {
            (Pattern::Bucket, _) => (String::new(), None),
            (Pattern::Folder(prefix) | Pattern::Prefix(prefix), _) => (prefix.to_owned(), None),
            (Pattern::Object(key), true) => (format!("{key}/"), None),
            (Pattern::Object(key), false) => (key.to_owned(), Some(key)),
        };
        if arguments.multipart {
            self.uploads(address, prefix, exact).await
        } else if arguments.all_versions {
            self.versions(address, prefix, exact).await
        } else if let Some(key) = exact {
            self.named(address, key).await
        } else {
            self.objects(address, self.listing(address).prefix(prefix)).await
        }
    }

    fn listing(&self, address: &Address) -> Listing {
        let arguments = self.arguments;
        let mut listing =
            Listing::new(address.bucket.clone()).page_size(arguments.page_size).request_payer(self.payer.clone());
        if !arguments.recursive {
            listing = listing.delimiter("/");
        }
        if let Some(key) = &arguments.start_after {
            listing = listing.start_after(key);
        }
        if let Some(key) = &arguments.end_with {
            listing = listing.end_with(key);
        }
        listing
    }

    async fn objects(&mut self, address: &Address, listing: Listing) -> Result<(), Failure> {
        let mut pages = listing.pages(self.client.transport().clone());
        while let Some(page) = pages.next().await {
            let entries = page?.iter().map(|entry| Entry::of_list(address, entry)).collect();
            if self.print(entries).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The object of this key, and the folder of this name: one request for each, however many keys begin alike.
    async fn named(&mut self, address: &Address, key: &str) -> Result<(), Failure> {
        let folder = format!("{key}/");
        let mut entries = Vec::new();
        for (prefix, wanted) in [(key, key), (&folder, &folder)] {
            let listing = self.listing(address).prefix(prefix).page_size(1);
            let Some(page) = listing.pages(self.client.transport().clone()).next().await else { continue };
            let is_folder = wanted.ends_with('/');
            entries.extend(page?.into_iter().filter_map(|entry| match entry {
                _ if is_folder => Some(Entry::of_list(address, &ListEntry::Prefix(folder.clone()))),
                entry => (entry.key() == wanted).then(|| Entry::of_list(address, &entry)),
            }));
        }
        let _ = self.print(entries);
        Ok(())
    }

    async fn versions(&mut self, address: &Address, prefix: String, exact: Option<&str>) -> Result<(), Failure> {
        let arguments = self.arguments;
        let mut request = ListObjectVersionsRequest::new(address.bucket.as_str()).max_keys(arguments.page_size);
        request.prefix = Some(prefix);
        request.delimiter = (!arguments.recursive).then(|| "/".to_owned());
        request.key_marker.clone_from(&arguments.start_after);
        request.request_payer.clone_from(&self.payer);
        let mut pages = pages(self.client.transport().clone(), request);
        while let Some(page) = pages.next().await {
            let page = page?;
            let versions =
                page.entries.iter().map(|version| (version_key(version), Entry::of_version(address, version)));
            let folders = page
                .common_prefixes
                .iter()
                .map(|prefix| (prefix.as_str(), Entry::of_list(address, &ListEntry::Prefix(prefix.clone()))));
            if self.print_within(versions.chain(folders).collect(), exact).is_break() {
                break;
            }
        }
        Ok(())
    }

    async fn uploads(&mut self, address: &Address, prefix: String, exact: Option<&str>) -> Result<(), Failure> {
        let arguments = self.arguments;
        let mut request = ListMultipartUploadsRequest::new(address.bucket.as_str()).max_uploads(arguments.page_size);
        request.prefix = Some(prefix);
        request.delimiter = (!arguments.recursive).then(|| "/".to_owned());
        request.key_marker.clone_from(&arguments.start_after);
        request.request_payer.clone_from(&self.payer);
        let mut pages = pages(self.client.transport().clone(), request);
        while let Some(page) = pages.next().await {
            let page = page?;
            let uploads = page.uploads.iter().map(|upload| (upload.key.as_str(), Entry::of_upload(address, upload)));
            let folders = page
                .common_prefixes
                .iter()
                .map(|prefix| (prefix.as_str(), Entry::of_list(address, &ListEntry::Prefix(prefix.clone()))));
            if self.print_within(uploads.chain(folders).collect(), exact).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Prints what is within the range of keys, in their order; versions of a key stay as they come, the newest first.
    fn print_within(&mut self, mut entries: Vec<(&str, Entry)>, exact: Option<&str>) -> ControlFlow<()> {
        entries.sort_by_key(|(key, _)| *key);
        let end = self.arguments.end_with.as_deref();
        let folder = exact.map(|exact| format!("{exact}/"));
        let is_behind = |key: &str| [end, folder.as_deref()].into_iter().flatten().any(|last| key > last);
        let ends = entries.iter().any(|(key, _)| is_behind(key));
        let is_wanted = |key: &str| exact.is_none_or(|exact| key == exact || key.strip_suffix('/') == Some(exact));
        let wanted = entries.into_iter().filter(|(key, _)| !is_behind(key) && is_wanted(key));
        let printed = self.print(wanted.map(|(_, entry)| entry).collect());
        if ends { ControlFlow::Break(()) } else { printed }
    }

    /// Prints entries. `Break` if no more are wanted.
    fn print(&mut self, mut entries: Vec<Entry>) -> ControlFlow<()> {
        if matches!(self.arguments.what, What::Buckets)
            && let Some(end) = &self.arguments.end_with
        {
            entries.retain(|entry| entry.name() <= end.as_str());
        }
        entries.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
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

fn version_key(version: &VersionEntry) -> &str {
    match version {
        VersionEntry::Version(version) => &version.key,
        VersionEntry::DeleteMarker(marker) => &marker.key,
        _ => "",
    }
}
