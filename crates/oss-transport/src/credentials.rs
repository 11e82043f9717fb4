//! Where credentials come from.

mod fixed;
#[cfg(test)]
mod interleavings;
mod refreshing;
mod source;

pub use fixed::{FnProvider, StaticProvider};
pub use refreshing::RefreshingProvider;
pub use source::SourceClient;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use oss_auth::Credentials;
use oss_auth::credentials::{Chain, CredentialsSource, Environment};
use oss_models::BoxError;

use crate::call::BoxFuture;

/// Gives the credentials for each attempt.
///
/// Called before every attempt, so it should return at once most of the time; [`RefreshingProvider`] keeps those of
/// slow sources.
pub trait CredentialsProvider: Send + Sync {
    /// Name for errors, such as `environment`. Never a value.
    fn name(&self) -> Cow<'static, str>;

    /// The credentials to use now; `None` to make requests anonymously.
    fn credentials(&self) -> BoxFuture<'_, Result<Option<Credentials>, BoxError>>;

    /// Whether there never are any credentials, so that nothing is needed for signing.
    fn is_anonymous(&self) -> bool {
        false
    }

    /// Takes note that the service refused `credentials` as expired, or as unknown though temporary. `true` if the next [`credentials`] may be others,
    /// so that another attempt is worth making.
    ///
    /// [`credentials`]: Self::credentials
    fn reject(&self, credentials: &Credentials) -> bool {
        let _ = credentials;
        false
    }
}

/// Credentials could not be obtained.
#[derive(Debug)]
#[non_exhaustive]
pub struct CredentialsError {
    /// Name of the provider.
    pub provider: Cow<'static, str>,
    /// What the provider reported.
    pub source: BoxError,
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "provider {} gave no credentials", self.provider)
    }
}

impl Error for CredentialsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// Credentials from `OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET` and, if it is set, `OSS_SESSION_TOKEN`. Read once, now.
///
/// # Errors
/// If one of the first two is missing or blank.
pub fn environment() -> Result<StaticProvider, oss_auth::credentials::CredentialsError> {
    Environment::process().oss_credentials().map(StaticProvider::new)
}

/// Credentials from the first of the usual sources that has some; see [`Chain::standard`]. Variables and files are read
/// now, remote sources by the first call.
pub fn default_chain() -> RefreshingProvider {
    RefreshingProvider::of_source(CredentialsSource::Chain(Chain::standard(&Environment::process())))
}
