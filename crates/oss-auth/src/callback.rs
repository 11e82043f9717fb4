//! Verification of upload callbacks (feature `callback`, Rust 1.87), for application servers.
//!
//! An upload can ask OSS to call an application server when it is done. That server should make sure that the caller
//! is OSS: OSS signs path, query and body of its request with an RSA key, and says in a header where the public key is.
//! Fetching the key is the caller's part; [`KeyUrl`] makes sure that only OSS's own host can be asked. A test with a
//! server that has a key of its own names it as a [`KeyHost`].
//!
//! OSS signs with MD5 and a key of 512 bits. Both are weak by today's measure: take a pass as "very likely OSS", keep
//! an unguessable path or a shared value in `callback-var` as well, and do not use this code for anything else.
//!
//! The server must respond 200 with a JSON body and its exact `Content-Length` within 5 s; otherwise the uploader gets
//! status 203, though the object is stored.
//!
//! The example of the OSS documentation:
//!
//! ```
//! use oss_auth::callback::{Callback, CallbackKey};
//!
//! # fn main() -> Result<(), oss_auth::callback::CallbackError> {
//! let callback = Callback {
//!     path: "/index.php",
//!     query: Some("id=1&index=2"),
//!     body: b"bucket=yonghu-test",
//!     authorization: "kKQeGTRccDKyHB3H9vF+xYMSrmhMZjzzl2/kdD1ktNVgbWEfYTQG0G2SU/RaHBovRCE8OkQDjC3uG33esH2txA==",
//!     pub_key_url: "aHR0cDovL2dvc3NwdWJsaWMuYWxpY2RuLmNvbS9jYWxsYmFja19wdWJfa2V5X3YxLnBlbQ==",
//! };
//! assert_eq!(callback.key_url()?.as_str(), "http://gosspublic.alicdn.com/callback_pub_key_v1.pem");
//! // The response to a GET of that URL:
//! let key = CallbackKey::from_pem(
//!     "-----BEGIN PUBLIC KEY-----\n\
//!      MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKs/JBGzwUB2aVht4crBx3oIPBLNsjGs\n\
//!      C0fTXv+nvlmklvkcolvpvXLTjaxUHR3W9LXxQ2EHXAJfCB+6H2YF1k8CAwEAAQ==\n\
//!      -----END PUBLIC KEY-----\n",
//! )?;
//! callback.verify(&key)?;
//! # Ok(())
//! # }
//! ```

mod key;
mod key_host;
#[cfg(feature = "tower")]
mod layer;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use key::{CallbackKey, KeyUrl};
pub use key_host::{InvalidKeyHost, KeyHost};
#[cfg(feature = "tower")]
pub use layer::{CallbackLayer, CallbackService, ResponseFuture};

use crate::encoding::decode_bytes;

/// Name of the header that says where the public key is.
pub const PUB_KEY_URL_HEADER: http::HeaderName = http::HeaderName::from_static("x-oss-pub-key-url");

/// A callback as it was received.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "these five are what OSS signs or sends for the check, no more")]
pub struct Callback<'a> {
    /// The path of the request, as received: percent-encoded.
    pub path: &'a str,
    /// The query of the request, as received, without the `?`; `None` if there was none.
    pub query: Option<&'a str>,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The `Authorization` header: a signature in base64.
    pub authorization: &'a str,
    /// The `x-oss-pub-key-url` header: a URL in base64.
    pub pub_key_url: &'a str,
}

impl Callback<'_> {
    /// Where the public key is.
    ///
    /// # Errors
    /// [`CallbackError::KeyUrl`] if it is not on OSS's own host: then the caller is an impostor.
    pub fn key_url(&self) -> Result<KeyUrl, CallbackError> {
        self.key_url_of(&[])
    }

    /// Where the public key is, if one of `trusted` may give it as well as OSS's own host: for tests, see [`KeyHost`].
    ///
    /// # Errors
    /// [`CallbackError::KeyUrl`] if it is on none of these hosts.
    pub fn key_url_of(&self, trusted: &[KeyHost]) -> Result<KeyUrl, CallbackError> {
        KeyUrl::from_header_of(self.pub_key_url, trusted)
    }

    /// Checks the signature against the key from [`key_url`](Self::key_url).
    ///
    /// # Errors
    /// [`CallbackError`] unless this very request was signed with that key.
    pub fn verify(&self, key: &CallbackKey) -> Result<(), CallbackError> {
        let signature = STANDARD.decode(self.authorization).map_err(|_| CallbackError::Malformed)?;
        // Only `%XX` is decoded: whether OSS means a blank by a `+` in a path is not known *(unconfirmed)*.
        let mut signed = decode_bytes(self.path).map_err(|_| CallbackError::Malformed)?;
        if let Some(query) = self.query {
            signed.push(b'?');
            signed.extend_from_slice(query.as_bytes());
        }
        signed.push(b'\n');
        signed.extend_from_slice(self.body);
        if key.verify(&signed, &signature) { Ok(()) } else { Err(CallbackError::Signature) }
    }
}

/// Why a callback is not known to come from OSS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CallbackError {
    /// The URL of the key is not base64, or on a host that is neither OSS's own nor trusted.
    KeyUrl,
    /// What was fetched is not an RSA public key in PEM or DER.
    Key,
    /// The signature is not base64, or the path is not percent-encoded.
    Malformed,
    /// Another key, or another request.
    Signature,
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyUrl => "the key of the callback is not on a host of OSS",
            Self::Key => "the key of the callback is not an RSA public key",
            Self::Malformed => "the callback is malformed",
            Self::Signature => "the callback was not signed by OSS",
        })
    }
}

impl std::error::Error for CallbackError {}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKs/JBGzwUB2aVht4crBx3oIPBLNsjGsC0fTXv+nvlmklvkcolvpvXLTjaxUHR3W9LXxQ2EHXAJfCB+6H2YF1k8CAwEAAQ==";

    fn key() -> CallbackKey {
        CallbackKey::from_der(&STANDARD.decode(KEY).unwrap()).unwrap()
    }

    fn documented() -> Callback<'static> {
        Callback {
            path: "/index.php",
            query: Some("id=1&index=2"),
            body: b"bucket=yonghu-test",
            authorization: "kKQeGTRccDKyHB3H9vF+xYMSrmhMZjzzl2/kdD1ktNVgbWEfYTQG0G2SU/RaHBovRCE8OkQDjC3uG33esH2txA==",
            pub_key_url: "aHR0cDovL2dvc3NwdWJsaWMuYWxpY2RuLmNvbS9jYWxsYmFja19wdWJfa2V5X3YxLnBlbQ==",
        }
    }

    #[test]
    fn the_documented_example_passes() {
        assert_eq!(documented().verify(&key()), Ok(()));
        let encoded = Callback { path: "/%69ndex%2Ephp", ..documented() };
        assert_eq!(encoded.verify(&key()), Ok(()));
    }

    #[test]
    fn any_change_is_noticed() {
        for callback in [
            Callback { path: "index.php", ..documented() },
            Callback { path: "/index.php/", ..documented() },
            Callback { query: Some("id=1&index=3"), ..documented() },
            Callback { query: None, ..documented() },
            Callback { body: b"bucket=yonghu-test\n", ..documented() },
            Callback { authorization: "", ..documented() },
            Callback { authorization: "AAAA", ..documented() },
        ] {
            assert_eq!(callback.verify(&key()), Err(CallbackError::Signature), "{callback:?}");
        }
        for callback in
            [Callback { authorization: "not base64!", ..documented() }, Callback { path: "/%zz", ..documented() }]
        {
            assert_eq!(callback.verify(&key()), Err(CallbackError::Malformed), "{callback:?}");
        }
    }
}
