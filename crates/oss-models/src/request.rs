use std::time::Duration;

use http::{HeaderMap, Method};

use crate::{Body, BucketName, Crc64, ObjectKey, OperationInfo, PartNumber, Target};

/// One request to OSS as data, before it has an address, a date or a signature.
///
/// Query pairs are decoded and their names unique; bucket and key are kept apart from any URL, so that virtual-host,
/// path-style and custom-domain addresses all sign alike.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// Facts about the operation.
    pub operation: &'static OperationInfo,
    /// HTTP method.
    pub method: Method,
    /// Bucket, absent for calls to the service itself.
    pub bucket: Option<BucketName>,
    /// Key, absent for calls to the bucket or service.
    pub key: Option<ObjectKey>,
    /// Query parameters, decoded; an empty value is a name alone.
    pub query: Vec<(String, String)>,
    /// Headers that belong to the operation.
    pub headers: HeaderMap,
    /// What is sent after the headers.
    pub body: Body,
    /// How this one call is to be carried out.
    pub options: CallOptions,
    /// Whether `Content-MD5` is the caller's own: then a refusal of it is final, since a repetition sends the same.
    pub digest_from_caller: bool,
    /// CRC64 of what the object had before the body is appended to it, if known.
    pub crc64_before: Option<Crc64>,
}

impl Request {
    /// A request with empty query, headers and body.
    pub fn new(operation: &'static OperationInfo, method: Method) -> Self {
        Self {
            operation,
            method,
            bucket: None,
            key: None,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Body::empty(),
            options: CallOptions::default(),
            digest_from_caller: false,
            crc64_before: None,
        }
    }

    /// The facts about the operation as they are for this very request: an upload callback is possible only if it asks
    /// for one, by the header `x-oss-callback` or, as signed URLs do, by the query parameter `callback`.
    pub fn facts(&self) -> OperationInfo {
        let asks = self.headers.contains_key("x-oss-callback") || self.query_value("callback").is_some();
        OperationInfo { takes_callback: self.operation.takes_callback && asks, ..*self.operation }
    }

    /// First value of a query parameter.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// What the request is about, for errors and spans.
    pub fn target(&self) -> Target {
        let part = self.query_value("partNumber").and_then(|n| n.parse().ok()).and_then(|n| PartNumber::new(n).ok());
        Target { operation: self.operation.name, bucket: self.bucket.clone(), key: self.key.clone(), part }
    }
}

/// How one call is to be carried out; what is `None` is left to the transport's configuration.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// Attempts in all, the first included; at least 1.
    pub max_attempts: Option<u32>,
    /// Limit for the whole call, waits between attempts included.
    pub operation_timeout: Option<Duration>,
    /// Limit for one attempt.
    pub attempt_timeout: Option<Duration>,
    /// Limit for the wait between the last byte of the request and the first byte of the response.
    pub response_timeout: Option<Duration>,
}

/// ```
/// use std::time::Duration;
/// use oss_models::{CallOptions, HeadObjectRequest};
///
/// let options = CallOptions::default().max_attempts(1).operation_timeout(Duration::from_secs(10));
/// let request = HeadObjectRequest::new("demo", "cat.jpg").options(options);
/// ```
impl CallOptions {
    /// Sets the attempts in all, the first included. Default: the transport's `max_attempts`. 0 counts as 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Sets the limit for the whole call, waits between attempts included. Default: the transport's `operation_timeout`.
    #[must_use]
    pub fn operation_timeout(mut self, limit: Duration) -> Self {
        self.operation_timeout = Some(limit);
        self
    }

    /// Sets the limit for one attempt, from its connection to the end of its response (to the head, where the response is
    /// a stream). Default: the transport's `attempt_timeout`.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// Sets the limit for the wait between the last byte of the request and the first byte of the response. Default: the
    /// transport's `response_timeout`, or its `complete_timeout` for operations that respond slowly.
    #[must_use]
    pub fn response_timeout(mut self, limit: Duration) -> Self {
        self.response_timeout = Some(limit);
        self
    }
}
