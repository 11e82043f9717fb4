use oss_models::{CallError, InvalidRequest, Operation, Request, Sent};
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
pub(crate) fn send<O: Operation>(
    service: &AnyService,
    operation: O,
) -> impl Future<Output = Result<(O::Output, Exchange), CallError>> + use<O> {
    // Made here and not in the future, which would be as large as the operation: futures are moved.
    send_as::<O>(service, operation.into_request())
}

/// Runs the operation of which this is the request, as [`send`] does.
pub(crate) fn send_as<O: Operation>(
    service: &AnyService,
    request: Result<Request, InvalidRequest>,
) -> impl Future<Output = Result<(O::Output, Exchange), CallError>> + use<O> {
    let request = request.map_err(|invalid| CallError::invalid(O::INFO.name, invalid));
    let sending = request.map(|request| (request.target(), service.send(request)));
    async move {
        let (target, sending) = sending?;
        let response = sending.await?;
        let (attempts, earlier_attempt_unknown) = (response.attempts, response.earlier_attempt_unknown);
        let exchange = Exchange { sent: response.sent, earlier_attempt_unknown };
        match O::read(response) {
            Ok(output) => Ok((output, exchange)),
            Err(kind) => Err(unsuccessful(target, kind, attempts, earlier_attempt_unknown)),
        }
    }
}
