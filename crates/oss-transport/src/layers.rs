//! The layers of the stack, one file each. [`Transport`](crate::Transport) says in which order they stand and why.
//!
//! A layer with equal types on both sides can be left out, and another one put in its place or beside it: the spans
//! ([`CallTraceLayer`], [`AttemptTraceLayer`]), [`DeadlineLayer`], [`ConcurrencyLayer`]. A layer that changes the type is
//! replaced by one that makes the same change: [`RetryLayer`] by [`SingleAttemptLayer`], [`CredentialsLayer`] by
//! [`AnonymousLayer`], or by one of your own.
//!
//! | layer | from | to |
//! |---|---|---|
//! | [`CallTraceLayer`], [`DeadlineLayer`], [`ConcurrencyLayer`] | [`Call`](crate::Call) | the same |
//! | [`RetryLayer`] or [`SingleAttemptLayer`] | [`Call`](crate::Call) | [`Attempt`](crate::Attempt) |
//! | [`AttemptTraceLayer`] | [`Attempt`](crate::Attempt) | the same |
//! | [`CredentialsLayer`] or [`AnonymousLayer`] | [`Attempt`](crate::Attempt) | [`UnsignedAttempt`](crate::UnsignedAttempt) |
//! | [`SignLayer`] | [`UnsignedAttempt`](crate::UnsignedAttempt) | [`SignedAttempt`](crate::SignedAttempt) |
//! | [`ChecksumLayer`] | [`SignedAttempt`](crate::SignedAttempt) | [`HttpAttempt`](crate::HttpAttempt) |
//! | [`ResponseLayer`] | [`HttpAttempt`](crate::HttpAttempt) | the same, and its response to a [`Response`](oss_models::Response) |
//! | [`TimeLimitsLayer`] | [`HttpAttempt`](crate::HttpAttempt) | `http::Request` |
//!
//! [`Config`](crate::Config) gives each layer as it is configured:
//!
//! ```
//! use oss_transport::layers::SingleAttemptLayer;
//! use oss_transport::{Call, Config, Transport};
//! use tower::ServiceBuilder;
//!
//! # fn main() -> Result<(), oss_transport::ConfigError> {
//! let config = Config::default().region("cn-hangzhou").anonymous();
//! // No spans, no deadline, no limit of calls under way, and one attempt for each call.
//! let stack = ServiceBuilder::new()
//!     .map_request(Call::new)
//!     .layer(SingleAttemptLayer::new())
//!     .layer(config.credentials_layer()?)
//!     .layer(config.sign_layer()?)
//!     .layer(config.checksum_layer())
//!     .layer(config.response_layer())
//!     .layer(config.time_limits_layer())
//!     .service(config.http_client()?);
//! let transport = Transport::from_stack(&config, stack)?;
//! # Ok(())
//! # }
//! ```

mod checksum;
mod concurrency;
mod credentials;
mod deadline;
mod response;
mod retry;
mod services;
mod sign;
mod time_limits;
mod trace;

pub use checksum::{Checksum, ChecksumLayer, CorruptContent};
pub use concurrency::{Concurrency, ConcurrencyLayer};
pub(crate) use credentials::ask;
pub use credentials::{Anonymous, AnonymousLayer, CredentialsLayer, WithCredentials};
pub use deadline::{Deadline, DeadlineLayer};
pub(crate) use response::collect;
pub use response::{ReadResponse, ResponseLayer};
pub(crate) use retry::RetryPolicy;
pub use retry::{Backoff, Retry, RetryBudget, RetryLayer, SingleAttempt, SingleAttemptLayer};
pub use services::{AttemptService, CallService, HttpAttemptService};
pub(crate) use sign::SignSettings;
pub use sign::{Sign, SignLayer};
pub use time_limits::{TimeLimits, TimeLimitsLayer};
pub use trace::{AttemptTrace, AttemptTraceLayer, CallTrace, CallTraceLayer};
