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
//! Between the two, each attempt gets an address, a date, credentials and a signature; its body is counted and summed up
//! (CRC64) as it leaves; stalls and slow responses are cut; failures that may pass are tried again within a budget that all
//! calls share. [`Transport`] says in which order, and why.
//!
//! What it never does: follow redirects, send cookies, take logins or (unless asked to) proxies from the surroundings,
//! decompress, or send `Expect: 100-continue`.

mod asked;
mod backoff;
mod bandwidth;
mod budget;
mod builder;
mod call;
mod checksum;
mod clock;
mod concurrency;
pub mod credentials;
mod deadline;
mod endpoint;
mod http;
mod limits;
pub mod metrics;
mod presign;
mod progress;
mod response;
mod retry;
mod sign;
mod trace;
mod transport;
mod wire_body;

pub use backoff::Backoff;
pub use bandwidth::BandwidthLimit;
pub use budget::RetryBudget;
pub use builder::{ConfigError, TransportBuilder};
pub use call::BoxFuture;
pub use endpoint::{Endpoint, EndpointError, RegionHost};
pub use http::{Dial, NoProxy, Proxy, ProxyError, Stream, TcpDial, TlsError, TrustRoots};
pub use oss_models::AddressStyle;
pub use progress::Progress;
pub use response::CorruptContent;
pub use transport::Transport;
pub use wire_body::{BodyError, WireBody};
