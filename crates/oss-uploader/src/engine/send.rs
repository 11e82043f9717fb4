use oss_models::{CallError, Operation, Sent};
use oss_transfer::AnyService;

use crate::plan::unsuccessful;

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
    let response = service.send(request).await?;
    let (attempts, earlier_attempt_unknown) = (response.attempts, response.earlier_attempt_unknown);
    let exchange = Exchange { sent: response.sent, earlier_attempt_unknown };
    match O::read(response) {
        Ok(output) => Ok((output, exchange)),
        Err(kind) => Err(unsuccessful(target, kind, attempts, earlier_attempt_unknown)),
    }
}
