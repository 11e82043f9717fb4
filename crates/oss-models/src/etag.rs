use std::fmt;

/// Entity tag of an object or part, without the quotes it wears on the wire.
///
/// Opaque: the tag of a multipart object is not the MD5 of its content. Equality ignores case, as the service does.
#[derive(Clone, Debug, Eq)]
pub struct Etag(String);

impl Etag {
    /// An entity tag from header or XML text, quoted or not; `None` if nothing is left without quotes and spaces around
    /// it, or if it has control characters, with which no request could name it.
    pub fn new(text: &str) -> Option<Self> {
        let bare = text.trim_matches(|character: char| character == '"' || character.is_whitespace());
        (!bare.is_empty() && !bare.contains(char::is_control)).then(|| Self(bare.to_owned()))
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

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_back_as_it_was_written() {
        for text in ["\" a \"", "\"\" a\"b \"", "W/\"a\""] {
            let tag = Etag::new(text).unwrap();
            for written in [tag.as_str(), &tag.quoted()] {
                assert_eq!(Etag::new(written).as_ref().map(Etag::as_str), Some(tag.as_str()), "{text}");
            }
        }
    }

    #[test]
    fn quotes_and_case_do_not_matter() {
        assert_eq!(Etag::new("\"ab12\""), Etag::new("AB12"));
        assert_eq!(Etag::new("\"\""), None);
        assert_eq!(Etag::new("\" \""), None);
        assert_eq!(Etag::new("a\0b"), None);
        assert_eq!(Etag::new("ab").map(|e| e.quoted()), Some("\"ab\"".to_owned()));
    }
}
