//! `ossup du`.

mod folders;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use clap::{Args, ValueEnum};
use ossup::{Client, ListEntry, ListObjectVersionsRequest, Listing, RequestPayer, StorageClass, VersionEntry, pages};
use serde::Serialize;

use crate::address::{Address, Pattern, shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Line, Output, Totals};
use crate::size::Size;
use folders::{Folders, Sum};

#[derive(Args)]
pub(crate) struct Du {
    /// What to add up: oss://BUCKET, oss://BUCKET/FOLDER/, oss://BUCKET/TEXT* or an object.
    what: Address,
    /// Also print a row for each folder that is at most this many levels below. Default: the total alone.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    depth: usize,
    /// Also print a row for each storage class.
    #[arg(long, value_name = "WHAT")]
    by: Option<By>,
    /// Count in blocks of this size, rounded up, such as 1KiB or 1M.
    #[arg(long, value_name = "SIZE", conflicts_with = "human_readable")]
    block_size: Option<Size>,
    /// Print sizes in units, such as 6.00 MiB.
    #[arg(long)]
    human_readable: bool,
    /// Count every version of each object, not the current ones alone.
    #[arg(long, alias = "allversions")]
    all_versions: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum By {
    StorageClass,
}

/// How much is somewhere.
#[derive(Serialize)]
struct Usage {
    op: &'static str,
    /// `folder`, `storage_class` or `total`.
    kind: &'static str,
    bucket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<String>,
    objects: u64,
    bytes: u64,
    #[serde(skip)]
    row: String,
}

impl Line for Usage {
    const RESULT: bool = true;

    fn text(&self) -> Option<String> {
        Some(self.row.clone())
    }

    fn count(&self, totals: &mut Totals) {
        if self.kind == "total" {
            (totals.done, totals.bytes) = (self.objects, self.bytes);
        }
    }
}

impl Du {
    /// Adds up page by page; memory holds one page and the folders that lead to its last key.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        if self.block_size == Some(Size(0)) {
            return Err(Failure::usage("--block-size must be at least 1 byte"));
        }
        let client = global.client_of(&self.what.bucket, output)?;
        let (exact, prefix) = match self.what.pattern() {
            Pattern::Bucket => (None, String::new()),
            Pattern::Folder(prefix) | Pattern::Prefix(prefix) => (None, prefix.to_owned()),
            Pattern::Object(key) => (Some(key), format!("{key}/")),
        };
        let root = prefix.rfind('/').map_or(0, |slash| slash + 1);
        let mut run = Run {
            arguments: self,
            client: &client,
            payer: global.payer(),
            output,
            folders: Folders::new(root, self.depth),
            classes: BTreeMap::new(),
        };
        // A reader that is gone takes no total.
        if let Some(key) = exact
            && run.add_all(key, Some(key)).await?.is_break()
        {
            return Ok(Exit::Done);
        }
        if run.add_all(&prefix, None).await?.is_continue() {
            run.finish();
        }
        Ok(Exit::Done)
    }
}

/// One run of the command.
struct Run<'a> {
    arguments: &'a Du,
    client: &'a Client,
    payer: Option<RequestPayer>,
    output: &'a Output,
    folders: Folders,
    classes: BTreeMap<String, Sum>,
}

impl Run<'_> {
    /// Adds what has this prefix, or this very key.
    async fn add_all(&mut self, prefix: &str, exact: Option<&str>) -> Result<ControlFlow<()>, Failure> {
        match self.arguments.all_versions {
            true => self.add_versions(prefix, exact).await,
            false => self.add_objects(prefix, exact).await,
        }
    }

    async fn add_objects(&mut self, prefix: &str, exact: Option<&str>) -> Result<ControlFlow<()>, Failure> {
        let mut listing =
            Listing::new(self.arguments.what.bucket.clone()).prefix(prefix).request_payer(self.payer.clone());
        if exact.is_some() {
            // It is the first of all keys that begin with it.
            listing = listing.page_size(1).end_with(prefix);
        }
        let mut pages = listing.pages(self.client.transport().clone());
        while let Some(page) = pages.next().await {
            for entry in page? {
                if let ListEntry::Object(object) = entry
                    && self.add(&object.key, object.size, object.storage_class.as_ref()).is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn add_versions(&mut self, prefix: &str, exact: Option<&str>) -> Result<ControlFlow<()>, Failure> {
        let mut request = ListObjectVersionsRequest::new(self.arguments.what.bucket.as_str()).max_keys(1_000_u16);
        request.prefix = Some(prefix.to_owned());
        request.request_payer.clone_from(&self.payer);
        let mut pages = pages(self.client.transport().clone(), request);
        while let Some(page) = pages.next().await {
            for entry in page?.entries {
                let VersionEntry::Version(version) = entry else { continue };
                if exact.is_some_and(|exact| exact != version.key) {
                    return Ok(ControlFlow::Continue(()));
                }
                if self.add(&version.key, version.size, version.storage_class.as_ref()).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn add(&mut self, key: &str, size: u64, class: Option<&StorageClass>) -> ControlFlow<()> {
        if self.arguments.by == Some(By::StorageClass) {
            let class = class.map_or_else(|| "Standard".to_owned(), ToString::to_string);
            self.classes.entry(class).or_default().add(size);
        }
        for (folder, sum) in self.folders.add(key, size) {
            self.print(self.usage("folder", Some(folder), None, sum))?;
        }
        ControlFlow::Continue(())
    }

    fn finish(&mut self) {
        let (folders, total) = self.folders.finish();
        let mut lines: Vec<_> =
            folders.into_iter().map(|(folder, sum)| self.usage("folder", Some(folder), None, sum)).collect();
        let classes = std::mem::take(&mut self.classes);
        lines.extend(classes.into_iter().map(|(class, sum)| self.usage("storage_class", None, Some(class), sum)));
        lines.push(self.usage("total", None, None, total));
        let _ = self.output.lines(&lines);
    }

    fn print(&self, usage: Usage) -> ControlFlow<()> {
        self.output.line(&usage)
    }

    fn usage(&self, kind: &'static str, key: Option<String>, storage_class: Option<String>, sum: Sum) -> Usage {
        let Du { what, block_size, human_readable, .. } = self.arguments;
        let size = match (block_size, human_readable) {
            (Some(Size(block)), _) => sum.bytes.div_ceil(*block).to_string(),
            (None, true) => Size(sum.bytes).to_string(),
            (None, false) => sum.bytes.to_string(),
        };
        let name = match (&key, &storage_class) {
            (Some(key), _) => shown(what.bucket.as_str(), key),
            (None, Some(class)) => class.clone(),
            (None, None) => format!("total of {}", shown(what.bucket.as_str(), &what.rest)),
        };
        let noun = if sum.objects == 1 { "object " } else { "objects" };
        let row = format!("{size:>14}  {:>9} {noun}  {name}", sum.objects);
        Usage {
            op: "usage",
            kind,
            bucket: what.bucket.to_string(),
            key,
            storage_class,
            objects: sum.objects,
            bytes: sum.bytes,
            row,
        }
    }
}
