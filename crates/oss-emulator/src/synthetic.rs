//! Buckets of millions of objects that take no memory: their keys are computed as they are listed.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::error::Outcome;
use crate::store::Walk;
use crate::store::records::{
    Acl, Attributes, Content, Encryption, ObjectRecord, ObjectType, StorageClass, VersionRecord,
};

/// Synthetic objects, generated as they are listed, for tests and measurements of large buckets.
///
/// They are listed in the place of what is stored in the bucket, as current objects and as versions; they cannot be read,
/// and stay when they are deleted. The key of each is `folder-000007/0000001234`, or `0000001234` without folders: its
/// folder, and its number among all. Its size is its number modulo 4096, every tenth is of the class IA, and each was written
/// a second before the one in front of it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SyntheticObjects {
    /// How many there are, at most 10,000,000,000.
    pub count: u64,
    /// How many folders they are spread over, evenly; 0 for none. At most 1,000,000.
    #[serde(default)]
    pub folders: u64,
}

const MAX_COUNT: u64 = 10_000_000_000;
const MAX_FOLDERS: u64 = 1_000_000;

/// When the first of them was written, so that lists do not depend on the clock: 2026-01-01.
const WRITTEN_MS: i64 = 1_767_225_600_000;

impl SyntheticObjects {
    /// So many objects in the root of the bucket.
    pub fn new(count: u64) -> Self {
        Self { count, folders: 0 }
    }

    /// The same, spread over folders.
    #[must_use]
    pub fn folders(mut self, folders: u64) -> Self {
        self.folders = folders;
        self
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.count <= MAX_COUNT && self.folders <= MAX_FOLDERS
    }

    fn key(&self, number: u64) -> String {
        match self.count.div_ceil(self.folders.max(1)).max(1) {
            _ if self.folders == 0 => format!("{number:010}"),
            of_folder => format!("folder-{:06}/{number:010}", number / of_folder),
        }
    }

    fn object(&self, number: u64) -> VersionRecord {
        let storage_class =
            if number.is_multiple_of(10) { StorageClass::InfrequentAccess } else { StorageClass::Standard };
        let object = ObjectRecord {
            object_type: ObjectType::Normal,
            size: number % 4096,
            etag: format!("{number:032X}"),
            crc64: None,
            content_md5: None,
            segments: Vec::new(),
            attributes: Attributes {
                headers: Vec::new(),
                storage_class,
                acl: Acl::Default,
                tags: Vec::new(),
                encryption: Encryption::default(),
            },
            symlink_target: None,
            restore: None,
        };
        let age_ms = i64::try_from(number).unwrap_or_default() * 1000;
        VersionRecord {
            version_id: None,
            last_modified_ms: WRITTEN_MS - age_ms,
            content: Content::Object(Box::new(object)),
        }
    }

    /// As the store walks over versions.
    pub(crate) fn walk(
        &self,
        from: &[u8],
        mut visit: impl FnMut(&[u8], VersionRecord) -> Outcome<Walk>,
    ) -> Outcome<()> {
        let mut number = self.first(from);
        while number < self.count {
            match visit(self.key(number).as_bytes(), self.object(number))? {
                Walk::Next => number += 1,
                Walk::Seek(key) => number = self.first(&key),
                Walk::Stop => break,
            }
        }
        Ok(())
    }

    /// The number of the first object whose key is at least this; numbers and keys have one order.
    fn first(&self, key: &[u8]) -> u64 {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.key(middle).as_bytes() < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// The buckets that list synthetic objects.
#[derive(Debug, Default)]
pub(crate) struct SyntheticBuckets(RwLock<BTreeMap<String, SyntheticObjects>>);

impl SyntheticBuckets {
    pub(crate) fn new(buckets: impl IntoIterator<Item = (String, SyntheticObjects)>) -> Self {
        Self(RwLock::new(buckets.into_iter().collect()))
    }

    pub(crate) fn of(&self, bucket: &str) -> Option<SyntheticObjects> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(bucket).copied()
    }

    pub(crate) fn set(&self, bucket: &str, objects: SyntheticObjects) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(bucket.to_owned(), objects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_their_numbers_and_are_found_again() {
        for objects in
            [SyntheticObjects::new(1000), SyntheticObjects::new(1001).folders(7), SyntheticObjects::new(3).folders(7)]
        {
            let keys: Vec<_> = (0..objects.count).map(|number| objects.key(number)).collect();
            assert!(keys.is_sorted_by(|one, next| one < next), "{objects:?}");
            for (number, key) in keys.iter().enumerate() {
                assert_eq!(objects.first(key.as_bytes()), number as u64, "{key}");
                assert_eq!(objects.first(&[key.as_bytes(), b"\0"].concat()), number as u64 + 1, "{key}");
            }
        }
    }
}
