use std::borrow::Cow;
use std::fmt;

use oss_auth::Credentials;
use oss_models::BoxError;

use super::CredentialsProvider;
use crate::call::BoxFuture;

/// Credentials that are known from the start, or none at all.
#[derive(Clone, Debug)]
pub struct StaticProvider(Option<Credentials>);

impl StaticProvider {
    /// These credentials, always.
    pub fn new(credentials: Credentials) -> Self {
        Self(Some(credentials))
    }

    /// No credentials: requests are not signed. For buckets that everyone may read or write.
    pub fn anonymous() -> Self {
        Self(None)
    }
}

impl CredentialsProvider for StaticProvider {
    fn name(&self) -> Cow<'static, str> {
        if self.0.is_some() { "static".into() } else { "anonymous".into() }
    }

    fn credentials(&self) -> BoxFuture<'_, Result<Option<Credentials>, BoxError>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn is_anonymous(&self) -> bool {
        self.0.is_none()
    }
}

/// Credentials that a function gives, which is called for each attempt.
#[derive(Clone)]
pub struct FnProvider<F>(F);

impl<F, Fut> FnProvider<F>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<Credentials, BoxError>> + Send + 'static,
{
    /// Credentials that `function` gives.
    pub fn new(function: F) -> Self {
        Self(function)
    }
}

impl<F, Fut> CredentialsProvider for FnProvider<F>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<Credentials, BoxError>> + Send + 'static,
{
    fn name(&self) -> Cow<'static, str> {
        "function".into()
    }

    fn credentials(&self) -> BoxFuture<'_, Result<Option<Credentials>, BoxError>> {
        let credentials = (self.0)();
        Box::pin(async move { credentials.await.map(Some) })
    }

    /// The function may return others by now.
    fn reject(&self, _: &Credentials) -> bool {
        true
    }
}

impl<F> fmt::Debug for FnProvider<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FnProvider")
    }
}
