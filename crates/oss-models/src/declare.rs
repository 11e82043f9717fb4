//! How operations are stated: each field once, with its type, its meaning and its place on the wire.
//!
//! [`request!`] makes a request type, [`response!`] a result type, [`element!`] types for XML elements. A field reads
//!
//! ```text
//! /// What it means.
//! storage_class: StorageClass = header("x-oss-storage-class"),
//! ```
//!
//! where `header` is a method of [`Draft`](crate::draft::Draft) in a request, of
//! [`Reader`](crate::response::read::Reader) (or of its `xml`) in a result and of
//! [`Node`](crate::response::read::Node) in an element.
//!
//! # Groups
//!
//! Fields that several operations share are a group in `declare/groups.rs`. They are included by the group's name in
//! square brackets: in front of the braces with a type's own fields, or behind them. Where two groups are named, the fields of
//! the first come first; a request's constructor takes its required fields in that order.
//!
#![doc = include_str!("declare/groups.md")]
//!
//! # One expansion
//!
//! ```text
//! request! {
//!     /// DeleteObject: removes an object or one of its versions.
//!     DeleteObjectRequest -> DeleteObjectResult =
//!         OperationInfo::new("DeleteObject", Idempotency::Idempotent, ResponseShape::Headers);
//!     DELETE [];
//!     required [OBJECT] {}
//!     optional [VERSION PAYER] {}
//! }
//! ```
//!
//! becomes
//!
//! ```text
//! /// DeleteObject: removes an object or one of its versions.
//! #[derive(Clone, Debug)]
//! #[non_exhaustive]
//! pub struct DeleteObjectRequest {
//!     pub bucket: String,                                // OBJECT, required
//!     pub key: String,
//!     pub version_id: Option<String>,                    // VERSION, optional
//!     pub request_payer: Option<RequestPayer>,           // PAYER, optional
//!     pub headers: Vec<(String, String)>,                // in every request
//!     pub queries: Vec<(String, String)>,
//!     pub options: CallOptions,
//! }
//!
//! impl DeleteObjectRequest {
//!     pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self { … }
//!     pub fn version_id(mut self, version_id: impl Into<String>) -> Self { … }
//!     pub fn request_payer(mut self, request_payer: impl Into<RequestPayer>) -> Self { … }
//!     pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self { … }
//!     pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self { … }
//!     pub fn options(mut self, options: CallOptions) -> Self { … }
//! }
//!
//! impl Operation for DeleteObjectRequest {
//!     type Output = DeleteObjectResult;
//!     const INFO: &'static OperationInfo = &OperationInfo::new("DeleteObject", …);
//!
//!     fn into_request(self) -> Result<Request, InvalidRequest> {
//!         let mut draft = Draft::new(Self::INFO, Method::DELETE, &[]);
//!         draft.bucket("bucket", &self.bucket)?;         // = bucket()
//!         draft.key("key", &self.key)?;                  // = key()
//!         if let Some(value) = &self.version_id {        // = query("versionId")
//!             draft.query("version_id", "versionId", value)?;
//!         }
//!         if let Some(value) = &self.request_payer {     // = header("x-oss-request-payer")
//!             draft.header("request_payer", "x-oss-request-payer", value)?;
//!         }
//!         draft.custom(&self.headers, &self.queries)?;
//!         Ok(draft.finish(&self.options))
//!     }
//!
//!     fn read(response: Response) -> Result<DeleteObjectResult, CallErrorKind> { … }
//! }
//! ```

#[macro_use]
mod groups;
#[macro_use]
mod element;
#[macro_use]
mod request;
#[macro_use]
mod response;
