//! What all connections of one server share.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

use crate::clock::Clock;
use crate::fault::Faults;
use crate::history::History;
use crate::settings::Settings;
use crate::store::Store;
use crate::synthetic::{SyntheticBuckets, SyntheticObjects};

mod account;
mod callback_key;
mod completed;
mod expected;
mod signing_keys;
mod tasks;

pub(crate) use account::Account;
pub(crate) use callback_key::{CallbackKey, KEY_PATH};
pub(crate) use completed::{Completed, CompletedUploads};
pub(crate) use expected::Expected;
pub(crate) use signing_keys::SigningKeys;
pub(crate) use tasks::Tasks;

/// The shared state of a server.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) history: History,
    pub(crate) accounts: RwLock<Vec<Account>>,
    pub(crate) signing_keys: SigningKeys,
    pub(crate) tasks: Tasks,
    /// Where this server can be reached, for `Location` and for the callback key; known once it listens.
    pub(crate) endpoint: OnceLock<String>,
    pub(crate) callback_key: tokio::sync::OnceCell<CallbackKey>,
    /// Root certificates trusted for https callbacks; read when the first one is made.
    pub(crate) callback_roots: tokio::sync::OnceCell<Arc<rustls::RootCertStore>>,
    pub(crate) completed: CompletedUploads,
    pub(crate) synthetic: SyntheticBuckets,
    /// Some bucket has CORS rules, or all have: other servers need not look.
    pub(crate) has_cors: AtomicBool,
}

impl Core {
    /// 24 upper-case hex digits.
    pub(crate) fn next_request_id(&self) -> String {
        format!("{:08X}{:016X}", fastrand::u32(..), fastrand::u64(..))
    }

    pub(crate) fn has_cors(&self) -> bool {
        self.has_cors.load(Ordering::Relaxed)
    }

    pub(crate) fn note_cors(&self) {
        self.has_cors.store(true, Ordering::Relaxed);
    }

    /// Lets a bucket that exists list synthetic objects.
    pub(crate) fn set_synthetic_objects(&self, bucket: &str, objects: SyntheticObjects) -> io::Result<()> {
        let refuse = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why);
        if !objects.is_valid() {
            return Err(refuse("there are too many objects or folders"));
        }
        if !self.store.read(|txn| txn.buckets())?.iter().any(|(name, _)| name == bucket) {
            return Err(refuse("there is no such bucket"));
        }
        self.synthetic.set(bucket, objects);
        Ok(())
    }

    pub(crate) fn endpoint(&self) -> &str {
        self.endpoint.get().map_or("http://localhost", String::as_str)
    }
}
