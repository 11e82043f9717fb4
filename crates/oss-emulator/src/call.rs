//! A request that passed the checks every request must pass: what every operation takes.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::core::Core;
use crate::fault::FaultScript;
use crate::operation::Operation;
use crate::request::RequestHead;

/// Who sent a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Caller {
    /// The one account of this server, by any of its keys.
    Owner,
    Anonymous,
}

/// An operation to carry out.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) core: Arc<Core>,
    pub(crate) head: RequestHead,
    pub(crate) operation: Operation,
    pub(crate) caller: Caller,
    pub(crate) request_id: String,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) faults: FaultScript,
}
