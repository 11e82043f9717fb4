//! `ossup du`.

mod folders;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use ossup::{Client, ListPartsRequest, RequestPayer, items};
use serde::Serialize;

use crate::address::{Address, Pattern, shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::filters::{FilterArguments, Filters};
use crate::found::{Found, Jobs, Kind, Query};
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
    /// Also print a row for each storage class, each age (less than 1, 7, 30, 90 or 365 days, or more) or each folder.
    #[arg(long, value_name = "WHAT", value_enum)]
    by: Option<By>,
    /// Count in blocks of this size, rounded up, such as 1KiB or 1M.
    #[arg(long, value_name = "SIZE", conflicts_with = "human_readable", value_parser = parse_block)]
    block_size: Option<Size>,
    /// Print sizes in units, such as 6.00 MiB.
    #[arg(long)]
    human_readable: bool,
    /// Count every version of each object, not the current ones alone.
    #[arg(long, alias = "allversions")]
    all_versions: bool,
    /// Count the parts of uploads that are neither completed nor aborted: they are billed.
    #[arg(short, long, conflicts_with = "all_versions")]
    multipart: bool,
    /// Requests at once, 1 to 256. Default: auto, which is 8; 1 where folders are shown, whose sums come in order.
    #[arg(long, visible_alias = "job", value_name = "N|auto")]
    jobs: Option<Jobs>,
    #[command(flatten)]
    filters: FilterArguments,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum By {
    StorageClass,
    Age,
    /// The same as --depth 1.
    Folder,
}

/// A size; a unit alone, as ossutil 1 has it, is one of it.
fn parse_block(text: &str) -> Result<Size, String> {
    text.parse().or_else(|error| match text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => format!("1{text}").parse().map_err(|_| error),
        false => Err(error),
    })
}

/// How much is somewhere.
#[derive(Serialize)]
struct Usage {
    op: &'static str,
    /// `folder`, `storage_class`, `age` or `total`.
    kind: &'static str,
    bucket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<&'static str>,
    objects: u64,
    bytes: u64,
    #[serde(skip)]
    row: String,
}

impl Line for Usage {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        Some(self.row.clone())
    }

    fn count(&self, totals: &mut Totals) {
        if self.kind == "total" {
            (totals.done, totals.bytes) = (self.objects, self.bytes);
        }
    }
}

/// Ages in days, and what those are called that are less; whatever is more is `older`.
const AGES: [(u64, &str); 5] = [(1, "1d"), (7, "7d"), (30, "30d"), (90, "90d"), (365, "1y")];

/// The number of the age in [`AGES`]; what is not known, or in the future, is the youngest.
fn age(written: Option<SystemTime>, now: SystemTime) -> usize {
    let age = written.and_then(|written| now.duration_since(written).ok()).unwrap_or_default();
    AGES.iter().take_while(|(days, _)| age >= Duration::from_secs(days * 86_400)).count()
}

fn name_of_age(number: usize) -> &'static str {
    AGES.get(number).map_or("older", |(_, name)| name)
}

impl Du {
    /// Adds up page by page; memory holds a page for each job, or one and the folders that lead to its last key.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        if self.block_size == Some(Size(0)) {
            return Err(Failure::usage("--block-size must be at least 1 byte"));
        }
        let depth = if self.by == Some(By::Folder) { self.depth.max(1) } else { self.depth };
        if depth > 0 && self.jobs.is_some_and(|jobs| jobs.0 > 1) {
            return Err(Failure::usage(
                "sums of folders come in the order of keys, one page after the other: leave --jobs out",
            ));
        }
        let filters = self.filters.are_given().then(|| self.filters.read(SystemTime::now())).transpose()?;
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
            filters,
            root: prefix.get(..root).unwrap_or_default().to_owned(),
            folders: Folders::new(root, depth),
            groups: BTreeMap::new(),
            now: SystemTime::now(),
        };
        let kind = match (self.multipart, self.all_versions) {
            (true, _) => Kind::Uploads,
            (false, true) => Kind::Versions,
            (false, false) => Kind::Objects,
        };
        let jobs = if depth > 0 { 1 } else { self.jobs.unwrap_or(Jobs::AUTO).0 };
        let query = Query { prefix, jobs, ..Query::new(&self.what.bucket, kind, global.payer()) };
        // A reader that is gone takes no total.
        if let Some(key) = exact {
            // Of all keys that begin with it, it is the first.
            let page_size = if kind == Kind::Objects { 1 } else { 1000 };
            let (prefix, end_with) = (key.to_owned(), Some(key.to_owned()));
            let query = Query { prefix, end_with, page_size, jobs: 1, ..query.clone() };
            if run.add_all(query).await?.is_break() {
                return Ok(Exit::Done);
            }
        }
        if run.add_all(query).await?.is_continue() {
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
    filters: Option<Filters>,
    /// What the paths of filters are relative to.
    root: String,
    folders: Folders,
    /// Sums by storage class, or by the number of the age.
    groups: BTreeMap<String, Sum>,
    now: SystemTime,
}

impl Run<'_> {
    async fn add_all(&mut self, query: Query) -> Result<ControlFlow<()>, Failure> {
        let mut pages = query.pages(self.client);
        while let Some(page) = pages.next().await {
            for found in page? {
                let path = found.name().strip_prefix(&self.root).unwrap_or(found.name());
                if self.filters.as_ref().is_some_and(|filters| !filters.keeps(path, found.size(), found.time())) {
                    continue;
                }
                let size = match &found {
                    Found::Upload(upload) => self.stored(upload).await?,
                    found => match found.size() {
                        Some(size) => size,
                        // A delete marker holds nothing.
                        None => continue,
                    },
                };
                if self.add(&found, size).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The bytes of the parts of an upload.
    async fn stored(&self, upload: &ossup::MultipartUpload) -> Result<u64, Failure> {
        let (bucket, id) = (self.arguments.what.bucket.as_str(), upload.upload_id.clone());
        let mut request = ListPartsRequest::new(bucket, upload.key.as_str(), id).max_parts(1_000_u16);
        request.request_payer.clone_from(&self.payer);
        let mut parts = items(self.client.transport().clone(), request);
        let mut bytes = 0;
        while let Some(part) = parts.next().await {
            match part {
                Ok(part) => bytes += part.size,
                // It ended meanwhile.
                Err(error) if error.code() == Some("NoSuchUpload") => return Ok(0),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(bytes)
    }

    fn add(&mut self, found: &Found, size: u64) -> ControlFlow<()> {
        let group = match self.arguments.by {
            Some(By::StorageClass) => Some(found.class().map_or_else(|| "Standard".to_owned(), ToString::to_string)),
            Some(By::Age) => Some(age(found.time(), self.now).to_string()),
            Some(By::Folder) | None => None,
        };
        if let Some(group) = group {
            self.groups.entry(group).or_default().add(size);
        }
        for (folder, sum) in self.folders.add(found.name(), size) {
            self.output.line(&self.usage("folder", Some(folder), sum))?;
        }
        ControlFlow::Continue(())
    }

    fn finish(&mut self) {
        let (folders, total) = self.folders.finish();
        let mut lines: Vec<_> =
            folders.into_iter().map(|(folder, sum)| self.usage("folder", Some(folder), sum)).collect();
        let kind = if self.arguments.by == Some(By::Age) { "age" } else { "storage_class" };
        let groups = std::mem::take(&mut self.groups);
        lines.extend(groups.into_iter().map(|(group, sum)| self.usage(kind, Some(group), sum)));
        lines.push(self.usage("total", None, total));
        let _ = self.output.lines(&lines);
    }

    fn usage(&self, kind: &'static str, of: Option<String>, sum: Sum) -> Usage {
        let Du { what, block_size, human_readable, .. } = self.arguments;
        let size = match (block_size, human_readable) {
            (Some(Size(block)), _) => sum.bytes.div_ceil(*block).to_string(),
            (None, true) => Size(sum.bytes).to_string(),
            (None, false) => sum.bytes.to_string(),
        };
        let age = (kind == "age")
            .then(|| name_of_age(of.as_deref().and_then(|number| number.parse().ok()).unwrap_or(AGES.len())));
        let name = match (kind, &of) {
            ("folder", Some(key)) => shown(what.bucket.as_str(), key),
            ("storage_class", Some(class)) => class.clone(),
            ("age", _) => match age {
                Some("older") | None => "older".to_owned(),
                Some(age) => format!("less than {age}"),
            },
            _ => format!("total of {}", shown(what.bucket.as_str(), &what.rest)),
        };
        let singular = if self.arguments.multipart { "upload" } else { "object" };
        let plural = if sum.objects == 1 { " " } else { "s" };
        let row = format!("{size:>14}  {:>9} {singular}{plural}  {name}", sum.objects);
        Usage {
            op: "usage",
            kind,
            bucket: what.bucket.to_string(),
            key: of.clone().filter(|_| kind == "folder"),
            storage_class: of.filter(|_| kind == "storage_class"),
            age,
            objects: sum.objects,
            bytes: sum.bytes,
            row,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_less_than_its_name_says() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000 * 86_400);
        let day = Duration::from_secs(86_400);
        for (days, name) in [(0, "1d"), (1, "7d"), (6, "7d"), (7, "30d"), (89, "90d"), (364, "1y"), (365, "older")] {
            assert_eq!(name_of_age(age(Some(now - day * days), now)), name, "{days}");
        }
        assert_eq!((name_of_age(age(None, now)), name_of_age(age(Some(now + day), now))), ("1d", "1d"));
    }
}
