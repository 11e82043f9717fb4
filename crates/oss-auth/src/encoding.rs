//! The one percent-encoder, for the text that is signed and for the text that is sent.
//!
//! Both texts come from these functions, so they cannot drift apart: most `SignatureDoesNotMatch` responses are
//! two encoders that disagree about a space, a `+` or a `~`.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What RFC 3986 calls unreserved stays; OSS signs everything else as `%XX`.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// Percent-encodes a query name, a query value or any other text.
///
/// Keeps `A-Z a-z 0-9 - . _ ~`; every other byte of the UTF-8 text becomes `%` and two upper-case hex digits.
/// A space is `%20`, never `+`; a `%` is `%25`, so text that is encoded already gets encoded again.
///
/// ```
/// assert_eq!(oss_auth::encoding::encode("a b/+~*%2F"), "a%20b%2F%2B~%2A%252F");
/// ```
#[must_use]
pub fn encode(text: &str) -> String {
    encoded(text).into_owned()
}

/// As [`encode`]; borrowed if nothing has to be escaped, as in most queries.
pub(crate) fn encoded(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, UNRESERVED).into()
}

/// Percent-encodes an object key, or `bucket/key`, for a path: like [`encode`], but `/` stays.
///
/// Nothing is tidied: `//`, `.`, `..` and a leading or trailing slash stay, and Unicode is not normalised.
///
/// ```
/// assert_eq!(oss_auth::encoding::encode_path("dir//a b/../c"), "dir//a%20b/../c");
/// ```
#[must_use]
pub fn encode_path(text: &str) -> String {
    encoded_path(text).into_owned()
}

/// As [`encode_path`]; borrowed if nothing has to be escaped.
pub(crate) fn encoded_path(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, PATH).into()
}

/// Writes decoded pairs as the query of a URL, in the given order, without the `?`.
///
/// A pair with an empty value is written as its bare name (`uploads`, not `uploads=`).
///
/// ```
/// use oss_auth::encoding::encode_query;
/// assert_eq!(encode_query([("uploads", ""), ("prefix", "a b")]), "uploads&prefix=a%20b");
/// ```
pub fn encode_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.extend(utf8_percent_encode(name, UNRESERVED));
        if !value.is_empty() {
            out.push('=');
            out.extend(utf8_percent_encode(value, UNRESERVED));
        }
    }
    out
}

/// Decodes `%XX` (either case). A `+` stays a `+`.
///
/// # Errors
/// [`DecodeError`] for a `%` without two hex digits after it, or bytes that are not UTF-8.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    String::from_utf8(decode_bytes(text)?).map_err(|_| DecodeError::NotUtf8)
}

/// Decodes a query (without the `?`) into pairs, in order; `name` and `name=` both have an empty value.
///
/// Empty pieces (`a&&b`) are skipped. A `+` stays a `+`.
///
/// # Errors
/// As [`decode`].
pub fn decode_query(query: &str) -> Result<Vec<(String, String)>, DecodeError> {
    query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Text that is not percent-encoded UTF-8.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {
    /// A `%` that is not followed by two hex digits.
    BadEscape,
    /// The decoded bytes are not UTF-8.
    NotUtf8,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadEscape => "a % is not followed by two hex digits",
            Self::NotUtf8 => "the decoded bytes are not UTF-8",
        })
    }
}

impl std::error::Error for DecodeError {}

/// Strict, unlike the decoder of the library: a broken escape is refused.
pub(crate) fn decode_bytes(text: &str) -> Result<Vec<u8>, DecodeError> {
    let is_escape =
        |rest: &str| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    if text.split('%').skip(1).all(is_escape) {
        Ok(percent_decode_str(text).collect())
    } else {
        Err(DecodeError::BadEscape)
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
    let digits: Vec<u8> =
        bytes.iter().map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect::<Vec<_>>().into_flattened();
    // Of ASCII alone, so that it cannot fail.
    String::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_but_the_unreserved_is_escaped_in_upper_case() {
        assert_eq!(encode("!'()*;:@&=+$,/?#[]"), "%21%27%28%29%2A%3B%3A%40%26%3D%2B%24%2C%2F%3F%23%5B%5D");
        assert_eq!(encode("文"), "%E6%96%87");
        assert_eq!(encode("AZaz09-._~"), "AZaz09-._~");
    }

    #[test]
    fn a_broken_escape_is_refused() {
        for text in ["%", "%2", "%zz", "a%4", "%%41", "%4%31", "%é0", "%+1"] {
            assert_eq!(decode(text), Err(DecodeError::BadEscape), "{text}");
        }
        assert_eq!(decode("%ff"), Err(DecodeError::NotUtf8));
        assert_eq!(decode("%4a%4A+%25"), Ok("JJ+%".to_owned()));
    }

    #[test]
    fn a_flag_and_an_empty_value_decode_alike() {
        assert_eq!(decode_query("acl&a=").ok(), Some(vec![("acl".into(), String::new()), ("a".into(), String::new())]));
    }

    #[test]
    fn hex_is_lower_case() {
        assert_eq!(hex(&[0x00, 0x7f, 0xa0, 0xff]), "007fa0ff");
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in any::<String>()) {
            prop_assert_eq!(decode(&encode(&text)), Ok(text.clone()));
            prop_assert_eq!(decode(&encode_path(&text)), Ok(text));
        }

        #[test]
        fn a_query_comes_back_pair_for_pair(pairs in prop::collection::vec((".+", any::<String>()), 0..6)) {
            let text = encode_query(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert_eq!(decode_query(&text), Ok(pairs));
        }
    }
}
