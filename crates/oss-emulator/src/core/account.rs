//! The key pairs that may sign requests.

use jiff::Timestamp;

use super::Expected;

/// A key pair that may sign.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) access_key_id: String,
    pub(crate) access_key_secret: String,
    /// The token that requests with these temporary credentials must carry; `None` for a permanent key.
    pub(crate) security_token: Option<Expected>,
    pub(crate) expiration: Option<Timestamp>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}
