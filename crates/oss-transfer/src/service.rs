use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use oss_models::{CallError, Request, Response};

/// The service that carries the requests of a transfer, whatever it is. Clones are cheap.
#[derive(Clone)]
pub struct AnyService(Arc<dyn Fn(Request) -> ResponseFuture + Send + Sync>);

/// A response under way.
type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

impl AnyService {
    /// Any service that responds to OSS requests. Each call gets a clone of it.
    pub fn new<S>(service: S) -> Self
    where
        S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        Self(Arc::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(request).await
            })
        }))
    }

    /// Sends one request, once the future is polled.
    ///
    /// # Errors
    /// Those of the service.
    pub fn send(&self, request: Request) -> impl Future<Output = Result<Response, CallError>> + Send + use<> {
        (self.0)(request)
    }
}

impl tower_service::Service<Request> for AnyService {
    type Response = Response;
    type Error = CallError;
    type Future = ResponseFuture;

    /// Readiness is awaited by each call.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> ResponseFuture {
        (self.0)(request)
    }
}

impl fmt::Debug for AnyService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyService")
    }
}
