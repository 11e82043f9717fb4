//! Limits of time for one attempt: idle timeout, the wait for a response, minimum throughput, the attempt as a whole.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use oss_models::{BoxBody, BoxError, CallErrorKind, ResponseShape, TimeLimit};
use tokio::time::{Instant, Sleep};
use tower::ServiceExt;
use tower_service::Service;

use crate::bandwidth::BandwidthLimit;
use crate::call::HttpService;
use crate::call::{BoxFuture, Failure, Outgoing};
use crate::progress::{AttemptLimits, Progress, later, time_at_rate};
use crate::wire_body::SendRecord;

/// Ends attempts that make no progress, or too little.
///
/// Directly above the HTTP client, whose progress it watches; it drops the client's future at a limit, which closes the
/// connection.
#[derive(Clone)]
pub(crate) struct Limits {
    pub(crate) http: HttpService,
    pub(crate) settings: TimeLimits,
    pub(crate) download: BandwidthLimit,
}

/// The limits of a transport; a call may have others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLimits {
    pub(crate) read_write_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) complete_timeout: Duration,
    pub(crate) attempt_timeout: Option<Duration>,
    /// Bytes per second that a body must reach on average, either way.
    pub(crate) min_rate: u64,
}

impl TimeLimits {
    fn of(self, outgoing: &Outgoing) -> AttemptLimits {
        let response = match outgoing.options.response_timeout {
            Some(own) => (TimeLimit::ResponseTimeout, own),
            None if outgoing.operation.responds_slowly => (TimeLimit::CompleteTimeout, self.complete_timeout),
            None => (TimeLimit::ResponseTimeout, self.response_timeout),
        };
        AttemptLimits {
            idle: self.read_write_timeout,
            response,
            attempt: outgoing.options.attempt_timeout.or(self.attempt_timeout),
            min_rate: self.min_rate,
            len: outgoing.http.body().expected_len(),
        }
    }
}

impl Service<Outgoing> for Limits {
    type Response = http::Response<BoxBody>;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Self::Response, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, outgoing: Outgoing) -> Self::Future {
        Box::pin(self.clone().send(outgoing))
    }
}

impl Limits {
    async fn send(self, outgoing: Outgoing) -> Result<http::Response<BoxBody>, Failure> {
        let body = outgoing.http.body();
        let (progress, record) = (body.progress().clone(), body.record().clone());
        let limits = self.settings.of(&outgoing);
        // A stream is the caller's to read at leisure; any other response is part of the attempt.
        let is_stream = outgoing.operation.response == ResponseShape::Content;
        let deadline = limits.attempt.filter(|_| !is_stream).map(|after| (later(Instant::now(), after), after));
        let expired = async { Err(progress.expired(limits).await.into()) };
        let answered = first(pin!(self.http.oneshot(outgoing.http)), pin!(expired)).await;
        let response = answered.map_err(|error| failure(error, &progress, &record))?;
        progress.answered();
        let limited = |body| LimitedBody {
            body,
            received: 0,
            waited: Duration::ZERO,
            pending: None,
            idle: limits.idle,
            min_rate: limits.min_rate,
            deadline,
            bandwidth: self.download.clone(),
            delay: None,
        };
        Ok(response.map(|body| -> BoxBody { Box::pin(limited(body)) }))
    }
}

/// The outcome of the future that ends first; of the left one if both do.
async fn first<T>(mut left: Pin<&mut impl Future<Output = T>>, mut right: Pin<&mut impl Future<Output = T>>) -> T {
    poll_fn(|cx| match left.as_mut().poll(cx) {
        Poll::Pending => right.as_mut().poll(cx),
        ready => ready,
    })
    .await
}

/// What an error of the HTTP client means for the attempt.
fn failure(error: BoxError, progress: &Progress, record: &SendRecord) -> Failure {
    let kind = match record.take_error() {
        Some(error) => CallErrorKind::Body(error),
        None => connection_error(error),
    };
    let stale = matches!(kind, CallErrorKind::Connection(_)) && progress.is_stale();
    let unsent = matches!(kind, CallErrorKind::Connect { .. } | CallErrorKind::Tls { .. });
    Failure { kind, sent: progress.is_sent() && !unsent, stale, repaired: false }
}

/// Finds the kind that one of our own layers put into an error; other errors are those of a connection.
pub(crate) fn connection_error(error: BoxError) -> CallErrorKind {
    match error.downcast::<CallErrorKind>() {
        Ok(kind) => *kind,
        Err(other) => CallErrorKind::Connection(other),
    }
}

/// A body of a response that has to keep coming: an idle timeout, and a minimum throughput over all. Time in which the
/// caller asks for no bytes does not count.
struct LimitedBody {
    body: BoxBody,
    received: u64,
    /// Time spent waiting for the server.
    waited: Duration,
    pending: Option<Pending>,
    idle: Duration,
    min_rate: u64,
    /// When the attempt has to be over, and how long that is after its begin.
    deadline: Option<(Instant, Duration)>,
    bandwidth: BandwidthLimit,
    delay: Option<Pin<Box<Sleep>>>,
}

struct Pending {
    since: Instant,
    limit: TimeLimit,
    after: Duration,
    timer: Pin<Box<Sleep>>,
}

impl LimitedBody {
    fn pending(&self) -> Pending {
        let since = Instant::now();
        // A grace of one idle timeout on top of what the minimum throughput allows for the bytes so far.
        let whole = self.idle.saturating_add(time_at_rate(self.received, self.min_rate));
        let left = whole.saturating_sub(self.waited);
        let (wait, limit, after) = if left < self.idle {
            (left, TimeLimit::MinRate, whole)
        } else {
            (self.idle, TimeLimit::ReadWriteTimeout, self.idle)
        };
        let (at, limit, after) = match self.deadline {
            Some((at, after)) if at < later(since, wait) => (at, TimeLimit::AttemptTimeout, after),
            _ => (later(since, wait), limit, after),
        };
        Pending { since, limit, after, timer: Box::pin(tokio::time::sleep_until(at)) }
    }
}

impl HttpBody for LimitedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Some(delay) = &mut this.delay {
            ready!(delay.as_mut().poll(cx));
            this.delay = None;
        }
        let Poll::Ready(polled) = this.body.as_mut().poll_frame(cx) else {
            let fresh = this.pending.take().unwrap_or_else(|| this.pending());
            let pending = this.pending.insert(fresh);
            ready!(pending.timer.as_mut().poll(cx));
            let kind = CallErrorKind::Timeout { limit: pending.limit, after: pending.after };
            return Poll::Ready(Some(Err(Box::new(kind))));
        };
        if let Some(pending) = this.pending.take() {
            this.waited += pending.since.elapsed();
        }
        if let Some(Ok(data)) = polled.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
            let len = data.map_or(0, Bytes::len);
            this.received += len as u64;
            this.delay = this.bandwidth.reserve(len).map(|wait| Box::pin(tokio::time::sleep(wait)));
        }
        // The reader of the body finds the same kinds of errors as in a call.
        Poll::Ready(polled.map(|frame| frame.map_err(|error| connection_error(error).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
