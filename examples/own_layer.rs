//! Puts a layer of its own between those of the transport: below retry, where it sees every attempt.
//!
//! ```text
//! cargo run --example own_layer
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod local;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use oss_emulator::Fault;
use ossup::transport::layers::AttemptService;
use ossup::transport::{Attempt, AttemptError, Call, Transport};
use ossup::{Client, Config, PutObjectRequest, Response};
use tower::{Layer, ServiceBuilder};
use tower_service::Service;

/// Counts attempts.
#[derive(Clone, Default)]
struct CountLayer {
    attempts: Arc<AtomicU32>,
}

impl<S> Layer<S> for CountLayer {
    type Service = Count<S>;

    fn layer(&self, inner: S) -> Count<S> {
        Count { inner, attempts: Arc::clone(&self.attempts) }
    }
}

#[derive(Clone)]
struct Count<S> {
    inner: S,
    attempts: Arc<AtomicU32>,
}

// The same type on both sides, so it fits wherever attempts pass.
impl<S: AttemptService<Attempt>> Service<Attempt> for Count<S> {
    type Response = Response;
    type Error = AttemptError;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AttemptError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, attempt: Attempt) -> S::Future {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        println!("attempt {} of {}", attempt.number(), attempt.request.target());
        self.inner.call(attempt)
    }
}

/// The stack as `Client::new` builds it, and one layer more.
fn client(config: &Config, count: CountLayer) -> Result<Client, ossup::ConfigError> {
    let stack = ServiceBuilder::new()
        .map_request(Call::new)
        .layer(config.call_trace_layer())
        .layer(config.deadline_layer())
        .layer(config.concurrency_layer())
        .layer(config.retry_layer())
        .layer(count)
        .layer(config.attempt_trace_layer())
        .layer(config.credentials_layer()?)
        .layer(config.sign_layer()?)
        .layer(config.checksum_layer())
        .layer(config.response_layer())
        .layer(config.time_limits_layer())
        .service(config.http_client()?);
    Ok(Client::from(Transport::from_stack(config, stack)?))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = local::emulator().await?;
    emulator.add_fault(Fault::on("PutObject").times(2).respond(503, "ServiceUnavailable"));
    let count = CountLayer::default();
    let client = client(&local::config(&emulator), count.clone())?;

    client.put_object(PutObjectRequest::new(local::BUCKET, "a.txt").body("all is well")).await?;
    let attempts = count.attempts.load(Ordering::Relaxed);
    println!("stored after {attempts} attempts");
    assert_eq!(attempts, 3, "refused twice");
    Ok(())
}
