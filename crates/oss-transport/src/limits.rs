//! Limits of time for one attempt: stalls, the wait for a response, the slow drip.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use oss_models::{BoxBody, BoxError, CallErrorKind};
use tokio::time::{Instant, Sleep};
use tower::ServiceExt;
use tower_service::Service;

use crate::bandwidth::BandwidthLimit;
use crate::call::HttpService;
use crate::call::{BoxFuture, Failure, Outgoing};
use crate::progress::{AttemptLimits, Progress, time_at_rate};
use crate::wire_body::SendRecord;

/// Ends attempts that do not get on.
///
/// Directly above the HTTP client, whose progress it watches; it drops the client's future at a limit, which closes the
/// connection.
#[derive(Clone)]
pub(crate) struct Limits {
    pub(crate) http: HttpService,
    /// Longest time without a byte moved.
    pub(crate) stall: Duration,
    /// Bytes per second that a body must reach on average, either way.
    pub(crate) min_rate: u64,
    pub(crate) download: BandwidthLimit,
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
        let limits = AttemptLimits {
            stall: self.stall,
            response: outgoing.response_timeout,
            min_rate: self.min_rate,
            len: body.expected_len(),
        };
        let expired = async {
            let expiry = progress.expired(limits).await;
            Err(CallErrorKind::Timeout { limit: expiry.limit, after: expiry.after }.into())
        };
        let answered = first(pin!(self.http.oneshot(outgoing.http)), pin!(expired)).await;
        let response = answered.map_err(|error| failure(error, &progress, &record))?;
        progress.answered();
        let limited = |body| LimitedBody {
            body,
            received: 0,
            waited: Duration::ZERO,
            pending: None,
            stall: self.stall,
            min_rate: self.min_rate,
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

/// A body of a response that has to keep coming: no stall, and a minimum rate over all. Time in which nobody asks for
/// bytes does not count.
struct LimitedBody {
    body: BoxBody,
    received: u64,
    /// Time spent waiting for the server.
    waited: Duration,
    pending: Option<Pending>,
    stall: Duration,
    min_rate: u64,
    bandwidth: BandwidthLimit,
    delay: Option<Pin<Box<Sleep>>>,
}

struct Pending {
    since: Instant,
    limit: &'static str,
    after: Duration,
    timer: Pin<Box<Sleep>>,
}

impl LimitedBody {
    fn pending(&self) -> Pending {
        let since = Instant::now();
        // A grace of one stall limit on top of what the minimum rate allows for the bytes so far.
        let whole = self.stall.saturating_add(time_at_rate(self.received, self.min_rate));
        let left = whole.saturating_sub(self.waited);
        let (wait, limit, after) = if left < self.stall {
            (left, "minimum rate of the response", whole)
        } else {
            (self.stall, "stall limit", self.stall)
        };
        Pending { since, limit, after, timer: Box::pin(tokio::time::sleep(wait)) }
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
        // Whoever reads the body finds the same kinds of errors as in a call.
        Poll::Ready(polled.map(|frame| frame.map_err(|error| connection_error(error).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
