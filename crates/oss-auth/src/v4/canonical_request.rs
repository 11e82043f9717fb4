//! The two texts between a request and its signature.

use std::fmt;

use http::header::HOST;
use http::{HeaderMap, HeaderName};
use ring::digest;
use zeroize::Zeroizing;

use super::ALGORITHM;
use super::scope::Scope;
use crate::canonical::{self, CanonicalHeaders, is_signed_by_default, joined_values};
use crate::encoding::hex;
use crate::request::SigningRequest;

/// The text that stands for the whole request: method, resource, query, signed headers.
///
/// It holds the security token, so `Debug` shows only its hash.
pub struct CanonicalRequest {
    text: Zeroizing<Vec<u8>>,
    additional_headers: Vec<HeaderName>,
}

impl CanonicalRequest {
    /// Writes the canonical request of `request` with the headers that are sent.
    ///
    /// `additional_headers` are names to be signed besides `x-oss-*`, `content-type` and `content-md5`, in any order;
    /// those that are signed anyway, absent, or empty are left out. `host`, if it is not in `headers`, is that of
    /// `request`. `payload` is the last line, normally [`UNSIGNED_PAYLOAD`](super::UNSIGNED_PAYLOAD).
    ///
    /// Nothing is refused here: a server has to be able to look at any request.
    #[must_use]
    pub fn new(
        request: &SigningRequest<'_>,
        headers: &HeaderMap,
        additional_headers: &[HeaderName],
        payload: &str,
    ) -> Self {
        let additional = sent_additional_headers(request, headers, additional_headers);
        let is_additional = |name: &str| additional.iter().any(|additional| additional == name);
        let mut signed = CanonicalHeaders::new(headers, |name| is_signed_by_default(name) || is_additional(name));
        if let Some(host) = implied_host(request, headers).filter(|_| is_additional("host")) {
            signed.insert("host", host);
        }

        let mut text = Zeroizing::new(Vec::with_capacity(512));
        text.extend_from_slice(request.method.as_str().as_bytes());
        text.push(b'\n');
        canonical::write_resource(request.bucket.as_deref(), request.key.as_deref(), &mut text);
        text.push(b'\n');
        text.extend_from_slice(canonical::query(request.query.iter().copied()).as_bytes());
        text.push(b'\n');
        signed.write_to(&mut text);
        text.push(b'\n');
        text.extend_from_slice(join_names(&additional).as_bytes());
        text.push(b'\n');
        text.extend_from_slice(payload.as_bytes());
        Self { text, additional_headers: additional }
    }

    /// The text. Bytes, since a header value need not be UTF-8. Contains the security token, if there is one.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// The additional headers that are really signed, in byte order.
    #[must_use]
    pub fn additional_headers(&self) -> &[HeaderName] {
        &self.additional_headers
    }

    /// SHA-256 of the text in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex(digest::digest(&digest::SHA256, &self.text).as_ref())
    }
}

impl fmt::Debug for CanonicalRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CanonicalRequest")
            .field("sha256", &self.sha256())
            .field("additional_headers", &self.additional_headers)
            .finish_non_exhaustive()
    }
}

/// The text that is signed: algorithm, date, scope, and the hash of the canonical request.
///
/// It holds no secret and is what the server shows in a `SignatureDoesNotMatch` response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StringToSign(String);

impl StringToSign {
    /// `date` is the value of `x-oss-date` as sent.
    #[must_use]
    pub fn new(date: &str, scope: &Scope, canonical: &CanonicalRequest) -> Self {
        let [day, region, product, terminator] = scope.parts();
        let digest = canonical.sha256();
        // In one piece: this is made for each request.
        Self([ALGORITHM, "\n", date, "\n", day, "/", region, "/", product, "/", terminator, "\n", &digest].concat())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Those of `names` that are sent with a value and not signed anyway, once each, in byte order.
pub(super) fn sent_additional_headers(
    request: &SigningRequest<'_>,
    headers: &HeaderMap,
    names: &[HeaderName],
) -> Vec<HeaderName> {
    let is_sent = |name: &HeaderName| {
        !joined_values(headers, name).is_empty() || (name == HOST && implied_host(request, headers).is_some())
    };
    let is_additional = |name: &&HeaderName| !is_signed_by_default(name.as_str()) && is_sent(name);
    let mut sent: Vec<HeaderName> = names.iter().filter(is_additional).cloned().collect();
    sent.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    sent.dedup();
    sent
}

/// The host that the HTTP layer will send, if it is not among the headers already.
fn implied_host<'a>(request: &'a SigningRequest<'_>, headers: &HeaderMap) -> Option<&'a str> {
    request.host.as_deref().filter(|host| !host.is_empty() && !headers.contains_key(HOST))
}

/// `n1;n2`, as in the canonical request, the header and the URL.
pub(super) fn join_names(names: &[HeaderName]) -> String {
    names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(";")
}
