//! The tables of a server in memory: ordered maps, and what to put back when a change fails.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::records::{BlobId, BucketRecord, PartRecord, Segment, UploadRecord, VersionRecord};
use super::tables::{Changes, Tables, VisitUpload, VisitVersion, Walk};
use crate::error::Outcome;

/// All metadata of one server. Reads share it, a change has it alone.
#[derive(Debug, Default)]
pub(super) struct MemoryTables(RwLock<Maps>);

impl MemoryTables {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Maps> {
        // What a change that panicked had done was undone.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self) -> MemoryChanges<'_> {
        MemoryChanges(self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A change that is undone unless it is committed.
#[derive(Debug)]
pub(super) struct MemoryChanges<'a>(RwLockWriteGuard<'a, Maps>);

impl MemoryChanges<'_> {
    /// Gives the blobs that may be removed now.
    pub(super) fn commit(mut self) -> Vec<BlobId> {
        self.0.commit()
    }
}

impl Deref for MemoryChanges<'_> {
    type Target = Maps;

    fn deref(&self) -> &Maps {
        &self.0
    }
}

impl DerefMut for MemoryChanges<'_> {
    fn deref_mut(&mut self) -> &mut Maps {
        &mut self.0
    }
}

impl Drop for MemoryChanges<'_> {
    fn drop(&mut self) {
        self.0.undo();
    }
}

/// The tables as they are on disk.
#[derive(Debug, Default)]
pub(super) struct Maps {
    buckets: Map<String, BucketRecord>,
    /// By bucket, key and age.
    versions: Map<(String, Vec<u8>, u64), VersionRecord>,
    /// By bucket, key and id.
    uploads: Map<(String, Vec<u8>, String), UploadRecord>,
    /// By the id of the upload and the number.
    parts: Map<(String, u16), PartRecord>,
    /// How often a blob is referred to. A blob that is not here is unreferenced.
    blobs: Map<BlobId, u32>,
    counters: Map<&'static str, u64>,
    /// Blobs that lost their last reference in the change that is being made.
    unused: Vec<BlobId>,
}

impl Maps {
    fn commit(&mut self) -> Vec<BlobId> {
        self.buckets.commit();
        self.versions.commit();
        self.uploads.commit();
        self.parts.commit();
        self.blobs.commit();
        self.counters.commit();
        std::mem::take(&mut self.unused)
    }

    fn undo(&mut self) {
        self.buckets.undo();
        self.versions.undo();
        self.uploads.undo();
        self.parts.undo();
        self.blobs.undo();
        self.counters.undo();
        self.unused.clear();
    }
}

/// A table that knows what it was before the change that is being made.
#[derive(Debug)]
struct Map<K, V> {
    rows: BTreeMap<K, V>,
    /// What was replaced, in order.
    earlier: Vec<(K, Option<V>)>,
}

/// Earlier rows that there is room for between changes: most changes replace fewer.
const KEPT_ROOM: usize = 16;

impl<K: Ord + Clone, V> Map<K, V> {
    /// Sets or removes a row and gives the one that was there.
    fn set(&mut self, key: K, row: Option<V>) -> Option<&V> {
        let earlier = match row {
            Some(row) => self.rows.insert(key.clone(), row),
            None => self.rows.remove(&key),
        };
        self.earlier.push((key, earlier));
        self.earlier.last().and_then(|(_, earlier)| earlier.as_ref())
    }

    fn commit(&mut self) {
        self.earlier.clear();
        self.earlier.shrink_to(KEPT_ROOM);
    }

    fn undo(&mut self) {
        while let Some((key, earlier)) = self.earlier.pop() {
            match earlier {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), earlier: Vec::new() }
    }
}

impl Tables for Maps {
    fn bucket(&self, name: &str) -> Outcome<Option<BucketRecord>> {
        Ok(self.buckets.rows.get(name).cloned())
    }

    fn buckets(&self) -> Outcome<Vec<(String, BucketRecord)>> {
        Ok(self.buckets.rows.iter().map(|(name, record)| (name.clone(), record.clone())).collect())
    }

    fn newest(&self, bucket: &str, key: &str) -> Outcome<Option<(u64, VersionRecord)>> {
        Ok(self.versions_of(bucket, key).next().map(|(age, record)| (age, record.clone())))
    }

    fn version(&self, bucket: &str, key: &str, id: &str) -> Outcome<Option<(u64, VersionRecord)>> {
        let found = self.versions_of(bucket, key).find(|(_, record)| record.wire_id() == id);
        Ok(found.map(|(age, record)| (age, record.clone())))
    }

    fn walk_versions(&self, bucket: &str, from: (Vec<u8>, u64), visit: &mut VisitVersion<'_>) -> Outcome<()> {
        let mut from = from;
        'seek: loop {
            for ((owner, key, age), record) in self.versions.rows.range((bucket.to_owned(), from.0, from.1)..) {
                if owner != bucket {
                    return Ok(());
                }
                match visit(key, *age, record.clone())? {
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
        Ok(self.uploads.rows.get(&upload_key(bucket, key, id)).cloned())
    }

    fn walk_uploads(&self, bucket: &str, from: (Vec<u8>, String), visit: &mut VisitUpload<'_>) -> Outcome<()> {
        let mut from = from;
        'seek: loop {
            for ((owner, key, id), record) in self.uploads.rows.range((bucket.to_owned(), from.0, from.1)..) {
                if owner != bucket {
                    return Ok(());
                }
                match visit(key, id, record.clone())? {
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
        let parts = self.parts.rows.range((upload_id.to_owned(), first)..=(upload_id.to_owned(), u16::MAX));
        Ok(parts.take(limit).map(|((_, number), record)| (*number, record.clone())).collect())
    }
}

impl Maps {
    /// The versions of one key with their ages, the newest first.
    fn versions_of<'a>(&'a self, bucket: &'a str, key: &'a str) -> impl Iterator<Item = (u64, &'a VersionRecord)> {
        let from = self.versions.rows.range(version_key(bucket, key, 0)..);
        // One search, where a range with an end would take two.
        from.take_while(move |((owner, name, _), _)| owner == bucket && name == key.as_bytes())
            .map(|((_, _, age), record)| (*age, record))
    }
}

fn version_key(bucket: &str, key: &str, age: u64) -> (String, Vec<u8>, u64) {
    (bucket.to_owned(), key.as_bytes().to_owned(), age)
}

fn upload_key(bucket: &str, key: &str, id: &str) -> (String, Vec<u8>, String) {
    (bucket.to_owned(), key.as_bytes().to_owned(), id.to_owned())
}

impl Changes for Maps {
    fn put_bucket(&mut self, name: &str, record: &BucketRecord) -> Outcome<()> {
        self.buckets.set(name.to_owned(), Some(record.clone()));
        Ok(())
    }

    fn remove_bucket(&mut self, name: &str) -> Outcome<()> {
        self.buckets.set(name.to_owned(), None);
        Ok(())
    }

    fn next_number(&mut self) -> Outcome<u64> {
        let next = self.counters.rows.get("sequence").map_or(0, |number| *number) + 1;
        self.counters.set("sequence", Some(next));
        Ok(next)
    }

    fn write_version(&mut self, bucket: &str, key: &str, age: u64, record: VersionRecord) -> Outcome<()> {
        self.versions.set(version_key(bucket, key, age), Some(record));
        Ok(())
    }

    fn take_version(&mut self, bucket: &str, key: &str, age: u64) -> Outcome<Option<VersionRecord>> {
        Ok(self.versions.set(version_key(bucket, key, age), None).cloned())
    }

    fn put_upload(&mut self, bucket: &str, key: &str, id: &str, record: &UploadRecord) -> Outcome<()> {
        self.uploads.set(upload_key(bucket, key, id), Some(record.clone()));
        Ok(())
    }

    fn take_upload(&mut self, bucket: &str, key: &str, id: &str) -> Outcome<()> {
        self.uploads.set(upload_key(bucket, key, id), None);
        Ok(())
    }

    fn replace_part(&mut self, id: &str, number: u16, record: &PartRecord) -> Outcome<Option<PartRecord>> {
        Ok(self.parts.set((id.to_owned(), number), Some(record.clone())).cloned())
    }

    fn take_part(&mut self, id: &str, number: u16) -> Outcome<()> {
        self.parts.set((id.to_owned(), number), None);
        Ok(())
    }

    fn retain(&mut self, segments: &[Segment]) -> Outcome<()> {
        for segment in segments {
            let count = self.blobs.rows.get(&segment.blob).map_or(0, |count| *count);
            self.blobs.set(segment.blob, Some(count.saturating_add(1)));
        }
        Ok(())
    }

    fn release(&mut self, segments: &[Segment]) -> Outcome<()> {
        for segment in segments {
            let count = self.blobs.rows.get(&segment.blob).map_or(0, |count| *count);
            if count > 1 {
                self.blobs.set(segment.blob, Some(count - 1));
            } else {
                self.blobs.set(segment.blob, None);
                self.unused.push(segment.blob);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redb::backends::InMemoryBackend;
    use redb::{Database, ReadableDatabase as _};

    use super::*;
    use crate::store::Writing;
    use crate::store::disk_tables::DiskChanges;
    use crate::store::records::{Acl, Attributes, Content, Encryption, ObjectRecord, ObjectType, StorageClass};

    const BUCKETS: [&str; 2] = ["x", "xy"];
    const KEYS: [&str; 4] = ["a", "a\0", "a\u{80}", "b"];
    const IDS: [&str; 2] = ["1", "12"];

    /// One step of a change; the numbers choose a bucket, a key, an upload, and a blob or part.
    #[derive(Clone, Copy, Debug)]
    struct Step {
        what: u8,
        bucket: usize,
        key: usize,
        id: usize,
        number: u16,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = (0..10_u8, 0..BUCKETS.len(), 0..KEYS.len(), 0..IDS.len(), 1..5_u16)
            .prop_map(|(what, bucket, key, id, number)| Step { what, bucket, key, id, number });
        proptest::collection::vec(step, 1..8)
    }

    fn attributes() -> Attributes {
        Attributes {
            headers: vec![("content-type".to_owned(), "a/b".to_owned())],
            storage_class: StorageClass::Standard,
            acl: Acl::Default,
            tags: Vec::new(),
            encryption: Encryption::default(),
        }
    }

    fn version(number: u16) -> VersionRecord {
        let object = ObjectRecord {
            object_type: ObjectType::Normal,
            size: 1,
            etag: number.to_string(),
            crc64: Some(u64::MAX),
            content_md5: None,
            segments: segments(number),
            attributes: attributes(),
            symlink_target: None,
            restore: None,
        };
        let version_id = (number > 2).then(|| number.to_string());
        VersionRecord { version_id, last_modified_ms: -1, content: Content::Object(Box::new(object)) }
    }

    fn segments(number: u16) -> Vec<Segment> {
        vec![Segment { blob: BlobId(number.into()), offset: 0, len: 1 }; usize::from(number % 3)]
    }

    /// Carries a step out as the operations do, and gives what it saw.
    fn carry_out(changes: &mut Writing, step: Step) -> Outcome<String> {
        let Step { what, bucket, key, id, number } = step;
        let (bucket, key, id) = (BUCKETS[bucket], KEYS[key], IDS[id]);
        match what {
            0 => {
                let record = BucketRecord::new(number.into(), Acl::Private, StorageClass::Standard, "LRS".to_owned());
                changes.put_bucket(bucket, &record)?;
            }
            1 => changes.remove_bucket(bucket)?,
            2 | 3 => {
                changes.retain(&segments(number))?;
                changes.insert_version(bucket, key, version(number))?;
            }
            4 => {
                if let Some((age, record)) = changes.newest(bucket, key)? {
                    changes.write_version(bucket, key, age, VersionRecord { last_modified_ms: 7, ..record })?;
                }
            }
            5 => {
                if let Some((age, _)) = changes.version(bucket, key, if number > 2 { "3" } else { "null" })? {
                    changes.remove_version(bucket, key, age)?;
                }
            }
            6 => {
                let record = UploadRecord { initiated_ms: 1, attributes: attributes(), aborted: number > 2 };
                changes.put_upload(bucket, key, id, &record)?;
            }
            7 => changes.remove_upload(bucket, key, id)?,
            _ => {
                let segments = segments(number);
                changes.retain(&segments)?;
                let etag = what.to_string();
                let record = PartRecord { size: 1, etag, crc64: None, last_modified_ms: 1, segments };
                changes.put_part(id, number, &record)?;
            }
        }
        everything(changes)
    }

    fn everything(tables: &dyn Tables) -> Outcome<String> {
        let mut seen = format!("{:?}", tables.buckets()?);
        for bucket in BUCKETS {
            seen += &format!("{:?}", tables.bucket(bucket)?);
            tables.walk_versions(bucket, (b"a".to_vec(), 1), &mut |key, age, record| {
                seen += &format!("{key:?} {age} {record:?}");
                // Past the other versions of this key and the next key.
                Ok(if age % 2 == 0 { Walk::Seek([key, b"\0\0"].concat()) } else { Walk::Next })
            })?;
            tables.walk_uploads(bucket, (b"a".to_vec(), "1".to_owned()), &mut |key, id, record| {
                seen += &format!("{key:?} {id} {record:?}");
                Ok(if record.aborted { Walk::Stop } else { Walk::Next })
            })?;
            for key in KEYS {
                seen += &format!("{:?} {:?}", tables.newest(bucket, key)?, tables.version(bucket, key, "null")?);
                seen += &format!("{:?}", tables.upload(bucket, key, "1")?);
            }
        }
        for id in IDS {
            seen += &format!("{:?} {:?}", tables.parts(id, 0, usize::MAX)?, tables.parts(id, 1, 2)?);
        }
        Ok(seen)
    }

    proptest! {
        #[test]
        fn memory_and_disk_hold_the_same_whatever_is_committed(changes in proptest::collection::vec((steps(), any::<bool>()), 1..8)) {
            let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
            let first = DiskChanges::new(database.begin_write().unwrap());
            first.create_tables().unwrap();
            first.commit().unwrap();
            let memory = MemoryTables::default();
            for (steps, commits) in changes {
                let mut on_disk = DiskChanges::new(database.begin_write().unwrap());
                let mut in_memory = memory.change();
                for step in steps {
                    prop_assert_eq!(carry_out(&mut *in_memory, step).unwrap(), carry_out(&mut on_disk, step).unwrap());
                }
                if commits {
                    prop_assert_eq!(in_memory.commit(), on_disk.commit().unwrap());
                } else {
                    drop((in_memory, on_disk));
                }
                let read = database.begin_read().unwrap();
                prop_assert_eq!(everything(&*memory.read()).unwrap(), everything(&read).unwrap());
            }
        }
    }
}
