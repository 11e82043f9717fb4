use std::sync::Arc;

use crate::InvalidRequest;

/// Name of a bucket: 3 to 63 of `a-z 0-9 -`, first and last a letter or digit.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BucketName(Arc<str>);

impl BucketName {
    /// A bucket name.
    ///
    /// # Errors
    /// [`InvalidRequest`] that names the broken rule.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidRequest> {
        let name = name.into();
        let refuse = |rule: &str| Err(InvalidRequest::new("bucket", format!("{name:?} {rule}")));
        if !(3..=63).contains(&name.len()) {
            return refuse("is not 3 to 63 characters long");
        }
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return refuse("has a character other than a-z, 0-9 and -");
        }
        if name.starts_with('-') || name.ends_with('-') {
            return refuse("begins or ends with -");
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
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
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
            return refuse("is empty".to_owned());
        }
        if key.len() > Self::MAX_LEN {
            return refuse(format!("is {} bytes long; at most {} are allowed", key.len(), Self::MAX_LEN));
        }
        if key.starts_with(['/', '\\']) {
            return refuse(format!("{key:?} begins with / or \\"));
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
