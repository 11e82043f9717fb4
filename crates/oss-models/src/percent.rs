//! Percent-encoding as OSS reads and writes it: UTF-8, every byte outside `A-Z a-z 0-9 - . _ ~` as `%XX`.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// Encodes one name or value of a query, or a whole key for `encoding-type=url`; `/` becomes `%2F`.
pub fn encode(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, UNRESERVED).into()
}

/// Encodes a key for a path; `/` stays, and nothing is normalised.
pub fn encode_path(key: &str) -> Cow<'_, str> {
    utf8_percent_encode(key, PATH).into()
}

/// Decodes `%XX`; `+` stays `+`, and a `%` without two hexadecimal digits stays as it is.
///
/// `None` if the bytes are not UTF-8.
pub fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(text.into());
    }
    // Room for all of it at once: a list has a thousand keys.
    let mut bytes = Vec::with_capacity(text.len());
    bytes.extend(percent_decode_str(text));
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plus_stays_plus_and_slash_is_encoded_only_outside_paths() {
        assert_eq!(encode("demo/gp-\u{c}\n\u{b}"), "demo%2Fgp-%0C%0A%0B");
        assert_eq!(encode_path("a/../b c+d%2F"), "a/../b%20c%2Bd%252F");
        assert_eq!(decode("a+b%2Bc%zz%"), Some("a+b+c%zz%".into()));
        assert_eq!(decode("%FF"), None);
    }

    proptest! {
        #[test]
        fn any_text_survives(text in any::<String>()) {
            for encoded in [encode(&text), encode_path(&text)] {
                let decoded = decode(&encoded);
                prop_assert_eq!(decoded.as_deref(), Some(text.as_str()));
            }
        }
    }
}
