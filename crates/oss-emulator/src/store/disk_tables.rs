//! The tables of a server on disk, in the embedded store.

use redb::{
    Key, ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata as _, Table, TableDefinition, TableError,
    Value, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::records::{BlobId, BucketRecord, PartRecord, Segment, UploadRecord, VersionRecord};
use super::tables::{Changes, Tables, VisitUpload, VisitVersion, Walk};
use crate::error::Outcome;

/// Bucket, key, and age: smaller is newer, so the first entry of a key is its current version.
type VersionKey = (&'static str, &'static [u8], u64);
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

/// A transaction of either kind: its tables are read alike.
trait Transaction {
    type Table<'a, K: Key + 'static, V: Value + 'static>: ReadableTable<K, V>
    where
        Self: 'a;

    fn table<'a, K: Key + 'static, V: Value + 'static>(
        &'a self,
        definition: TableDefinition<'_, K, V>,
    ) -> Result<Self::Table<'a, K, V>, TableError>;
}

impl<T: Transaction> Tables for T {
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

    fn newest(&self, bucket: &str, key: &str) -> Outcome<Option<(u64, VersionRecord)>> {
        let table = self.table(VERSIONS)?;
        let first = table.range((bucket, key.as_bytes(), 0)..=(bucket, key.as_bytes(), u64::MAX))?.next();
        first.transpose()?.map(|(position, json)| Ok((position.value().2, decode(json.value())?))).transpose()
    }

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

    fn walk_versions(&self, bucket: &str, from: (Vec<u8>, u64), visit: &mut VisitVersion<'_>) -> Outcome<()> {
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

    fn walk_uploads(&self, bucket: &str, from: (Vec<u8>, String), visit: &mut VisitUpload<'_>) -> Outcome<()> {
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
}

impl Transaction for ReadTransaction {
    type Table<'a, K: Key + 'static, V: Value + 'static> = ReadOnlyTable<K, V>;

    fn table<'a, K: Key + 'static, V: Value + 'static>(
        &'a self,
        definition: TableDefinition<'_, K, V>,
    ) -> Result<Self::Table<'a, K, V>, TableError> {
        self.open_table(definition)
    }
}

/// A write transaction that also records which blobs lost their last reference.
pub(super) struct DiskChanges {
    txn: WriteTransaction,
    unused: Vec<BlobId>,
}

impl Transaction for DiskChanges {
    type Table<'a, K: Key + 'static, V: Value + 'static> = Table<'a, K, V>;

    fn table<'a, K: Key + 'static, V: Value + 'static>(
        &'a self,
        definition: TableDefinition<'_, K, V>,
    ) -> Result<Self::Table<'a, K, V>, TableError> {
        self.txn.open_table(definition)
    }
}

impl DiskChanges {
    pub(super) fn new(txn: WriteTransaction) -> Self {
        Self { txn, unused: Vec::new() }
    }

    /// Makes sure that every table exists, so that reads need not care.
    pub(super) fn create_tables(&self) -> Outcome<()> {
        self.table(BUCKETS)?;
        self.table(VERSIONS)?;
        self.table(UPLOADS)?;
        self.table(PARTS)?;
        self.table(BLOBS)?;
        self.table(COUNTERS)?;
        Ok(())
    }

    /// Every blob that is referred to.
    pub(super) fn blob_ids(&self) -> Outcome<Vec<BlobId>> {
        let table = self.table(BLOBS)?;
        let mut out = Vec::with_capacity(usize::try_from(table.len()?).unwrap_or(0));
        for entry in table.iter()? {
            out.push(BlobId(entry?.0.value()));
        }
        Ok(out)
    }

    /// Commits and gives the blobs that may be removed now.
    pub(super) fn commit(self) -> Outcome<Vec<BlobId>> {
        self.txn.commit()?;
        Ok(self.unused)
    }
}

impl Changes for DiskChanges {
    fn put_bucket(&mut self, name: &str, record: &BucketRecord) -> Outcome<()> {
        self.table(BUCKETS)?.insert(name, encode(record)?.as_slice())?;
        Ok(())
    }

    fn remove_bucket(&mut self, name: &str) -> Outcome<()> {
        self.table(BUCKETS)?.remove(name)?;
        Ok(())
    }

    fn next_number(&mut self) -> Outcome<u64> {
        let mut table = self.table(COUNTERS)?;
        let next = table.get("sequence")?.map_or(0, |value| value.value()) + 1;
        table.insert("sequence", next)?;
        Ok(next)
    }

    fn write_version(&mut self, bucket: &str, key: &str, age: u64, record: VersionRecord) -> Outcome<()> {
        self.table(VERSIONS)?.insert((bucket, key.as_bytes(), age), encode(&record)?.as_slice())?;
        Ok(())
    }

    fn take_version(&mut self, bucket: &str, key: &str, age: u64) -> Outcome<Option<VersionRecord>> {
        let mut table = self.table(VERSIONS)?;
        let json = table.remove((bucket, key.as_bytes(), age))?;
        json.map(|json| decode(json.value())).transpose()
    }

    fn put_upload(&mut self, bucket: &str, key: &str, id: &str, record: &UploadRecord) -> Outcome<()> {
        self.table(UPLOADS)?.insert((bucket, key.as_bytes(), id), encode(record)?.as_slice())?;
        Ok(())
    }

    fn take_upload(&mut self, bucket: &str, key: &str, id: &str) -> Outcome<()> {
        self.table(UPLOADS)?.remove((bucket, key.as_bytes(), id))?;
        Ok(())
    }

    fn replace_part(&mut self, id: &str, number: u16, record: &PartRecord) -> Outcome<Option<PartRecord>> {
        let mut table = self.table(PARTS)?;
        let json = table.insert((id, number), encode(record)?.as_slice())?;
        json.map(|json| decode(json.value())).transpose()
    }

    fn take_part(&mut self, id: &str, number: u16) -> Outcome<()> {
        self.table(PARTS)?.remove((id, number))?;
        Ok(())
    }

    fn retain(&mut self, segments: &[Segment]) -> Outcome<()> {
        let mut table = self.table(BLOBS)?;
        for segment in segments {
            let count = table.get(segment.blob.0)?.map_or(0, |count| count.value());
            table.insert(segment.blob.0, count.saturating_add(1))?;
        }
        Ok(())
    }

    fn release(&mut self, segments: &[Segment]) -> Outcome<()> {
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
