//! What is signed, as data.

use std::borrow::Cow;

use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::credentials::Credentials;
use crate::encoding::{encode_path, encode_query};
use crate::error::SignError;

/// What of a request, besides its headers, takes part in a signature: method, bucket, key and query.
///
/// Bucket, key and query are data, decoded; nothing is read out of a URL. So virtual-host, path-style, custom-domain
/// and bare-IP endpoints all sign alike. [`path_and_query`](Self::path_and_query) is the text to send: it is made by the
/// encoder that makes the signed text.
///
/// ```
/// use http::Method;
/// use oss_auth::SigningRequest;
///
/// let request = SigningRequest::new(Method::PUT).bucket("examplebucket").key("a b.txt").query("partNumber", "1");
/// assert_eq!(request.path_and_query(), "/a%20b.txt?partNumber=1");
/// assert_eq!(request.path_style(true).path_and_query(), "/examplebucket/a%20b.txt?partNumber=1");
/// ```
#[derive(Clone, Debug)]
pub struct SigningRequest<'a> {
    pub(crate) method: Method,
    pub(crate) bucket: Option<Cow<'a, str>>,
    pub(crate) key: Option<Cow<'a, str>>,
    pub(crate) query: Vec<(&'a str, &'a str)>,
    pub(crate) sub_resources: Vec<&'a str>,
    pub(crate) host: Option<Cow<'a, str>>,
    scheme: Scheme,
    path_style: bool,
}

impl<'a> SigningRequest<'a> {
    /// A request of the service itself, such as ListBuckets: no bucket, no key, no query.
    #[must_use]
    pub fn new(method: Method) -> Self {
        Self {
            method,
            bucket: None,
            key: None,
            query: Vec::new(),
            sub_resources: Vec::new(),
            host: None,
            scheme: Scheme::HTTPS,
            path_style: false,
        }
    }

    /// Names the bucket. Leave it out for requests of the service; an empty bucket is refused when signing.
    #[must_use]
    pub fn bucket(mut self, bucket: impl Into<OptionalText<'a>>) -> Self {
        self.bucket = bucket.into().0;
        self
    }

    /// Names the object, unencoded. Leave it out for requests of the bucket; an empty key is refused when signing.
    ///
    /// Signed and sent exactly as given, dot segments included. Libraries that parse URLs by the WHATWG rules
    /// (browsers, the `url` crate, curl without `--path-as-is`) remove `.` and `..`, so such a key needs a client that
    /// sends the path as text.
    #[must_use]
    pub fn key(mut self, key: impl Into<OptionalText<'a>>) -> Self {
        self.key = key.into().0;
        self
    }

    /// Adds a query parameter, decoded; the value is empty for a flag such as `acl`.
    #[must_use]
    pub fn query(mut self, name: &'a str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    /// Adds query parameters, decoded, in order.
    #[must_use]
    pub fn query_pairs(mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.query.extend(pairs);
        self
    }

    /// Takes these pairs in place of the query so far.
    #[must_use]
    pub fn replace_query(mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.query = pairs.into_iter().collect();
        self
    }

    /// Adds a query name that V1 has to sign besides the ones it knows ([`v1::SUB_RESOURCES`](crate::v1::SUB_RESOURCES)).
    #[must_use]
    pub fn sub_resource(mut self, name: &'a str) -> Self {
        self.sub_resources.push(name);
        self
    }

    /// Says what the `Host` header will be, with the port if it is not the scheme's own.
    ///
    /// Needed for presigned URLs, which are made with [`scheme`](Self::scheme), and for V4 with `host` as an additional
    /// header.
    #[must_use]
    pub fn host(mut self, host: impl Into<OptionalText<'a>>) -> Self {
        self.host = host.into().0;
        self
    }

    /// Sets the scheme of a presigned URL. Default `https`, whatever the endpoint is reached by. Not signed.
    #[must_use]
    pub fn scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Sets whether the bucket is the first part of the path (`true`) or in the host (`false`, the default). Not signed.
    #[must_use]
    pub fn path_style(mut self, path_style: bool) -> Self {
        self.path_style = path_style;
        self
    }

    /// The encoded path and query to send.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        self.path_with_query(&self.query)
    }

    /// The URL with these decoded pairs as its query.
    pub(crate) fn url(&self, query: &[(&str, &str)]) -> Result<String, SignError> {
        let host = self.host.as_deref().ok_or(SignError::NoHost)?;
        let is_authority = host.parse::<Authority>().is_ok() && !host.contains('@');
        if !is_authority {
            return Err(SignError::Host { host: host.to_owned() });
        }
        Ok(format!("{}://{host}{}", self.scheme, self.path_with_query(query)))
    }

    fn path_with_query(&self, query: &[(&str, &str)]) -> String {
        let mut text = String::with_capacity(USUAL_PATH);
        text.push('/');
        if let Some(bucket) = self.bucket.as_deref().filter(|_| self.path_style) {
            text.push_str(&encode_path(bucket));
            text.push('/');
        }
        if let Some(key) = &self.key {
            text.push_str(&encode_path(key));
        }
        if !query.is_empty() {
            text.push('?');
            text.push_str(&encode_query(query.iter().copied()));
        }
        text
    }

    /// Refuses what cannot be sent as given.
    pub(crate) fn check(&self) -> Result<(), SignError> {
        match (self.bucket.as_deref(), self.key.as_deref()) {
            (None, Some(_)) => return Err(SignError::KeyWithoutBucket),
            (_, Some("")) => return Err(SignError::EmptyKey),
            (Some(bucket), _) if !is_bucket(bucket) => {
                return Err(SignError::Bucket { bucket: bucket.to_owned() });
            }
            _ => {}
        }
        let mut names: Vec<&str> = self.query.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        if names.first().is_some_and(|name| name.is_empty()) {
            return Err(SignError::EmptyQueryName);
        }
        match names.iter().zip(names.iter().skip(1)).find(|(name, next)| name == next) {
            Some((name, _)) => Err(SignError::RepeatedQuery { name: (*name).to_owned() }),
            None => Ok(()),
        }
    }

    /// Refuses a query that is signed already, for a signature in the headers.
    pub(crate) fn check_query_unsigned(&self) -> Result<(), SignError> {
        match self.query.iter().find(|(name, _)| SIGNATURE_PARAMETERS.contains(name)) {
            Some((name, _)) => Err(SignError::SignedQuery { name: (*name).to_owned() }),
            None => Ok(()),
        }
    }
}

/// A text that may be left out: what [`bucket`](SigningRequest::bucket), [`key`](SigningRequest::key) and
/// [`host`](SigningRequest::host) take, made of a text or an option of one, borrowed or owned.
#[derive(Clone, Debug, Default)]
pub struct OptionalText<'a>(Option<Cow<'a, str>>);

macro_rules! optional_text {
    ($($type:ty),+) => {$(
        impl<'a> From<$type> for OptionalText<'a> {
            fn from(text: $type) -> Self {
                Self(Some(text.into()))
            }
        }

        impl<'a> From<Option<$type>> for OptionalText<'a> {
            fn from(text: Option<$type>) -> Self {
                Self(text.map(Into::into))
            }
        }
    )+};
}
optional_text!(&'a str, &'a String, String, Cow<'a, str>);

/// Bytes that most paths with their queries fit in.
const USUAL_PATH: usize = 128;

/// Where presigned URLs carry the signature: V4, V1.
const SIGNATURE_PARAMETERS: [&str; 2] = ["x-oss-signature", "Signature"];

/// Whether a bucket is one segment of a path. The length and the finer rules are the service's business.
fn is_bucket(bucket: &str) -> bool {
    let is_dots = bucket.bytes().all(|byte| byte == b'.');
    !is_dots && bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Puts `value` into `headers` in place of any other of its name.
pub(crate) fn set_header(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) -> Result<(), SignError> {
    headers.try_insert(name, value).map(drop).map_err(|_| SignError::TooManyHeaders)
}

/// A header value that this crate made of credentials.
pub(crate) fn sensitive_value(text: impl Into<String>, field: &'static str) -> Result<HeaderValue, SignError> {
    let mut value = HeaderValue::try_from(text.into()).map_err(|_| SignError::Unsendable { field })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Refuses keys that are missing, and ids that would run into the scope or the next field.
pub(crate) fn check_credentials(credentials: &Credentials) -> Result<(), SignError> {
    if !credentials.has_keys() {
        return Err(SignError::NoKeys);
    }
    let is_sendable = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b',' | b':');
    if credentials.access_key_id().bytes().all(is_sendable) {
        Ok(())
    } else {
        Err(SignError::Unsendable { field: "access key id" })
    }
}

/// A date as a header value.
pub(crate) fn date_value(date: impl Into<String>) -> Result<HeaderValue, SignError> {
    HeaderValue::try_from(date.into()).map_err(|_| SignError::Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_as_given_is_refused() {
        let get = || SigningRequest::new(Method::GET);
        let bucket = |name: &str| SignError::Bucket { bucket: name.to_owned() };
        assert_eq!(get().bucket("").check(), Err(bucket("")));
        assert_eq!(get().bucket("a/b").check(), Err(bucket("a/b")));
        assert_eq!(get().bucket("..").check(), Err(bucket("..")));
        assert_eq!(get().bucket("b").key("").check(), Err(SignError::EmptyKey));
        assert_eq!(get().key("k").check(), Err(SignError::KeyWithoutBucket));
        assert_eq!(get().query("", "v").check(), Err(SignError::EmptyQueryName));
        assert_eq!(get().query("a", "1").query("a", "2").check(), Err(SignError::RepeatedQuery { name: "a".into() }));
        assert_eq!(get().bucket("b").key("../.").query("a", "").query("A", "").check(), Ok(()));
    }

    #[test]
    fn texts_are_taken_as_they_are_at_hand() {
        let (text, none) = (String::from("b"), None::<&str>);
        let taken: [OptionalText<'_>; 7] = [
            (&text).into(),
            text.clone().into(),
            text.as_str().into(),
            Cow::from(&text).into(),
            Some(&text).into(),
            Some(text.as_str()).into(),
            Some(text.clone()).into(),
        ];
        for text in taken {
            let request = SigningRequest::new(Method::GET).bucket(text.clone()).key(text.clone()).host(text);
            assert_eq!(request.url(&[]).as_deref(), Ok("https://b/b"));
        }
        assert_eq!(SigningRequest::new(Method::GET).bucket(none).key(none).path_and_query(), "/");
    }

    #[test]
    fn a_url_needs_a_host_and_nothing_but_a_host() {
        let get = || SigningRequest::new(Method::GET);
        assert_eq!(get().url(&[]), Err(SignError::NoHost));
        for host in ["", "user@example.com", "example.com/path", "a b"] {
            assert_eq!(get().host(host).url(&[]), Err(SignError::Host { host: host.into() }));
        }
        assert_eq!(get().host("127.0.0.1:9000").scheme(Scheme::HTTP).url(&[]).as_deref(), Ok("http://127.0.0.1:9000/"));
    }
}
