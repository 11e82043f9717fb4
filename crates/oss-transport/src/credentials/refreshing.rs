mod cache;

use std::borrow::Cow;
use std::fmt;
// `cache` takes its locks, time and tasks from here, so that the tests can give it others.
use std::sync::{self, Arc};
use std::time::{Duration, SystemTime};

use oss_auth::Credentials;
use oss_auth::credentials::CredentialsSource;
use oss_models::BoxError;
use tokio::{spawn, time};

use self::cache::Cache;
use super::CredentialsProvider;
use super::source::SourceClient;
use crate::call::BoxFuture;
use crate::clock::Clock;
use crate::layers::CredentialsLayer;

/// Credentials that are fetched, kept, and fetched again before they expire.
///
/// However many calls ask, one fetch runs at a time. From a third of the lifetime, at most 15 minutes, before the
/// expiration on, a fetch runs beside the calls, which use the old credentials meanwhile, and also if it fails. Without
/// valid credentials, and after the service refused them as expired or, if they are temporary, as unknown, calls wait for
/// the fetch. Credentials without an expiration are fetched once. A fetch that takes longer than
/// [`credentials_timeout`](Self::credentials_timeout) has failed, whichever of the two it is.
///
/// Clones share the credentials.
#[derive(Clone)]
pub struct RefreshingProvider(Cache);

impl RefreshingProvider {
    /// Credentials that `fetch` gets. `name` is for errors.
    pub fn new<F, Fut>(name: impl Into<Cow<'static, str>>, fetch: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Credentials, BoxError>> + Send + 'static,
    {
        let fetch = move || -> BoxFuture<'static, _> { Box::pin(fetch()) };
        Self(Cache::new(name.into(), Box::new(fetch), CredentialsLayer::TIMEOUT))
    }

    /// Credentials of a source: the metadata service of an ECS instance, STS, a command, a URL, a profile or several of
    /// them in a chain. Over the network without a proxy; see [`of_source_over`](Self::of_source_over).
    pub fn of_source(source: impl Into<CredentialsSource>) -> Self {
        Self::of_source_over(SourceClient::new(), source)
    }

    /// The same over a network of your own choice.
    pub fn of_source_over(client: SourceClient, source: impl Into<CredentialsSource>) -> Self {
        let source = source.into();
        let client = Arc::new(client);
        Self::new(source.kind().to_string(), move || {
            let (client, source) = (Arc::clone(&client), source.clone());
            async move { client.fetch(&source).await.map_err(BoxError::from) }
        })
    }

    /// Sets the time of day that expirations are compared with. Default: the system's clock.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.0.clock = Clock::new(now);
        self
    }

    /// Sets the limit for one fetch, beside the calls or before one. Default 60 s. A call waits no longer than the
    /// transport's own limit of the same name allows.
    #[must_use]
    pub fn credentials_timeout(mut self, limit: Duration) -> Self {
        self.0.timeout = limit;
        self
    }
}

impl CredentialsProvider for RefreshingProvider {
    fn name(&self) -> Cow<'static, str> {
        self.0.name().clone()
    }

    fn credentials(&self) -> BoxFuture<'_, Result<Option<Credentials>, BoxError>> {
        Box::pin(async { self.0.get().await.map(Some) })
    }

    /// The next ones are fetched, unless they have been already.
    fn reject(&self, credentials: &Credentials) -> bool {
        self.0.reject(credentials);
        true
    }
}

impl fmt::Debug for RefreshingProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshingProvider").field("name", self.0.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use tokio::time::Instant;

    use super::*;

    const HOUR: u64 = 3600;

    /// The simulated clock, as a time of day.
    fn simulated_now() -> SystemTime {
        thread_local!(static ZERO: Instant = Instant::now());
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000) + ZERO.with(|zero| zero.elapsed())
    }

    /// Fetches take 10 s, give credentials for an hour, numbered; those in `failing` fail.
    fn numbered(failing: std::ops::Range<u64>) -> (RefreshingProvider, Arc<AtomicU64>) {
        let fetches = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&fetches);
        simulated_now();
        let fetch = move || {
            let number = count.fetch_add(1, Relaxed);
            let failing = failing.clone();
            async move {
                tokio::time::sleep(Duration::from_secs(10)).await;
                if failing.contains(&number) {
                    return Err("no".into());
                }
                let expiration = simulated_now() + Duration::from_secs(HOUR);
                Ok(Credentials::new(number.to_string(), "s").with_expiration(expiration))
            }
        };
        (RefreshingProvider::new("test", fetch).clock(simulated_now), fetches)
    }

    async fn id(provider: &RefreshingProvider) -> String {
        match provider.credentials().await {
            Ok(credentials) => credentials.expect("not anonymous").access_key_id().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    async fn ids(provider: &RefreshingProvider, callers: usize) -> Vec<String> {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..callers {
            let provider = provider.clone();
            tasks.spawn(async move { id(&provider).await });
        }
        tasks.join_all().await
    }

    async fn pass(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// Rows: R69.
    #[tokio::test(start_paused = true)]
    async fn one_fetch_serves_all_who_wait_also_if_it_fails() {
        let (provider, fetches) = numbered(0..1);
        assert_eq!(ids(&provider, 20).await, vec!["no"; 20]);
        assert_eq!(fetches.load(Relaxed), 1);
        assert_eq!(ids(&provider, 20).await, vec!["1"; 20]);
        assert_eq!(fetches.load(Relaxed), 2);
    }

    /// Rows: R69.
    #[tokio::test(start_paused = true)]
    async fn near_the_end_the_old_ones_serve_while_one_fetch_runs_and_fails() {
        let (provider, fetches) = numbered(1..3);
        assert_eq!(id(&provider).await, "0");
        pass(HOUR - 800).await;
        let begin = Instant::now();
        assert_eq!(ids(&provider, 20).await, vec!["0"; 20]);
        assert_eq!(begin.elapsed(), Duration::ZERO, "no call waits");
        pass(11).await;
        assert_eq!((id(&provider).await, fetches.load(Relaxed)), ("0".into(), 2), "put off after a failure");
        pass(30).await;
        assert_eq!(id(&provider).await, "0");
        pass(60).await;
        assert_eq!(id(&provider).await, "0");
        pass(60).await;
        assert_eq!((id(&provider).await, fetches.load(Relaxed)), ("3".into(), 4));
    }

    /// Rows: R69.
    #[tokio::test(start_paused = true)]
    async fn after_the_end_there_is_no_way_around_a_fetch() {
        let (provider, _) = numbered(1..2);
        assert_eq!(id(&provider).await, "0");
        pass(HOUR).await;
        assert_eq!(id(&provider).await, "no");
        assert_eq!(id(&provider).await, "2");
    }

    /// Rows: R69.
    #[tokio::test(start_paused = true)]
    async fn a_source_that_gives_expired_ones_has_failed() {
        simulated_now();
        let fetch = || async { Ok(Credentials::new("0", "s").with_expiration(simulated_now())) };
        let provider = RefreshingProvider::new("test", fetch).clock(simulated_now);
        assert_eq!(id(&provider).await, "the credentials have expired already");
    }

    /// Rows: R68.
    #[tokio::test(start_paused = true)]
    async fn refused_credentials_are_fetched_again_once_for_all_refusals() {
        let (provider, fetches) = numbered(0..0);
        let first = provider.credentials().await.unwrap().unwrap();
        assert!(provider.reject(&first));
        assert_eq!(ids(&provider, 5).await, vec!["1"; 5]);
        assert!(provider.reject(&first), "a late refusal of the old ones");
        assert_eq!((id(&provider).await, fetches.load(Relaxed)), ("1".into(), 2));
    }
}
