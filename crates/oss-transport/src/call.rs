//! A call: one request, all attempts at it, and what is known of them while it runs.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use oss_models::{CallError, CallErrorKind, Request, Response};
use tokio::time::Instant;

use crate::attempt::{Attempt, AttemptError};
use crate::progress::Progress;

/// A future in a box: the layers' futures have no names, and a box costs nothing beside a request over a network.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One call on its way through the layers above [retry](crate::layers::RetryLayer).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// The request. The same for every attempt, and shared by them; [`Arc::make_mut`] gives one that can be changed.
    pub request: Arc<Request>,
    record: Arc<CallRecord>,
    deadline: Option<(Instant, Duration)>,
}

impl Call {
    /// A call that has not been attempted and has no deadline.
    pub fn new(request: Request) -> Self {
        Self { request: Arc::new(request), record: Arc::default(), deadline: None }
    }

    /// Attempts started so far.
    pub fn attempts(&self) -> u32 {
        self.record.attempts.load(Relaxed)
    }

    /// The attempts, as they are counted from now on.
    pub(crate) fn attempt_count(&self) -> AttemptCount {
        AttemptCount(Arc::clone(&self.record))
    }

    /// When the call has to be over, if it has a deadline.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline.map(|(at, _)| at)
    }

    /// Sets the deadline to `after` from `begin`. One that is too far away to be a time is none.
    pub(crate) fn set_deadline(&mut self, begin: Instant, after: Duration) {
        self.deadline = begin.checked_add(after).map(|at| (at, after));
    }

    /// The deadline, and how long after the begin of the call it is.
    pub(crate) fn time_limit(&self) -> Option<(Instant, Duration)> {
        self.deadline
    }

    /// Counts another attempt.
    pub fn begin_attempt(&self) -> Attempt {
        *self.record.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let number = self.record.attempts.fetch_add(1, Relaxed) + 1;
        Attempt::new(Arc::clone(&self.request), number, Arc::clone(&self.record))
    }

    /// Takes note of an attempt that failed, since it may have taken effect all the same.
    pub fn on_failure(&self, failure: &AttemptError) {
        if failure.may_have_taken_effect() && has_effect(&self.request.method) {
            self.record.outcome_unknown.store(true, Relaxed);
            self.record.response_lost.fetch_or(!failure.has_response(), Relaxed);
        }
    }

    /// The response of the call, from that of its last attempt: says how many there were, and whether an earlier one may
    /// have taken effect.
    pub fn succeed(&self, mut response: Response) -> Response {
        response.attempts = self.attempts();
        response.earlier_attempt_unknown = self.record.is_outcome_unknown();
        response
    }

    /// The error of this call, between attempts.
    pub fn error(&self, kind: CallErrorKind) -> CallError {
        CallError::new(self.request.target(), kind)
            .with_attempts(self.attempts())
            .with_outcome_unknown(self.record.is_outcome_unknown())
            .with_response_lost(self.record.is_response_lost())
    }

    /// The error of this call, cut off now in whatever it was doing. While it is connecting, the host that does not respond is
    /// named.
    pub fn cut_off(&self, kind: CallErrorKind) -> CallError {
        let current = self.record.current();
        let may_take_effect = has_effect(&self.request.method) && current.as_ref().is_some_and(Progress::is_sent);
        let kind = match current {
            Some(progress) => progress.reached(kind),
            None => kind,
        };
        self.error(kind)
            .with_outcome_unknown(self.record.is_outcome_unknown() || may_take_effect)
            .with_response_lost(self.record.is_response_lost() || may_take_effect)
    }

    /// The same call without its body, for errors: so that the body does not live longer than the call.
    pub(crate) fn without_body(&self) -> Self {
        let mut call = self.clone();
        Arc::make_mut(&mut call.request).body = oss_models::Body::empty();
        call
    }
}

impl From<Request> for Call {
    fn from(request: Request) -> Self {
        Self::new(request)
    }
}

/// How many attempts a call has started; outlives it.
pub(crate) struct AttemptCount(Arc<CallRecord>);

impl AttemptCount {
    pub(crate) fn get(&self) -> u32 {
        self.0.attempts.load(Relaxed)
    }
}

/// What is known about a call while it runs; outlives its futures, so that the error of a call that is cut off is right.
#[derive(Debug, Default)]
pub(crate) struct CallRecord {
    attempts: AtomicU32,
    outcome_unknown: AtomicBool,
    response_lost: AtomicBool,
    /// Progress of the attempt under way.
    current: Mutex<Option<Progress>>,
}

impl CallRecord {
    pub(crate) fn watch(&self, progress: Progress) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    fn is_outcome_unknown(&self) -> bool {
        self.outcome_unknown.load(Relaxed)
    }

    fn is_response_lost(&self) -> bool {
        self.response_lost.load(Relaxed)
    }

    /// Progress of the attempt under way.
    fn current(&self) -> Option<Progress> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether a request of this method changes anything, so that it matters whether it took effect.
fn has_effect(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}
