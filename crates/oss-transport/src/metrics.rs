//! Numbers about calls and attempts, for a program that counts them.

use std::time::Duration;

use oss_models::{CallError, Response};

use crate::attempt::AttemptError;

#[cfg(feature = "metrics")]
pub use recorder::{AttemptFacts, CallFacts, Outcome, Recorder};

/// Where the layers report to; without the feature `metrics`, nowhere.
#[derive(Clone, Default)]
pub(crate) struct Meters {
    #[cfg(feature = "metrics")]
    pub(crate) recorder: Option<std::sync::Arc<dyn Recorder>>,
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}

impl Meters {
    #[cfg_attr(
        not(feature = "metrics"),
        expect(clippy::unused_self, unused_variables, reason = "without the feature nothing is counted")
    )]
    pub(crate) fn call(
        &self,
        operation: &'static str,
        attempts: u32,
        elapsed: Duration,
        outcome: &Result<Response, CallError>,
    ) {
        #[cfg(feature = "metrics")]
        if let Some(recorder) = &self.recorder {
            let outcome = Outcome::of(outcome.as_ref().map_err(CallError::kind));
            recorder.call(&CallFacts { operation, attempts, elapsed, outcome });
        }
    }

    #[cfg_attr(
        not(feature = "metrics"),
        expect(clippy::unused_self, unused_variables, reason = "without the feature nothing is counted")
    )]
    pub(crate) fn attempt(&self, operation: &'static str, elapsed: Duration, outcome: &Result<Response, AttemptError>) {
        #[cfg(feature = "metrics")]
        if let Some(recorder) = &self.recorder {
            let sent = outcome.as_ref().ok().and_then(|response| response.sent).map_or(0, |sent| sent.len);
            let outcome = Outcome::of(outcome.as_ref().map_err(|failure| &failure.kind));
            recorder.attempt(&AttemptFacts { operation, elapsed, sent, outcome });
        }
    }
}

#[cfg(feature = "metrics")]
mod recorder {
    use std::time::Duration;

    use oss_models::{CallErrorKind, Response};

    /// Takes the numbers. Called once at the end of each call and attempt, on the task that made it; must be quick.
    pub trait Recorder: Send + Sync {
        /// A call has ended.
        fn call(&self, facts: &CallFacts);

        /// An attempt has ended. Default: not counted.
        fn attempt(&self, facts: &AttemptFacts) {
            let _ = facts;
        }
    }

    /// A call that has ended.
    #[derive(Clone, Debug)]
    #[non_exhaustive]
    pub struct CallFacts {
        /// Operation, by its name in the OSS API reference.
        pub operation: &'static str,
        /// Attempts made.
        pub attempts: u32,
        /// Time from the call to the response's head (or whole, if it is not a stream).
        pub elapsed: Duration,
        /// How it ended.
        pub outcome: Outcome,
    }

    /// An attempt that has ended.
    #[derive(Clone, Debug)]
    #[non_exhaustive]
    pub struct AttemptFacts {
        /// Operation, by its name in the OSS API reference.
        pub operation: &'static str,
        /// Time from its begin to the response's head (or whole, if it is not a stream).
        pub elapsed: Duration,
        /// Bytes of the body that were sent, if it succeeded.
        pub sent: u64,
        /// How it ended.
        pub outcome: Outcome,
    }

    /// How a call or an attempt ended. Few values, fit for a label.
    #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
    #[non_exhaustive]
    pub enum Outcome {
        /// With success.
        Success,
        /// With a refusal by the server, of this status.
        Status(u16),
        /// Without a connection, or with one that broke.
        Network,
        /// At a limit of time.
        Timeout,
        /// With bytes that arrived damaged.
        Corrupt,
        /// Before anything was sent, or because of the body's source.
        Local,
    }

    impl Outcome {
        pub(super) fn of(outcome: Result<&Response, &CallErrorKind>) -> Self {
            match outcome {
                Ok(_) => Self::Success,
                Err(CallErrorKind::Service(error)) => Self::Status(error.status.as_u16()),
                Err(CallErrorKind::InvalidResponse { status, .. }) => Self::Status(status.as_u16()),
                Err(CallErrorKind::Connect { .. } | CallErrorKind::Connection(_) | CallErrorKind::Tls { .. }) => {
                    Self::Network
                }
                Err(CallErrorKind::Timeout { .. }) => Self::Timeout,
                Err(CallErrorKind::Corrupt { .. }) => Self::Corrupt,
                Err(_) => Self::Local,
            }
        }
    }
}
