use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use oss_models::{CallError, Request, Response};
use oss_transfer::AnyService;
use tokio::time::{Instant, sleep_until};
use tower_service::Service;

/// The same service with at most so many requests a second, at even distances.
pub(super) fn paced(service: AnyService, qps: u32) -> AnyService {
    let interval = Duration::from_secs(1) / qps.max(1);
    AnyService::new(Paced { service, interval, next: Arc::default() })
}

#[derive(Clone)]
struct Paced {
    service: AnyService,
    interval: Duration,
    /// When the next request may leave.
    next: Arc<Mutex<Option<Instant>>>,
}

impl Paced {
    /// When this request may leave.
    fn turn(&self) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
        *next = turn.checked_add(self.interval);
        turn
    }
}

impl Service<Request> for Paced {
    type Response = Response;
    type Error = CallError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (response, turn) = (self.service.call(request), self.turn());
        Box::pin(async move {
            sleep_until(turn).await;
            response.await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_leave_at_even_distances() {
        let service =
            Paced { service: AnyService::new(Nothing), interval: Duration::from_millis(100), next: Arc::default() };
        let begin = Instant::now();
        let turns: Vec<_> = (0..4).map(|_| service.turn().duration_since(begin).as_millis()).collect();
        assert_eq!(turns, [0, 100, 200, 300]);
        tokio::time::advance(Duration::from_secs(1)).await;
        // What was not used is lost.
        assert_eq!(service.turn().duration_since(begin).as_millis(), 1_000);
        assert_eq!(service.turn().duration_since(begin).as_millis(), 1_100);
    }

    /// A service that is never called.
    #[derive(Clone)]
    struct Nothing;

    impl Service<Request> for Nothing {
        type Response = Response;
        type Error = CallError;
        type Future = std::future::Pending<Result<Response, CallError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request) -> Self::Future {
            std::future::pending()
        }
    }
}
