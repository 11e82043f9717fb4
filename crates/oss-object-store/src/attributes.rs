//! How an object is stored beside its bytes: headers, metadata, storage class and tags.

use ossup::http::HeaderMap;
use ossup::{Metadata, PutObjectRequest, StorageClass, Tagging};

/// Metadata that proves which writer an object is of: see [`create`](crate::create). Hidden from callers.
pub(crate) const TOKEN: &str = "ossup-create-token";

/// How an object is to be stored.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) storage_class: Option<StorageClass>,
    /// By the names that callers use.
    pub(crate) metadata: Vec<(String, String)>,
    /// As a form, as object_store writes it.
    pub(crate) tags: String,
}

impl Attributes {
    /// The request that stores an object so.
    pub(crate) fn put(&self, bucket: &str, key: &str) -> PutObjectRequest {
        let mut request = PutObjectRequest::new(bucket, key);
        request.content_type.clone_from(&self.content_type);
        request.content_disposition.clone_from(&self.content_disposition);
        request.content_encoding.clone_from(&self.content_encoding);
        request.cache_control.clone_from(&self.cache_control);
        request.storage_class.clone_from(&self.storage_class);
        if let Some(language) = &self.content_language {
            request = request.header("content-language", language);
        }
        if !self.metadata.is_empty() {
            request.metadata = Some(self.metadata.iter().map(|(name, value)| (encode(name), value)).collect());
        }
        request.tagging = tagging(&self.tags);
        request
    }
}

/// The same with a token, by which its writer knows the object again.
pub(crate) fn with_token(mut request: PutObjectRequest, token: &str) -> PutObjectRequest {
    request.metadata.get_or_insert_with(Metadata::new).insert(TOKEN, token);
    request
}

/// What a form says, `+` being a space in it. `None` without tags.
fn tagging(form: &str) -> Option<Tagging> {
    let pairs = form_urlencoded::parse(form.as_bytes());
    let tagging = pairs.fold(Tagging::new(), |tagging, (key, value)| tagging.tag(key, value));
    Some(tagging).filter(|tagging| !tagging.tags.is_empty())
}

/// The metadata of an object, by the names that callers use, without what is ours.
pub(crate) fn metadata(headers: &HeaderMap) -> impl Iterator<Item = (String, String)> {
    headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-oss-meta-").filter(|name| *name != TOKEN)?;
        Some((decode(name), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    })
}

/// Marks an encoded byte in the name of metadata: `--5f` stands for `_`.
const MARK: &str = "--";

/// A name of metadata in the letters that OSS takes: small letters, digits, and hyphens between two of them stand for
/// themselves, every other byte is written as two hyphens and two hexadecimal digits. Upper case is lost, as on every HTTP
/// service.
fn encode(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let bytes = name.as_bytes();
    let is_letter = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let mut encoded = String::with_capacity(name.len());
    for (at, byte) in bytes.iter().copied().enumerate() {
        let is_inner_hyphen = byte == b'-' && is_letter(at.checked_sub(1)) && is_letter(Some(at + 1));
        match byte.is_ascii_alphanumeric() || is_inner_hyphen {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("{MARK}{byte:02x}")),
        }
    }
    encoded
}

/// The name that was encoded so; names of other programs stay what they are as far as they have no marks.
fn decode(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once(MARK) {
        bytes.extend_from_slice(before.as_bytes());
        let byte =
            after.get(..2).filter(|_| after.is_char_boundary(2)).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(MARK.as_bytes()),
        }
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

#[cfg(test)]
mod tests {
    use ossup::http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_oss_takes_stay_and_others_are_written_in_its_letters() {
        for (name, encoded) in [
            ("author", "author"),
            ("Content-Kind", "content-kind"),
            ("test_key", "test--5fkey"),
            ("a.b", "a--2eb"),
            ("a--b", "a--2d--2db"),
            ("-_", "--2d--5f"),
            ("ä", "--c3--a4"),
        ] {
            assert_eq!(encode(name), encoded, "{name}");
            assert_eq!(decode(encoded), name.to_ascii_lowercase(), "{name}");
        }
        assert_eq!(decode("x--zz"), "x--zz");
        assert_eq!(decode("x--"), "x--");
    }

    proptest! {
        #[test]
        fn any_name_survives(name in "[a-z0-9_.-]{1,20}|\\PC{1,8}") {
            let encoded = encode(&name);
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{encoded}");
            prop_assert_eq!(decode(&encoded), name.to_ascii_lowercase());
        }

        #[test]
        fn any_tags_survive_the_form(tags in proptest::collection::vec((".{1,9}", ".{0,9}"), 1..9)) {
            let form = tags.iter().fold(form_urlencoded::Serializer::new(String::new()), |mut form, (key, value)| {
                form.append_pair(key, value);
                form
            }).finish();
            let parsed = tagging(&form).unwrap();
            let parsed: Vec<_> = parsed.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
            prop_assert_eq!(parsed, tags);
        }
    }

    #[test]
    fn our_token_is_hidden_and_everything_else_is_there() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("x-oss-meta-ossup-create-token", "T"), ("x-oss-meta-a--5fb", "1"), ("x-oss-request-id", "R")]
        {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        assert_eq!(metadata(&headers).collect::<Vec<_>>(), [("a_b".to_owned(), "1".to_owned())]);
        assert_eq!(tagging(""), None);
    }
}
