//! Credentials for each attempt.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use oss_auth::Credentials;
use oss_models::{BoxError, CallErrorKind, Response, RetryClass, TimeLimit};
use tower_layer::Layer;
use tower_service::Service;

use super::AttemptService;
use crate::attempt::{Attempt, AttemptError, UnsignedAttempt};
use crate::call::BoxFuture;
use crate::credentials::{CredentialsError, CredentialsProvider};

/// Calls the provider for each attempt, and notifies it when the service finds the credentials expired, or does not know
/// them (any more) though they are temporary.
///
/// Below retry: an attempt after a refusal signs with fresh credentials.
#[derive(Clone)]
pub struct CredentialsLayer {
    provider: Arc<dyn CredentialsProvider>,
    timeout: Duration,
}

impl CredentialsLayer {
    /// Default `credentials_timeout`.
    pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

    /// The credentials of this provider, which may take 60 s.
    pub fn new(provider: Arc<dyn CredentialsProvider>) -> Self {
        Self { provider, timeout: Self::TIMEOUT }
    }

    /// Sets the limit for what the provider takes before an attempt. Default 60 s.
    #[must_use]
    pub fn credentials_timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }
}

impl std::fmt::Debug for CredentialsLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialsLayer").field("provider", &self.provider.name()).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for CredentialsLayer {
    type Service = WithCredentials<S>;

    fn layer(&self, inner: S) -> WithCredentials<S> {
        WithCredentials { inner, layer: self.clone() }
    }
}

/// The service of [`CredentialsLayer`].
#[derive(Clone, Debug)]
pub struct WithCredentials<S> {
    inner: S,
    layer: CredentialsLayer,
}

impl<S: AttemptService<UnsignedAttempt>> Service<Attempt> for WithCredentials<S> {
    type Response = Response;
    type Error = AttemptError;
    type Future = BoxFuture<'static, Result<Response, AttemptError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let (mut inner, CredentialsLayer { provider, timeout }) = (self.inner.clone(), self.layer.clone());
        Box::pin(async move {
            let credentials = ask(&*provider, timeout).await?;
            let unsigned = UnsignedAttempt::new(attempt, credentials.clone());
            std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
            inner.call(unsigned).await.map_err(|mut failure| {
                if let Some(credentials) = credentials
                    && may_be_stale(&credentials, &failure)
                {
                    failure.is_repaired |= provider.reject(&credentials);
                }
                failure
            })
        })
    }
}

/// Whether credentials were refused for what others may not be. Without an end they are the account's own, and wrong.
fn may_be_stale(credentials: &Credentials, failure: &AttemptError) -> bool {
    let is_temporary = credentials.security_token().is_some() || credentials.expiration().is_some();
    let is_unknown = matches!(failure.code(), Some("InvalidAccessKeyId" | "AccessKeyIdAndSecurityTokenNotMatch"));
    failure.kind.retry_class() == RetryClass::RefreshCredentials || (is_temporary && is_unknown)
}

/// Calls a provider, for at most `after`.
pub(crate) async fn ask(
    provider: &dyn CredentialsProvider,
    after: Duration,
) -> Result<Option<Credentials>, AttemptError> {
    let refuse = |source: BoxError| {
        let error = CredentialsError { provider: provider.name(), source };
        AttemptError::unsent(CallErrorKind::Credentials(error.into()))
    };
    let expired = CallErrorKind::Timeout { limit: TimeLimit::CredentialsTimeout, after };
    let fetched = tokio::time::timeout(after, provider.credentials()).await;
    let credentials = fetched.map_err(|_| refuse(expired.into()))?.map_err(refuse)?;
    match &credentials {
        Some(credentials) if !credentials.has_keys() => Err(refuse("the access key id or secret is empty".into())),
        _ => Ok(credentials),
    }
}

/// Makes every attempt anonymously, in place of [`CredentialsLayer`]: for buckets that everyone may read or write.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct AnonymousLayer;

impl AnonymousLayer {
    /// No credentials.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for AnonymousLayer {
    type Service = Anonymous<S>;

    fn layer(&self, inner: S) -> Anonymous<S> {
        Anonymous { inner }
    }
}

/// The service of [`AnonymousLayer`].
#[derive(Clone, Debug)]
pub struct Anonymous<S> {
    inner: S,
}

impl<S: AttemptService<UnsignedAttempt>> Service<Attempt> for Anonymous<S> {
    type Response = Response;
    type Error = AttemptError;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        self.inner.call(UnsignedAttempt::new(attempt, None))
    }
}
