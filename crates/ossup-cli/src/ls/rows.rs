//! The entries of a list: as lines of JSON, and as rows of a table for people.

use std::fmt::Write as _;
use std::time::SystemTime;

use ossup::{BucketSummary, Etag, StorageClass, VersionEntry, models};
use serde::Serialize;

use crate::address::shown;
use crate::found::Found;
use crate::output::{Line, Totals};
use crate::size::{Size, counted};
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
    fn is_result(&self) -> bool {
        true
    }

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
    shown: Shown,
    /// The kinds of the entries so far; the first row has the heads of its columns above it.
    headed: bool,
    objects: u64,
    folders: u64,
    others: (&'static str, u64),
}

impl Table {
    /// A table for a terminal of so many columns, or for a file, which has room for all of them.
    pub(super) fn new(short: bool, human_readable: bool, columns: Option<usize>) -> Self {
        Self {
            short,
            human_readable,
            shown: Shown::within(columns),
            headed: false,
            objects: 0,
            folders: 0,
            others: ("", 0),
        }
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
                text += &self.head(entry.kind);
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
            "prefix" => format!("{:<20}  {:>14}  {}{at}", "", "PRE", self.class_and_etag("", "")),
            "version" | "delete_marker" => {
                let latest = if entry.is_latest == Some(true) { "latest" } else { "" };
                let size = if entry.kind == "delete_marker" { "deleted".to_owned() } else { size };
                let (time, version) = (moment(entry.last_modified), or_empty(&entry.version_id));
                let class = self.class(&class);
                format!("{time:<20}  {size:>14}  {class}{latest:<6}  {version:<64}  {at}")
            }
            _ => {
                let (time, etag) = (moment(entry.last_modified), or_empty(&entry.etag));
                format!("{time:<20}  {size:>14}  {}{at}", self.class_and_etag(&class, &etag))
            }
        }
    }

    /// The columns that a narrow terminal has no room for.
    fn class_and_etag(&self, class: &str, etag: &str) -> String {
        let etag = if self.shown.etag { format!("{etag:<34}  ") } else { String::new() };
        self.class(class) + &etag
    }

    fn class(&self, class: &str) -> String {
        if self.shown.class { format!("{class:<15}  ") } else { String::new() }
    }

    /// The heads of the columns, named as OSS names what is in them.
    fn head(&self, kind: &str) -> String {
        match kind {
            "bucket" => "CreationTime          Region            StorageClass     Bucket\n".to_owned(),
            "upload" => "InitiatedTime         UploadId                          Object\n".to_owned(),
            "version" | "delete_marker" => {
                let class = self.class("StorageClass");
                format!("{TIME_AND_SIZE}{class}{:<6}  {:<64}  Object\n", "", "VersionId")
            }
            _ => format!("{TIME_AND_SIZE}{}Object\n", self.class_and_etag("StorageClass", "ETag")),
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
        let mut counts = Vec::new();
        let (kind, others) = self.others;
        if others > 0 {
            counts.push(counted(others, kind));
        }
        if self.objects > 0 || (others == 0 && self.folders == 0) {
            counts.push(counted(self.objects, "object"));
        }
        if self.folders > 0 {
            counts.push(counted(self.folders, "folder"));
        }
        if self.objects > 0 || kind == "version" {
            let bytes = totals.bytes;
            counts.push(if self.human_readable { Size(bytes).to_string() } else { counted(bytes, "byte") });
        }
        Some(counts.join(", "))
    }
}

const TIME_AND_SIZE: &str = "LastModifiedTime                Size  ";

/// Which columns there is room for beside time, size and address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Shown {
    class: bool,
    etag: bool,
}

impl Shown {
    /// What is left out first is what is asked for least, and `stat` tells it.
    fn within(columns: Option<usize>) -> Self {
        let columns = columns.unwrap_or(usize::MAX);
        Self { class: columns >= 100, etag: columns >= 140 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_has_fewer_columns_and_a_file_has_all() {
        let row = |columns| {
            let mut entry = Entry::new("object", "demo", Some("dir/a"));
            (entry.size, entry.storage_class, entry.etag) = (Some(5), Some("Standard".into()), Some("\"e\"".into()));
            Table::new(false, false, columns).rows(&[entry])
        };
        for (columns, class, etag) in
            [(Some(80), false, false), (Some(100), true, false), (Some(140), true, true), (None, true, true)]
        {
            let text = row(columns);
            assert_eq!(
                (text.contains("StorageClass"), text.contains("Standard")),
                (class, class),
                "{columns:?}: {text}"
            );
            assert_eq!((text.contains("ETag"), text.contains("\"e\"")), (etag, etag), "{columns:?}: {text}");
            let places: Vec<_> = text.lines().map(|line| line.find("Object").or(line.find("oss://"))).collect();
            assert!(places[0].is_some() && places[0] == places[1], "{columns:?}: {text}");
        }
        assert!(row(Some(80)).lines().all(|line| line.len() < 60));
    }
}
