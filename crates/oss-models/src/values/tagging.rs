use std::borrow::Cow;
use std::collections::HashSet;

use serde::Serialize;

use crate::wire::WireText;
use crate::{InvalidRequest, percent};

/// One tag of an object: 1 to 128 bytes of key, at most 256 bytes of value.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tag {
    /// Key, 1 to 128 bytes.
    pub key: String,
    /// Value, at most 256 bytes; may be empty.
    pub value: String,
}

impl Tag {
    /// A tag.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// The tags of an object: at most 10, with different keys. Encoding is done here.
///
/// ```
/// use oss_models::Tagging;
/// let tagging = Tagging::new().tag("team", "R&D").tag("done", "");
/// assert_eq!(Tagging::from_encoded("team=R%26D&done")?, tagging);
/// # Ok::<(), oss_models::InvalidRequest>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tagging {
    /// The tags, in the order in which they are sent.
    pub tags: Vec<Tag>,
}

impl Tagging {
    /// Most tags of one object.
    pub const MAX_TAGS: usize = 10;

    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push(Tag::new(key, value));
        self
    }

    /// Tags from the form that headers carry: `k1=v1&k2=v2`, keys and values percent-encoded; `+` means itself.
    ///
    /// # Errors
    /// [`InvalidRequest`] if the encoded bytes are not UTF-8.
    pub fn from_encoded(text: &str) -> Result<Self, InvalidRequest> {
        Self::from_wire(text).ok_or_else(|| InvalidRequest::new("tagging", "must be percent-encoded UTF-8"))
    }
}

impl FromIterator<Tag> for Tagging {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        Self { tags: tags.into_iter().collect() }
    }
}

impl WireText for Tagging {
    fn to_wire(&self) -> Cow<'_, str> {
        let pair = |tag: &Tag| format!("{}={}", percent::encode(&tag.key), percent::encode(&tag.value));
        self.tags.iter().map(pair).collect::<Vec<_>>().join("&").into()
    }

    fn from_wire(text: &str) -> Option<Self> {
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some(Tag::new(percent::decode(key)?, percent::decode(value)?))
        };
        text.split('&').filter(|text| !text.is_empty()).map(pair).collect()
    }

    fn check(&self) -> Result<(), String> {
        if self.tags.len() > Self::MAX_TAGS {
            return Err(format!("must have at most {} tags, got {}", Self::MAX_TAGS, self.tags.len()));
        }
        let mut seen = HashSet::new();
        for Tag { key, value } in &self.tags {
            if !(1..=128).contains(&key.len()) {
                return Err(format!("must have keys of 1 to 128 bytes, got {key:?}"));
            }
            if value.len() > 256 {
                return Err(format!("must have values of at most 256 bytes, got {} for {key:?}", value.len()));
            }
            if !seen.insert(key) {
                return Err(format!("has the key {key:?} twice"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rules_of_tags_are_checked() {
        let many = (0..11).map(|n| Tag::new(n.to_string(), "")).collect::<Tagging>();
        let twice = Tagging::new().tag("a", "1").tag("a", "2");
        for bad in [
            many,
            twice,
            Tagging::new().tag("", ""),
            Tagging::new().tag("é".repeat(65), ""),
            Tagging::new().tag("a", "x".repeat(257)),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn tags_survive_the_header(pairs in proptest::collection::vec((".+", ".*"), 0..10)) {
            let tagging: Tagging = pairs.into_iter().map(|(key, value)| Tag::new(key, value)).collect();
            prop_assert_eq!(Tagging::from_wire(&tagging.to_wire()), Some(tagging));
        }
    }
}
