//! Who makes the requests.

mod fixed;
mod layer;

pub use fixed::{FnProvider, StaticProvider};
pub(crate) use layer::Identify;

use oss_auth::Credentials;
use oss_models::BoxError;

use crate::call::BoxFuture;

/// Gives the credentials for each attempt.
///
/// Asked before every attempt, so an answer should be at hand most of the time; [`RefreshingProvider`] keeps those of
/// slow sources.
///
/// [`RefreshingProvider`]: crate::credentials::RefreshingProvider
pub trait CredentialsProvider: Send + Sync {
    /// Name for errors, such as `environment`. Never a value.
    fn name(&self) -> &'static str;

    /// The credentials to use now; `None` to make requests anonymously.
    fn credentials(&self) -> BoxFuture<'_, Result<Option<Credentials>, BoxError>>;

    /// Whether there never are any credentials, so that nothing is needed for signing.
    fn is_anonymous(&self) -> bool {
        false
    }

    /// Takes note that the service refused `credentials` as expired. `true` if the next [`credentials`] may be others,
    /// so that another attempt is worth making.
    ///
    /// [`credentials`]: Self::credentials
    fn reject(&self, credentials: &Credentials) -> bool {
        let _ = credentials;
        false
    }
}

/// No credentials could be had.
#[derive(Debug, thiserror::Error)]
#[error("provider {provider} gave no credentials")]
#[non_exhaustive]
pub struct CredentialsError {
    /// Name of the provider.
    pub provider: &'static str,
    /// Why.
    pub source: BoxError,
}
