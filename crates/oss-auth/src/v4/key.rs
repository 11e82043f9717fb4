//! Signing keys and the cache of the latest one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ring::hmac;
use zeroize::Zeroizing;

use super::scope::Scope;
use crate::credentials::Credentials;
use crate::encoding::hex;
use crate::secret::Secret;

/// A key derived from a secret for one day, region and product. Wiped when the last clone is dropped; not so the state
/// that HMAC derives from it once for all signatures, with which one can sign, too.
#[derive(Clone)]
pub struct SigningKey(Arc<Prepared>);

struct Prepared {
    bytes: Zeroizing<[u8; 32]>,
    hmac: hmac::Key,
}

impl SigningKey {
    /// Derives the key: four HMACs.
    #[must_use]
    pub fn derive(access_key_secret: &str, scope: &Scope) -> Self {
        let mut start = Zeroizing::new(Vec::with_capacity(PREFIX.len() + access_key_secret.len()));
        start.extend_from_slice(PREFIX);
        start.extend_from_slice(access_key_secret.as_bytes());
        let mut key = Zeroizing::new([0; 32]);
        let mut input: &[u8] = &start;
        for part in scope.parts() {
            let next = hmac_sha256(input, part.as_bytes());
            *key = *next;
            input = &*key;
        }
        let hmac = hmac::Key::new(hmac::HMAC_SHA256, &*key);
        Self(Arc::new(Prepared { bytes: key, hmac }))
    }

    /// HMAC-SHA256 of `text` in lower-case hex: the signature of a string to sign or of a POST policy.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        hex(hmac::sign(&self.0.hmac, text.as_bytes()).as_ref())
    }

    /// The key itself. A process that has it can sign anything in its scope.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0.bytes
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(REDACTED)")
    }
}

const PREFIX: &[u8] = b"aliyun_v4";

fn hmac_sha256(key: &[u8], message: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    out.copy_from_slice(tag.as_ref());
    out
}

/// Keeps the latest signing key, since deriving one takes four HMACs and using it one.
///
/// One is enough: all requests of a client on one day with one access key share it, and an old one is of no use
/// after midnight or a refresh.
#[derive(Default)]
pub(super) struct KeyCache(Mutex<Option<CachedKey>>);

struct CachedKey {
    secret: Secret,
    scope: Scope,
    key: SigningKey,
}

impl KeyCache {
    pub(super) fn key(&self, credentials: &Credentials, scope: &Scope) -> SigningKey {
        // Nothing in here can panic half-way, so a poisoned slot is still sound.
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = &*slot {
            if cached.scope == *scope && cached.secret.expose() == credentials.access_key_secret() {
                return cached.key.clone();
            }
        }
        let key = SigningKey::derive(credentials.access_key_secret(), scope);
        *slot = Some(CachedKey { secret: credentials.secret().clone(), scope: scope.clone(), key: key.clone() });
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UtcTime;
    use crate::v4::Product;

    fn scope(seconds: u64) -> Scope {
        Scope::new(UtcTime::from_unix_seconds(seconds).unwrap(), "cn-hangzhou", &Product::OSS)
    }

    #[test]
    fn the_key_is_derived_by_day_region_product_and_terminator() {
        let key = SigningKey::derive("sk", &scope(1_702_743_657));
        assert_eq!(hex(key.as_bytes()), "b412a03b134ebddd720f5167b5de6db66620ebb3b01cff4d49e3ccb09f8de97f");
    }

    #[test]
    fn the_cache_serves_its_own_secret_and_scope_only() {
        let cache = KeyCache::default();
        let (today, tomorrow) = (scope(1_702_743_657), scope(1_702_743_657 + 86_400));
        let (one, two) = (Credentials::new("ak", "one"), Credentials::new("ak", "two"));
        let first = cache.key(&one, &today);
        assert!(Arc::ptr_eq(&first.0, &cache.key(&one, &today).0));
        for (credentials, scope) in [(&two, &today), (&one, &tomorrow), (&one, &today)] {
            let expected = SigningKey::derive(credentials.access_key_secret(), scope);
            assert_eq!(cache.key(credentials, scope).as_bytes(), expected.as_bytes());
        }
    }

    #[test]
    fn a_replaced_key_is_dropped_by_the_cache() {
        let cache = KeyCache::default();
        let first = cache.key(&Credentials::new("ak", "one"), &scope(0));
        let weak = Arc::downgrade(&first.0);
        drop(first);
        assert!(weak.upgrade().is_some());
        let _ = cache.key(&Credentials::new("ak", "two"), &scope(0));
        assert!(weak.upgrade().is_none());
    }
}
