//! Attempts of one request, and whether there is another.

use std::time::Duration;

use oss_models::{CallError, CallErrorKind, Crc64, PartNumber, RetryClass, Target};

use super::RetryPolicy;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::source::SourceError;

/// What a failure says about another attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    pub(crate) class: RetryClass,
    /// The wait that the server asked for.
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    /// One that the server did not comment on.
    pub(crate) fn of_class(class: RetryClass) -> Self {
        Self { class, retry_after: None }
    }
}

impl From<&CallError> for Failure {
    fn from(error: &CallError) -> Self {
        Self { class: error.retry_class(), retry_after: error.retry_after() }
    }
}

/// The attempts of one request or part that failed: the only count there is, since the transport makes one attempt for each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tries {
    pub(crate) failures: u32,
    repaired: bool,
}

impl Tries {
    /// One more attempt failed: the wait before the next one, which is at least what the server asked for; `None` if there
    /// is no other. `jitter`, from 0 to 1, spreads the waits.
    pub(crate) fn failed(&mut self, retry: RetryPolicy, failure: Failure, jitter: f64) -> Option<Duration> {
        if matches!(failure.class, RetryClass::ClockSkew | RetryClass::RefreshCredentials) {
            // The transport has corrected the clock or discarded the credentials, once, and that was all that can be done.
            let is_first = !std::mem::replace(&mut self.repaired, true);
            self.failures += u32::from(!is_first);
            return is_first.then_some(Duration::ZERO);
        }
        self.failures += 1;
        let asked = failure.retry_after.unwrap_or_default();
        let wait = retry.wait(failure.class, self.failures, jitter)?;
        (asked <= LONGEST_ASKED).then(|| wait.max(asked))
    }
}

/// The attempts of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    stage: Stage,
    stored: Stored,
    retry: RetryPolicy,
    tries: Tries,
    /// Attempts that were sent, those that repaired something included.
    made: u32,
    /// Whether a server was ever connected to.
    reached: bool,
    /// CRC64 of what an attempt sent, and of what the server stored instead.
    damage: Option<(Crc64, Crc64)>,
}

impl Attempts {
    /// No attempt yet, at this stage of an upload, while this is what can be said about the object.
    pub(crate) fn new(stage: Stage, stored: Stored, retry: RetryPolicy) -> Self {
        Self { stage, stored, retry, tries: Tries::default(), made: 0, reached: false, damage: None }
    }

    /// What the upload does meanwhile, and what is stored then.
    pub(crate) fn moment(&self) -> (Stage, Stored) {
        (self.stage, self.stored)
    }

    /// One more attempt failed at `now`: when the next one begins, or the error back if there is none, with all attempts
    /// counted. `jitter`, from 0 to 1, spreads the waits.
    pub(crate) fn failed(&mut self, error: CallError, now: Duration, jitter: f64) -> Result<Duration, CallError> {
        self.made += error.attempts();
        match self.next_attempt(&error, jitter) {
            Some(wait) => Ok(now.saturating_add(wait)),
            None => Err(error.with_attempts(self.made)),
        }
    }

    /// As [`Attempts::failed`], with the error that ends the upload.
    pub(crate) fn again(&mut self, error: CallError, now: Duration, jitter: f64) -> Result<Duration, UploadError> {
        let (stage, stored) = self.moment();
        self.failed(error, now, jitter).map_err(|error| UploadError::new(stage, error, stored))
    }

    /// One more attempt failed, and no other can do better: the error back, with all attempts counted.
    pub(crate) fn failed_for_good(&mut self, error: CallError) -> CallError {
        self.made += error.attempts();
        error.with_attempts(self.made)
    }

    fn next_attempt(&mut self, error: &CallError, jitter: f64) -> Option<Duration> {
        self.reached |= !matches!(error.kind(), CallErrorKind::Connect { .. });
        let failure = Failure::from(error);
        let wait = self.tries.failed(self.retry, failure, jitter)?;
        let quick = QUICK.into_iter().zip(1..).find(|(_, failures)| *failures == self.tries.failures);
        // A server that the first request could not reach is more likely misspelt than in an outage, and a caller who
        // misspelt it should not wait minutes to be told.
        let begins_upload = matches!(self.stage, Stage::Source | Stage::Put | Stage::Initiate);
        if begins_upload && !self.reached && quick.is_none() {
            return None;
        }
        // Most failures are over at once; a quota is not.
        Some(match quick {
            Some((quick, _)) if !wait.is_zero() && failure.class != RetryClass::Throttled => {
                let spread = quick.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
                spread.max(failure.retry_after.unwrap_or_default())
            }
            _ => wait,
        })
    }

    /// One more attempt of a part failed: when the next one begins, or the error if there is none.
    pub(crate) fn part_failed(
        &mut self,
        part: PartNumber,
        failure: PartFailure,
        now: Duration,
        jitter: f64,
    ) -> Result<Duration, UploadError> {
        let before = self.damage;
        self.damage = failure.kind.damage().or(before);
        match self.tries.failed(self.retry, failure.next, jitter) {
            Some(wait) => Ok(now.saturating_add(wait)),
            None => Err(UploadError::new(self.stage, failure.kind, self.stored)
                .with_part(part, self.tries.failures)
                .after_damage(before)),
        }
    }
}

/// An attempt of a part that failed.
#[derive(Debug)]
pub(crate) struct PartFailure {
    pub(crate) next: Failure,
    pub(crate) kind: UploadErrorKind,
}

impl From<SourceError> for PartFailure {
    fn from(error: SourceError) -> Self {
        Self { next: Failure::of_class(RetryClass::Never), kind: error.into() }
    }
}

impl From<CallError> for PartFailure {
    fn from(error: CallError) -> Self {
        Self { next: Failure::from(&error), kind: error.into() }
    }
}

/// The error of a call whose response was no success, or could not be read. `unknown` tells whether an earlier attempt
/// may have taken effect.
pub(crate) fn unsuccessful(target: Target, kind: CallErrorKind, attempts: u32, unknown: bool) -> CallError {
    // A server in trouble, also one that says so with status 200, or a response that cannot be read, says nothing about
    // what was done.
    let in_trouble = match &kind {
        CallErrorKind::InvalidResponse { .. } => true,
        CallErrorKind::Service(refusal) => !refusal.status.is_client_error(),
        _ => false,
    };
    let error = CallError::new(target, kind).with_attempts(attempts).with_outcome_unknown(unknown || in_trouble);
    if unknown { error } else { error.with_response_lost(false) }
}

/// Waits before the first repetitions of a request.
const QUICK: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(400)];
/// A server that asks for a longer wait has no use for another attempt.
pub(super) const LONGEST_ASKED: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{call_error, refusal};
    use expect_test::expect;
    use http::StatusCode;
    use oss_models::ServiceError;
    use std::fmt::Write as _;

    /// The waits before each attempt, in milliseconds, and how it ends.
    fn waits(stage: Stage, error: impl Fn() -> CallError) -> String {
        let mut attempts = Attempts::new(stage, Stored::No, RetryPolicy { max_attempts: 4, ..RetryPolicy::default() });
        let (mut now, mut log) = (Duration::ZERO, String::new());
        loop {
            match attempts.failed(error(), now, 1.0) {
                Ok(at) => write!(log, "{} ", (at - now).as_millis()).unwrap(),
                Err(error) => return format!("{log}then {} after {}", error.kind(), error.attempts()),
            }
            now += Duration::from_secs(100);
        }
    }

    /// A refusal that asks for a wait.
    fn asking_for(seconds: &'static str) -> CallError {
        let mut refusal = ServiceError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
        refusal.headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from_static(seconds));
        call_error(refusal.into()).with_outcome_unknown(true)
    }

    /// Rows: W13, R54, R66.
    #[test]
    fn a_request_goes_again_while_that_may_help() {
        let connect = || call_error(CallErrorKind::Connect { host: "h".into(), source: "refused".into() });
        let table = [
            waits(Stage::Complete, || call_error(CallErrorKind::Connection("reset".into()))),
            waits(Stage::Put, || refusal(503, "SlowDown")),
            waits(Stage::Put, || {
                call_error(CallErrorKind::Corrupt { sent: Crc64::from_u64(1), stored: Crc64::from_u64(2) })
            }),
            waits(Stage::Put, || refusal(403, "AccessDenied")),
            waits(Stage::Put, || refusal(403, "RequestTimeTooSkewed")),
            waits(Stage::Put, connect),
            waits(Stage::Initiate, connect),
            waits(Stage::Complete, connect),
            waits(Stage::Put, || asking_for("9")),
            waits(Stage::Put, || asking_for("300")),
            waits(Stage::Put, || asking_for("301")),
        ];
        expect![[r#"
    200 400 8000 then the connection broke after 4
    4000 8000 16000 then 503 SlowDown after 4
    200 400 then CRC64 of the bytes sent is 1, the server has 2 after 3
    then 403 AccessDenied after 1
    0 then 403 RequestTimeTooSkewed after 2
    200 400 then could not connect to h after 3
    200 400 then could not connect to h after 3
    200 400 8000 then could not connect to h after 4
    9000 9000 9000 then 503 ServiceUnavailable after 4
    300000 300000 300000 then 503 ServiceUnavailable after 4
    then 503 ServiceUnavailable after 1"#]]
        .assert_eq(&table.join("\n"));
    }

    #[test]
    fn the_last_failure_says_where_it_came_and_what_is_stored() {
        let mut attempts = Attempts::new(Stage::Verify, Stored::Yes, RetryPolicy::default());
        assert!(attempts.again(refusal(503, "SlowDown"), Duration::ZERO, 1.0).is_ok());
        let error = attempts.again(refusal(403, "AccessDenied"), Duration::ZERO, 1.0).unwrap_err();
        assert_eq!((error.stage(), error.stored(), error.code()), (Stage::Verify, Stored::Yes, Some("AccessDenied")));
        assert_eq!(error.call().map(CallError::attempts), Some(2));
    }

    #[test]
    fn an_endpoint_that_was_reached_before_may_be_in_an_outage() {
        let mut attempts = Attempts::new(Stage::Put, Stored::No, RetryPolicy::default());
        let connect = || call_error(CallErrorKind::Connect { host: "h".into(), source: "refused".into() });
        attempts.failed(refusal(500, "InternalError"), Duration::ZERO, 0.0).unwrap();
        attempts.failed(connect(), Duration::ZERO, 0.0).unwrap();
    }

    /// Rows: W14, R45.
    #[test]
    fn only_a_definite_refusal_says_that_nothing_was_done() {
        let unknown = |kind| {
            let target = call_error(CallErrorKind::Cancelled).target().clone();
            unsuccessful(target, kind, 1, false).outcome_unknown()
        };
        let service = |status, code| refusal(status, code).into_kind();
        assert!(unknown(service(200, "InternalError")) && unknown(service(500, "InternalError")));
        assert!(!unknown(service(403, "AccessDenied")) && !unknown(service(404, "NoSuchUpload")));
        assert!(unknown(CallErrorKind::InvalidResponse { status: http::StatusCode::OK, reason: "html".into() }));
    }
}
