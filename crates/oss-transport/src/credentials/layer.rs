use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use oss_auth::Credentials;
use oss_models::{BoxError, CallErrorKind, Response, RetryClass, TimeLimit};
use tower_service::Service;

use super::{CredentialsError, CredentialsProvider};
use crate::call::{Attempt, BoxFuture, Failure};
use crate::sign::Identified;

/// Asks the provider for each attempt, and tells it when the service finds the credentials expired.
///
/// Below retry: an attempt after a refusal signs with fresh credentials.
#[derive(Clone)]
pub(crate) struct Identify<S> {
    pub(crate) inner: S,
    pub(crate) provider: Arc<dyn CredentialsProvider>,
    /// `credentials_timeout`.
    pub(crate) timeout: Duration,
}

impl<S> Service<Attempt> for Identify<S>
where
    S: Service<Identified, Response = Response, Error = Failure> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Response, Failure>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let mut inner = self.inner.clone();
        let (provider, timeout) = (Arc::clone(&self.provider), self.timeout);
        Box::pin(async move {
            let credentials = ask(&*provider, timeout).await?;
            let identified = Identified { attempt, credentials: credentials.clone() };
            std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
            inner.call(identified).await.map_err(|mut failure| {
                if let Some(credentials) = credentials
                    && failure.kind.retry_class() == RetryClass::RefreshCredentials
                {
                    failure.repaired |= provider.reject(&credentials);
                }
                failure
            })
        })
    }
}

/// Asks a provider, for at most `after`.
pub(crate) async fn ask(provider: &dyn CredentialsProvider, after: Duration) -> Result<Option<Credentials>, Failure> {
    let refuse = |source: BoxError| {
        let error = CredentialsError { provider: provider.name(), source };
        Failure::unsent(CallErrorKind::Credentials(error.into()))
    };
    let expired = CallErrorKind::Timeout { limit: TimeLimit::CredentialsTimeout, after };
    let asked = tokio::time::timeout(after, provider.credentials()).await;
    let credentials = asked.map_err(|_| refuse(expired.into()))?.map_err(refuse)?;
    match &credentials {
        Some(credentials) if !credentials.has_keys() => Err(refuse("the access key id or secret is empty".into())),
        _ => Ok(credentials),
    }
}
