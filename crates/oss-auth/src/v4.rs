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
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_702_743_657);
//! # let sent = SigningRequest::new(Method::GET).bucket("examplebucket").key("a.txt");
//! # let mut headers = HeaderMap::new();
//! # oss_auth::V4Signer::new("cn-hangzhou", oss_auth::Product::OSS)?
//! #     .sign(&sent, &mut headers, &oss_auth::Credentials::new("ak", "sk"), time)?;
//! let received = Authorization::parse(headers["authorization"].to_str()?)?;
//! let date = headers["x-oss-date"].to_str()?;
//!
//! let request = SigningRequest::new(Method::GET).bucket("examplebucket").key("a.txt");
//! let canonical = CanonicalRequest::new(&request, &headers, received.additional_headers(), UNSIGNED_PAYLOAD);
//! let string_to_sign = StringToSign::new(date, received.scope(), &canonical);
//! let expected = SigningKey::derive("sk", received.scope()).sign(string_to_sign.as_str());
//! assert_eq!(expected, received.signature()); // in constant time, where it matters
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
