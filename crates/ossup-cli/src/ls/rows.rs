//! The entries of a list: as lines of JSON, and as rows of a table for people.

use std::fmt::Write as _;
use std::time::SystemTime;

use ossup::{BucketSummary, Etag, StorageClass, VersionEntry, models};
use serde::Serialize;

use crate::address::shown;
use crate::found::Found;
use crate::output::{Line, Totals};
use crate::size::Size;
use crate::time::moment;

/// Something that is listed.
#[derive(Serialize)]
pub(super) struct Entry {
    op: &'static str,
    /// `object`, `prefix`, `version`, `delete_marker`, `upload` or `bucket`.
    kind: &'static str,
    bucket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "models::serialize::time")]
    last_modified: Option<SystemTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_latest: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "models::serialize::time")]
    initiated: Option<SystemTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "models::serialize::time")]
    creation_date: Option<SystemTime>,
}

impl Entry {
    fn new(kind: &'static str, bucket: &str, key: Option<&str>) -> Self {
        Self {
            op: "entry",
            kind,
            bucket: bucket.to_owned(),
            key: key.map(str::to_owned),
            size: None,
            etag: None,
            last_modified: None,
            storage_class: None,
            object_type: None,
            version_id: None,
            is_latest: None,
            upload_id: None,
            initiated: None,
            region: None,
            creation_date: None,
        }
    }

    /// The entry for what was found in this bucket.
    pub(super) fn of(bucket: &str, found: &Found) -> Self {
        match found {
            Found::Bucket(bucket) => Self::of_bucket(bucket),
            Found::Object(object) => Self {
                size: Some(object.size),
                etag: etag(object.etag.as_ref()),
                last_modified: object.last_modified,
                storage_class: class(object.storage_class.as_ref()),
                object_type: object.object_type.clone(),
                ..Self::new("object", bucket, Some(&object.key))
            },
            Found::Prefix(prefix) => Self::new("prefix", bucket, Some(prefix)),
            Found::Version(VersionEntry::Version(version)) => Self {
                size: Some(version.size),
                etag: etag(version.etag.as_ref()),
                last_modified: version.last_modified,
                storage_class: class(version.storage_class.as_ref()),
                object_type: version.object_type.clone(),
                version_id: Some(version.version_id.clone()),
                is_latest: Some(version.is_latest),
                ..Self::new("version", bucket, Some(&version.key))
            },
            Found::Version(VersionEntry::DeleteMarker(marker)) => Self {
                last_modified: marker.last_modified,
                version_id: Some(marker.version_id.clone()),
                is_latest: Some(marker.is_latest),
                ..Self::new("delete_marker", bucket, Some(&marker.key))
            },
            Found::Version(_) => Self::new("version", bucket, None),
            Found::Upload(upload) => Self {
                upload_id: Some(upload.upload_id.to_string()),
                initiated: upload.initiated,
                storage_class: class(upload.storage_class.as_ref()),
                ..Self::new("upload", bucket, Some(&upload.key))
            },
        }
    }

    fn of_bucket(bucket: &BucketSummary) -> Self {
        Self {
            region: bucket.region.clone().or_else(|| {
                let location = bucket.location.as_deref()?;
                Some(location.strip_prefix("oss-").unwrap_or(location).to_owned())
            }),
            storage_class: class(bucket.storage_class.as_ref()),
            creation_date: bucket.creation_date,
            ..Self::new("bucket", &bucket.name, None)
        }
    }

    /// The address for programs, byte for byte.
    pub(super) fn address(&self) -> String {
        match &self.key {
            Some(key) => format!("oss://{}/{key}", self.bucket),
            None => format!("oss://{}", self.bucket),
        }
    }

    fn shown(&self) -> String {
        match &self.key {
            Some(key) => shown(&self.bucket, key),
            None => self.address(),
        }
    }
}

impl Line for Entry {
    const RESULT: bool = true;

    /// Rows stand in a table.
    fn text(&self) -> Option<String> {
        None
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
        totals.bytes += self.size.unwrap_or_default();
    }
}

fn etag(etag: Option<&Etag>) -> Option<String> {
    etag.map(ToString::to_string)
}

fn class(class: Option<&StorageClass>) -> Option<String> {
    class.map(ToString::to_string)
}

/// The rows of a list. Widths are fixed, since the first row is printed before the last is known.
pub(super) struct Table {
    short: bool,
    human_readable: bool,
    /// The kinds of the entries so far; the first row has the heads of its columns above it.
    headed: bool,
    objects: u64,
    folders: u64,
    others: (&'static str, u64),
}

impl Table {
    pub(super) fn new(short: bool, human_readable: bool) -> Self {
        Self { short, human_readable, headed: false, objects: 0, folders: 0, others: ("", 0) }
    }

    /// The rows of these entries.
    pub(super) fn rows(&mut self, entries: &[Entry]) -> String {
        let mut text = String::new();
        for entry in entries {
            self.count(entry);
            if self.short {
                let _ = writeln!(text, "{}", entry.shown());
                continue;
            }
            if !std::mem::replace(&mut self.headed, true) {
                text += head(entry.kind);
            }
            let _ = writeln!(text, "{}", self.row(entry));
        }
        text
    }

    fn row(&self, entry: &Entry) -> String {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        let class = or_empty(&entry.storage_class);
        let at = entry.shown();
        let size = match (entry.size, self.human_readable) {
            (Some(size), true) => Size(size).to_string(),
            (Some(size), false) => size.to_string(),
            (None, _) => String::new(),
        };
        match entry.kind {
            "bucket" => {
                let (created, region) = (moment(entry.creation_date), or_empty(&entry.region));
                format!("{created:<20}  {region:<16}  {class:<15}  {at}")
            }
            "upload" => {
                format!("{:<20}  {:<32}  {at}", moment(entry.initiated), or_empty(&entry.upload_id))
            }
            "prefix" => format!("{:<20}  {:>14}  {:<15}  {:<34}  {at}", "", "PRE", "", ""),
            "version" | "delete_marker" => {
                let latest = if entry.is_latest == Some(true) { "latest" } else { "" };
                let size = if entry.kind == "delete_marker" { "deleted".to_owned() } else { size };
                let (time, version) = (moment(entry.last_modified), or_empty(&entry.version_id));
                format!("{time:<20}  {size:>14}  {class:<15}  {latest:<6}  {version:<64}  {at}")
            }
            _ => {
                let (time, etag) = (moment(entry.last_modified), or_empty(&entry.etag));
                format!("{time:<20}  {size:>14}  {class:<15}  {etag:<34}  {at}")
            }
        }
    }

    fn count(&mut self, entry: &Entry) {
        match entry.kind {
            "object" => self.objects += 1,
            "prefix" => self.folders += 1,
            "version" => self.others = ("version", self.others.1 + 1),
            "delete_marker" => self.others = ("version", self.others.1 + 1),
            kind => self.others = (if kind == "upload" { "upload" } else { "bucket" }, self.others.1 + 1),
        }
    }

    /// The last row: how much there is.
    pub(super) fn closing(&self, totals: Totals) -> Option<String> {
        if self.short {
            return None;
        }
        let plural = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let mut counts = Vec::new();
        let (kind, others) = self.others;
        if others > 0 {
            counts.push(plural(others, kind));
        }
        if self.objects > 0 || (others == 0 && self.folders == 0) {
            counts.push(plural(self.objects, "object"));
        }
        if self.folders > 0 {
            counts.push(plural(self.folders, "folder"));
        }
        if self.objects > 0 || kind == "version" {
            let bytes = totals.bytes;
            counts.push(if self.human_readable { Size(bytes).to_string() } else { plural(bytes, "byte") });
        }
        Some(counts.join(", "))
    }
}

/// The heads of the columns, named as OSS names what is in them.
fn head(kind: &str) -> &'static str {
    match kind {
        "bucket" => "CreationTime          Region            StorageClass     Bucket\n",
        "upload" => "InitiatedTime         UploadId                          Object\n",
        "version" | "delete_marker" => {
            "LastModifiedTime                Size  StorageClass             VersionId                                                         Object\n"
        }
        _ => "LastModifiedTime                Size  StorageClass     ETag                                Object\n",
    }
}
