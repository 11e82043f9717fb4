//! Credentials, and where they come from.
//!
//! A [`CredentialsSource`] describes where: given by the program, printed by a command, handed out by the metadata
//! service of an ECS instance, by STS or by a URL, or the first of several ([`Chain`]). [`Environment`] and the
//! [`profile`]s make sources of variables and files. Some need the network: an [`Exchange`] is the conversation with the
//! source, in which the caller does the sending. [`Refresh`] says when to have the next one.

mod chain;
mod environment;
mod error;
mod exchange;
mod ini;
mod json;
mod process;
pub mod profile;
mod refresh;
mod response;
mod source;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use zeroize::Zeroizing;

pub use chain::Chain;
pub use environment::Environment;
pub use error::{ChainEntry, ChainReport, CredentialsError, SourceKind};
pub use exchange::{Exchange, ExchangeRequest, Step};
pub use process::ProcessSource;
pub use refresh::{Due, Refresh, is_expiry_code};
pub use response::MAX_RESPONSE_BYTES;
pub use source::{
    AssumeRole, AssumeRoleWithOidc, CredentialsSource, CredentialsUri, EcsRamRole, RoleSession, sts_endpoint,
};

use crate::secret::Secret;

/// An access key, with a security token if it is temporary.
///
/// Cloning is cheap. The secret and the token are overwritten with zeros when the last clone is dropped, `Debug`
/// does not show them, and there is neither `Display` nor `Serialize`:
///
/// ```compile_fail
/// fn show(credentials: &oss_auth::Credentials) -> String { credentials.to_string() }
/// ```
///
/// ```compile_fail
/// fn save(credentials: &oss_auth::Credentials) -> String { serde_json::to_string(credentials).unwrap() }
/// ```
#[derive(Clone)]
pub struct Credentials {
    access_key_id: Arc<str>,
    access_key_secret: Secret,
    security_token: Option<Secret>,
    expiration: Option<SystemTime>,
}

impl Credentials {
    /// A long-term access key: no token, no expiration.
    #[must_use]
    pub fn new(access_key_id: impl AsRef<str>, access_key_secret: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.as_ref().into(),
            access_key_secret: Secret::new(access_key_secret),
            security_token: None,
            expiration: None,
        }
    }

    /// Adds the token of temporary credentials. An empty token is no token.
    #[must_use]
    pub fn with_security_token(mut self, token: impl Into<String>) -> Self {
        let token = Secret::new(token);
        self.security_token = Some(token).filter(|token| !token.expose().is_empty());
        self
    }

    /// Says until when the credentials are valid. Default: without end.
    #[must_use]
    pub fn with_expiration(mut self, expiration: SystemTime) -> Self {
        self.expiration = Some(expiration);
        self
    }

    /// The access key id. Not a secret, but it names an account.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret. Keep it out of logs, errors and files.
    #[must_use]
    pub fn access_key_secret(&self) -> &str {
        self.access_key_secret.expose()
    }

    /// The token of temporary credentials; never empty. Keep it out of logs, errors and files.
    #[must_use]
    pub fn security_token(&self) -> Option<&str> {
        self.security_token.as_ref().map(Secret::expose)
    }

    /// The end of the credentials' life, if they have one.
    #[must_use]
    pub fn expiration(&self) -> Option<SystemTime> {
        self.expiration
    }

    /// Whether both id and secret are there.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.access_key_id.is_empty() && !self.access_key_secret().is_empty()
    }

    /// Whether the expiration is now or past.
    #[must_use]
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.expiration.is_some_and(|expiration| expiration <= now)
    }

    /// Whether both hold the same id, secret and token: a refusal of old credentials is not one of new ones.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.access_key_id == other.access_key_id
            && self.access_key_secret() == other.access_key_secret()
            && self.security_token() == other.security_token()
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.access_key_secret
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("access_key_secret", &self.access_key_secret)
            .field("security_token", &self.security_token)
            .field("expiration", &self.expiration)
            .finish()
    }
}

/// Without blanks around it, and `None` if nothing is left: stray blanks are a usual cause of mismatches.
fn trimmed(text: String) -> Option<String> {
    let text = Zeroizing::new(text);
    let inner = text.trim();
    (!inner.is_empty()).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_empty_token_is_no_token() {
        assert_eq!(Credentials::new("ak", "sk").with_security_token("").security_token(), None);
    }

    #[test]
    fn credentials_expire_at_their_expiration_not_after_it() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let credentials = Credentials::new("ak", "sk").with_expiration(end);
        assert!(!credentials.is_expired(end - Duration::from_secs(1)));
        assert!(credentials.is_expired(end));
        assert!(!Credentials::new("ak", "sk").is_expired(end));
    }

    #[test]
    fn keys_need_both_halves() {
        assert!(Credentials::new("ak", "sk").has_keys());
        assert!(!Credentials::new("", "sk").has_keys());
        assert!(!Credentials::new("ak", "").has_keys());
    }
}
