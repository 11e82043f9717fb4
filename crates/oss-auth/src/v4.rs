//! V4 signatures (`OSS4-HMAC-SHA256`), in the `Authorization` header or in the URL.
//!
//! [`V4Signer`] is all that a client needs. The rest are its building blocks, public for servers that verify and for
//! tools that explain a mismatch: a [`CanonicalRequest`] is hashed into a [`StringToSign`], which a [`SigningKey`],
//! good for one [`Scope`], signs; [`Authorization`] is the header that carries the result.
//!
//! A server computes the expected signature from what it received:
//!
//! ```
//! use http::{HeaderMap, Method};
//! use oss_auth::SigningRequest;
//! use oss_auth::v4::{Authorization, CanonicalRequest, SigningKey, StringToSign, UNSIGNED_PAYLOAD};
//!
//! # fn main() -> Result<(), oss_auth::v4::ParseError> {
//! let mut headers = HeaderMap::new();
//! headers.insert("x-oss-date", http::HeaderValue::from_static("20231216T162057Z"));
//! headers.insert("x-oss-content-sha256", http::HeaderValue::from_static("UNSIGNED-PAYLOAD"));
//! let received = Authorization::parse(
//!     "OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,\
//!      Signature=b0a4b1ef0cdc0bdc2b1a2ee1ee5ea1a7c0c46a5e2b0bd28e4f94bb0c3eb83f04",
//! )?;
//! let request = SigningRequest::new(Method::GET).bucket("examplebucket").key("a.txt");
//! let canonical = CanonicalRequest::new(&request, &headers, received.additional_headers(), UNSIGNED_PAYLOAD);
//! let string_to_sign = StringToSign::new("20231216T162057Z", received.scope(), &canonical);
//! let expected = SigningKey::derive("sk", received.scope()).sign(string_to_sign.as_str());
//! assert_ne!(expected, received.signature());
//! # Ok(())
//! # }
//! ```

mod authorization;
mod canonical_request;
mod key;
mod scope;
mod signer;

pub use authorization::{Authorization, ParseError};
pub use canonical_request::{CanonicalRequest, StringToSign};
pub use key::SigningKey;
pub use scope::{Product, Scope, cloud_box_id};
pub use signer::V4Signer;

/// Name of the algorithm, first word of `Authorization` and value of `x-oss-signature-version`.
pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// Last line of every canonical request: V4 never hashes the payload.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The longest lifetime of a presigned URL and of a POST policy, in seconds: 7 days.
pub const MAX_LIFETIME_SECONDS: u64 = 604_800;

/// The query parameters of a presigned URL.
pub mod query_names {
    /// [`ALGORITHM`](super::ALGORITHM).
    pub const SIGNATURE_VERSION: &str = "x-oss-signature-version";
    /// When it was signed, `20231216T162057Z`.
    pub const DATE: &str = "x-oss-date";
    /// Lifetime in seconds, counted from the date.
    pub const EXPIRES: &str = "x-oss-expires";
    /// Access key id and scope.
    pub const CREDENTIAL: &str = "x-oss-credential";
    /// Token of temporary credentials.
    pub const SECURITY_TOKEN: &str = "x-oss-security-token";
    /// Names of the additional signed headers, joined by `;`.
    pub const ADDITIONAL_HEADERS: &str = "x-oss-additional-headers";
    /// The signature, the only parameter that is not signed.
    pub const SIGNATURE: &str = "x-oss-signature";

    /// All of them.
    pub const ALL: [&str; 7] =
        [SIGNATURE_VERSION, DATE, EXPIRES, CREDENTIAL, SECURITY_TOKEN, ADDITIONAL_HEADERS, SIGNATURE];
}
