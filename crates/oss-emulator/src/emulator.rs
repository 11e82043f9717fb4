//! The handle of a running server.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::core::{Account, Core, Expected};
use crate::fault::Fault;
use crate::history::RequestRecord;
use crate::server;
use crate::store::{Store, Tables, Walk};
use crate::synthetic::SyntheticObjects;

/// A running server. It stops when this is dropped, or, with certainty, by [`Emulator::shutdown`].
///
/// ```
/// use oss_emulator::Emulator;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let emulator = Emulator::builder().bucket("demo").start().await?;
/// assert!(emulator.endpoint().starts_with("http://127.0.0.1:"));
/// let (id, secret) = emulator.credentials();
/// # assert!(!id.is_empty() && !secret.is_empty());
/// emulator.shutdown().await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Emulator {
    pub(crate) core: Arc<Core>,
    pub(crate) control_endpoint: Option<String>,
    pub(crate) ca_pem: Option<String>,
    pub(crate) main_account: (String, String),
}

/// A current object.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StoredObject {
    /// Key, decoded.
    pub key: String,
    /// Size of the content in bytes.
    pub size: u64,
    /// ETag without quotes.
    pub etag: String,
    /// CRC64 of the content.
    pub crc64: Option<u64>,
    /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
    pub object_type: String,
    /// Stored headers: `content-type`, `x-oss-meta-*` and the like.
    pub headers: Vec<(String, String)>,
    /// ACL: `default`, `private`, `public-read` or `public-read-write`.
    pub acl: String,
    /// Tags, as pairs of key and value in the order in which they were set.
    pub tags: Vec<(String, String)>,
    /// Last change, in milliseconds since 1970.
    pub last_modified_ms: i64,
}

/// An unfinished multipart upload.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct UnfinishedUpload {
    /// Key of the object that it will be.
    pub key: String,
    /// Upload id.
    pub upload_id: String,
    /// Stored parts in order of number.
    pub parts: Vec<StoredPart>,
}

/// A stored part.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StoredPart {
    /// Part number.
    pub number: u16,
    /// Size of the part in bytes.
    pub size: u64,
    /// ETag without quotes.
    pub etag: String,
    /// CRC64 of the part.
    pub crc64: Option<u64>,
}

impl Emulator {
    /// Where it listens, e.g. `http://127.0.0.1:41234`.
    pub fn endpoint(&self) -> &str {
        self.core.endpoint()
    }

    /// Where the control port listens, if there is one.
    pub fn control_endpoint(&self) -> Option<&str> {
        self.control_endpoint.as_deref()
    }

    /// Access key id and secret of the owner.
    pub fn credentials(&self) -> (&str, &str) {
        (&self.main_account.0, &self.main_account.1)
    }

    /// The region that V4 signatures must name.
    pub fn region(&self) -> &str {
        &self.core.settings.region
    }

    /// With TLS, the root certificate to trust, as PEM.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Accepts temporary credentials until `expiration`.
    pub fn add_sts_credentials(
        &self,
        id: impl Into<String>,
        secret: impl Into<String>,
        token: impl Into<String>,
        expiration: Option<std::time::SystemTime>,
    ) {
        let expiration = expiration.and_then(|time| Timestamp::try_from(time).ok());
        let account = Account {
            access_key_id: id.into(),
            access_key_secret: secret.into(),
            security_token: Some(Expected::new(token)),
            expiration,
        };
        self.accounts(|accounts| {
            accounts.retain(|old| old.access_key_id != account.access_key_id);
            accounts.push(account);
        });
    }

    /// Lists synthetic objects in this bucket, in the place of those that are stored in it.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such bucket, or there are more objects or folders than allowed.
    pub fn set_synthetic_objects(&self, bucket: &str, objects: SyntheticObjects) -> io::Result<()> {
        self.core.set_synthetic_objects(bucket, objects)
    }

    /// Removes an access key: from now on its requests fail with `InvalidAccessKeyId`.
    pub fn remove_credentials(&self, id: &str) {
        self.accounts(|accounts| accounts.retain(|account| account.access_key_id != id));
    }

    fn accounts(&self, change: impl FnOnce(&mut Vec<Account>)) {
        change(&mut self.core.accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// Adds a fault rule.
    pub fn add_fault(&self, fault: Fault) {
        self.core.faults.add(fault);
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.core.faults.clear();
    }

    /// Shifts the server's clock against the machine's, in seconds; negative is the past.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.core.clock.set_offset(SignedDuration::from_secs(seconds));
    }

    /// The latest requests in order of arrival, as many as [`EmulatorBuilder::history_limit`](crate::EmulatorBuilder::history_limit) keeps.
    pub fn history(&self) -> Vec<RequestRecord> {
        self.core.history.all()
    }

    /// Empties the history.
    pub fn clear_history(&self) {
        self.core.history.clear();
    }

    /// The current objects of a bucket in order of key.
    ///
    /// # Errors
    /// When the store cannot be read. A missing bucket is an empty one.
    pub fn objects(&self, bucket: &str) -> io::Result<Vec<StoredObject>> {
        read(&self.core.store, |txn| {
            let mut objects = Vec::new();
            let mut last = Vec::new();
            txn.walk_versions(bucket, (Vec::new(), 0), &mut |key, _, version| {
                let is_current = last != key;
                last = key.to_owned();
                if let Some(object) = version.object().filter(|_| is_current) {
                    objects.push(StoredObject {
                        key: String::from_utf8_lossy(key).into_owned(),
                        size: object.size,
                        etag: object.etag.clone(),
                        crc64: object.crc64,
                        object_type: object.object_type.as_str().to_owned(),
                        headers: object.attributes.headers.clone(),
                        acl: object.attributes.acl.as_str().to_owned(),
                        tags: object.attributes.tags.clone(),
                        last_modified_ms: version.last_modified_ms,
                    });
                }
                Ok(Walk::Next)
            })?;
            Ok(objects)
        })
    }

    /// The whole content of a current object, in memory; `None` if there is no such object.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn content(&self, bucket: &str, key: &str) -> io::Result<Option<Vec<u8>>> {
        let store = &self.core.store;
        let reader = store.read_pinned(|txn| {
            let version = txn.newest(bucket, key)?;
            let object = version.as_ref().and_then(|(_, version)| version.object());
            Ok(object.map(|object| store.blobs.reader(object.segments.clone())))
        })?;
        let Some(mut reader) = reader else { return Ok(None) };
        let mut content = Vec::new();
        while let Some(piece) = reader.read()? {
            content.extend_from_slice(&piece);
        }
        Ok(Some(content))
    }

    /// The unfinished uploads of a bucket with their parts.
    ///
    /// # Errors
    /// When the store cannot be read. A missing bucket is an empty one.
    pub fn uploads(&self, bucket: &str) -> io::Result<Vec<UnfinishedUpload>> {
        read(&self.core.store, |txn| {
            let mut uploads = Vec::new();
            txn.walk_uploads(bucket, (Vec::new(), String::new()), &mut |key, id, upload| {
                if !upload.aborted {
                    uploads.push((String::from_utf8_lossy(key).into_owned(), id.to_owned()));
                }
                Ok(Walk::Next)
            })?;
            let with_parts = uploads.into_iter().map(|(key, upload_id)| {
                let parts = txn.parts(&upload_id, 0, usize::MAX)?.into_iter();
                let parts = parts.map(|(number, part)| StoredPart {
                    number,
                    size: part.size,
                    etag: part.etag,
                    crc64: part.crc64,
                });
                Ok(UnfinishedUpload { key, upload_id, parts: parts.collect() })
            });
            with_parts.collect()
        })
    }

    /// The files that hold a current object's bytes, in order; empty in memory, for an empty object, and for none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn object_paths(&self, bucket: &str, key: &str) -> io::Result<Vec<PathBuf>> {
        let version = read(&self.core.store, |txn| txn.newest(bucket, key))?;
        let segments = version.as_ref().and_then(|(_, version)| version.object()).map(|object| object.segments.clone());
        let blobs = &self.core.store.blobs;
        Ok(segments.unwrap_or_default().iter().filter_map(|segment| blobs.path(segment.blob)).collect())
    }

    /// Serves one connection over any stream, to its end: for simulations over pipes.
    ///
    /// The history and callbacks know no address of the client.
    pub async fn serve_connection(&self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        server::serve_connection(Arc::clone(&self.core), io).await;
    }

    /// As [`Emulator::serve_connection`], on a task of its own that ends with the emulator.
    pub fn spawn_connection(&self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        drop(self.core.tasks.spawn(server::serve_connection(Arc::clone(&self.core), io)));
    }

    /// Stops listening, closes every connection, and returns once every task of this server has ended.
    ///
    /// Acknowledged writes stay; the folder can be opened again at once.
    pub async fn shutdown(self) {
        self.core.tasks.stop();
        self.core.tasks.ended().await;
        // Work on the blocking pool cannot be interrupted; it holds the store until it is done.
        while Arc::strong_count(&self.core.store) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.core.tasks.stop();
    }
}

fn read<T>(store: &Store, read: impl FnOnce(&dyn Tables) -> crate::error::Outcome<T>) -> io::Result<T> {
    Ok(store.read(read)?)
}
