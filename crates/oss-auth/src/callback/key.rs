//! The public key that signs callbacks, and where it may come from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::RsaPublicKeyRef;
use rsa::pkcs8::SubjectPublicKeyInfoRef;
use rsa::pkcs8::der::{Decode as _, Document};
use rsa::{BoxedUint, PublicKey};

use super::{CallbackError, KeyHost};

/// The URL of a key, known to be on the host from which OSS publishes its keys, or on one that was named as trusted.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct KeyUrl(String);

impl KeyUrl {
    /// Reads the `x-oss-pub-key-url` header.
    ///
    /// # Errors
    /// [`CallbackError::KeyUrl`] unless it is base64 of a URL of `http://gosspublic.alicdn.com/` or the same by HTTPS.
    /// Any other host would let a forger bring the key along.
    pub fn from_header(value: &str) -> Result<Self, CallbackError> {
        Self::from_header_of(value, &[])
    }

    /// The same, with the key on OSS's own host or on one of `trusted`.
    pub(super) fn from_header_of(value: &str, trusted: &[KeyHost]) -> Result<Self, CallbackError> {
        let bytes = STANDARD.decode(value).map_err(|_| CallbackError::KeyUrl)?;
        let url = String::from_utf8(bytes).map_err(|_| CallbackError::KeyUrl)?;
        // An origin ends with a slash. It matters: without it, `gosspublic.alicdn.com.example.com` would do.
        let mut origins = ORIGINS.into_iter().chain(trusted.iter().map(KeyHost::as_str));
        if origins.any(|origin| url.starts_with(origin)) && url.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(url))
        } else {
            Err(CallbackError::KeyUrl)
        }
    }

    /// The URL. Fetch it without following redirects to other hosts, and with a limit on the size (a key has less than
    /// 1 KiB).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const ORIGINS: [&str; 2] = ["http://gosspublic.alicdn.com/", "https://gosspublic.alicdn.com/"];

/// A public key that OSS signs callbacks with. Clones are cheap enough to keep one for each request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallbackKey(PublicKey);

impl CallbackKey {
    /// Reads a PEM `PUBLIC KEY`, as it is fetched.
    ///
    /// # Errors
    /// [`CallbackError::Key`] for anything but an RSA key of 512 to 4096 bits.
    pub fn from_pem(pem: &str) -> Result<Self, CallbackError> {
        let (label, document) = Document::from_pem(pem.trim()).map_err(|_| CallbackError::Key)?;
        if label != "PUBLIC KEY" {
            return Err(CallbackError::Key);
        }
        Self::from_der(document.as_bytes())
    }

    /// Reads a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// As [`from_pem`](Self::from_pem).
    pub fn from_der(der: &[u8]) -> Result<Self, CallbackError> {
        Self::read(der).ok_or(CallbackError::Key)
    }

    fn read(der: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
            return None;
        }
        let key = RsaPublicKeyRef::from_der(info.subject_public_key.as_bytes()?).ok()?;
        let number = |bytes: &[u8]| {
            let bits = u32::try_from(bytes.len()).ok()?.checked_mul(8)?;
            BoxedUint::from_be_slice(bytes, bits).ok()
        };
        // By its own rules the library takes no key below 1024 bits; OSS's have 512.
        let key = PublicKey::new_with_size_limits(
            number(key.modulus.as_bytes())?,
            number(key.public_exponent.as_bytes())?,
            512..=4096,
        );
        key.ok().map(Self)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.pkcs1v15_verify::<md5::Md5>(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_oss_may_give_the_key() {
        let read = |url: &str| KeyUrl::from_header(&STANDARD.encode(url)).map(|url| url.as_str().to_owned());
        for url in ["http://gosspublic.alicdn.com/k.pem", "https://gosspublic.alicdn.com/k.pem"] {
            assert_eq!(read(url).as_deref(), Ok(url));
        }
        for url in [
            "",
            "http://gosspublic.alicdn.com",
            "http://gosspublic.alicdn.com.example.com/k.pem",
            "http://gosspublic.alicdn.com@example.com/k.pem",
            "http://example.com/http://gosspublic.alicdn.com/",
            "ftp://gosspublic.alicdn.com/k.pem",
            "http://gosspublic.alicdn.com/\r\nHost: example.com",
        ] {
            assert_eq!(read(url), Err(CallbackError::KeyUrl), "{url}");
        }
        assert_eq!(KeyUrl::from_header("http://gosspublic.alicdn.com/"), Err(CallbackError::KeyUrl));
    }

    #[test]
    fn a_trusted_host_is_trusted_to_the_letter_and_besides_that_of_oss() {
        let trusted: [KeyHost; 2] = ["http://127.0.0.1:9000".parse().unwrap(), "https://keys.test/".parse().unwrap()];
        let read = |url: &str| KeyUrl::from_header_of(&STANDARD.encode(url), &trusted);
        for url in ["http://127.0.0.1:9000/k.pem", "https://keys.test/a/k.pem", "http://gosspublic.alicdn.com/k.pem"] {
            assert_eq!(read(url).unwrap().as_str(), url);
            assert_eq!(KeyUrl::from_header(&STANDARD.encode(url)).is_ok(), url.contains("gosspublic"), "{url}");
        }
        for url in [
            "http://127.0.0.1:9000",
            "http://127.0.0.1:9000.evil/k.pem",
            "http://127.0.0.1:90000/k.pem",
            "http://127.0.0.1:900/k.pem",
            "http://127.0.0.1/k.pem",
            "https://127.0.0.1:9000/k.pem",
            "http://127.0.0.1:9000@evil/k.pem",
            "http://127.0.0.1:9000\\@evil/k.pem",
            "http://user@127.0.0.1:9000/k.pem",
            "http://evil/http://127.0.0.1:9000/k.pem",
            "http://evil/?http://127.0.0.1:9000/",
            "http://127.0.0.1:9000/\r\nHost: evil",
            "http://keys.test/k.pem",
            "https://keys.test.evil/k.pem",
            "https://keys.test:8443/k.pem",
            "http://gosspublic.alicdn.com.evil/k.pem",
            "http://gosspublic.alicdn.com@evil/k.pem",
        ] {
            assert_eq!(read(url), Err(CallbackError::KeyUrl), "{url}");
        }
    }

    #[test]
    fn what_is_no_rsa_key_is_refused() {
        for pem in [
            "",
            "<html></html>",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
        ] {
            assert_eq!(CallbackKey::from_pem(pem), Err(CallbackError::Key));
        }
        // An Ed25519 key.
        let der = STANDARD.decode("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=").unwrap();
        assert_eq!(CallbackKey::from_der(&der), Err(CallbackError::Key));
    }
}
