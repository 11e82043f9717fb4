//! The choice between the signature versions.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::credentials::Credentials;
use crate::error::SignError;
use crate::presigned::Presigned;
use crate::request::SigningRequest;
use crate::v1::V1Signer;
use crate::v4::V4Signer;

/// Any signer, or none. Clones are cheap.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Signer {
    /// V4, for one region.
    V4(V4Signer),
    /// V1.
    V1(V1Signer),
    /// No signature: for public buckets. Credentials are ignored.
    Anonymous,
}

impl Signer {
    /// Signs in the headers: see [`V4Signer::sign`] and [`V1Signer::sign`]. An anonymous request stays as it is.
    ///
    /// # Errors
    /// [`SignError`]; `headers` is then unchanged.
    pub fn sign(
        &self,
        request: &SigningRequest<'_>,
        headers: &mut HeaderMap,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<(), SignError> {
        match self {
            Self::V4(signer) => signer.sign(request, headers, credentials, time),
            Self::V1(signer) => signer.sign(request, headers, credentials, time),
            Self::Anonymous => request.check(),
        }
    }

    /// Signs in the URL: see [`V4Signer::presign`] and [`V1Signer::presign`]. An anonymous URL is bare and does not
    /// expire. The scheme is that of [`SigningRequest::scheme`]: `https`, unless told otherwise.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn presign(
        &self,
        request: &SigningRequest<'_>,
        headers: &HeaderMap,
        credentials: &Credentials,
        time: SystemTime,
        lifetime: Duration,
    ) -> Result<Presigned, SignError> {
        match self {
            Self::V4(signer) => signer.presign(request, headers, credentials, time, lifetime),
            Self::V1(signer) => signer.presign(request, headers, credentials, time, lifetime),
            Self::Anonymous => {
                request.check()?;
                Ok(Presigned {
                    url: request.url(&request.query)?,
                    method: request.method.clone(),
                    expiration: None,
                    signed_headers: HeaderMap::new(),
                })
            }
        }
    }

    /// Our string to sign of a request that was signed in its headers, for the message about a
    /// `SignatureDoesNotMatch`. It holds no secret. `None` if the request is not signed.
    #[must_use]
    pub fn string_to_sign(&self, request: &SigningRequest<'_>, signed: &HeaderMap) -> Option<String> {
        match self {
            Self::V4(signer) => signer.string_to_sign(request, signed).map(|text| text.as_str().to_owned()),
            Self::V1(signer) => Some(signer.string_to_sign(request, signed)),
            Self::Anonymous => None,
        }
    }
}

/// A signature version, as configuration names it: `v4` (the default) or `v1`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SignatureVersion {
    /// HMAC-SHA1, legacy.
    V1,
    /// HMAC-SHA256 with a key for one day, region and product.
    #[default]
    V4,
}

impl fmt::Display for SignatureVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1",
            Self::V4 => "v4",
        })
    }
}

impl FromStr for SignatureVersion {
    type Err = UnknownSignatureVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "v1" | "V1" => Ok(Self::V1),
            "v4" | "V4" => Ok(Self::V4),
            _ => Err(UnknownSignatureVersion(text.to_owned())),
        }
    }
}

/// Text that names no signature version.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct UnknownSignatureVersion(String);

impl fmt::Display for UnknownSignatureVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a signature version (v1, v4)", self.0)
    }
}

impl std::error::Error for UnknownSignatureVersion {}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    #[test]
    fn an_anonymous_request_stays_as_it_is() {
        let request = SigningRequest::new(Method::GET).bucket("b").key("k").query("acl", "").host("b.example.com");
        let (mut headers, no_one, time) = (HeaderMap::new(), Credentials::new("", ""), SystemTime::UNIX_EPOCH);
        Signer::Anonymous.sign(&request, &mut headers, &no_one, time).unwrap();
        assert!(headers.is_empty());
        let presigned = Signer::Anonymous.presign(&request, &headers, &no_one, time, Duration::ZERO).unwrap();
        assert_eq!((presigned.url(), presigned.expiration()), ("https://b.example.com/k?acl", None));
    }

    #[test]
    fn a_version_is_read_as_it_is_written() {
        for version in [SignatureVersion::V1, SignatureVersion::V4] {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
        assert!("v2".parse::<SignatureVersion>().is_err());
    }

    #[test]
    fn signers_cross_threads() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Signer>();
        check::<Credentials>();
    }
}
