//! The latest key that a signature was checked with.

use std::sync::{Mutex, PoisonError};

use oss_auth::v4::{Scope, SigningKey};

/// Keeps one key, since deriving it takes four HMACs and using it one: clients sign all requests of a day with the same.
#[derive(Default)]
pub(crate) struct SigningKeys(Mutex<Option<Latest>>);

struct Latest {
    secret: String,
    scope: Scope,
    key: SigningKey,
}

impl SigningKeys {
    pub(crate) fn key(&self, secret: &str, scope: &Scope) -> SigningKey {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = latest.as_ref().filter(|latest| latest.secret == secret && latest.scope == *scope) {
            return latest.key.clone();
        }
        let key = SigningKey::derive(secret, scope);
        *latest = Some(Latest { secret: secret.to_owned(), scope: scope.clone(), key: key.clone() });
        key
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_given_for_its_own_secret_and_scope_only() {
        let scope = |day: &str| Scope::parse(&format!("{day}/cn-hangzhou/oss/aliyun_v4_request")).unwrap();
        let keys = SigningKeys::default();
        for (secret, day) in [("a", "20260101"), ("a", "20260101"), ("b", "20260101"), ("b", "20260102")] {
            let derived = SigningKey::derive(secret, &scope(day));
            assert_eq!(keys.key(secret, &scope(day)).as_bytes(), derived.as_bytes());
        }
    }
}
