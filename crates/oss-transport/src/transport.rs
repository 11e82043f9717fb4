//! The stack and its outer face.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use oss_models::{CallError, Request, Response};
use tokio::sync::Semaphore;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::builder::{ConfigError, TransportBuilder};
use crate::call::BoxFuture;
use crate::checksum::{ChecksumSettings, Checksums};
use crate::concurrency::Concurrency;
use crate::credentials::{CredentialsProvider, Identify};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::limits::Limits;
use crate::metrics::Meters;
use crate::response::ResponseService;
use crate::retry::{Retry, RetryPolicy};
use crate::sign::{Sign, SignSettings};
use crate::trace::{TraceAttempts, TraceCalls};

/// Carries OSS requests: a [`tower_service::Service`] from [`Request`] to [`Response`].
///
/// Cheap to clone; clones share connections, credentials, the retry budget, the limits and the clock. Needs a Tokio
/// runtime with time and IO. Refusals by the server are errors; a response is always a success. A call ends when its
/// future is dropped: its connection is closed, and nothing of it goes on.
///
/// A request passes, in this order:
///
/// 1. the span of the call, so that everything is inside it;
/// 2. its deadline, which waiting in line and between attempts counts towards;
/// 3. the limit of calls under way, in which a call keeps its place until it is over;
/// 4. retry; all that follows is done anew for each attempt;
/// 5. the span of the attempt;
/// 6. credentials: after a refusal as expired the next attempt has others;
/// 7. address, date and signature; the clock is set by a refusal that says it is wrong;
/// 8. the body and its CRC64, which take no part in the signature;
/// 9. the response: how much of it is read, and whether it is a success;
/// 10. the limits of time, which watch the bytes move;
/// 11. the HTTP client: connections and their pool, proxy, TLS. Or a
///     [service in its place](TransportBuilder::http_service).
#[derive(Clone)]
pub struct Transport {
    service: BoxCloneSyncService<Request, Response, CallError>,
    identity: Arc<Identity>,
}

/// Who makes the requests, and how they are signed.
pub(crate) struct Identity {
    pub(crate) sign: SignSettings,
    pub(crate) provider: Arc<dyn CredentialsProvider>,
    pub(crate) timeout: Duration,
}

impl Transport {
    /// A builder with every option at its default.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::default()
    }

    /// Where requests go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.identity.sign.endpoint
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn stack(parts: Parts) -> Self {
        let identity = Identity {
            sign: parts.sign.clone(),
            provider: Arc::clone(&parts.provider),
            timeout: parts.credentials_timeout,
        };
        // From the inside out. What comes first sees single attempts, what comes last sees whole calls.

        // Closest to the wire, whose progress they watch: an attempt that stands still is dropped with its connection.
        let service = parts.limits;
        // Within the limits, since reading a response is part of the attempt. Below all that asks for the server's code.
        let service = ResponseService { inner: service };
        // Knows the response's headers from below and the bytes that left. The body takes no part in the signature.
        let service = Checksums { inner: service, settings: parts.checksums };
        // Signs with what comes from above; sets the clock by the error that comes from below.
        let service = Sign { inner: service, settings: parts.sign };
        // Every attempt asks anew, so that an attempt after `SecurityTokenExpired` has other credentials.
        let service = Identify { inner: service, provider: parts.provider, timeout: parts.credentials_timeout };
        // One span for each attempt, whatever ends it.
        let service = TraceAttempts { inner: service, meters: parts.meters.clone() };
        // Everything below is done anew for each attempt: date, credentials, body, checksum, limits.
        let service = Retry { inner: service, policy: parts.retry };
        // Above retry, so that a call keeps its place while it waits.
        let service =
            Concurrency { inner: service, places: parts.max_concurrency.map(|n| Arc::new(Semaphore::new(n))) };
        // Waiting for a place and for another attempt counts.
        let service = Deadline { inner: service };
        let service = TraceCalls { inner: service, operation_timeout: parts.operation_timeout, meters: parts.meters };
        Self { service: BoxCloneSyncService::new(service), identity: Arc::new(identity) }
    }
}

/// What the stack is made of.
pub(crate) struct Parts {
    pub(crate) limits: Limits,
    pub(crate) checksums: ChecksumSettings,
    pub(crate) sign: SignSettings,
    pub(crate) provider: Arc<dyn CredentialsProvider>,
    pub(crate) credentials_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_concurrency: Option<usize>,
    pub(crate) operation_timeout: Option<Duration>,
    pub(crate) meters: Meters,
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

impl TryFrom<TransportBuilder> for Transport {
    type Error = ConfigError;

    fn try_from(builder: TransportBuilder) -> Result<Self, ConfigError> {
        builder.build()
    }
}
