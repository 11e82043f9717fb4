//! The order of the layers, and why each stands where it does.

use oss_models::{CallError, Request, Response};
use tower::ServiceBuilder;
use tower_service::Service;

use crate::call::Call;
use crate::config::{Config, ConfigError};

/// The stack as it is configured, outermost layer first.
pub(crate) fn stack(
    config: &Config,
) -> Result<
    impl Service<Request, Response = Response, Error = CallError, Future: Send + 'static> + Clone + Send + Sync + use<>,
    ConfigError,
> {
    Ok(ServiceBuilder::new()
        .map_request(Call::new)
        // One span for each call; everything that the call does is inside.
        .layer(config.call_trace_layer())
        // Waiting for a permit and for another attempt counts.
        .layer(config.deadline_layer())
        // Above retry, so that a call keeps its permit while it waits: a struggling service does not get more calls.
        .layer(config.concurrency_layer())
        // Everything below is done again for each attempt: credentials, date, body, checksum, limits.
        .layer(config.retry_layer())
        // One span for each attempt, whatever ends it.
        .layer(config.attempt_trace_layer())
        // Below retry, so that an attempt after `SecurityTokenExpired` has other credentials.
        .layer(config.credentials_layer()?)
        // Signs with what comes from above, with a fresh date; corrects the clock by the error that comes from below.
        .layer(config.sign_layer()?)
        // Below signing, since the body takes no part in the signature; above the response, whose headers it compares with.
        .layer(config.checksum_layer())
        // Below all that ask for the server's error code; above the limits, since reading a response is part of the attempt.
        .layer(config.response_layer())
        // Closest to the wire, whose progress they watch: an attempt that stands still is dropped with its connection.
        .layer(config.time_limits_layer())
        .service(config.http_client()?))
}
