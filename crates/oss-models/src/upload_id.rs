use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::InvalidRequest;

/// Name that OSS gave to one multipart upload; opaque, never empty.
///
/// Cheap to clone. `Display` gives it whole, since it is needed to find or abort an upload and opens nothing by itself.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct UploadId(Arc<str>);

impl UploadId {
    /// An upload id as the server wrote it.
    ///
    /// # Errors
    /// [`InvalidRequest`] if it is empty or has control characters.
    pub fn new(id: impl Into<Arc<str>>) -> Result<Self, InvalidRequest> {
        let id = id.into();
        if id.is_empty() {
            return Err(InvalidRequest::new("upload_id", "must not be empty"));
        }
        if id.contains(char::is_control) {
            return Err(InvalidRequest::new("upload_id", "must not have control characters"));
        }
        Ok(Self(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_newtype!(UploadId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text_that_can_be_printed() {
        assert_eq!(UploadId::new("0004B9").unwrap().as_str(), "0004B9");
        for bad in ["", "0004\u{1b}[2J"] {
            assert_eq!(UploadId::new(bad).unwrap_err().field, "upload_id", "{bad:?}");
        }
    }
}
