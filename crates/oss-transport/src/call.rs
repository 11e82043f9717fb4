//! What passes between the layers: a call, its attempts, and what became of them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use oss_models::{BoxBody, BoxError, CallError, CallErrorKind, CallOptions, OperationInfo, Request, RetryClass};
use tokio::time::Instant;

use crate::progress::Progress;
use crate::wire_body::WireBody;

/// A future in a box: the layers' futures have no names, and a box costs nothing beside a request over a network.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What stands below the stack: the HTTP client, or a service in its place.
pub(crate) type HttpService =
    tower::util::BoxCloneSyncService<http::Request<WireBody>, http::Response<BoxBody>, BoxError>;

/// One call on its way through the layers above retry.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) record: Arc<CallRecord>,
    /// When the whole call has to be over, and how long that is after its begin.
    pub(crate) deadline: Option<(Instant, Duration)>,
}

/// What is known about a call while it runs; outlives its futures, so that a call that is cut off can still be told.
#[derive(Debug, Default)]
pub(crate) struct CallRecord {
    attempts: AtomicU32,
    earlier_unknown: AtomicBool,
    current: Mutex<Option<Progress>>,
}

impl CallRecord {
    /// Counts an attempt; gives its number, from 1.
    pub(crate) fn begin_attempt(&self) -> u32 {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.attempts.fetch_add(1, Relaxed) + 1
    }

    pub(crate) fn watch(&self, progress: Progress) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.load(Relaxed)
    }

    /// Remembers that an attempt may have taken effect although it failed.
    pub(crate) fn outcome_is_unknown(&self) {
        self.earlier_unknown.store(true, Relaxed);
    }

    pub(crate) fn is_outcome_unknown(&self) -> bool {
        self.earlier_unknown.load(Relaxed)
    }

    /// Whether the attempt that runs now was sent, at least in part.
    fn is_current_sent(&self) -> bool {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(Progress::is_sent)
    }
}

impl Call {
    /// The error of this call, given now.
    pub(crate) fn error(&self, kind: CallErrorKind) -> CallError {
        CallError::new(self.request.target(), kind)
            .with_attempts(self.record.attempts())
            .with_outcome_unknown(self.record.is_outcome_unknown())
    }

    /// The error of this call, cut off now in whatever it was doing.
    pub(crate) fn cut_off(&self, kind: CallErrorKind) -> CallError {
        let unknown =
            self.record.is_outcome_unknown() || (has_effect(&self.request.method) && self.record.is_current_sent());
        self.error(kind).with_outcome_unknown(unknown)
    }
}

/// Whether a request of this method changes anything, so that it matters whether it took effect.
pub(crate) fn has_effect(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// One attempt of a call.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) request: Request,
    pub(crate) record: Arc<CallRecord>,
}

/// One attempt as an HTTP request, with what the layers below need to know about it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) http: http::Request<WireBody>,
    /// As it is for this request.
    pub(crate) operation: OperationInfo,
    pub(crate) options: CallOptions,
}

/// An attempt that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: CallErrorKind,
    /// Whether the server may have seen the request.
    pub(crate) sent: bool,
    /// Whether a pooled connection turned out to be closed: no byte of a response came.
    pub(crate) stale: bool,
    /// Whether a layer has removed the cause (corrected the clock, discarded expired credentials), so that the next
    /// attempt is worth making at once.
    pub(crate) repaired: bool,
}

impl Failure {
    /// Nothing was sent.
    pub(crate) fn unsent(kind: CallErrorKind) -> Self {
        Self { kind, sent: false, stale: false, repaired: false }
    }

    /// The request was sent, at least in part.
    pub(crate) fn sent(kind: CallErrorKind) -> Self {
        Self { kind, sent: true, stale: false, repaired: false }
    }

    /// The server's error code, if it is a refusal by the server.
    pub(crate) fn code(&self) -> Option<&str> {
        match &self.kind {
            CallErrorKind::Service(error) => Some(&error.code),
            _ => None,
        }
    }

    /// Whether the attempt may have taken effect all the same: it was sent, and no definite refusal came back.
    pub(crate) fn may_have_taken_effect(&self) -> bool {
        let refused = match &self.kind {
            CallErrorKind::Service(error) => {
                let is_final = error.status.is_client_error() || error.status.is_redirection();
                // A quota is looked at before anything is done.
                is_final || error.retry_class() == RetryClass::Throttled
            }
            // The announced body never arrived in full, so there was nothing to take effect.
            CallErrorKind::Body(_) => true,
            _ => false,
        };
        self.sent && !refused
    }
}
