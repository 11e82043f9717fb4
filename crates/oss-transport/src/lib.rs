//! One stack that carries Alibaba Cloud OSS requests: a [`Request`](oss_models::Request) value goes in, a
//! [`Response`](oss_models::Response) value comes out.
//!
//! ```no_run
//! use oss_auth::Credentials;
//! use oss_transport::Transport;
//!
//! # fn main() -> Result<(), oss_transport::ConfigError> {
//! let transport = Transport::builder()
//!     .region("cn-hangzhou")
//!     .credentials(Credentials::new("access key id", "access key secret"))
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! Between the two, each attempt gets an address, a date, credentials and a signature; its body is counted and its CRC64
//! computed as it leaves; attempts that stand still are cut off; transient failures are retried within a budget that all
//! calls share. [`Transport`] says in which order, and why; [`layers`] has the layers, which can be taken apart.
//!
//! What it never does: follow redirects, send cookies, take logins or (unless asked to) proxies from the environment,
//! decompress, or send `Expect: 100-continue`.

mod attempt;
mod bandwidth;
mod call;
mod client;
mod clock;
mod config;
pub mod credentials;
mod endpoint;
pub mod layers;
pub mod metrics;
mod presign;
mod progress;
mod stack;
mod transport;
mod wire_body;

pub use attempt::{Attempt, AttemptError, HttpAttempt, SignedAttempt, UnsignedAttempt};
pub use bandwidth::BandwidthLimit;
pub use call::{BoxFuture, Call};
pub use client::{HttpService, NoProxy, Proxy, ProxyError, TcpConnector, TlsError, TrustRoots};
pub use config::{Config, ConfigError};
pub use endpoint::{Endpoint, EndpointError, RegionHost};
pub use layers::{Backoff, CorruptContent, RetryBudget};
pub use progress::Progress;
pub use transport::Transport;
pub use wire_body::{BodyError, WireBody};
