//! Stacks that are put together otherwise: a layer more, a layer less, another layer in its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use oss_models::Response;
use oss_transport::layers::{AnonymousLayer, AttemptService, SingleAttemptLayer};
use oss_transport::{Attempt, AttemptError, Call, Config, Transport};
use tower::{Layer, ServiceBuilder};
use tower_service::Service;

use crate::support::{HttpResponse, Log, builder, http_response, memory, put, refusal, send};

fn scripted(log: &Log, responses: Vec<HttpResponse>) -> Config {
    let ok = http_response(200, &[("etag", "\"e\"")], "");
    builder().http_service(memory(log, move |n, _| Ok(responses.get(n).unwrap_or(&ok).clone())))
}

/// Counts attempts, and gives each a header.
#[derive(Clone, Default)]
struct CountLayer(Arc<AtomicU32>);

#[derive(Clone)]
struct Count<S>(S, Arc<AtomicU32>);

impl<S> Layer<S> for CountLayer {
    type Service = Count<S>;

    fn layer(&self, inner: S) -> Count<S> {
        Count(inner, Arc::clone(&self.0))
    }
}

impl<S: AttemptService<Attempt>> Service<Attempt> for Count<S> {
    type Response = Response;
    type Error = AttemptError;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut attempt: Attempt) -> S::Future {
        self.1.fetch_add(1, Relaxed);
        let number = attempt.number().into();
        Arc::make_mut(&mut attempt.request).headers.insert("x-attempt", number);
        self.0.call(attempt)
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_of_ones_own_below_retry_sees_every_attempt() {
    let log = Log::default();
    let config = scripted(&log, vec![refusal(503, "ServiceUnavailable"), refusal(500, "InternalError")]);
    let count = CountLayer::default();
    let stack = ServiceBuilder::new()
        .map_request(Call::new)
        .layer(config.call_trace_layer())
        .layer(config.deadline_layer())
        .layer(config.concurrency_layer())
        .layer(config.retry_layer())
        .layer(count.clone())
        .layer(config.attempt_trace_layer())
        .layer(config.credentials_layer().unwrap())
        .layer(config.sign_layer().unwrap())
        .layer(config.checksum_layer())
        .layer(config.response_layer())
        .layer(config.time_limits_layer())
        .service(config.http_client().unwrap());
    let transport = Transport::from_stack(&config, stack).unwrap();
    let response = send(&transport, put("abc")).await.unwrap();
    assert_eq!((response.attempts, count.0.load(Relaxed)), (3, 3));
    let headers: Vec<_> = log.all().iter().map(|seen| seen.headers["x-attempt"].clone()).collect();
    assert_eq!(headers, ["1", "2", "3"], "what it changes is sent");
}

/// The least that a stack is made of.
fn once(config: &Config) -> Transport {
    let stack = ServiceBuilder::new()
        .map_request(Call::new)
        .layer(SingleAttemptLayer::new())
        .layer(AnonymousLayer::new())
        .layer(config.sign_layer().unwrap())
        .layer(config.checksum_layer())
        .layer(config.response_layer())
        .layer(config.time_limits_layer())
        .service(config.http_client().unwrap());
    Transport::from_stack(config, stack).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_stack_can_try_once_and_without_credentials() {
    let log = Log::default();
    let config = scripted(&log, vec![refusal(503, "ServiceUnavailable")]).max_attempts(9);
    let transport = once(&config);
    let error = send(&transport, put("abc")).await.unwrap_err();
    assert_eq!((error.attempts(), error.code(), error.outcome_unknown()), (1, Some("ServiceUnavailable"), true));
    let response = send(&transport, put("abc")).await.unwrap();
    assert_eq!((response.attempts, response.sent.map(|sent| sent.len)), (1, Some(3)));
    assert_eq!(log.len(), 2);
    assert!(log.all().iter().all(|seen| !seen.headers.contains_key("authorization")));
}

#[test]
fn a_stack_of_ones_own_is_checked_like_any_other() {
    let config = builder().max_attempts(0);
    let stack = tower::service_fn(|_| std::future::pending());
    let refused = Transport::from_stack(&config, stack).unwrap_err();
    assert_eq!(refused.to_string(), "`max_attempts` must be at least 1, got 0");
}

#[tokio::test(start_paused = true)]
async fn the_clock_that_is_handed_in_dates_every_signature() {
    let log = Log::default();
    let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let config = scripted(&log, vec![]).clock(move || moment);
    let transport = config.build().unwrap();
    send(&transport, put("abc")).await.unwrap();
    assert_eq!(log.all()[0].headers["x-oss-date"], "19941106T084937Z");
    let signed = transport.presign(&put("abc"), Duration::from_secs(60)).await.unwrap();
    assert!(signed.url().to_string().contains("x-oss-date=19941106T084937Z"));
}
