//! Deliberate bugs between the engine and the stack, each of which the checker must find.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http::StatusCode;
use http::header::{ETAG, HeaderValue};
use ossup::Transport;
use ossup::models::{CallError, Request, Response, ServiceError};
use tower::Service;

/// What is broken.
#[cfg_attr(not(test), expect(dead_code, reason = "only the test of the checker breaks anything"))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sabotage {
    /// No error says that the request may have taken effect all the same.
    ForgetsLostResponses,
    /// A PutObject whose response was lost is called a success.
    BelievesInSuccess,
    /// HeadObject says that there is no object.
    SeesNoObject,
    /// No upload is aborted, and each is called gone.
    SkipsAborts,
    /// The stack repeats every request by itself.
    RepeatsBelow,
    /// The buffer of each call stays in memory.
    KeepsBuffers,
}

impl Sabotage {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 6] = [
        Self::ForgetsLostResponses,
        Self::BelievesInSuccess,
        Self::SeesNoObject,
        Self::SkipsAborts,
        Self::RepeatsBelow,
        Self::KeepsBuffers,
    ];
}

/// Bytes of a buffer that is kept.
const BUFFER: usize = 1024 * 1024;

/// The stack, with one thing broken.
#[derive(Clone)]
pub(crate) struct Sabotaged {
    inner: Transport,
    sabotage: Sabotage,
    skipped: Arc<AtomicBool>,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Sabotaged {
    pub(crate) fn new(inner: Transport, sabotage: Sabotage) -> Self {
        Self { inner, sabotage, skipped: Arc::default(), kept: Arc::default() }
    }

    /// What is said without asking the server.
    fn made_up(&self, request: &Request) -> Option<Result<Response, CallError>> {
        let not_found = |code| CallError::new(request.target(), ServiceError::new(StatusCode::NOT_FOUND, code).into());
        match (self.sabotage, request.operation.name) {
            (Sabotage::SeesNoObject, "HeadObject") => Some(Err(not_found("NoSuchKey"))),
            (Sabotage::SkipsAborts, "AbortMultipartUpload") => {
                self.skipped.store(true, Relaxed);
                Some(Ok(Response::new(StatusCode::NO_CONTENT)))
            }
            (Sabotage::SkipsAborts, "ListParts") if self.skipped.load(Relaxed) => Some(Err(not_found("NoSuchUpload"))),
            _ => None,
        }
    }
}

impl Service<Request> for Sabotaged {
    type Response = Response;
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if let Some(outcome) = self.made_up(&request) {
            return Box::pin(std::future::ready(outcome));
        }
        if self.sabotage == Sabotage::RepeatsBelow {
            request.options.max_attempts = Some(20);
        }
        if self.sabotage == Sabotage::KeepsBuffers
            && let Ok(mut kept) = self.kept.lock()
        {
            kept.push(vec![0; BUFFER]);
        }
        let (sabotage, operation) = (self.sabotage, request.operation.name);
        let calling = self.inner.call(request);
        Box::pin(async move {
            match (calling.await, sabotage) {
                (Err(error), Sabotage::ForgetsLostResponses) => Err(error.with_outcome_unknown(false)),
                (Err(error), Sabotage::BelievesInSuccess) if operation == "PutObject" && error.outcome_unknown() => {
                    Ok(Response::new(StatusCode::OK).with_header(ETAG, HeaderValue::from_static("\"E\"")))
                }
                (outcome, _) => outcome,
            }
        })
    }
}
