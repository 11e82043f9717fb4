use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use oss_models::{CallError, Operation, Request, Response, Sent};

use crate::plan::unsuccessful;

/// The service that carries requests. Clones are cheap.
#[derive(Clone)]
pub(crate) struct AnyService(Arc<dyn Fn(Request) -> ResponseFuture + Send + Sync>);

type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

impl AnyService {
    pub(crate) fn new<S>(service: S) -> Self
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
}

/// What a response tells beside its content.
pub(crate) struct Exchange {
    /// Count and CRC64 of the bytes that left, if the service kept count.
    pub(crate) sent: Option<Sent>,
    /// Whether an earlier attempt may have taken effect too.
    pub(crate) earlier_attempt_unknown: bool,
}

/// Runs one operation and keeps what its response tells beside its content.
pub(crate) async fn send<O: Operation>(service: &AnyService, operation: O) -> Result<(O::Output, Exchange), CallError> {
    let request = operation.into_request().map_err(|invalid| CallError::invalid(O::INFO.name, invalid))?;
    let target = request.target();
    let response = (service.0)(request).await?;
    let (attempts, earlier_attempt_unknown) = (response.attempts, response.earlier_attempt_unknown);
    let exchange = Exchange { sent: response.sent, earlier_attempt_unknown };
    match O::read(response) {
        Ok(output) => Ok((output, exchange)),
        Err(kind) => Err(unsuccessful(target, kind, attempts, earlier_attempt_unknown)),
    }
}
