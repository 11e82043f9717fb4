//! What a bucket holds, page by page: objects, versions or unfinished uploads, by one loop for all of them.

use std::str::FromStr;
use std::time::SystemTime;

use ossup::{
    BucketName, CallError, Client, ListBucketsRequest, ListEntry, ListMultipartUploadsRequest,
    ListObjectVersionsRequest, ListPages, Listing, MultipartUpload, ObjectSummary, RequestPayer, StorageClass,
    Transport, UnorderedPages, VersionEntry, models, pages,
};

/// What is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Objects,
    /// Every version, and delete markers.
    Versions,
    /// Uploads that are neither completed nor aborted.
    Uploads,
}

/// Something that was found.
#[derive(Debug)]
pub(crate) enum Found {
    Bucket(ossup::BucketSummary),
    Object(ObjectSummary),
    /// What stands for all keys behind a delimiter.
    Prefix(String),
    Version(VersionEntry),
    Upload(MultipartUpload),
}

impl Found {
    /// The key, or the name of the bucket.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Bucket(bucket) => &bucket.name,
            Self::Object(object) => &object.key,
            Self::Prefix(prefix) => prefix,
            Self::Version(VersionEntry::Version(version)) => &version.key,
            Self::Version(VersionEntry::DeleteMarker(marker)) => &marker.key,
            Self::Version(_) => "",
            Self::Upload(upload) => &upload.key,
        }
    }

    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::Object(object) => Some(object.size),
            Self::Version(VersionEntry::Version(version)) => Some(version.size),
            _ => None,
        }
    }

    pub(crate) fn class(&self) -> Option<&StorageClass> {
        match self {
            Self::Object(object) => object.storage_class.as_ref(),
            Self::Version(VersionEntry::Version(version)) => version.storage_class.as_ref(),
            Self::Upload(upload) => upload.storage_class.as_ref(),
            _ => None,
        }
    }

    /// When it was written, or the upload initiated.
    pub(crate) fn time(&self) -> Option<SystemTime> {
        match self {
            Self::Object(object) => object.last_modified,
            Self::Version(VersionEntry::Version(version)) => version.last_modified,
            Self::Version(VersionEntry::DeleteMarker(marker)) => marker.last_modified,
            Self::Upload(upload) => upload.initiated,
            _ => None,
        }
    }
}

/// What is looked for, and where.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) bucket: BucketName,
    pub(crate) kind: Kind,
    pub(crate) prefix: String,
    /// One level of folders, and not all below.
    pub(crate) one_level: bool,
    pub(crate) start_after: Option<String>,
    pub(crate) end_with: Option<String>,
    pub(crate) page_size: u16,
    /// Pages that are asked for at once; with more than one, objects come in no particular order.
    pub(crate) jobs: usize,
    pub(crate) payer: Option<RequestPayer>,
}

impl Query {
    /// All of a kind in a bucket, in the order of their keys.
    pub(crate) fn new(bucket: &BucketName, kind: Kind, payer: Option<RequestPayer>) -> Self {
        Self {
            bucket: bucket.clone(),
            kind,
            prefix: String::new(),
            one_level: false,
            start_after: None,
            end_with: None,
            page_size: 1000,
            jobs: 1,
            payer,
        }
    }

    /// The pages.
    pub(crate) fn pages(self, client: &Client) -> FoundPages {
        let service = client.transport().clone();
        let bucket = self.bucket.as_str();
        let delimiter = self.one_level.then(|| "/".to_owned());
        let inner = match self.kind {
            Kind::Objects => {
                let mut listing = Listing::new(self.bucket.clone()).prefix(self.prefix).page_size(self.page_size);
                listing = listing.request_payer(self.payer);
                if let Some(delimiter) = delimiter {
                    listing = listing.delimiter(delimiter);
                }
                if let Some(key) = &self.start_after {
                    listing = listing.start_after(key);
                }
                if let Some(key) = &self.end_with {
                    listing = listing.end_with(key);
                }
                match self.jobs {
                    0 | 1 => Inner::Objects(listing.pages(service)),
                    jobs => Inner::Unordered(Box::new(listing.unordered_pages(service, jobs))),
                }
            }
            Kind::Versions => {
                let mut request = ListObjectVersionsRequest::new(bucket).max_keys(self.page_size);
                request.prefix = Some(self.prefix);
                request.delimiter = delimiter;
                request.key_marker.clone_from(&self.start_after);
                request.request_payer = self.payer;
                Inner::Versions(pages(service, request))
            }
            Kind::Uploads => {
                let mut request = ListMultipartUploadsRequest::new(bucket).max_uploads(self.page_size);
                request.prefix = Some(self.prefix);
                request.delimiter = delimiter;
                request.key_marker.clone_from(&self.start_after);
                request.request_payer = self.payer;
                Inner::Uploads(pages(service, request))
            }
        };
        FoundPages { inner, end_with: self.end_with, is_done: false }
    }
}

/// Pages of what was found; each is in the order of keys, and the versions of a key as they come, the newest first.
pub(crate) struct FoundPages {
    inner: Inner,
    end_with: Option<String>,
    is_done: bool,
}

enum Inner {
    Buckets(models::Pages<Transport, ListBucketsRequest>),
    Objects(ListPages<Transport>),
    Unordered(Box<UnorderedPages<Transport>>),
    Versions(models::Pages<Transport, ListObjectVersionsRequest>),
    Uploads(models::Pages<Transport, ListMultipartUploadsRequest>),
}

impl FoundPages {
    /// The buckets of the account.
    pub(crate) fn buckets(client: &Client, request: ListBucketsRequest, end_with: Option<String>) -> Self {
        Self { inner: Inner::Buckets(pages(client.transport().clone(), request)), end_with, is_done: false }
    }

    /// The next page; `None` after the last.
    pub(crate) async fn next(&mut self) -> Option<Result<Vec<Found>, CallError>> {
        if self.is_done {
            return None;
        }
        let page = match &mut self.inner {
            Inner::Buckets(pages) => {
                pages.next().await?.map(|page| page.buckets.into_iter().map(Found::Bucket).collect())
            }
            Inner::Objects(pages) => pages.next().await?.map(of_list),
            Inner::Unordered(pages) => pages.next().await?.map(of_list),
            Inner::Versions(pages) => pages.next().await?.map(|page| {
                let prefixes = page.common_prefixes.into_iter().map(Found::Prefix);
                in_order(page.entries.into_iter().map(Found::Version).chain(prefixes))
            }),
            Inner::Uploads(pages) => pages.next().await?.map(|page| {
                let prefixes = page.common_prefixes.into_iter().map(Found::Prefix);
                in_order(page.uploads.into_iter().map(Found::Upload).chain(prefixes))
            }),
        };
        Some(page.map(|page| self.up_to_the_end(page)))
    }

    /// Without what is behind the end; lists of objects end by themselves.
    fn up_to_the_end(&mut self, mut page: Vec<Found>) -> Vec<Found> {
        if let Some(end) = &self.end_with {
            let count = page.len();
            page.retain(|found| found.name() <= end.as_str());
            self.is_done = page.len() < count;
        }
        page
    }
}

fn of_list(page: Vec<ListEntry>) -> Vec<Found> {
    let found = |entry| match entry {
        ListEntry::Object(object) => Found::Object(object),
        ListEntry::Prefix(prefix) => Found::Prefix(prefix),
        other => Found::Prefix(other.key().to_owned()),
    };
    page.into_iter().map(found).collect()
}

fn in_order(found: impl Iterator<Item = Found>) -> Vec<Found> {
    let mut found: Vec<_> = found.collect();
    found.sort_by(|one, other| one.name().cmp(other.name()));
    found
}

/// How many pages are asked for at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Jobs(pub(crate) usize);

impl Jobs {
    /// More hardly speeds a list up, and each job holds a page.
    pub(crate) const AUTO: Self = Self(8);
    const MAX: usize = 256;
}

impl FromStr for Jobs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(jobs @ 1..=Self::MAX) => Ok(Self(jobs)),
            _ if text == "auto" => Ok(Self::AUTO),
            _ => Err(format!("{text:?} is neither auto nor a number from 1 to {}", Self::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_a_number_or_auto() {
        let jobs = |text: &str| text.parse::<Jobs>().map(|jobs| jobs.0);
        assert_eq!((jobs("1"), jobs("256"), jobs("auto")), (Ok(1), Ok(256), Ok(8)));
        for bad in ["0", "257", "many", "-1", ""] {
            assert!(jobs(bad).unwrap_err().contains("from 1 to 256"), "{bad}");
        }
    }
}
