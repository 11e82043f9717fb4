use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::{BoxError, BucketName, Crc64, ObjectKey, PartNumber, ServiceError, TimeLimit};

/// A call that did not succeed: what was attempted, on what, how often, and who said no.
///
/// `Display` gives one line with each fact once; the cause, if there is one, is the error's `source`.
#[derive(Debug)]
pub struct CallError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    target: Target,
    attempts: u32,
    outcome_unknown: bool,
    response_lost: Option<bool>,
    kind: CallErrorKind,
}

/// What a call was about.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Target {
    /// Operation, by its name in the OSS API reference.
    pub operation: &'static str,
    /// Bucket, if the call had one.
    pub bucket: Option<BucketName>,
    /// Key, if the call had one.
    pub key: Option<ObjectKey>,
    /// Part, if the call was about one.
    pub part: Option<PartNumber>,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation)?;
        if let Some(bucket) = &self.bucket {
            write!(f, " oss://{bucket}")?;
        }
        if let Some(key) = &self.key {
            write!(f, "/{}", key.as_str().escape_debug())?;
        }
        if let Some(part) = self.part {
            write!(f, " part {part}")?;
        }
        Ok(())
    }
}

/// Why a call did not succeed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// A field of the request breaks a rule; nothing was sent.
    Invalid(InvalidRequest),
    /// No usable credentials could be obtained, or the request could not be signed; nothing was sent.
    Credentials(BoxError),
    /// No connection could be made; nothing was sent.
    Connect {
        /// Host and port.
        host: String,
        /// What name resolution, the operating system or the proxy reported.
        source: BoxError,
    },
    /// The server's certificate or the TLS handshake was refused; nothing was sent, and a retry cannot help.
    Tls {
        /// Host and port.
        host: String,
        /// What the TLS library reported.
        source: BoxError,
    },
    /// The connection broke while sending or before the whole response was there.
    Connection(BoxError),
    /// A limit of time was reached.
    Timeout {
        /// Which limit, by the option that sets it.
        limit: TimeLimit,
        /// How long it was; for [`TimeLimit::MinRate`], the time that the bytes may take at that rate.
        after: Duration,
    },
    /// The source of the body could not be read, or gave more or fewer bytes than announced.
    Body(BoxError),
    /// The server stored other bytes than were sent.
    Corrupt {
        /// CRC64 of the bytes as they left; of the whole object, as it should be, if they were appended.
        sent: Crc64,
        /// CRC64 that the server reported.
        stored: Crc64,
    },
    /// The response was not what this operation gives.
    InvalidResponse {
        /// HTTP status.
        status: StatusCode,
        /// What was wrong with it.
        reason: String,
    },
    /// The server refused.
    Service(Box<ServiceError>),
    /// The call was given up by its owner.
    Cancelled,
}

impl fmt::Display for CallErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => fmt::Display::fmt(error, f),
            Self::Credentials(_) => f.write_str("no usable credentials"),
            Self::Connect { host, .. } => write!(f, "could not connect to {host}"),
            Self::Tls { host, .. } => write!(f, "TLS with {host} was refused"),
            Self::Connection(_) => f.write_str("the connection broke"),
            Self::Timeout { limit: TimeLimit::MinRate, after } => {
                write!(f, "the body moves more slowly than `min_rate` allows (cut off after {})", Seconds(*after))
            }
            Self::Timeout { limit, after } => write!(f, "the `{limit}` of {} was reached", Seconds(*after)),
            Self::Body(_) => f.write_str("the body could not be read from its source"),
            Self::Corrupt { sent, stored } => write!(f, "CRC64 of the bytes sent is {sent}, the server has {stored}"),
            Self::InvalidResponse { status, reason } => write!(f, "unreadable response (status {status}): {reason}"),
            Self::Service(error) => fmt::Display::fmt(error, f),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl Error for CallErrorKind {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Invalid(error) => error.source(),
            Self::Service(error) => error.source(),
            Self::Credentials(source) | Self::Connection(source) | Self::Body(source) => Some(source.as_ref()),
            Self::Connect { source, .. } | Self::Tls { source, .. } => Some(source.as_ref()),
            Self::Timeout { .. } | Self::Corrupt { .. } | Self::InvalidResponse { .. } | Self::Cancelled => None,
        }
    }
}

impl From<InvalidRequest> for CallErrorKind {
    fn from(error: InvalidRequest) -> Self {
        Self::Invalid(error)
    }
}

impl From<ServiceError> for CallErrorKind {
    fn from(error: ServiceError) -> Self {
        Self::Service(Box::new(error))
    }
}

struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0.as_secs_f64())
    }
}

impl CallError {
    /// An error of one attempt.
    pub fn new(target: Target, kind: CallErrorKind) -> Self {
        Self(Box::new(Inner { target, attempts: 1, outcome_unknown: false, response_lost: None, kind }))
    }

    /// A request that broke a rule before anything was sent.
    pub fn invalid(operation: &'static str, invalid: InvalidRequest) -> Self {
        let target = Target { operation, bucket: None, key: None, part: None };
        Self::new(target, CallErrorKind::Invalid(invalid)).with_attempts(0)
    }

    /// Sets the number of attempts made.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Sets whether this attempt or an earlier one may have taken effect on the server all the same.
    #[must_use]
    pub fn with_outcome_unknown(mut self, unknown: bool) -> Self {
        self.0.outcome_unknown = unknown;
        self
    }

    /// Sets whether an attempt that may have taken effect had no response.
    #[must_use]
    pub fn with_response_lost(mut self, lost: bool) -> Self {
        self.0.response_lost = Some(lost);
        self
    }

    /// What the call was about.
    pub fn target(&self) -> &Target {
        &self.0.target
    }

    /// Why it did not succeed.
    pub fn kind(&self) -> &CallErrorKind {
        &self.0.kind
    }

    /// The same, by value.
    pub fn into_kind(self) -> CallErrorKind {
        self.0.kind
    }

    /// Attempts made; 0 if nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether this attempt or an earlier one may have taken effect on the server all the same: a connection that broke
    /// after the request was sent, a timeout, a 5xx.
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// Whether an attempt that may have taken effect had no response, so that it may still be on its way. A service that does
    /// not say so is taken to have lost one, unless it made a single attempt and this is its response.
    pub fn response_lost(&self) -> bool {
        self.0.response_lost.unwrap_or_else(|| {
            let has_response = match &self.0.kind {
                // A definite refusal leaves nothing unknown: an attempt before it did.
                CallErrorKind::Service(refusal) => !refusal.status.is_client_error(),
                kind => matches!(kind, CallErrorKind::InvalidResponse { .. }),
            };
            self.0.outcome_unknown && !(has_response && self.0.attempts <= 1)
        })
    }

    /// The server's refusal, if it is one.
    pub fn service(&self) -> Option<&ServiceError> {
        match &self.0.kind {
            CallErrorKind::Service(error) => Some(error),
            _ => None,
        }
    }

    /// The server's error code, such as `NoSuchUpload`, if the response has one.
    pub fn code(&self) -> Option<&str> {
        self.service().map(|error| error.code.as_str())
    }

    /// HTTP status, if there was a response.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.kind {
            CallErrorKind::Service(error) => Some(error.status),
            CallErrorKind::InvalidResponse { status, .. } => Some(*status),
            _ => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.target, self.0.kind)?;
        if self.0.attempts > 1 {
            write!(f, " (after {} attempts)", self.0.attempts)?;
        }
        Ok(())
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The kind's text is part of ours, so the chain continues with its cause.
        self.0.kind.source()
    }
}

/// A field of a request, or a checked value, that breaks a rule; found before anything is sent.
///
/// Reads as one sentence: "`part_number` must be between 1 and 10000, got 0".
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{field}` {reason}")]
#[non_exhaustive]
pub struct InvalidRequest {
    /// The field, by its name in the request.
    pub field: &'static str,
    /// What is wrong and what is allowed, as the rest of a sentence that begins with the field.
    pub reason: String,
}

impl InvalidRequest {
    /// A field and what is wrong with it.
    pub fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field, reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unless the service or a single attempt says otherwise.
    #[test]
    fn a_response_that_may_be_lost_counts_as_lost() {
        let target = || Target { operation: "PutObject", bucket: None, key: None, part: None };
        let failed = |status| CallError::new(target(), ServiceError::new(status, "").into()).with_outcome_unknown(true);
        let in_trouble = || failed(StatusCode::INTERNAL_SERVER_ERROR);
        for (error, lost) in [
            (in_trouble(), false),
            (in_trouble().with_attempts(2), true),
            (in_trouble().with_attempts(2).with_response_lost(false), false),
            (in_trouble().with_response_lost(true), true),
            (in_trouble().with_outcome_unknown(false), false),
            // An attempt before it left the outcome unknown.
            (failed(StatusCode::FORBIDDEN), true),
            (CallError::new(target(), CallErrorKind::Connection("reset".into())).with_outcome_unknown(true), true),
        ] {
            assert_eq!(error.response_lost(), lost, "{error:?}");
        }
    }

    #[test]
    fn one_line_says_each_fact_once_and_the_cause_is_the_source() {
        let mut refusal = ServiceError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
        refusal.message = "Please retry.".into();
        refusal.request_id = "ID1".into();
        refusal.ec = "0000-1".into();
        let target = Target {
            operation: "UploadPart",
            bucket: BucketName::new("demo").ok(),
            key: ObjectKey::new("a b\n").ok(),
            part: PartNumber::new(3).ok(),
        };
        let error = CallError::new(target.clone(), refusal.into()).with_attempts(3);
        assert_eq!(
            error.to_string(),
            "UploadPart oss://demo/a b\\n part 3: 503 ServiceUnavailable: Please retry. [request id ID1, EC 0000-1] (after 3 attempts)"
        );
        let broken = CallError::new(target, CallErrorKind::Connection("reset by peer".into()));
        assert_eq!(broken.to_string(), "UploadPart oss://demo/a b\\n part 3: the connection broke");
        assert_eq!(broken.source().map(ToString::to_string).as_deref(), Some("reset by peer"));
    }

    #[test]
    fn a_limit_of_time_is_named_after_the_option_that_sets_it() {
        let text = |limit, secs| CallErrorKind::Timeout { limit, after: Duration::from_secs(secs) }.to_string();
        assert_eq!(text(TimeLimit::ReadWriteTimeout, 20), "the `read_write_timeout` of 20 s was reached");
        assert_eq!(
            text(TimeLimit::MinRate, 84),
            "the body moves more slowly than `min_rate` allows (cut off after 84 s)"
        );
    }
}
