use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::InvalidRequest;

/// Name of a bucket: 3 to 63 of `a-z 0-9 -`, first and last a letter or digit.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(Arc<str>);

impl BucketName {
    /// A bucket name.
    ///
    /// # Errors
    /// [`InvalidRequest`] that names the broken rule.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidRequest> {
        let name = name.into();
        let refuse = |rule: &str| Err(InvalidRequest::new("bucket", format!("must {rule}, got {name:?}")));
        if !(3..=63).contains(&name.len()) {
            return refuse("be 3 to 63 characters long");
        }
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return refuse("be made of a-z, 0-9 and -");
        }
        if name.starts_with('-') || name.ends_with('-') {
            return refuse("begin and end with a letter or digit");
        }
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_newtype!(BucketName);

/// Name of an object: 1 to 1,023 bytes of UTF-8 that do not begin with `/` or `\`.
///
/// Nothing is normalised: `a/../b`, `//` and `%2F` name exactly those bytes.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey(Arc<str>);

impl ObjectKey {
    /// Longest key in bytes.
    pub const MAX_LEN: usize = 1023;

    /// An object key.
    ///
    /// # Errors
    /// [`InvalidRequest`] that names the broken rule.
    pub fn new(key: impl Into<Arc<str>>) -> Result<Self, InvalidRequest> {
        let key = key.into();
        let refuse = |rule: String| Err(InvalidRequest::new("key", rule));
        if key.is_empty() {
            return refuse("must not be empty".to_owned());
        }
        if key.len() > Self::MAX_LEN {
            return refuse(format!("must be at most {} bytes long, got {}", Self::MAX_LEN, key.len()));
        }
        if key.starts_with(['/', '\\']) {
            return refuse(format!("must not begin with / or \\, got {key:?}"));
        }
        Ok(Self(key))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_newtype!(ObjectKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_the_rule() {
        for good in ["abc", "a-1", "0a0", &"a".repeat(63)] {
            assert!(BucketName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "-ab", "ab-", "Abc", "a_b", "a.b", "ä--", &"a".repeat(64)] {
            let error = BucketName::new(bad).unwrap_err().to_string();
            assert!(error.contains("bucket"), "{error}");
        }
    }

    /// Rows: R83.
    #[test]
    fn keys_are_counted_in_bytes_and_kept_as_given() {
        assert_eq!(ObjectKey::new("a/../%2F//").unwrap().as_str(), "a/../%2F//");
        assert!(ObjectKey::new("é".repeat(511)).is_ok());
        for bad in ["", "/a", "\\a", &"é".repeat(512)] {
            assert!(ObjectKey::new(bad).is_err(), "{bad}");
        }
    }
}
