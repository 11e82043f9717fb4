use serde::{Deserialize, Serialize};

use crate::InvalidRequest;

/// Entity tag of an object or part, without the quotes it wears on the wire.
///
/// Opaque: the tag of a multipart object is not the MD5 of its content. Equality ignores case, as the service does.
#[derive(Clone, Debug, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Etag(String);

impl Etag {
    /// An entity tag from header or XML text, quoted or not.
    ///
    /// # Errors
    /// [`InvalidRequest`] if nothing is left without quotes and spaces around it, or if it has control characters, with
    /// which no request could name it.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidRequest> {
        let text = text.as_ref();
        let bare = text.trim_matches(|character: char| character == '"' || character.is_whitespace());
        if bare.is_empty() {
            return Err(InvalidRequest::new("etag", "must not be empty"));
        }
        // Of ASCII, which all tags of OSS are, bytes tell it sooner.
        let has_control =
            if bare.is_ascii() { bare.bytes().any(|b| b.is_ascii_control()) } else { bare.contains(char::is_control) };
        if has_control {
            return Err(InvalidRequest::new("etag", "must not have control characters"));
        }
        Ok(Self(bare.to_owned()))
    }

    /// The tag without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag in quotes, as headers and XML carry it.
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl PartialEq for Etag {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

text_newtype!(Etag);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_back_as_it_was_written() {
        for text in ["\" a \"", "\"\" a\"b \"", "W/\"a\""] {
            let tag = Etag::new(text).unwrap();
            for written in [tag.as_str(), &tag.quoted()] {
                assert_eq!(Etag::new(written).unwrap().as_str(), tag.as_str(), "{text}");
            }
        }
    }

    #[test]
    fn quotes_and_case_do_not_matter() {
        assert_eq!(Etag::new("\"ab12\""), Etag::new("AB12"));
        assert_eq!(Etag::new("ab").unwrap().quoted(), "\"ab\"");
        for bad in ["\"\"", "\" \"", "a\0b"] {
            assert_eq!(Etag::new(bad).unwrap_err().field, "etag", "{bad:?}");
        }
    }
}
