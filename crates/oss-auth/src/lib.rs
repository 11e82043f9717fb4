//! Credentials and request signing for Alibaba Cloud Object Storage Service (OSS): no async, no sockets, no clock.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "callback")]
#[cfg_attr(docsrs, doc(cfg(feature = "callback")))]
pub mod callback;
pub mod canonical;
pub mod credentials;
pub mod encoding;
mod error;
mod post_policy;
mod presigned;
mod request;
mod secret;
mod signer;
pub mod time;
pub mod v1;
pub mod v4;

pub use credentials::{Credentials, CredentialsError, CredentialsSource};
pub use error::SignError;
pub use post_policy::{PostForm, PostPolicy};
pub use presigned::Presigned;
pub use request::SigningRequest;
pub use signer::{SignatureVersion, Signer, UnknownSignatureVersion};
pub use v1::V1Signer;
pub use v4::{Product, V4Signer};
