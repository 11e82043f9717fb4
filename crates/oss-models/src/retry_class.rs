use http::StatusCode;

use crate::{CallError, CallErrorKind, ServiceError};

/// What, if anything, makes it worth while to try the same call again.
///
/// Says nothing about whether a repetition is allowed: see [`Idempotency`](crate::Idempotency).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RetryClass {
    /// Nothing: the same call fails the same way.
    Never,
    /// A wait.
    Transient,
    /// A longer wait and fewer calls at a time: a quota is used up.
    Throttled,
    /// A corrected clock, at once.
    ClockSkew,
    /// New credentials, at once.
    RefreshCredentials,
    /// Sending the bytes again: they were damaged on the way.
    ///
    /// If the caller supplied the digest ([`Request::digest_from_caller`](crate::Request)), it is the
    /// digest that is wrong, and a repetition cannot help.
    Damaged,
}

impl RetryClass {
    /// Whether anything helps at all.
    pub fn is_retryable(self) -> bool {
        self != Self::Never
    }
}

const THROTTLING_CODES: &[&str] = &[
    "SlowDown",
    "UploadTrafficRateLimitExceeded",
    "DownloadTrafficRateLimitExceeded",
    "MetaOperationQpsLimitExceeded",
    "TotalQpsLimitExceeded",
    "ActiveRequestLimitExceeded",
    "CpuLimitExceeded",
];

const FATAL_CODES: &[&str] = &[
    "NoSuchBucket",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccessDenied",
    "RequestTimeTooSkewed",
    "InvalidBucketName",
];

impl CallError {
    /// What, if anything, makes it worth while to try the same call again.
    pub fn retry_class(&self) -> RetryClass {
        self.kind().retry_class()
    }

    /// Whether the server said that there is no such object, or no such version of it: of an operation on an object, and not
    /// that its bucket is missing.
    pub fn is_missing_object(&self) -> bool {
        self.service().is_some_and(|error| match &*error.code {
            "NoSuchKey" | "NoSuchVersion" => true,
            // The response to a HEAD that says nothing but its status.
            "BadErrorResponse" => error.status == StatusCode::NOT_FOUND,
            _ => false,
        })
    }

    /// Whether every other object of the same bucket would fail alike, so that a batch should stop: a missing bucket,
    /// refused credentials, a wrong clock.
    pub fn is_fatal_for_batch(&self) -> bool {
        match self.kind() {
            CallErrorKind::Credentials(_) | CallErrorKind::Tls { .. } => true,
            CallErrorKind::Service(error) => FATAL_CODES.contains(&error.code.as_str()),
            _ => false,
        }
    }
}

impl CallErrorKind {
    /// What, if anything, makes it worth while to try the same call again.
    pub fn retry_class(&self) -> RetryClass {
        match self {
            Self::Connect { .. } | Self::Connection(_) | Self::Timeout { .. } | Self::InvalidResponse { .. } => {
                RetryClass::Transient
            }
            Self::Corrupt { .. } => RetryClass::Damaged,
            Self::Service(error) => error.retry_class(),
            Self::Invalid(_) | Self::Credentials(_) | Self::Tls { .. } | Self::Body(_) | Self::Cancelled => {
                RetryClass::Never
            }
        }
    }
}

impl ServiceError {
    /// What, if anything, makes it worth while to try the same call again.
    ///
    /// The code decides, also when it came with status 200; the status decides where the code says nothing.
    pub fn retry_class(&self) -> RetryClass {
        match self.code.as_str() {
            _ if self.is_callback_failure() => RetryClass::Never,
            "RequestTimeTooSkewed" => RetryClass::ClockSkew,
            "SecurityTokenExpired" | "InvalidSecurityToken" => RetryClass::RefreshCredentials,
            "IncompleteBody" | "InvalidDigest" | "InvalidCRC64" => RetryClass::Damaged,
            code if THROTTLING_CODES.contains(&code) => RetryClass::Throttled,
            "InternalError" | "ServiceUnavailable" | "RequestTimeout" | "BadRequest" => RetryClass::Transient,
            "NotImplemented" => RetryClass::Never,
            _ => class_of_status(self.status),
        }
    }
}

fn class_of_status(status: StatusCode) -> RetryClass {
    match status {
        StatusCode::UNAUTHORIZED => RetryClass::RefreshCredentials,
        StatusCode::TOO_MANY_REQUESTS => RetryClass::Throttled,
        StatusCode::REQUEST_TIMEOUT => RetryClass::Transient,
        StatusCode::NOT_IMPLEMENTED => RetryClass::Never,
        status if status.is_server_error() => RetryClass::Transient,
        _ => RetryClass::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn class(status: u16, code: &str) -> RetryClass {
        ServiceError::new(StatusCode::from_u16(status).unwrap(), code).retry_class()
    }

    /// Rows: R50, R54, R66.
    #[test]
    fn the_code_decides_and_the_status_where_the_code_says_nothing() {
        let cases = [
            (200, "InternalError"),
            (200, "InvalidPart"),
            (203, "CallbackFailed"),
            (203, "InternalError"),
            (304, "NotModified"),
            (400, "BadErrorResponse"),
            (400, "BadRequest"),
            (400, "InvalidArgument"),
            (400, "InvalidDigest"),
            (400, "NotImplemented"),
            (400, "RequestTimeout"),
            (401, "BadErrorResponse"),
            (403, "AccessDenied"),
            (403, "RequestTimeTooSkewed"),
            (403, "SecurityTokenExpired"),
            (404, "NoSuchUpload"),
            (408, "BadErrorResponse"),
            (409, "FileAlreadyExists"),
            (429, "BadErrorResponse"),
            (500, "InternalError"),
            (501, "BadErrorResponse"),
            (502, "BadErrorResponse"),
            (503, "TotalQpsLimitExceeded"),
        ];
        let table: String =
            cases.iter().map(|(status, code)| format!("{status} {code}: {:?}\n", class(*status, code))).collect();
        expect![[r#"
            200 InternalError: Transient
            200 InvalidPart: Never
            203 CallbackFailed: Never
            203 InternalError: Never
            304 NotModified: Never
            400 BadErrorResponse: Never
            400 BadRequest: Transient
            400 InvalidArgument: Never
            400 InvalidDigest: Damaged
            400 NotImplemented: Never
            400 RequestTimeout: Transient
            401 BadErrorResponse: RefreshCredentials
            403 AccessDenied: Never
            403 RequestTimeTooSkewed: ClockSkew
            403 SecurityTokenExpired: RefreshCredentials
            404 NoSuchUpload: Never
            408 BadErrorResponse: Transient
            409 FileAlreadyExists: Never
            429 BadErrorResponse: Throttled
            500 InternalError: Transient
            501 BadErrorResponse: Never
            502 BadErrorResponse: Transient
            503 TotalQpsLimitExceeded: Throttled
        "#]]
        .assert_eq(&table);
    }
}
