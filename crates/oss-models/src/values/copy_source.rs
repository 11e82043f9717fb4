use std::borrow::Cow;

use crate::wire::WireText;
use crate::{BucketName, InvalidRequest, ObjectKey, percent};

/// The object that is copied, and which of its versions.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CopySource {
    /// Bucket of the source, in the same region as the copy.
    pub bucket: String,
    /// Key of the source, not encoded.
    pub key: String,
    /// Version; the current one if `None`.
    pub version_id: Option<String>,
}

impl CopySource {
    /// The current version of an object.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into(), version_id: None }
    }

    /// Chooses a version.
    #[must_use]
    pub fn version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

impl WireText for CopySource {
    fn to_wire(&self) -> Cow<'_, str> {
        let mut text = format!("/{}/{}", self.bucket, percent::encode_path(&self.key));
        if let Some(version_id) = &self.version_id {
            text.extend(["?versionId=", version_id]);
        }
        text.into()
    }

    fn from_wire(text: &str) -> Option<Self> {
        let (path, version_id) = text.split_once("?versionId=").map_or((text, None), |(path, id)| (path, Some(id)));
        let (bucket, key) = path.trim_start_matches('/').split_once('/')?;
        let key = percent::decode(key)?.into_owned();
        Some(Self { bucket: bucket.to_owned(), key, version_id: version_id.map(ToOwned::to_owned) })
    }

    fn check(&self) -> Result<(), String> {
        let of_source = |error: InvalidRequest| format!("names a source whose {error}");
        BucketName::new(self.bucket.as_str()).map_err(of_source)?;
        ObjectKey::new(self.key.as_str()).map_err(of_source)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_is_encoded() {
        let source = CopySource::new("demo", "a b/ü?versionId=no").version_id("CAE+/=");
        assert_eq!(source.to_wire(), "/demo/a%20b/%C3%BC%3FversionId%3Dno?versionId=CAE+/=");
        assert_eq!(CopySource::from_wire(&source.to_wire()), Some(source));
        assert!(CopySource::new("demo", "").check().is_err());
    }
}
