//! Why a request was not signed.

use crate::encoding::encode;

/// Why a request was not signed. The request is as it was before.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// Credentials without an id or without a secret.
    #[error("the credentials lack an access key id or a secret")]
    NoKeys,
    /// The id or the token has bytes that no header and no scope can carry.
    #[error("the {field} has characters that cannot be sent")]
    Unsendable {
        /// `access key id` or `security token`.
        field: &'static str,
    },
    /// Not a plain region id. `oss-cn-hangzhou` is the name of an endpoint, not of a region.
    #[error("{region:?} is not a region id such as cn-hangzhou")]
    Region {
        /// What was given.
        region: String,
    },
    /// Not a product name.
    #[error("{product:?} is not a product name such as oss")]
    Product {
        /// What was given.
        product: String,
    },
    /// An additional header that is not a header name, or that cannot be signed (`authorization`).
    #[error("{name:?} cannot be an additional signed header")]
    AdditionalHeader {
        /// What was given.
        name: String,
    },
    /// An empty bucket (leave it out instead), or one with characters that would change the meaning of the path.
    #[error("{bucket:?} cannot be a bucket")]
    Bucket {
        /// What was given.
        bucket: String,
    },
    /// An empty key: leave it out to address the bucket.
    #[error("the object key is empty")]
    EmptyKey,
    /// A key without a bucket.
    #[error("an object key needs a bucket")]
    KeyWithoutBucket,
    /// A query parameter without a name.
    #[error("a query parameter has no name")]
    EmptyQueryName,
    /// Two query parameters of one name: servers and SDKs disagree about which of them counts.
    #[error("the query has more than one {}", encode(name))]
    RepeatedQuery {
        /// The decoded name.
        name: String,
    },
    /// The query already carries a signature; OSS refuses a request that is signed twice.
    #[error("the query is signed already ({name})")]
    SignedQuery {
        /// The parameter that says so.
        name: String,
    },
    /// The header map is full.
    #[error("the request has too many headers")]
    TooManyHeaders,
    /// A signing or expiry time before 1970 or after 9999.
    #[error("the time is outside the years 1970 to 9999")]
    Time,
    /// The lifetime of a presigned URL or a POST policy.
    #[error("a lifetime of {seconds} s is not within 1 s and {max} s")]
    Lifetime {
        /// What was asked for, cut to whole seconds.
        seconds: u64,
        /// The most there can be.
        max: u64,
    },
    /// A presigned URL needs the host.
    #[error("a URL needs a host")]
    NoHost,
    /// Not a host, or not just a host and a port.
    #[error("{host:?} is not a host")]
    Host {
        /// What was given.
        host: String,
    },
    /// Anonymous requests have no signature, so there is no POST form to sign.
    #[error("an anonymous signer cannot sign a POST policy")]
    Anonymous,
}
