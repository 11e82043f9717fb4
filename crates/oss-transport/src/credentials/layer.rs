use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use oss_auth::Credentials;
use oss_models::{BoxError, CallErrorKind, Response, RetryClass};
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
}

/// Longest time that a provider may take.
const PROVIDER_LIMIT: Duration = Duration::from_secs(60);

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
        let provider = Arc::clone(&self.provider);
        Box::pin(async move {
            let credentials = ask(&*provider).await?;
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

/// Asks a provider, for as long as that may take.
pub(crate) async fn ask(provider: &dyn CredentialsProvider) -> Result<Option<Credentials>, Failure> {
    let refuse = |source: BoxError| {
        let error = CredentialsError { provider: provider.name(), source };
        Failure::unsent(CallErrorKind::Credentials(error.into()))
    };
    let asked = tokio::time::timeout(PROVIDER_LIMIT, provider.credentials()).await;
    let credentials = asked.map_err(|_| refuse("it took too long".into()))?.map_err(refuse)?;
    match &credentials {
        Some(credentials) if !credentials.has_keys() => Err(refuse("the access key id or secret is empty".into())),
        _ => Ok(credentials),
    }
}
