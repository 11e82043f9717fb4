//! Attempts of one request, and whether there is another.

use std::time::Duration;

use oss_models::{CallError, CallErrorKind, PartNumber, RetryClass, Target};

use super::RetryPolicy;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::source::SourceError;

/// Counts the failed attempts of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    stage: Stage,
    stored: Stored,
    retry: RetryPolicy,
    failures: u32,
}

impl Attempts {
    /// No attempt yet, at this stage of an upload, while this is what can be said about the object.
    pub(crate) fn new(stage: Stage, stored: Stored, retry: RetryPolicy) -> Self {
        Self { stage, stored, retry, failures: 0 }
    }

    /// What the upload is doing.
    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// What an error of these attempts says about the object.
    pub(crate) fn stored(&self) -> Stored {
        self.stored
    }

    /// One more attempt failed at `now`: when the next one begins, or the error back if there is none. `jitter`, from 0 to
    /// 1, spreads the waits.
    pub(crate) fn failed(&mut self, error: CallError, now: Duration, jitter: f64) -> Result<Duration, CallError> {
        match self.next_attempt(&error, now, jitter) {
            Some(at) => Ok(at),
            None => Err(error),
        }
    }

    fn next_attempt(&mut self, error: &CallError, now: Duration, jitter: f64) -> Option<Duration> {
        self.failures += 1;
        // A server that the first request could not reach, though the transport tried more than once, is more likely
        // misspelt than in an outage, and a caller who misspelt it should not wait minutes to be told.
        let first_of_upload = self.failures == 1 && matches!(self.stage, Stage::Put | Stage::Initiate);
        if first_of_upload && matches!(error.kind(), CallErrorKind::Connect { .. }) {
            return None;
        }
        let wait = self.retry.wait(error.retry_class(), self.failures, jitter)?;
        Some(now.saturating_add(wait))
    }

    /// One more attempt of a part failed: when the next one begins, or the error if there is none.
    pub(crate) fn part_failed(
        &mut self,
        part: PartNumber,
        failure: PartFailure,
        now: Duration,
        jitter: f64,
    ) -> Result<Duration, UploadError> {
        self.failures += 1;
        match self.retry.wait(failure.class, self.failures, jitter) {
            Some(wait) => Ok(now.saturating_add(wait)),
            None => Err(UploadError::new(self.stage, failure.kind, self.stored).with_part(part, self.failures)),
        }
    }
}

/// An attempt of a part that failed.
#[derive(Debug)]
pub(crate) struct PartFailure {
    pub(crate) class: RetryClass,
    pub(crate) kind: UploadErrorKind,
}

impl From<SourceError> for PartFailure {
    fn from(error: SourceError) -> Self {
        Self { class: RetryClass::Never, kind: error.into() }
    }
}

impl From<CallError> for PartFailure {
    fn from(error: CallError) -> Self {
        Self { class: error.retry_class(), kind: error.into() }
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
    CallError::new(target, kind).with_attempts(attempts).with_outcome_unknown(unknown || in_trouble)
}

/// Whether the server responded to the one attempt that failed, if not in a way that could be read: then nothing of it is
/// still on its way.
pub(super) fn has_response(error: &CallError) -> bool {
    error.attempts() <= 1 && matches!(error.kind(), CallErrorKind::Service(_) | CallErrorKind::InvalidResponse { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{call_error, refusal};
    use expect_test::expect;
    use oss_models::Crc64;
    use std::fmt::Write as _;

    /// The waits before each attempt, in seconds, and how it ends.
    fn waits(stage: Stage, error: impl Fn() -> CallError) -> String {
        let mut attempts = Attempts::new(stage, Stored::No, RetryPolicy { max_attempts: 4, ..RetryPolicy::default() });
        let (mut now, mut log) = (Duration::ZERO, String::new());
        loop {
            match attempts.failed(error(), now, 1.0) {
                Ok(at) => write!(log, "{} ", (at - now).as_secs()).unwrap(),
                Err(error) => return format!("{log}then {}", error.kind()),
            }
            now += Duration::from_secs(100);
        }
    }

    /// Rows: W13, R54.
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
        ];
        expect![[r#"
            2 4 8 then the connection broke
            4 8 16 then 503 SlowDown
            2 4 then CRC64 of the bytes sent is 1, the server has 2
            then 403 AccessDenied
            then 403 RequestTimeTooSkewed
            then could not connect to h
            then could not connect to h
            2 4 8 then could not connect to h"#]]
        .assert_eq(&table.join("\n"));
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
