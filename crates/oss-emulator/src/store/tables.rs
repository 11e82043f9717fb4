//! Typed reads and changes of the metadata, the same on disk and in memory.

use super::records::{BucketRecord, PartRecord, Segment, UploadRecord, VersionRecord};
use crate::error::Outcome;

/// A consistent state that can be read.
///
/// A version has a bucket, a key and an age: smaller is newer, so the first entry of a key is its current version.
pub(crate) trait Tables {
    fn bucket(&self, name: &str) -> Outcome<Option<BucketRecord>>;

    fn buckets(&self) -> Outcome<Vec<(String, BucketRecord)>>;

    /// The newest version with its age, which may be a delete marker.
    fn newest(&self, bucket: &str, key: &str) -> Outcome<Option<(u64, VersionRecord)>>;

    /// The version with this id; `null` names the one without.
    fn version(&self, bucket: &str, key: &str, id: &str) -> Outcome<Option<(u64, VersionRecord)>>;

    /// Walks over all versions of a bucket from `(key, age)` on, until `visit` says where to continue or stops.
    fn walk_versions(&self, bucket: &str, from: (Vec<u8>, u64), visit: &mut VisitVersion<'_>) -> Outcome<()>;

    fn upload(&self, bucket: &str, key: &str, id: &str) -> Outcome<Option<UploadRecord>>;

    /// As [`Tables::walk_versions`], over unfinished uploads in order of key and id.
    fn walk_uploads(&self, bucket: &str, from: (Vec<u8>, String), visit: &mut VisitUpload<'_>) -> Outcome<()>;

    /// Parts with a number greater than `after`, at most `limit`.
    fn parts(&self, upload_id: &str, after: u16, limit: usize) -> Outcome<Vec<(u16, PartRecord)>>;
}

/// Told each version on a walk: its key, its age and what it holds.
pub(crate) type VisitVersion<'a> = dyn FnMut(&[u8], u64, VersionRecord) -> Outcome<Walk> + 'a;
/// Told each upload on a walk: its key, its id and what it holds.
pub(crate) type VisitUpload<'a> = dyn FnMut(&[u8], &str, UploadRecord) -> Outcome<Walk> + 'a;

/// Where a walk goes after an entry.
pub(crate) enum Walk {
    Next,
    /// On to the first entry whose key is at least this.
    Seek(Vec<u8>),
    Stop,
}

/// A change that is being made. What is changed can be read in it at once, and by others once all of it is done.
pub(crate) trait Changes: Tables {
    fn put_bucket(&mut self, name: &str, record: &BucketRecord) -> Outcome<()>;

    fn remove_bucket(&mut self, name: &str) -> Outcome<()>;

    /// A number that was never given before and grows.
    fn next_number(&mut self) -> Outcome<u64>;

    /// Writes a version in the place of the one with the same age; the caller must release the blobs of the old one.
    fn write_version(&mut self, bucket: &str, key: &str, age: u64, record: VersionRecord) -> Outcome<()>;

    /// Removes a version, whose blobs the caller must release.
    fn take_version(&mut self, bucket: &str, key: &str, age: u64) -> Outcome<Option<VersionRecord>>;

    fn put_upload(&mut self, bucket: &str, key: &str, id: &str, record: &UploadRecord) -> Outcome<()>;

    /// Removes an upload and leaves its parts.
    fn take_upload(&mut self, bucket: &str, key: &str, id: &str) -> Outcome<()>;

    /// Writes a part and gives the earlier one of the same number, whose blobs the caller must release.
    fn replace_part(&mut self, id: &str, number: u16, record: &PartRecord) -> Outcome<Option<PartRecord>>;

    /// Removes a part, whose blobs the caller must release.
    fn take_part(&mut self, id: &str, number: u16) -> Outcome<()>;

    /// Counts one more reference to each blob.
    fn retain(&mut self, segments: &[Segment]) -> Outcome<()>;

    /// Takes one reference to each blob back. Those that lose their last one are removed once the change is done.
    fn release(&mut self, segments: &[Segment]) -> Outcome<()>;

    /// Adds a version that is newer than all others of its key.
    fn insert_version(&mut self, bucket: &str, key: &str, record: VersionRecord) -> Outcome<()> {
        let age = u64::MAX - self.next_number()?;
        self.write_version(bucket, key, age, record)
    }

    fn remove_version(&mut self, bucket: &str, key: &str, age: u64) -> Outcome<()> {
        let removed = self.take_version(bucket, key, age)?;
        if let Some(object) = removed.as_ref().and_then(VersionRecord::object) {
            self.release(&object.segments)?;
        }
        Ok(())
    }

    /// Removes the upload and all its parts; segments that an object took over must have been retained before.
    fn remove_upload(&mut self, bucket: &str, key: &str, id: &str) -> Outcome<()> {
        self.take_upload(bucket, key, id)?;
        self.remove_parts(id)
    }

    fn remove_parts(&mut self, id: &str) -> Outcome<()> {
        for (number, part) in self.parts(id, 0, usize::MAX)? {
            self.take_part(id, number)?;
            self.release(&part.segments)?;
        }
        Ok(())
    }

    /// Stores a part; an earlier one of the same number goes.
    fn put_part(&mut self, id: &str, number: u16, record: &PartRecord) -> Outcome<()> {
        if let Some(old) = self.replace_part(id, number, record)? {
            self.release(&old.segments)?;
        }
        Ok(())
    }
}

/// What is handed to the caller that makes a change.
pub(crate) type Writing = dyn Changes;
