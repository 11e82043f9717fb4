use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use oss_models::{CallError, Request, Response, http_date};
use oss_transfer::{AnyService, Clock};

/// By how much the server's clock is ahead of this machine's, from the `Date` of its responses.
#[derive(Clone, Debug)]
pub(crate) struct ServerClock {
    clock: Clock,
    ahead: Arc<Mutex<Option<i64>>>,
}

/// A response that took longer says too little about the moment at which it was dated.
const LONGEST: Duration = Duration::from_secs(2);

impl ServerClock {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, ahead: Arc::default() }
    }

    /// In whole seconds, at most 3 s wrong; `None` until a response told.
    pub(crate) fn ahead(&self) -> Option<i64> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of the server, if it is known.
    pub(crate) fn now(&self) -> Option<SystemTime> {
        crate::compare::shift(self.clock.now(), self.ahead()?)
    }

    /// The same service, whose responses tell the time.
    pub(crate) fn observe(&self, service: AnyService) -> AnyService {
        AnyService::new(Observed { service, clock: self.clone() })
    }

    fn take(&self, sent: SystemTime, response: &Response) {
        let date = response.headers.get(http::header::DATE).and_then(|date| date.to_str().ok());
        let measured = date.and_then(http_date::parse).and_then(|date| ahead(sent, self.clock.now(), date));
        if measured.is_some() {
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = measured;
        }
    }
}

/// The offset that a response shows which was dated at some moment between two of this machine.
fn ahead(sent: SystemTime, received: SystemTime, date: SystemTime) -> Option<i64> {
    let took = received.duration_since(sent).ok().filter(|took| *took <= LONGEST)?;
    let middle = sent.checked_add(took / 2)?;
    match date.duration_since(middle) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).ok(),
        Err(behind) => i64::try_from(behind.duration().as_secs()).ok().map(|seconds| -seconds),
    }
}

#[derive(Clone)]
struct Observed {
    service: AnyService,
    clock: ServerClock,
}

impl tower_service::Service<Request> for Observed {
    type Response = Response;
    type Error = CallError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), CallError>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (response, clock, sent) = (self.service.call(request), self.clock.clone(), self.clock.clock.now());
        Box::pin(async move {
            let response = response.await?;
            clock.take(sent, &response);
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_quick_response_tells_the_time() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(ahead(at(100), at(100), at(100)), Some(0));
        assert_eq!(ahead(at(100), at(102), at(3_701)), Some(3_600));
        assert_eq!(ahead(at(3_700), at(3_700), at(100)), Some(-3_600));
        assert_eq!(ahead(at(100), at(103), at(100)), None);
        assert_eq!(ahead(at(100), at(99), at(100)), None);
    }
}
