//! Parts that the signature versions share: resource, query, headers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::encoding::{encoded, encoded_path};

/// Header and query names of the signature.
pub mod names {
    use http::HeaderName;

    /// Header: when the request was signed.
    pub const X_OSS_DATE: HeaderName = HeaderName::from_static("x-oss-date");
    /// Header: hash of the payload, in practice always [`UNSIGNED_PAYLOAD`](crate::v4::UNSIGNED_PAYLOAD).
    pub const X_OSS_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-oss-content-sha256");
    /// Header: token of temporary credentials.
    pub const X_OSS_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-oss-security-token");
    /// Header: MD5 of the body, base64 of its 16 bytes.
    pub const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
}

/// `/`, `/bucket/` or `/bucket/key`, unencoded.
///
/// Nothing is tidied, so a key `/a//..` gives `/bucket//a//..`.
#[must_use]
pub fn resource(bucket: Option<&str>, key: Option<&str>) -> String {
    let (bucket, slash) = bucket.map_or(("", ""), |bucket| (bucket, "/"));
    ["/", bucket, slash, key.unwrap_or_default()].concat()
}

/// Appends [`resource`] as V4 signs it: percent-encoded.
pub(crate) fn write_resource(bucket: Option<&str>, key: Option<&str>, out: &mut Vec<u8>) {
    out.push(b'/');
    if let Some(bucket) = bucket {
        out.extend_from_slice(encoded_path(bucket).as_bytes());
        out.push(b'/');
    }
    out.extend_from_slice(encoded_path(key.unwrap_or_default()).as_bytes());
}

/// The query as V4 signs it: encoded, sorted by *encoded name*, an empty value as the bare name.
///
/// ```
/// use oss_auth::canonical::query;
/// assert_eq!(query([("a-b", "1"), ("a", "2"), ("acl", "")]), "a=2&a-b=1&acl");
/// ```
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (encoded(name), encoded(value))).collect();
    // By name alone: sorting whole pairs would put `a-b=1` before `a=2`.
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut text = String::with_capacity(pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum());
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&name);
        if !value.is_empty() {
            text.push('=');
            text.push_str(&value);
        }
    }
    text
}

/// Whether V4 signs a header (lower-case name) without being asked: `x-oss-*`, `content-type`, `content-md5`.
#[must_use]
pub fn is_signed_by_default(name: &str) -> bool {
    is_oss_header(name) || name == "content-type" || name == "content-md5"
}

/// Whether a header (lower-case name) is one of OSS's own, which every signature version signs.
#[must_use]
pub fn is_oss_header(name: &str) -> bool {
    name.starts_with("x-oss-")
}

/// Headers in canonical form: lower-case names in byte order, values trimmed of spaces and tabs at both ends and
/// otherwise untouched, several values of one name joined by `,`.
pub(crate) struct CanonicalHeaders<'a>(BTreeMap<&'a str, Cow<'a, [u8]>>);

impl<'a> CanonicalHeaders<'a> {
    pub(crate) fn new(headers: &'a HeaderMap, mut is_signed: impl FnMut(&str) -> bool) -> Self {
        let signed = headers.keys().filter(|name| is_signed(name.as_str()));
        Self(signed.map(|name| (name.as_str(), joined_values(headers, name))).collect())
    }

    pub(crate) fn insert(&mut self, name: &'a str, value: &'a str) {
        self.0.insert(name, Cow::Borrowed(trim(value.as_bytes())));
    }

    /// Appends `name:value\n` for each header.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.0 {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            out.extend_from_slice(value);
            out.push(b'\n');
        }
    }
}

/// All values of a header in canonical form; empty if there is none.
pub(crate) fn joined_values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Cow<'a, [u8]> {
    let mut values = headers.get_all(name).iter().map(HeaderValue::as_bytes).map(trim);
    let first = values.next().unwrap_or_default();
    match values.next() {
        None => Cow::Borrowed(first),
        Some(second) => {
            let all: Vec<&[u8]> = [first, second].into_iter().chain(values).collect();
            Cow::Owned(all.join(&b','))
        }
    }
}

fn trim(value: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !is_blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_service_bucket_or_object() {
        assert_eq!(resource(None, None), "/");
        assert_eq!(resource(Some("b"), None), "/b/");
        assert_eq!(resource(Some("b"), Some("/a//../")), "/b//a//../");
    }

    #[test]
    fn a_resource_is_signed_with_its_escapes() {
        for (bucket, key) in [(None, None), (Some("b"), None), (Some("b"), Some("/a b//../+")), (None, Some("k"))] {
            let mut text = Vec::new();
            write_resource(bucket, key, &mut text);
            assert_eq!(text, crate::encoding::encode_path(&resource(bucket, key)).as_bytes());
        }
    }

    #[test]
    fn values_of_one_name_are_trimmed_and_joined_in_order() {
        let mut headers = HeaderMap::new();
        headers.append("x-oss-b", HeaderValue::from_static(" 2\t"));
        headers.append("x-oss-b", HeaderValue::from_static("1  1"));
        headers.append("x-oss-a", HeaderValue::from_static(" \t"));
        headers.append("other", HeaderValue::from_static("no"));
        let mut text = Vec::new();
        CanonicalHeaders::new(&headers, is_signed_by_default).write_to(&mut text);
        assert_eq!(text, b"x-oss-a:\nx-oss-b:2,1  1\n");
    }
}
