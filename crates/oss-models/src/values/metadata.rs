use std::collections::BTreeMap;

use serde::Serialize;

/// User metadata of an object: names and values that OSS keeps and gives back (`x-oss-meta-*`).
///
/// Names are of letters, digits and `-`, and case does not matter: they are kept in lower case. Values are of visible
/// ASCII and inner spaces. Names and values together have at most 8 KiB (that OSS does not count the prefix is
/// *(unconfirmed)*). The rules are checked when a request is written.
///
/// ```
/// let metadata = oss_models::Metadata::from([("Author", "me")]);
/// assert_eq!(metadata.value("author"), Some("me"));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// Most bytes of all names and values together: 8 KiB.
    pub const MAX_LEN: usize = 8 << 10;

    /// No metadata.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value; one of the same name is replaced.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let mut name = name.into();
        name.make_ascii_lowercase();
        self.0.insert(name, value.into());
    }

    /// The value of a name, in whatever case.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no metadata.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which rule is broken, if any. What values may hold is checked with every other header.
    pub(crate) fn check(&self) -> Result<(), String> {
        let allowed = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if let Some((name, _)) = self.iter().find(|(name, _)| !allowed(name)) {
            return Err(format!("must have names of letters, digits and -, got {name:?}"));
        }
        let len: usize = self.iter().map(|(name, value)| name.len() + value.len()).sum();
        if len > Self::MAX_LEN {
            return Err(format!("must have at most {} bytes of names and values, got {len}", Self::MAX_LEN));
        }
        Ok(())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut metadata = Self::new();
        pairs.into_iter().for_each(|(name, value)| metadata.insert(name, value));
        metadata
    }
}

impl<N: Into<String>, V: Into<String>, const COUNT: usize> From<[(N, V); COUNT]> for Metadata {
    fn from(pairs: [(N, V); COUNT]) -> Self {
        pairs.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sizes_are_checked() {
        assert_eq!(Metadata::from([("A-1", "x"), ("a-1", "y")]).iter().collect::<Vec<_>>(), [("a-1", "y")]);
        assert!(Metadata::from([("a_b", "")]).check().is_err());
        assert!(Metadata::from([("", "")]).check().is_err());
        assert_eq!(Metadata::from([("a", "x".repeat(Metadata::MAX_LEN - 1))]).check(), Ok(()));
        assert!(Metadata::from([("a", "x".repeat(Metadata::MAX_LEN))]).check().is_err());
    }
}
