//! Why a request was not signed.

use std::fmt;

use crate::encoding::encode;

/// Why a request was not signed. The request is as it was before.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignError {
    /// Credentials without an id or without a secret.
    NoKeys,
    /// The id or the token has bytes that no header and no scope can carry.
    Unsendable {
        /// `access key id` or `security token`.
        field: &'static str,
    },
    /// Not a plain region id. `oss-cn-hangzhou` is the name of an endpoint, not of a region.
    Region {
        /// What was given.
        region: String,
    },
    /// Not a product name.
    Product {
        /// What was given.
        product: String,
    },
    /// An additional header that is not a header name, or that cannot be signed (`authorization`).
    AdditionalHeader {
        /// What was given.
        name: String,
    },
    /// An empty bucket (leave it out instead), or one with characters that would change the meaning of the path.
    Bucket {
        /// What was given.
        bucket: String,
    },
    /// An empty key: leave it out to address the bucket.
    EmptyKey,
    /// A key without a bucket.
    KeyWithoutBucket,
    /// A query parameter without a name.
    EmptyQueryName,
    /// Two query parameters of one name: servers and SDKs disagree about which of them counts.
    RepeatedQuery {
        /// The decoded name.
        name: String,
    },
    /// The query already carries a signature; OSS refuses a request that is signed twice.
    SignedQuery {
        /// The parameter that says so.
        name: String,
    },
    /// The header map is full.
    TooManyHeaders,
    /// A signing or expiry time before 1970 or after 9999.
    Time,
    /// The lifetime of a presigned URL or a POST policy.
    Lifetime {
        /// What was asked for, cut to whole seconds.
        seconds: u64,
        /// The most there can be.
        max: u64,
    },
    /// A presigned URL needs the host.
    NoHost,
    /// Not a host, or not just a host and a port.
    Host {
        /// What was given.
        host: String,
    },
    /// A request whose URL does not say what is signed.
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Anonymous requests have no signature, so there is no POST form to sign.
    Anonymous,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeys => f.write_str("the credentials lack an access key id or a secret"),
            Self::Unsendable { field } => write!(f, "the {field} has characters that cannot be sent"),
            Self::Region { region } => write!(f, "{region:?} is not a region id such as cn-hangzhou"),
            Self::Product { product } => write!(f, "{product:?} is not a product name such as oss"),
            Self::AdditionalHeader { name } => write!(f, "{name:?} cannot be an additional signed header"),
            Self::Bucket { bucket } => write!(f, "{bucket:?} cannot be a bucket"),
            Self::EmptyKey => f.write_str("the object key is empty"),
            Self::KeyWithoutBucket => f.write_str("an object key needs a bucket"),
            Self::EmptyQueryName => f.write_str("a query parameter has no name"),
            Self::RepeatedQuery { name } => write!(f, "the query has more than one {}", encode(name)),
            Self::SignedQuery { name } => write!(f, "the query is signed already ({name})"),
            Self::TooManyHeaders => f.write_str("the request has too many headers"),
            Self::Time => f.write_str("the time is outside the years 1970 to 9999"),
            Self::Lifetime { seconds, max } => write!(f, "a lifetime of {seconds} s is not within 1 s and {max} s"),
            Self::NoHost => f.write_str("a URL needs a host"),
            Self::Host { host } => write!(f, "{host:?} is not a host"),
            Self::Url { reason } => write!(f, "the URL {reason}"),
            Self::Anonymous => f.write_str("an anonymous signer cannot sign a POST policy"),
        }
    }
}

impl std::error::Error for SignError {}
