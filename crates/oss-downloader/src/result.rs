use std::time::SystemTime;

use http::HeaderMap;
use oss_models::{Crc64, Etag};
pub use oss_transfer::Verified;

/// An object, or a range of it, that was downloaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DownloadResult {
    /// Bytes downloaded; the size of the object unless a range was asked for.
    pub size: u64,
    /// Entity tag of the object.
    pub etag: Option<Etag>,
    /// CRC64 of the whole object, as the server gave it, also where a range was asked for.
    pub hash_crc64: Option<Crc64>,
    /// Version of the object, in a bucket with versions.
    pub version_id: Option<String>,
    /// When the object was last written.
    pub last_modified: Option<SystemTime>,
    /// How far the content was verified. The server has no CRC64 of a range, so that is [`Verified::No`].
    pub verified: Verified,
    /// Bytes that an earlier run had downloaded.
    pub resumed_bytes: u64,
    /// Parts that this run fetched.
    pub parts_fetched: usize,
    /// Headers of the response that described the object.
    pub headers: HeaderMap,
    /// The server's id of that request.
    pub request_id: Option<String>,
}
