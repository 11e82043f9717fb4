//! Names for the services that the layers stand on, so that each says in one line what it needs.

use oss_models::{BoxBody, CallError, Response};
use tower_service::Service;

use crate::attempt::{AttemptError, HttpAttempt};
use crate::call::Call;

/// What a layer above retry stands on: a service that carries out a [`Call`]. Implemented by every service of this shape.
pub trait CallService:
    Service<Call, Response = Response, Error = CallError, Future: Send + 'static> + Clone + Send + 'static
{
}

impl<S> CallService for S where
    S: Service<Call, Response = Response, Error = CallError, Future: Send + 'static> + Clone + Send + 'static
{
}

/// What a layer below retry stands on: a service that makes an attempt in the state `A`. Implemented by every service of
/// this shape.
pub trait AttemptService<A>:
    Service<A, Response = Response, Error = AttemptError, Future: Send + 'static> + Clone + Send + 'static
{
}

impl<A, S> AttemptService<A> for S where
    S: Service<A, Response = Response, Error = AttemptError, Future: Send + 'static> + Clone + Send + 'static
{
}

/// What [`ResponseLayer`](super::ResponseLayer) stands on: a service that gives the response as it comes over HTTP.
/// Implemented by every service of this shape.
pub trait HttpAttemptService:
    Service<HttpAttempt, Response = http::Response<BoxBody>, Error = AttemptError, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> HttpAttemptService for S where
    S: Service<HttpAttempt, Response = http::Response<BoxBody>, Error = AttemptError, Future: Send + 'static>
        + Clone
        + Send
        + 'static
{
}
