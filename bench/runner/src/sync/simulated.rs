//! A list by several requests at once, over keys of any shape, in simulated time.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::StatusCode;
use oss_models::{BucketName, CallError, Request, Response, ResponseBody};
use oss_sync::{Item, ObjectList};
use tokio::time::{Instant, sleep};
use tower::service_fn;

use super::keys::Shape;
use crate::verdict::Verdict;

/// What an extra request may cost where keys are flat or partitioned, and anywhere.
const REGULAR: f64 = 1.15;
const ANY: f64 = 1.5;
/// How many times faster so many lists at once have to be.
const FASTER: f64 = 10.0;

/// Each shape as a row of a table, and the bounds.
pub(super) fn table(count: usize, jobs: usize, latency: Duration) -> Result<(String, Vec<Verdict>)> {
    let mut table = format!(
        "| keys | pages | requests, {jobs} at once | above the pages | simulated s, 1 | simulated s, {jobs} | × faster |\n|---|---|---|---|---|---|---|\n"
    );
    let mut verdicts = Vec::new();
    for shape in Shape::ALL {
        let Listed { pages, requests, alone, together } = Listed::of(shape, count, jobs, latency)?;
        let (above, faster) = (requests as f64 / pages as f64, alone / together);
        writeln!(
            table,
            "| {} | {pages} | {requests} | {:+.1} % | {alone:.1} | {together:.1} | {faster:.1} |",
            shape.title(),
            (above - 1.0) * 100.0,
        )?;
        let bound = if shape.is_regular() { REGULAR } else { ANY };
        let what = |what: &str| format!("simulated, {}, {jobs} lists at once: {what}", shape.title());
        verdicts.push(Verdict::at_most(what("requests for each page"), above, bound));
        verdicts.push(Verdict::at_least(what("times faster than one"), faster, FASTER));
    }
    Ok((table, verdicts))
}

/// One shape, listed by one request after the other and by several at once.
struct Listed {
    pages: usize,
    requests: usize,
    /// Simulated seconds.
    alone: f64,
    together: f64,
}

impl Listed {
    fn of(shape: Shape, count: usize, jobs: usize, latency: Duration) -> Result<Self> {
        let bucket = Bucket::new(shape.keys(count), latency);
        let (pages, alone) = bucket.list(1)?;
        let (requests, together) = bucket.list(jobs)?;
        Ok(Self { pages, requests, alone: alone.as_secs_f64(), together: together.as_secs_f64() })
    }
}

/// A bucket in memory, whose every page takes a while.
#[derive(Clone)]
struct Bucket {
    keys: Arc<Vec<String>>,
    latency: Duration,
    asked: Arc<AtomicUsize>,
}

impl Bucket {
    fn new(keys: Vec<String>, latency: Duration) -> Self {
        Self { keys: Arc::new(keys), latency, asked: Arc::default() }
    }

    /// Lists it, and gives the requests and the time that this took.
    fn list(&self, jobs: usize) -> Result<(usize, Duration)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        self.asked.store(0, Ordering::Relaxed);
        runtime.block_on(async {
            let start = Instant::now();
            let bucket = self.clone();
            let service = service_fn(move |request| bucket.clone().respond(request));
            let mut pages = ObjectList::new(BucketName::new("demo")?, "").jobs(jobs).pages(service);
            let mut expected = self.keys.iter();
            while let Some(page) = pages.next().await {
                for item in page? {
                    let Item::Entry(entry) = item else { anyhow::bail!("no entry: {item:?}") };
                    ensure!(Some(&entry.path) == expected.next(), "{} is not the next key", entry.path);
                }
            }
            ensure!(expected.next().is_none(), "the list ended early");
            Ok((self.asked.load(Ordering::Relaxed), start.elapsed()))
        })
    }

    async fn respond(self, request: Request) -> Result<Response, CallError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        sleep(self.latency).await;
        let mut response = Response::new(StatusCode::OK);
        // A request without `max-keys` gets a body that is no page, which ends the list.
        response.body = ResponseBody::Bytes(self.page(&request).unwrap_or_default().into());
        Ok(response)
    }

    /// One page as ListObjectsV2 has it.
    fn page(&self, request: &Request) -> Result<String> {
        let query = |name: &str| request.query_value(name).unwrap_or_default();
        let (prefix, delimiter) = (query("prefix"), query("delimiter"));
        let limit: usize = query("max-keys").parse().context("max-keys")?;
        let after = query("continuation-token");
        let after = if after.is_empty() { query("start-after") } else { after };
        let begin = |at: &str| self.keys.partition_point(|key| key.as_str() < at);
        let mut at = begin(prefix).max(self.keys.partition_point(|key| !after.is_empty() && key.as_str() <= after));
        // Behind a common prefix the next page begins after all of its keys.
        if !delimiter.is_empty() && after.ends_with(delimiter) {
            at = at.max(self.behind(after));
        }
        let (mut xml, mut entries, mut last) = (String::from("<ListBucketResult>"), 0, String::new());
        while let Some(key) = self.keys.get(at).filter(|key| key.starts_with(prefix)) {
            if entries == limit {
                write!(xml, "<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>")?;
                break;
            }
            let below = key.get(prefix.len()..).unwrap_or_default();
            match below.find(delimiter).filter(|_| !delimiter.is_empty()) {
                Some(end) => {
                    last = format!("{prefix}{}{delimiter}", below.get(..end).unwrap_or_default());
                    write!(xml, "<CommonPrefixes><Prefix>{last}</Prefix></CommonPrefixes>")?;
                    at = self.behind(&last);
                }
                None => {
                    last.clone_from(key);
                    write!(xml, "<Contents><Key>{key}</Key><Size>1</Size></Contents>")?;
                    at += 1;
                }
            }
            entries += 1;
        }
        xml.push_str("</ListBucketResult>");
        Ok(xml)
    }

    /// The first key behind all that begin with a text.
    fn behind(&self, text: &str) -> usize {
        self.keys.partition_point(|key| key.as_str() < text || key.starts_with(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bounds of the benchmark are for a million keys: to begin and to end costs the same for fewer.
    #[test]
    fn sixteen_lists_at_once_are_many_times_as_fast_whatever_the_keys_are() {
        for shape in Shape::ALL {
            let Listed { pages, requests, alone, together } =
                Listed::of(shape, 60_000, 16, Duration::from_millis(75)).unwrap();
            assert!(requests * 2 <= pages * 5, "{shape:?}: {requests} requests for {pages} pages");
            assert!(alone / together >= 2.5, "{shape:?}: {alone} s and {together} s");
        }
    }
}
