//! Text that must not be printed and does not outlive its use.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A secret, shared by clones and overwritten with zeros when the last of them is dropped.
///
/// Best effort: copies made by the allocator, the operating system or a caller are out of its reach.
#[derive(Clone)]
pub(crate) struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REDACTED")
    }
}
