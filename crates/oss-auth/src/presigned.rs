//! A request that carries its signature in the URL.

use std::fmt;
use std::time::SystemTime;

use http::{HeaderMap, Method};

/// A signed URL and what has to be sent with it.
///
/// Anyone who holds the URL can use it, so it is as secret as a key: `Debug` shows neither the values of the query nor
/// those of the headers, and there is no `Display`.
#[derive(Clone)]
pub struct Presigned {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) expiration: Option<SystemTime>,
    pub(crate) signed_headers: HeaderMap,
}

impl Presigned {
    /// The method that was signed; no other will do.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The URL, to be sent byte for byte. Its scheme is that of the request that was signed, `https` by default.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// When the URL stops working: its own expiry, or that of the credentials that signed it if that is sooner.
    /// `None` for an anonymous URL.
    #[must_use]
    pub fn expiration(&self) -> Option<SystemTime> {
        self.expiration
    }

    /// The headers that were signed. They must be sent exactly like this, and no other `x-oss-*`, `Content-Type` or
    /// `Content-MD5` header may be sent.
    #[must_use]
    pub fn signed_headers(&self) -> &HeaderMap {
        &self.signed_headers
    }
}

impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let names: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
        f.debug_struct("Presigned")
            .field("method", &self.method)
            .field("url", &address)
            .field("query_names", &names)
            .field("expiration", &self.expiration)
            .field("signed_headers", &self.signed_headers.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// The sooner of the URL's own end and the credentials' end.
pub(crate) fn sooner(own: SystemTime, credentials: Option<SystemTime>) -> Option<SystemTime> {
    Some(credentials.map_or(own, |end| end.min(own)))
}

/// The headers for which `is_signed` holds (lower-case names).
pub(crate) fn select(headers: &HeaderMap, is_signed: impl Fn(&str) -> bool) -> HeaderMap {
    headers
        .iter()
        .filter(|(name, _)| is_signed(name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
