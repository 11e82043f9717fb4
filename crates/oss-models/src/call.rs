use std::future::poll_fn;

use tower_service::Service;

use crate::{CallError, Operation, Request, Response};

/// Runs one operation over a service: checks and writes the request, sends it, reads the response.
///
/// # Errors
/// [`CallError`] with the operation and its target: the request was invalid (nothing was sent), the service failed, or
/// the response was a refusal or unreadable.
pub async fn call<S, O>(mut service: S, operation: O) -> Result<O::Output, CallError>
where
    S: Service<Request, Response = Response, Error = CallError>,
    O: Operation,
{
    let request = operation.into_request().map_err(|invalid| CallError::invalid(O::INFO.name, invalid))?;
    let target = request.target();
    poll_fn(|cx| service.poll_ready(cx)).await?;
    let response = service.call(request).await?;
    let (attempts, unknown) = (response.attempts, response.earlier_attempt_unknown);
    O::read(response).map_err(|kind| CallError::new(target, kind).with_attempts(attempts).with_outcome_unknown(unknown))
}
