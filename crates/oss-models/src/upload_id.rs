use std::fmt;
use std::sync::Arc;

/// Name that OSS gave to one multipart upload; opaque, never empty.
///
/// Cheap to clone. `Display` gives it whole, since it is needed to find or abort an upload and opens nothing by itself.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UploadId(Arc<str>);

impl UploadId {
    /// An upload id as the server wrote it; `None` if it is empty or has control characters.
    pub fn new(id: impl Into<Arc<str>>) -> Option<Self> {
        let id = id.into();
        (!id.is_empty() && !id.contains(char::is_control)).then_some(Self(id))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text_that_can_be_printed() {
        assert_eq!(UploadId::new("0004B9").as_ref().map(UploadId::as_str), Some("0004B9"));
        assert_eq!(UploadId::new(""), None);
        assert_eq!(UploadId::new("0004\u{1b}[2J"), None);
    }
}
