//! The tower layer for upload callbacks, in front of a service.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use axum::extract::OriginalUri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use oss_auth::callback::{CallbackError, CallbackKey, CallbackLayer, KeyUrl};
use tower_layer::Layer as _;
use tower_service::Service;

const PEM: &str = "-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKs/JBGzwUB2aVht4crBx3oIPBLNsjGs
C0fTXv+nvlmklvkcolvpvXLTjaxUHR3W9LXxQ2EHXAJfCB+6H2YF1k8CAwEAAQ==
-----END PUBLIC KEY-----
";

/// Responds with the body that it gets.
#[derive(Clone)]
struct Echo;

impl Service<Request<Full<Bytes>>> for Echo {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        ready(Ok(Response::new(request.into_body())))
    }
}

/// Nothing in here waits for anything, so one poll is enough.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing should have to wait"),
    }
}

fn documented() -> Request<Full<Bytes>> {
    Request::post("/index.php?id=1&index=2")
        .header(
            "authorization",
            "kKQeGTRccDKyHB3H9vF+xYMSrmhMZjzzl2/kdD1ktNVgbWEfYTQG0G2SU/RaHBovRCE8OkQDjC3uG33esH2txA==",
        )
        .header("x-oss-pub-key-url", "aHR0cDovL2dvc3NwdWJsaWMuYWxpY2RuLmNvbS9jYWxsYmFja19wdWJfa2V5X3YxLnBlbQ==")
        .body(Full::from("bucket=yonghu-test"))
        .unwrap()
}

fn key() -> CallbackKey {
    CallbackKey::from_pem(PEM).unwrap()
}

#[test]
fn a_callback_of_oss_reaches_the_service_and_its_key_is_fetched_once() {
    let fetched = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&fetched);
    let layer = CallbackLayer::new(move |url: KeyUrl| {
        assert_eq!(url.as_str(), "http://gosspublic.alicdn.com/callback_pub_key_v1.pem");
        count.fetch_add(1, Ordering::Relaxed);
        ready(Ok::<_, Infallible>(key()))
    });
    let mut service = layer.layer(Echo);
    for _ in 0..3 {
        let response = now(service.call(documented())).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(now(response.into_body().collect()).unwrap().to_bytes(), "bucket=yonghu-test");
    }
    assert_eq!(fetched.load(Ordering::Relaxed), 1);
}

#[test]
fn the_layer_responds_to_anything_else() {
    let change = |change: &dyn Fn(&mut Request<Full<Bytes>>)| {
        let mut request = documented();
        change(&mut request);
        request
    };
    let mut service = CallbackLayer::new(|_| ready(Ok::<_, Infallible>(key()))).max_body(100).layer(Echo);
    for (request, status) in [
        (change(&|request| *request.body_mut() = Full::from("bucket=other")), StatusCode::FORBIDDEN),
        (change(&|request| *request.uri_mut() = "/index.php".parse().unwrap()), StatusCode::FORBIDDEN),
        (change(&|request| drop(request.headers_mut().remove("authorization"))), StatusCode::FORBIDDEN),
        (change(&|request| drop(request.headers_mut().remove("x-oss-pub-key-url"))), StatusCode::FORBIDDEN),
        (change(&|request| *request.body_mut() = Full::from(vec![0; 101])), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let response = now(service.call(request)).unwrap();
        assert_eq!(response.status(), status);
        assert!(now(response.into_body().collect()).unwrap().to_bytes().is_empty());
    }
    let mut service = CallbackLayer::new(|_| ready(Err(CallbackError::Key))).layer(Echo);
    assert_eq!(now(service.call(documented())).unwrap().status(), StatusCode::BAD_GATEWAY);
}

/// Routes `/index.php` to a router of its own, which sees the path `/`.
fn nested<F, Fut>(check: CallbackLayer<F>) -> axum::Router
where
    F: Fn(KeyUrl) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<CallbackKey, Infallible>> + Send + 'static,
{
    let uploaded = axum::routing::post(|body: String| async move { body });
    axum::Router::new().nest("/index.php", axum::Router::new().route("/", uploaded).layer(check))
}

#[test]
fn a_callback_reaches_a_nested_router_of_axum() {
    let layer = || CallbackLayer::new(|_| ready(Ok(key())));
    let original = layer().original_uri(|extensions| extensions.get::<OriginalUri>().map(|uri| &uri.0));
    for (layer, status) in [(original, StatusCode::OK), (layer(), StatusCode::FORBIDDEN)] {
        let response = now(nested(layer).call(documented().map(axum::body::Body::new))).unwrap();
        assert_eq!(response.status(), status);
    }
    // Where there is no other URI, that of the request counts.
    let layer = layer().original_uri(|extensions| extensions.get::<OriginalUri>().map(|uri| &uri.0));
    assert_eq!(now(layer.layer(Echo).call(documented())).unwrap().status(), StatusCode::OK);
}

/// The documented request is signed for any key URL, since that header is not part of what is signed: the key decides.
#[test]
fn a_key_of_another_host_is_asked_for_only_if_that_host_was_named() {
    let with_key_at = |url: &str| {
        let mut request = documented();
        request.headers_mut().insert("x-oss-pub-key-url", STANDARD.encode(url).parse().unwrap());
        request
    };
    let fetched = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&fetched);
    let plain = CallbackLayer::new(move |_: KeyUrl| {
        count.fetch_add(1, Ordering::Relaxed);
        ready(Ok::<_, Infallible>(key()))
    });
    let trusting = plain.clone().trust_key_host("http://127.0.0.1:9000/".parse().unwrap());
    let status = |layer: &CallbackLayer<_>, url| now(layer.layer(Echo).call(with_key_at(url))).unwrap().status();

    assert_eq!(status(&trusting, "http://127.0.0.1:9000/k.pem"), StatusCode::OK);
    assert_eq!(fetched.load(Ordering::Relaxed), 1);
    // Even though the key is known by now: the keys are shared, the trust is not.
    assert_eq!(status(&plain, "http://127.0.0.1:9000/k.pem"), StatusCode::FORBIDDEN);
    for url in ["http://127.0.0.1:9000.evil/k.pem", "http://127.0.0.1:9000@evil/k.pem", "http://127.0.0.1:9001/k.pem"] {
        assert_eq!(status(&trusting, url), StatusCode::FORBIDDEN, "{url}");
    }
    assert_eq!(fetched.load(Ordering::Relaxed), 1, "no other host was asked for a key");
    assert_eq!(status(&trusting, "http://gosspublic.alicdn.com/callback_pub_key_v1.pem"), StatusCode::OK);
}
