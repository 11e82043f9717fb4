//! Credentials that are kept, and the one call at a time that fetches others.
//!
//! Its locks, time and tasks are those that the parent imports: the tests of interleavings mount this file a second time, with
//! locks at which any other thread may go first.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use oss_auth::Credentials;
use oss_auth::credentials::{Due, Refresh};
use oss_models::{BoxError, CallErrorKind, TimeLimit};
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument;

use super::spawn;
use super::sync::{Arc, Mutex, MutexGuard, PoisonError};
use super::time::{Instant, timeout};
use crate::call::BoxFuture;
use crate::clock::Clock;

/// Credentials and how they are fetched. Clones share them.
#[derive(Clone)]
pub(super) struct Cache {
    shared: Arc<Shared>,
    pub(super) clock: Clock,
    /// Limit of one fetch.
    pub(super) timeout: Duration,
}

struct Shared {
    name: Cow<'static, str>,
    fetch: Fetch,
    state: Mutex<State>,
}

/// Starts a fetch.
type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<Credentials, BoxError>> + Send + Sync>;

#[derive(Default)]
struct State {
    current: Option<(Credentials, Refresh)>,
    /// The failure of the last fetch, for those who were waiting for it: they need not try one after another.
    failure: Option<(Instant, SharedError)>,
    /// Held by the one who fetches.
    flight: Arc<tokio::sync::Mutex<()>>,
}

/// An error that all callers get who waited for the same fetch.
#[derive(Clone, Debug)]
struct SharedError(Arc<dyn Error + Send + Sync>);

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for SharedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl Cache {
    pub(super) fn new(name: Cow<'static, str>, fetch: Fetch, timeout: Duration) -> Self {
        let shared = Shared { name, fetch, state: Mutex::default() };
        Self { shared: Arc::new(shared), clock: Clock::default(), timeout }
    }

    pub(super) fn name(&self) -> &Cow<'static, str> {
        &self.shared.name
    }

    /// The credentials to use now.
    ///
    /// # Errors
    /// If there are none that are valid, and none could be fetched.
    pub(super) async fn get(&self) -> Result<Credentials, BoxError> {
        let begin = Instant::now();
        if let Some((credentials, due)) = self.current() {
            match due {
                Due::No => return Ok(credentials),
                Due::Soft => {
                    self.fetch_beside();
                    return Ok(credentials);
                }
                _ => {}
            }
        }
        let _flight = self.flight().await;
        if let Some((credentials, Due::No | Due::Soft)) = self.current() {
            return Ok(credentials);
        }
        if let Some((_, error)) = self.state().failure.clone().filter(|(at, _)| *at > begin) {
            return Err(error.into());
        }
        self.fetch().await.map_err(BoxError::from)
    }

    fn current(&self) -> Option<(Credentials, Due)> {
        let state = self.state();
        let (credentials, refresh) = state.current.as_ref()?;
        Some((credentials.clone(), refresh.due(self.clock.now())))
    }

    /// Waits for the fetch that is under way, for as long as one may take.
    async fn flight(&self) -> OwnedMutexGuard<()> {
        loop {
            let flight = Arc::clone(&self.state().flight);
            if let Ok(guard) = timeout(self.timeout, Arc::clone(&flight).lock_owned()).await {
                return guard;
            }
            // Its limit has passed unnoticed: it belongs to a runtime that nothing drives at the moment.
            let mut state = self.state();
            if Arc::ptr_eq(&state.flight, &flight) {
                state.flight = Arc::default();
            }
        }
    }

    /// One fetch, unless one is under way.
    fn fetch_beside(&self) {
        let flight = Arc::clone(&self.state().flight);
        let Ok(flight) = flight.try_lock_owned() else { return };
        // One may have come to its end since this call saw that it was due.
        if !matches!(self.current(), Some((_, Due::Soft))) {
            return;
        }
        let this = self.clone();
        let fetching = async move {
            let _flight = flight;
            if let Err(error) = this.fetch().await {
                let provider = &this.shared.name;
                tracing::warn!(%provider, %error, "credentials could not be renewed; the old ones are still valid");
            }
        };
        spawn(fetching.in_current_span());
    }

    /// Fetches while holding `flight`, within the limit.
    async fn fetch(&self) -> Result<Credentials, SharedError> {
        let after = self.timeout;
        let fetched = match timeout(after, (self.shared.fetch)()).await {
            Ok(fetched) => fetched,
            Err(_) => Err(CallErrorKind::Timeout { limit: TimeLimit::CredentialsTimeout, after }.into()),
        };
        let fetched = fetched.and_then(|credentials| {
            let expired = credentials.is_expired(self.clock.now());
            if expired { Err("the credentials have expired already".into()) } else { Ok(credentials) }
        });
        let now = self.clock.now();
        let mut state = self.state();
        match fetched {
            Ok(credentials) => {
                state.current = Some((credentials.clone(), Refresh::new(&credentials, now)));
                state.failure = None;
                Ok(credentials)
            }
            Err(error) => {
                let error = SharedError(error.into());
                if let Some((_, refresh)) = &mut state.current {
                    refresh.on_failure(now);
                }
                state.failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Takes note that these were refused: if they are still the ones that are kept, the next call waits for others.
    pub(super) fn reject(&self, credentials: &Credentials) {
        if let Some((current, refresh)) = &mut self.state().current
            && current.is_same_key(credentials)
        {
            refresh.on_rejected();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
