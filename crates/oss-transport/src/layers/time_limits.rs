//! Limits of time for one attempt: idle timeout, the wait for a response, minimum throughput, the attempt as a whole.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use oss_models::{BoxBody, BoxError, CallErrorKind, ResponseShape, TimeLimit};
use tokio::time::{Instant, Sleep};
use tower::ServiceExt;
use tower_layer::Layer;
use tower_service::Service;

use crate::attempt::{AttemptError, HttpAttempt};
use crate::bandwidth::BandwidthLimit;
use crate::call::BoxFuture;
use crate::progress::{AttemptLimits, Progress, later, time_at_rate};
use crate::wire_body::{SendRecord, WireBody};

/// Ends attempts that make no progress, or too little.
///
/// Directly above the HTTP client, whose progress it watches; it drops the client's future at a limit, which closes the
/// connection.
#[derive(Clone, Debug)]
pub struct TimeLimitsLayer {
    read_write_timeout: Duration,
    response_timeout: Duration,
    complete_timeout: Duration,
    attempt_timeout: Option<Duration>,
    /// Bytes per second that a body must reach on average, either way.
    min_rate: u64,
    download_bandwidth: BandwidthLimit,
}

impl TimeLimitsLayer {
    /// The limits that [`Config`](crate::Config) has by default.
    pub fn new() -> Self {
        Self {
            read_write_timeout: Duration::from_secs(20),
            response_timeout: Duration::from_secs(60),
            complete_timeout: Duration::from_secs(300),
            attempt_timeout: None,
            min_rate: 16 * 1024,
            download_bandwidth: BandwidthLimit::unlimited(),
        }
    }

    /// Sets the longest time without a byte moved, either way. Default 20 s.
    #[must_use]
    pub fn read_write_timeout(mut self, limit: Duration) -> Self {
        self.read_write_timeout = limit;
        self
    }

    /// Sets the limit for the wait between the last byte of a request and the first byte of its response. Default 60 s.
    #[must_use]
    pub fn response_timeout(mut self, limit: Duration) -> Self {
        self.response_timeout = limit;
        self
    }

    /// Sets the same limit for operations that take as long as the object is large
    /// ([`OperationInfo::responds_slowly`](oss_models::OperationInfo::responds_slowly)). Default 300 s.
    #[must_use]
    pub fn complete_timeout(mut self, limit: Duration) -> Self {
        self.complete_timeout = limit;
        self
    }

    /// Sets the limit for one attempt, from its connection to the end of its response (to the head, where the response is
    /// a stream). Default none.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.attempt_timeout = limit.into();
        self
    }

    /// Sets the bytes per second that a body must reach on average, either way. Default 16 KiB/s; 0 is no limit.
    #[must_use]
    pub fn min_rate(mut self, bytes_per_second: u64) -> Self {
        self.min_rate = bytes_per_second;
        self
    }

    /// Sets the limit for the bytes of the bodies that are received. Default none.
    #[must_use]
    pub fn download_bandwidth_limit(mut self, limit: BandwidthLimit) -> Self {
        self.download_bandwidth = limit;
        self
    }

    fn limits_of(&self, attempt: &HttpAttempt) -> AttemptLimits {
        let response = match attempt.options.response_timeout {
            Some(own) => (TimeLimit::ResponseTimeout, own),
            None if attempt.operation.responds_slowly => (TimeLimit::CompleteTimeout, self.complete_timeout),
            None => (TimeLimit::ResponseTimeout, self.response_timeout),
        };
        AttemptLimits {
            idle: self.read_write_timeout,
            response,
            attempt: attempt.options.attempt_timeout.or(self.attempt_timeout),
            min_rate: self.min_rate,
            len: attempt.http.body().expected_len(),
        }
    }
}

impl Default for TimeLimitsLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for TimeLimitsLayer {
    type Service = TimeLimits<S>;

    fn layer(&self, inner: S) -> TimeLimits<S> {
        TimeLimits { inner, layer: self.clone() }
    }
}

/// The service of [`TimeLimitsLayer`].
#[derive(Clone, Debug)]
pub struct TimeLimits<S> {
    inner: S,
    layer: TimeLimitsLayer,
}

impl<S> Service<HttpAttempt> for TimeLimits<S>
where
    S: Service<http::Request<WireBody>, Response = http::Response<BoxBody>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = http::Response<BoxBody>;
    type Error = AttemptError;
    type Future = BoxFuture<'static, Result<Self::Response, AttemptError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, attempt: HttpAttempt) -> Self::Future {
        Box::pin(send(self.inner.clone(), self.layer.clone(), attempt))
    }
}

async fn send<S>(
    inner: S,
    layer: TimeLimitsLayer,
    attempt: HttpAttempt,
) -> Result<http::Response<BoxBody>, AttemptError>
where
    S: Service<http::Request<WireBody>, Response = http::Response<BoxBody>>,
    S::Error: Into<BoxError>,
{
    let body = attempt.http.body();
    let (progress, record) = (body.progress().clone(), body.record().clone());
    let limits = layer.limits_of(&attempt);
    // A stream is the caller's to read at leisure; any other response is part of the attempt.
    let is_stream = attempt.operation.response == ResponseShape::Content;
    let deadline = limits.attempt.filter(|_| !is_stream).map(|after| (later(Instant::now(), after), after));
    let response = tokio::select! {
        biased;
        response = inner.oneshot(attempt.http) => response.map_err(Into::into),
        kind = progress.expired(limits) => Err(kind.into()),
    };
    let response = response.map_err(|error| failure(error, &progress, &record))?;
    progress.responded();
    let limited = |body| LimitedBody {
        body,
        received: 0,
        waited: Duration::ZERO,
        pending: None,
        idle: limits.idle,
        min_rate: limits.min_rate,
        deadline,
        bandwidth: layer.download_bandwidth,
        delay: None,
    };
    Ok(response.map(|body| -> BoxBody { Box::pin(limited(body)) }))
}

/// What an error of the HTTP client means for the attempt.
fn failure(error: BoxError, progress: &Progress, record: &SendRecord) -> AttemptError {
    let kind = match record.take_error() {
        Some(error) => CallErrorKind::Body(error),
        None => connection_error(error),
    };
    let stale = matches!(kind, CallErrorKind::Connection(_)) && progress.is_stale();
    let unsent = matches!(kind, CallErrorKind::Connect { .. } | CallErrorKind::Tls { .. });
    AttemptError { kind, is_sent: progress.is_sent() && !unsent, is_stale: stale, is_repaired: false }
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
    delay: Option<BoxFuture<'static, ()>>,
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
            this.delay = this.bandwidth.reserve(len);
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
