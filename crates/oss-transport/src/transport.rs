//! The outer face of the stack.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use oss_models::{CallError, Request, Response};
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::call::BoxFuture;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::credentials::CredentialsProvider;
use crate::endpoint::Endpoint;
use crate::layers::SignSettings;

/// Carries OSS requests: a [`tower_service::Service`] from [`Request`] to [`Response`].
///
/// Cheap to clone; clones share connections, credentials, the retry budget, the limits and the clock. Needs a Tokio
/// runtime with time and IO; may be used on several, each of which has connections of its own. Refusals by the server are errors; a response is always a success. A call ends when its
/// future is dropped: its connection is closed, and nothing of it continues.
///
/// A request passes, in this order:
///
/// 1. the span of the call, so that everything is inside it;
/// 2. its deadline, which waiting in line and between attempts counts towards;
/// 3. the limit of calls under way, in which a call keeps its permit until it is over;
/// 4. retry; all that follows is done again for each attempt;
/// 5. the span of the attempt;
/// 6. credentials: after a refusal as expired the next attempt has others;
/// 7. address, date and signature; the clock is corrected by a refusal that says it is wrong;
/// 8. the body and its CRC64, which take no part in the signature;
/// 9. the response: how much of it is read, and whether it is a success;
/// 10. the limits of time, which watch the bytes move;
/// 11. the HTTP client: connections and their pool, proxy, TLS. Or a [service in its place](Config::http_service).
///
/// Each is a public layer of [`layers`](crate::layers), so that a [stack of your own](Self::from_stack) can leave one out or
/// put another between.
#[derive(Clone)]
pub struct Transport {
    service: BoxCloneSyncService<Request, Response, CallError>,
    identity: Arc<Identity>,
}

/// What requests are addressed and signed with, also those that are not sent.
pub(crate) struct Identity {
    pub(crate) sign: SignSettings,
    pub(crate) provider: Arc<dyn CredentialsProvider>,
    pub(crate) timeout: Duration,
    pub(crate) clock: Clock,
}

impl Transport {
    /// A configuration with every option at its default.
    pub fn builder() -> Config {
        Config::default()
    }

    /// A transport over a stack of your own, made of the layers of this configuration ([`layers`](crate::layers) shows one).
    /// What is not sent, such as [presigned URLs](Self::presign), follows the configuration.
    ///
    /// # Errors
    /// [`ConfigError`], as for [`Config::build`].
    pub fn from_stack<S>(config: &Config, stack: S) -> Result<Self, ConfigError>
    where
        S: Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        config.check()?;
        let identity = config.identity()?;
        let endpoint = &identity.sign.endpoint;
        if !endpoint.is_tls() && !endpoint.is_loopback() {
            let host = endpoint.host();
            tracing::warn!(host, "requests go over plain HTTP: anyone on the way can read and change them");
        }
        Ok(Self { service: BoxCloneSyncService::new(stack), identity: Arc::new(identity) })
    }

    /// Where requests go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.identity.sign.endpoint
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Service<Request> for Transport {
    type Response = Response;
    type Error = CallError;
    type Future = BoxFuture<'static, Result<Response, CallError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.service.call(request)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("endpoint", &self.endpoint().to_string()).finish_non_exhaustive()
    }
}

impl TryFrom<Config> for Transport {
    type Error = ConfigError;

    fn try_from(config: Config) -> Result<Self, ConfigError> {
        config.build()
    }
}
