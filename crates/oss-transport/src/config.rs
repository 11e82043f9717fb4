//! Configuration: every option of a transport, by heading, and the layers that they configure.

mod credentials;
mod endpoint;
mod error;
mod limits;
mod network;
mod time;

pub use error::ConfigError;

use std::fmt;
#[cfg(feature = "metrics")]
use std::sync::Arc;

use self::credentials::CredentialsOptions;
use self::endpoint::EndpointOptions;
use self::limits::LimitOptions;
use self::network::NetworkOptions;
use self::time::TimeOptions;
use crate::clock::{Clock, Entropy};
use crate::layers::{AttemptTraceLayer, CallTraceLayer, ResponseLayer};
use crate::metrics::Meters;
use crate::stack::stack;
use crate::transport::Transport;

/// Every option of a [`Transport`]. [`build`](Self::build) checks them together.
///
/// Required are credentials, and a region or an endpoint (both for V4 signatures with an endpoint that names no region).
///
/// ```
/// use std::time::Duration;
/// use oss_auth::Credentials;
/// use oss_transport::Config;
///
/// # fn main() -> Result<(), oss_transport::ConfigError> {
/// let transport = Config::default()
///     .region("cn-hangzhou")
///     .credentials(Credentials::new("access key id", "access key secret"))
///     .operation_timeout(Duration::from_secs(300))
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// It also gives each layer of the stack as it is configured (`retry_layer` and so on), for a
/// [stack of your own](Transport::from_stack).
#[derive(Clone, Default)]
#[must_use]
pub struct Config {
    endpoint: EndpointOptions,
    credentials: CredentialsOptions,
    time: TimeOptions,
    limits: LimitOptions,
    network: NetworkOptions,
    meters: Meters,
    clock: Clock,
    entropy: Entropy,
}

impl Config {
    /// Every option at its default, and credentials from the environment (`OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET`,
    /// `OSS_SESSION_TOKEN`) unless others are set. They are read once, by [`build`](Self::build).
    pub fn load_default() -> Self {
        let mut config = Self::default();
        config.credentials.from_environment = true;
        config
    }

    /// Checks the options together and builds the transport. Reads the files and, if asked to, the environment; connects
    /// to nothing.
    ///
    /// # Errors
    /// [`ConfigError`] names the option, and what is allowed.
    pub fn build(mut self) -> Result<Transport, ConfigError> {
        // Once, so that the stack and presigned URLs have the same.
        self.credentials.provider = Some(self.credentials.provider()?);
        Transport::from_stack(&self, stack(&self)?)
    }

    /// Checks the options that need no file and no environment to be checked.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.time.check()?;
        self.credentials.check()?;
        self.limits.check()?;
        self.network.check()
    }
}

/// What is observed, and what a simulation replaces.
impl Config {
    /// Sets where numbers about calls and attempts go. Default nowhere.
    #[cfg(feature = "metrics")]
    pub fn recorder(mut self, recorder: Arc<dyn crate::metrics::Recorder>) -> Self {
        self.meters.recorder = Some(recorder);
        self
    }

    /// Sets the time of day that requests are signed with. Default: the system's clock. Waits and limits are Tokio's.
    pub fn clock(mut self, now: impl Fn() -> std::time::SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// Sets where the random numbers come from that waits between attempts are drawn with, evenly from 0 (inclusive) to 1
    /// (exclusive). Default: a generator that the system seeds.
    pub fn entropy(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.entropy = Entropy::new(random);
        self
    }

    /// The layer that opens the span of a call.
    pub fn call_trace_layer(&self) -> CallTraceLayer {
        CallTraceLayer::with_meters(self.meters.clone())
    }

    /// The layer that opens the span of an attempt.
    pub fn attempt_trace_layer(&self) -> AttemptTraceLayer {
        AttemptTraceLayer::with_meters(self.meters.clone())
    }

    /// The layer that reads responses.
    pub fn response_layer(&self) -> ResponseLayer {
        ResponseLayer::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("endpoint", &self.endpoint)
            .field("time", &self.time)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
