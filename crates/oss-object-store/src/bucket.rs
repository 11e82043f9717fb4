use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use ossup::{BucketName, Client, GetBucketVersioningRequest, VersioningStatus};
use tokio::sync::OnceCell;

use crate::error::{ErrorKind, OssError};
use crate::multipart::OpenUploads;

/// One bucket, and how a store uses it: what both versions of the trait stand on.
pub(crate) struct Bucket {
    pub(crate) client: Client,
    pub(crate) name: BucketName,
    pub(crate) settings: Settings,
    tokens: Tokens,
    /// Whether the bucket was ever versioned, once that was asked.
    versioning: OnceCell<Option<VersioningStatus>>,
    /// Uploads that were initiated through the trait whose calls have nothing in common but the upload id.
    pub(crate) uploads: Mutex<OpenUploads>,
}

/// How a store uses its bucket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Settings {
    /// Lists under way at once.
    pub(crate) parallel_listing: usize,
    /// Whether `PutMode::Create` is attempted without asking whether the bucket is versioned.
    pub(crate) create_on_versioned_bucket: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { parallel_listing: 1, create_on_versioned_bucket: false }
    }
}

impl Bucket {
    pub(crate) fn new(client: Client, name: BucketName, settings: Settings) -> Self {
        Self {
            client,
            name,
            settings,
            tokens: Tokens::default(),
            versioning: OnceCell::new(),
            uploads: Mutex::default(),
        }
    }

    /// The same bucket, used otherwise.
    pub(crate) fn with_settings(&self, settings: Settings) -> Self {
        Self::new(self.client.clone(), self.name.clone(), settings)
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// A token that no other writer has.
    pub(crate) fn token(&self) -> String {
        self.tokens.next()
    }

    /// Refuses a bucket that keeps versions: OSS ignores `x-oss-forbid-overwrite` there, so that two writers would both
    /// believe that they created an object. The bucket is asked once.
    pub(crate) async fn refuse_versions(&self) -> Result<(), OssError> {
        if self.settings.create_on_versioned_bucket {
            return Ok(());
        }
        let asking = || async {
            let request = GetBucketVersioningRequest::new(self.name());
            self.client.get_bucket_versioning(request).await.map(|result| result.versioning)
        };
        match self.versioning.get_or_try_init(asking).await? {
            None => Ok(()),
            Some(status) => Err(OssError::text(
                ErrorKind::NotSupported,
                format!(
                    "bucket {} is versioned (versioning {status}), where OSS ignores x-oss-forbid-overwrite and nothing is \
                     created atomically; use a bucket that was never versioned, or set `create_on_versioned_bucket` if a \
                     single writer is certain",
                    self.name
                ),
            )),
        }
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("client", &self.client)
            .field("name", &self.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Names for writes that no other writer gives: 128 bits that the system made random, and a number.
#[derive(Debug)]
struct Tokens {
    store: String,
    next: AtomicU64,
}

impl Default for Tokens {
    fn default() -> Self {
        // The keys of the standard library's hash maps come from the system's randomness.
        let random = RandomState::new();
        let [high, low] = [0_u8, 1].map(|half| random.hash_one(half));
        Self { store: format!("{high:016x}{low:016x}"), next: AtomicU64::new(0) }
    }
}

impl Tokens {
    fn next(&self) -> String {
        format!("{}-{:x}", self.store, self.next.fetch_add(1, Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_tokens_are_equal() {
        let stores: Vec<_> = (0..100).map(|_| Tokens::default()).collect();
        let tokens: HashSet<_> = stores.iter().flat_map(|tokens| (0..10).map(|_| tokens.next())).collect();
        assert_eq!(tokens.len(), 1_000);
        assert!(tokens.iter().all(|token| token.len() >= 34), "{tokens:?}");
    }
}
