use std::error::Error;
use std::fmt;
use std::time::Duration;

use oss_auth::SignError;
use oss_auth::credentials::CredentialsError;

use crate::client::{ProxyError, TlsError};
use crate::endpoint::EndpointError;

/// Why a configuration cannot be used. Nothing was sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// Neither endpoint nor region.
    NoEndpoint,
    /// The endpoint or region is not one.
    Endpoint(EndpointError),
    /// Options that exclude each other.
    Contradiction(&'static str),
    /// An option that requires another one.
    Missing {
        /// What was given.
        option: &'static str,
        /// What was not.
        needs: &'static str,
    },
    /// An option out of its range.
    Value {
        /// The option.
        option: &'static str,
        /// What is allowed, such as `at least 1`.
        allowed: &'static str,
        /// What was given.
        got: String,
    },
    /// The region or an additional header cannot be signed.
    Sign(SignError),
    /// No credentials, and not anonymous either.
    NoCredentials,
    /// The environment has no credentials, and no others are given.
    Credentials(CredentialsError),
    /// The proxy is not one.
    Proxy(ProxyError),
    /// TLS cannot be set up as asked for.
    Tls(TlsError),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEndpoint => f.write_str("neither an endpoint nor a region is given"),
            Self::Endpoint(_) => f.write_str("the endpoint cannot be used"),
            Self::Contradiction(options) => write!(f, "{options} cannot be used together"),
            Self::Missing { option, needs } => write!(f, "{option} requires {needs}"),
            Self::Value { option, allowed, got } => write!(f, "`{option}` must be {allowed}, got {got}"),
            Self::Sign(_) => f.write_str("requests cannot be signed"),
            Self::NoCredentials => {
                f.write_str("no credentials are given (for requests without a signature, set `anonymous`)")
            }
            Self::Credentials(_) => f.write_str("no credentials in the environment, and no others are given"),
            Self::Proxy(_) => f.write_str("the proxy cannot be used"),
            Self::Tls(_) => f.write_str("TLS cannot be used"),
        }
    }
}

impl ConfigError {
    /// Refuses a limit of no time.
    pub(super) fn check_time(option: &'static str, limit: Duration) -> Result<(), Self> {
        if limit.is_zero() {
            return Err(Self::Value { option, allowed: "longer than 0 s", got: "0 s".to_owned() });
        }
        Ok(())
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Endpoint(error) => Some(error),
            Self::Sign(error) => Some(error),
            Self::Credentials(error) => Some(error),
            Self::Proxy(error) => Some(error),
            Self::Tls(error) => Some(error),
            _ => None,
        }
    }
}

impl From<EndpointError> for ConfigError {
    fn from(error: EndpointError) -> Self {
        Self::Endpoint(error)
    }
}

impl From<SignError> for ConfigError {
    fn from(error: SignError) -> Self {
        Self::Sign(error)
    }
}

impl From<CredentialsError> for ConfigError {
    fn from(error: CredentialsError) -> Self {
        Self::Credentials(error)
    }
}

impl From<ProxyError> for ConfigError {
    fn from(error: ProxyError) -> Self {
        Self::Proxy(error)
    }
}

impl From<TlsError> for ConfigError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}
