//! Credentials and request signing for Alibaba Cloud Object Storage Service (OSS).
//!
//! For clients, servers and tools of any kind: there is no async in here, no socket, no log, and no clock. Time,
//! credentials and region are arguments; signing puts headers into a map or makes a URL, and who sends the request is
//! not this crate's business.
//!
//! # Sign a request
//!
//! ```
//! use http::{HeaderMap, Method};
//! use oss_auth::{Credentials, Product, SigningRequest, V4Signer};
//!
//! # fn main() -> Result<(), oss_auth::SignError> {
//! # let now = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_702_743_657);
//! let signer = V4Signer::new("cn-hangzhou", Product::OSS)?;
//! let credentials = Credentials::new("ak", "sk");
//! let request = SigningRequest::new(Method::PUT).bucket("examplebucket").key("a b.txt");
//! let mut headers = HeaderMap::new();
//! signer.sign(&request, &mut headers, &credentials, now)?; // now: SystemTime
//! // Send it to https://examplebucket.oss-cn-hangzhou.aliyuncs.com, with exactly this path:
//! assert_eq!(request.path_and_query(), "/a%20b.txt");
//! assert!(headers.contains_key("authorization"));
//! # Ok(())
//! # }
//! ```
//!
//! Send [`SigningRequest::path_and_query`] as it is: it is written by the encoder that writes the signed text. What
//! cannot be sent as given (an empty bucket, a query name given twice) is refused. A request is unchanged after an error.
//!
//! A request or URL that is there already is signed in one call, [`V4Signer::sign_http`] or [`V4Signer::presign_http`].
//!
//! # Make a URL that others can use
//!
//! ```
//! use std::time::Duration;
//! # use http::{HeaderMap, Method};
//! # use oss_auth::{Credentials, Product, SigningRequest, V4Signer};
//! # fn main() -> Result<(), oss_auth::SignError> {
//! # let now = std::time::UNIX_EPOCH + Duration::from_secs(1_702_743_657);
//! # let signer = V4Signer::new("cn-hangzhou", Product::OSS)?;
//! # let credentials = Credentials::new("ak", "sk");
//! let request = SigningRequest::new(Method::GET)
//!     .bucket("examplebucket")
//!     .key("a.txt")
//!     .host("examplebucket.oss-cn-hangzhou.aliyuncs.com");
//! let presigned = signer.presign(&request, &HeaderMap::new(), &credentials, now, Duration::from_secs(900))?;
//! assert!(presigned.url().starts_with("https://examplebucket.oss-cn-hangzhou.aliyuncs.com/a.txt?x-oss-"));
//! assert_eq!(presigned.expiration(), Some(now + Duration::from_secs(900)));
//! # Ok(())
//! # }
//! ```
//!
//! # The rest
//!
//! * [`PostPolicy`]: forms with which a browser uploads straight to a bucket.
//! * `callback` (feature `callback`; feature `tower` makes it a layer): is it OSS that calls my server after an upload?
//! * [`credentials`]: variables, files, processes, ECS roles, STS; when to refresh.
//! * [`Signer`]: V4, V1 or none, chosen at run time. [`v1`] is for servers that know nothing newer.
//! * [`v4`]: the building blocks, for servers that verify.
//!
//! # Secrets
//!
//! Secrets, tokens and signing keys are overwritten with zeros when dropped, as far as a program can: copies made by the
//! allocator, by the operating system (swap, core dumps) or inside the cryptographic library while it works are out of
//! reach. They are in no `Debug`, no `Display` and no error, header values made of them are marked sensitive, and the
//! crate logs nothing.
#![cfg_attr(docsrs, feature(doc_cfg))]
#[cfg(feature = "callback")]
#[cfg_attr(docsrs, doc(cfg(feature = "callback")))]
pub mod callback;
pub mod canonical;
pub mod credentials;
pub mod encoding;
mod error;
mod http_request;
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
pub use http_request::UrlStyle;
pub use post_policy::{PostForm, PostPolicy};
pub use presigned::Presigned;
pub use request::{OptionalText, SigningRequest};
pub use signer::{SignatureVersion, Signer, UnknownSignatureVersion};
pub use v1::V1Signer;
pub use v4::{Product, V4Signer};
