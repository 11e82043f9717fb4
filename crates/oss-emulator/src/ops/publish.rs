//! How an object becomes visible and how it goes, under each state of versioning.

use crate::error::{OssError, Outcome, code};
use crate::store::records::{Content, ObjectRecord, VersionRecord, Versioning};
use crate::store::{Tables, Writing};

/// A version that was made or touched: `None` in a bucket that never knew versioning.
pub(crate) type VersionHeader = Option<String>;

/// Whether `x-oss-forbid-overwrite` refuses to write here. Versioned buckets ignore it.
///
/// # Errors
/// `FileAlreadyExists`, `NoSuchBucket`.
pub(crate) fn check_overwrite(txn: &dyn Tables, bucket: &str, key: &str) -> Outcome<()> {
    let record = txn.bucket(bucket)?.ok_or_else(|| OssError::no_such_bucket(bucket))?;
    let exists = txn.newest(bucket, key)?.is_some_and(|(_, version)| !version.is_delete_marker());
    if exists && record.versioning.is_none() {
        return Err(code::FILE_ALREADY_EXISTS.into());
    }
    Ok(())
}

/// Makes an object the current version of its key, replacing what versioning says is replaced.
///
/// Everything a reader could see changes in this one transaction.
pub(crate) fn publish(
    txn: &mut Writing,
    bucket: &str,
    key: &str,
    object: ObjectRecord,
    now_ms: i64,
    forbid_overwrite: bool,
) -> Outcome<VersionHeader> {
    if forbid_overwrite {
        check_overwrite(txn, bucket, key)?;
    }
    txn.retain(&object.segments)?;
    insert(txn, bucket, key, Content::Object(Box::new(object)), now_ms)
}

/// As [`publish`], but always as the version `null`: appendable objects have no other, whatever versioning says.
pub(crate) fn publish_null(
    txn: &mut Writing,
    bucket: &str,
    key: &str,
    object: ObjectRecord,
    now_ms: i64,
) -> Outcome<VersionHeader> {
    let record = txn.bucket(bucket)?.ok_or_else(|| OssError::no_such_bucket(bucket))?;
    txn.retain(&object.segments)?;
    remove_null_version(txn, bucket, key)?;
    let content = Content::Object(Box::new(object));
    let version = VersionRecord { version_id: None, last_modified_ms: now_ms, content };
    let header = record.versioning.map(|_| version.wire_id().to_owned());
    txn.insert_version(bucket, key, version)?;
    Ok(header)
}

fn insert(txn: &mut Writing, bucket: &str, key: &str, content: Content, now_ms: i64) -> Outcome<VersionHeader> {
    let record = txn.bucket(bucket)?.ok_or_else(|| OssError::no_such_bucket(bucket))?;
    let version_id = match record.versioning {
        Some(Versioning::Enabled) => Some(new_version_id()),
        Some(Versioning::Suspended) | None => {
            remove_null_version(txn, bucket, key)?;
            None
        }
    };
    let version = VersionRecord { version_id, last_modified_ms: now_ms, content };
    let header = record.versioning.map(|_| version.wire_id().to_owned());
    txn.insert_version(bucket, key, version)?;
    Ok(header)
}

fn remove_null_version(txn: &mut Writing, bucket: &str, key: &str) -> Outcome<()> {
    if let Some((age, _)) = txn.version(bucket, key, "null")? {
        txn.remove_version(bucket, key, age)?;
    }
    Ok(())
}

/// 64 characters of a base64-like alphabet, as the samples have them.
fn new_version_id() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    let random = std::iter::repeat_with(|| fastrand::choice(ALPHABET)).flatten().take(61);
    format!("CAE{}", random.map(|byte| char::from(*byte)).collect::<String>())
}

/// What a deletion did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Deleted {
    pub(crate) version_id: VersionHeader,
    /// A marker was made, or the deleted version was one.
    pub(crate) delete_marker: bool,
}

/// Deletes a key: in a versioned bucket a marker is put on top.
pub(crate) fn delete(
    txn: &mut Writing,
    bucket: &str,
    key: &str,
    version: Option<&str>,
    now_ms: i64,
) -> Outcome<Deleted> {
    let record = txn.bucket(bucket)?.ok_or_else(|| OssError::no_such_bucket(bucket))?;
    match (version, record.versioning) {
        (Some(id), _) => {
            let Some((age, found)) = txn.version(bucket, key, id)? else { return Ok(Deleted::default()) };
            txn.remove_version(bucket, key, age)?;
            let version_id = record.versioning.map(|_| id.to_owned());
            Ok(Deleted { version_id, delete_marker: found.is_delete_marker() })
        }
        (None, None) => {
            remove_null_version(txn, bucket, key)?;
            Ok(Deleted::default())
        }
        (None, Some(_)) => {
            let version_id = insert(txn, bucket, key, Content::DeleteMarker, now_ms)?;
            Ok(Deleted { version_id, delete_marker: true })
        }
    }
}

/// An object as a request names it: the current version, or the one of `versionId`.
#[derive(Debug)]
pub(crate) struct Found {
    /// Position among the versions, for writing it back.
    pub(crate) age: u64,
    /// Of the version; `None` is the one that the API calls `null`.
    id: Option<String>,
    pub(crate) last_modified_ms: i64,
    pub(crate) object: ObjectRecord,
    /// For `x-oss-version-id`.
    pub(crate) version_id: VersionHeader,
}

/// Finds an object.
///
/// # Errors
/// `NoSuchKey`, also with the headers of a delete marker on top; `NoSuchVersion`; `MethodNotAllowed` for a marker by id.
pub(crate) fn find(txn: &dyn Tables, bucket: &str, key: &str, version: Option<&str>) -> Outcome<Found> {
    let record = txn.bucket(bucket)?.ok_or_else(|| OssError::no_such_bucket(bucket))?;
    let no_such_key = || OssError::from(code::NO_SUCH_KEY).with("Key", key);
    let (age, found) = match version {
        Some(id) => txn
            .version(bucket, key, id)?
            .ok_or_else(|| OssError::from(code::NO_SUCH_VERSION).with("Key", key).with("VersionId", id))?,
        None => txn.newest(bucket, key)?.ok_or_else(no_such_key)?,
    };
    let wire_id = found.wire_id().to_owned();
    match found.content {
        Content::Object(object) => Ok(Found {
            age,
            id: found.version_id,
            last_modified_ms: found.last_modified_ms,
            object: *object,
            version_id: record.versioning.map(|_| wire_id),
        }),
        Content::DeleteMarker if version.is_none() => {
            Err(no_such_key().header("x-oss-delete-marker", "true").header("x-oss-version-id", &wire_id))
        }
        Content::DeleteMarker => Err(OssError::from(code::METHOD_NOT_ALLOWED)
            .with("Method", "GET")
            .with("ResourceType", "DeleteMarker")
            .header("allow", "DELETE")
            .header("x-oss-delete-marker", "true")
            .header("x-oss-version-id", &wire_id)),
    }
}

/// Changes an object in place, without a new version.
pub(crate) fn rewrite(txn: &mut Writing, bucket: &str, key: &str, found: Found) -> Outcome<VersionHeader> {
    let content = Content::Object(Box::new(found.object));
    let version = VersionRecord { version_id: found.id, last_modified_ms: found.last_modified_ms, content };
    txn.write_version(bucket, key, found.age, version)?;
    Ok(found.version_id)
}
