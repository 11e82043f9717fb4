use std::fmt;

/// A limit of time on a call, named after the option that sets it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TimeLimit {
    /// `operation_timeout`: the whole call, waits between attempts included.
    OperationTimeout,
    /// `attempt_timeout`: one attempt.
    AttemptTimeout,
    /// `connect_timeout`: a connection with its TLS handshake.
    ConnectTimeout,
    /// `read_write_timeout`: the time without a byte moved, either way (the idle timeout of an attempt).
    ReadWriteTimeout,
    /// `response_timeout`: from the last byte of the request to the first byte of the response.
    ResponseTimeout,
    /// `complete_timeout`: the same, for operations that take as long as the object is large.
    CompleteTimeout,
    /// `min_rate`: the minimum throughput of a body, either way. Its time is what the body may take at that rate.
    MinRate,
    /// `credentials_timeout`: a fetch of credentials.
    CredentialsTimeout,
    /// `cleanup_timeout`: what is done after an upload was given up.
    CleanupTimeout,
}

impl TimeLimit {
    /// The option that sets the limit, such as `connect_timeout`.
    pub const fn option(self) -> &'static str {
        match self {
            Self::OperationTimeout => "operation_timeout",
            Self::AttemptTimeout => "attempt_timeout",
            Self::ConnectTimeout => "connect_timeout",
            Self::ReadWriteTimeout => "read_write_timeout",
            Self::ResponseTimeout => "response_timeout",
            Self::CompleteTimeout => "complete_timeout",
            Self::MinRate => "min_rate",
            Self::CredentialsTimeout => "credentials_timeout",
            Self::CleanupTimeout => "cleanup_timeout",
        }
    }
}

/// The option's name.
impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.option())
    }
}
