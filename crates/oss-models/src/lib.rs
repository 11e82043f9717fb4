//! Alibaba Cloud OSS as values.
//!
//! Every operation is a type that becomes a [`Request`] and is read back from a [`Response`]; nothing here opens a
//! socket, starts a runtime or signs. A transport is any [`tower_service::Service`] from `Request` to `Response`;
//! [`call`] runs one operation over it:
//!
//! ```
//! # use oss_models::{call, CallError, Operation, Request, Response};
//! # async fn demo<S, O: Operation>(service: S, operation: O) -> Result<O::Output, CallError>
//! # where S: tower_service::Service<Request, Response = Response, Error = CallError> {
//! let answer = call(service, operation).await?;
//! # Ok(answer)
//! # }
//! ```
//!
//! Numbers with a rule are types ([`PartNumber`], [`BucketName`], [`ObjectKey`], [`Crc64`], …): checked once at the
//! door, trusted afterwards.

mod body;
mod call;
mod crc64;
mod error;
mod etag;
mod names;
mod operation;
mod part_number;
mod request;
mod response;
mod upload_id;

pub use body::{Body, BodyConsumed, BoxBody, BoxError, OpenBody};
pub use call::call;
pub use crc64::{Crc64, Crc64Digest};
pub use error::{CallError, CallErrorKind, InvalidRequest, ServiceError, Target};
pub use etag::Etag;
pub use names::{BucketName, ObjectKey};
pub use operation::{AnswerShape, Operation, OperationInfo, Repeat};
pub use part_number::PartNumber;
pub use request::{CallOptions, Request};
pub use response::{Response, ResponseBody, Sent};
pub use upload_id::UploadId;
