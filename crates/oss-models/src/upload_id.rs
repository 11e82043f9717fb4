use std::fmt;
use std::sync::Arc;

/// Name that OSS gave to one multipart upload; opaque, never empty.
///
/// Cheap to clone. `Display` gives it whole, since it is needed to find or abort an upload and opens nothing by itself.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UploadId(Arc<str>);

impl UploadId {
    /// An upload id as the server wrote it; `None` if empty.
    pub fn new(id: impl Into<Arc<str>>) -> Option<Self> {
        Some(id.into()).filter(|id: &Arc<str>| !id.is_empty()).map(Self)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
