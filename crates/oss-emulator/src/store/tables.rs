//! Typed reads and writes over the metadata tables, the same for a read and a write transaction.

use redb::{
    Key, ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata as _, Table, TableDefinition, TableError,
    Value, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::records::{BlobId, BucketRecord, PartRecord, Segment, UploadRecord, VersionRecord};
use crate::error::Outcome;

/// Bucket, key, and age: smaller is newer, so the first entry of a key is its current version.
pub(crate) type VersionKey = (&'static str, &'static [u8], u64);
type UploadKey = (&'static str, &'static [u8], &'static str);
type PartKey = (&'static str, u16);
type Json = &'static [u8];

const BUCKETS: TableDefinition<'_, &str, Json> = TableDefinition::new("buckets");
const VERSIONS: TableDefinition<'_, VersionKey, Json> = TableDefinition::new("versions");
const UPLOADS: TableDefinition<'_, UploadKey, Json> = TableDefinition::new("uploads");
const PARTS: TableDefinition<'_, PartKey, Json> = TableDefinition::new("parts");
/// How often a blob is referred to. A blob that is not here is unreferenced.
const BLOBS: TableDefinition<'_, u64, u32> = TableDefinition::new("blobs");
const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");

/// A transaction whose tables can be read.
pub(crate) trait Tables {
    type Table<'a, K: Key + 'static, V: Value + 'static>: ReadableTable<K, V>
    where
        Self: 'a;

    fn table<'a, K: Key + 'static, V: Value + 'static>(
        &'a self,
        definition: TableDefinition<'_, K, V>,
    ) -> Result<Self::Table<'a, K, V>, TableError>;

    fn bucket(&self, name: &str) -> Outcome<Option<BucketRecord>> {
        let table = self.table(BUCKETS)?;
        table.get(name)?.map(|json| decode(json.value())).transpose()
    }

    fn buckets(&self) -> Outcome<Vec<(String, BucketRecord)>> {
        let table = self.table(BUCKETS)?;
        let mut out = Vec::new();
        for entry in table.iter()? {
            let (name, json) = entry?;
            out.push((name.value().to_owned(), decode(json.value())?));
        }
        Ok(out)
    }

    /// The newest version with its age, which may be a delete marker.
    fn newest(&self, bucket: &str, key: &str) -> Outcome<Option<(u64, VersionRecord)>> {
        let table = self.table(VERSIONS)?;
        let first = table.range((bucket, key.as_bytes(), 0)..=(bucket, key.as_bytes(), u64::MAX))?.next();
        first.transpose()?.map(|(position, json)| Ok((position.value().2, decode(json.value())?))).transpose()
    }

    /// The version with this id; `null` names the one without.
    fn version(&self, bucket: &str, key: &str, id: &str) -> Outcome<Option<(u64, VersionRecord)>> {
        let table = self.table(VERSIONS)?;
        for entry in table.range((bucket, key.as_bytes(), 0)..=(bucket, key.as_bytes(), u64::MAX))? {
            let (position, json) = entry?;
            let record: VersionRecord = decode(json.value())?;
            if record.wire_id() == id {
                return Ok(Some((position.value().2, record)));
            }
        }
        Ok(None)
    }

    /// Walks over all versions of a bucket from `(key, age)` on, until `visit` says where to continue or stops.
    fn walk_versions(
        &self,
        bucket: &str,
        from: (Vec<u8>, u64),
        mut visit: impl FnMut(&[u8], u64, VersionRecord) -> Outcome<Walk>,
    ) -> Outcome<()> {
        let table = self.table(VERSIONS)?;
        let mut from = from;
        'seek: loop {
            for entry in table.range((bucket, from.0.as_slice(), from.1)..)? {
                let (position, json) = entry?;
                let (owner, key, age) = position.value();
                if owner != bucket {
                    return Ok(());
                }
                match visit(key, age, decode(json.value())?)? {
                    Walk::Next => {}
                    Walk::Seek(key) => {
                        from = (key, 0);
                        continue 'seek;
                    }
                    Walk::Stop => return Ok(()),
                }
            }
            return Ok(());
        }
    }

    fn upload(&self, bucket: &str, key: &str, id: &str) -> Outcome<Option<UploadRecord>> {
        let table = self.table(UPLOADS)?;
        table.get((bucket, key.as_bytes(), id))?.map(|json| decode(json.value())).transpose()
    }

    /// As [`Tables::walk_versions`], over unfinished uploads in order of key and id.
    fn walk_uploads(
        &self,
        bucket: &str,
        from: (Vec<u8>, String),
        mut visit: impl FnMut(&[u8], &str, UploadRecord) -> Outcome<Walk>,
    ) -> Outcome<()> {
        let table = self.table(UPLOADS)?;
        let mut from = from;
        'seek: loop {
            for entry in table.range((bucket, from.0.as_slice(), from.1.as_str())..)? {
                let (position, json) = entry?;
                let (owner, key, id) = position.value();
                if owner != bucket {
                    return Ok(());
                }
                match visit(key, id, decode(json.value())?)? {
                    Walk::Next => {}
                    Walk::Seek(key) => {
                        from = (key, String::new());
                        continue 'seek;
                    }
                    Walk::Stop => return Ok(()),
                }
            }
            return Ok(());
        }
    }

    /// Parts with a number greater than `after`, at most `limit`.
    fn parts(&self, upload_id: &str, after: u16, limit: usize) -> Outcome<Vec<(u16, PartRecord)>> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        let table = self.table(PARTS)?;
        let mut out = Vec::new();
        for entry in table.range((upload_id, first)..=(upload_id, u16::MAX))?.take(limit) {
            let (position, json) = entry?;
            out.push((position.value().1, decode(json.value())?));
        }
        Ok(out)
    }

    fn blob_ids(&self) -> Outcome<Vec<BlobId>> {
        let table = self.table(BLOBS)?;
        let mut out = Vec::with_capacity(usize::try_from(table.len()?).unwrap_or(0));
        for entry in table.iter()? {
            out.push(BlobId(entry?.0.value()));
        }
        Ok(out)
    }
}

/// Where a walk goes after an entry.
pub(crate) enum Walk {
    Next,
    /// On to the first entry whose key is at least this.
    Seek(Vec<u8>),
    Stop,
}

impl Tables for ReadTransaction {
    type Table<'a, K: Key + 'static, V: Value + 'static> = ReadOnlyTable<K, V>;

    fn table<'a, K: Key + 'static, V: Value + 'static>(
        &'a self,
        definition: TableDefinition<'_, K, V>,
    ) -> Result<Self::Table<'a, K, V>, TableError> {
        self.open_table(definition)
    }
}

/// A write transaction that also records which blobs lost their last reference.
pub(crate) struct Writing {
    txn: WriteTransaction,
    unused: Vec<BlobId>,
}

impl Tables for Writing {
    type Table<'a, K: Key + 'static, V: Value + 'static> = Table<'a, K, V>;

    fn table<'a, K: Key + 'static, V: Value + 'static>(
        &'a self,
        definition: TableDefinition<'_, K, V>,
    ) -> Result<Self::Table<'a, K, V>, TableError> {
        self.txn.open_table(definition)
    }
}

impl Writing {
    pub(crate) fn new(txn: WriteTransaction) -> Self {
        Self { txn, unused: Vec::new() }
    }

    /// Makes sure that every table exists, so that reads need not care.
    pub(crate) fn create_tables(&self) -> Outcome<()> {
        self.table(BUCKETS)?;
        self.table(VERSIONS)?;
        self.table(UPLOADS)?;
        self.table(PARTS)?;
        self.table(BLOBS)?;
        self.table(COUNTERS)?;
        Ok(())
    }

    /// Commits and gives the blobs that may be removed now.
    pub(crate) fn commit(self) -> Outcome<Vec<BlobId>> {
        self.txn.commit()?;
        Ok(self.unused)
    }

    pub(crate) fn put_bucket(&self, name: &str, record: &BucketRecord) -> Outcome<()> {
        self.table(BUCKETS)?.insert(name, encode(record)?.as_slice())?;
        Ok(())
    }

    pub(crate) fn remove_bucket(&self, name: &str) -> Outcome<()> {
        self.table(BUCKETS)?.remove(name)?;
        Ok(())
    }

    /// A number that was never given before and grows.
    fn next_number(&self) -> Outcome<u64> {
        let mut table = self.table(COUNTERS)?;
        let next = table.get("sequence")?.map_or(0, |value| value.value()) + 1;
        table.insert("sequence", next)?;
        Ok(next)
    }

    /// Adds a version that is newer than all others of its key.
    pub(crate) fn insert_version(&mut self, bucket: &str, key: &str, record: &VersionRecord) -> Outcome<()> {
        let age = u64::MAX - self.next_number()?;
        self.write_version(bucket, key, age, record)
    }

    /// Writes a version in the place of the one with the same age; the caller must release the blobs of the old one.
    pub(crate) fn write_version(&mut self, bucket: &str, key: &str, age: u64, record: &VersionRecord) -> Outcome<()> {
        self.table(VERSIONS)?.insert((bucket, key.as_bytes(), age), encode(record)?.as_slice())?;
        Ok(())
    }

    pub(crate) fn remove_version(&mut self, bucket: &str, key: &str, age: u64) -> Outcome<()> {
        let removed: Option<VersionRecord> = {
            let mut table = self.table(VERSIONS)?;
            let json = table.remove((bucket, key.as_bytes(), age))?;
            json.map(|json| decode(json.value())).transpose()?
        };
        if let Some(object) = removed.as_ref().and_then(VersionRecord::object) {
            self.release(&object.segments)?;
        }
        Ok(())
    }

    pub(crate) fn put_upload(&self, bucket: &str, key: &str, id: &str, record: &UploadRecord) -> Outcome<()> {
        self.table(UPLOADS)?.insert((bucket, key.as_bytes(), id), encode(record)?.as_slice())?;
        Ok(())
    }

    /// Removes the upload and all its parts; segments that an object took over must have been retained before.
    pub(crate) fn remove_upload(&mut self, bucket: &str, key: &str, id: &str) -> Outcome<()> {
        self.table(UPLOADS)?.remove((bucket, key.as_bytes(), id))?;
        self.remove_parts(id)
    }

    pub(crate) fn remove_parts(&mut self, id: &str) -> Outcome<()> {
        let parts = self.parts(id, 0, usize::MAX)?;
        for (number, part) in parts {
            self.table(PARTS)?.remove((id, number))?;
            self.release(&part.segments)?;
        }
        Ok(())
    }

    /// Stores a part; an earlier one of the same number goes.
    pub(crate) fn put_part(&mut self, id: &str, number: u16, record: &PartRecord) -> Outcome<()> {
        let old: Option<PartRecord> = {
            let mut table = self.table(PARTS)?;
            let json = table.insert((id, number), encode(record)?.as_slice())?;
            json.map(|json| decode(json.value())).transpose()?
        };
        if let Some(old) = old {
            self.release(&old.segments)?;
        }
        Ok(())
    }

    /// Counts one more reference to each blob.
    pub(crate) fn retain(&mut self, segments: &[Segment]) -> Outcome<()> {
        let mut table = self.table(BLOBS)?;
        for segment in segments {
            let count = table.get(segment.blob.0)?.map_or(0, |count| count.value());
            table.insert(segment.blob.0, count.saturating_add(1))?;
        }
        Ok(())
    }

    /// Takes one reference to each blob back.
    pub(crate) fn release(&mut self, segments: &[Segment]) -> Outcome<()> {
        let mut unused = Vec::new();
        {
            let mut table = self.table(BLOBS)?;
            for segment in segments {
                let count = table.get(segment.blob.0)?.map_or(0, |count| count.value());
                if count > 1 {
                    table.insert(segment.blob.0, count - 1)?;
                } else {
                    table.remove(segment.blob.0)?;
                    unused.push(segment.blob);
                }
            }
        }
        self.unused.append(&mut unused);
        Ok(())
    }
}

fn encode(record: &impl Serialize) -> Outcome<Vec<u8>> {
    Ok(serde_json::to_vec(record)?)
}

fn decode<T: DeserializeOwned>(json: &[u8]) -> Outcome<T> {
    Ok(serde_json::from_slice(json)?)
}
