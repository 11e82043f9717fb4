//! V1 signatures (HMAC-SHA1), the legacy of OSS, in the `Authorization` header or in the URL.
//!
//! V1 knows no region, signs only some of the query, and unlike V4 takes resource and query unencoded. Use V4 unless a
//! server knows nothing else.

mod authorization;
mod signer;
mod string_to_sign;

pub use authorization::Authorization;
pub use signer::V1Signer;
pub(crate) use string_to_sign::hmac_sha1;
pub use string_to_sign::{SUB_RESOURCES, StringToSign};

/// The query parameters of a presigned URL, and (with `policy`) the fields of a POST form.
pub mod query_names {
    /// Whose signature it is.
    pub const ACCESS_KEY_ID: &str = "OSSAccessKeyId";
    /// When the URL expires, in Unix seconds.
    pub const EXPIRES: &str = "Expires";
    /// Token of temporary credentials.
    pub const SECURITY_TOKEN: &str = "security-token";
    /// The signature in base64.
    pub const SIGNATURE: &str = "Signature";

    /// All of them.
    pub const ALL: [&str; 4] = [ACCESS_KEY_ID, EXPIRES, SECURITY_TOKEN, SIGNATURE];
}
