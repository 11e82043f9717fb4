//! Alibaba Cloud OSS behind the `object_store` trait.
//!
//! DataFusion, delta-rs, Polars, SlateDB and other engines reach their data through the trait `ObjectStore` of the crate
//! `object_store`. This crate implements it over [`ossup::Client`], once for each version of the trait that is in use:
//!
//! | feature | module | for engines on |
//! |---|---|---|
//! | `v0_14` (default) | `v0_14` | `object_store` 0.14 |
//! | `v0_13` | `v0_13` | `object_store` 0.13 |
//! | `signer` | | the trait `Signer` of 0.14; without it both versions have the method `OssStore::signed_url` |
//!
//! A feature only adds a module, so both can be on, and an engine of either version finds its own.
//!
#![cfg_attr(feature = "v0_14", doc = "```no_run")]
#![cfg_attr(not(feature = "v0_14"), doc = "```ignore")]
//! # use object_store_0_14 as object_store;
//! use object_store::{ObjectStoreExt, path::Path};
//! use oss_object_store::v0_14::OssStoreBuilder;
//!
//! # async fn demo() -> object_store::Result<()> {
//! // Endpoint, region and credentials from the environment: OSS_ENDPOINT, OSS_REGION, OSS_ACCESS_KEY_ID, …
//! let store = OssStoreBuilder::from_env().with_bucket("my-bucket").build()?;
//! store.put(&Path::from("table/part-0.parquet"), "PAR1".into()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! What it adds to the trait's promises: the CRC64 of every upload, of every part and of every whole object that is read
//! is compared with the server's; `PutMode::Create` is one request, and a response of it that is lost is looked up by a
//! token of its own, so that of two writers exactly one succeeds; a multipart upload that is dropped is aborted.
//!
//! The source of every `object_store::Error` that a request led to is an [`OssError`], which has the request id.

// Without a version of the trait there is nothing to implement.
#![cfg(any(feature = "v0_13", feature = "v0_14"))]
#![allow(clippy::duplicate_mod, reason = "the store is compiled once for each version of the trait")]

mod attributes;
mod bucket;
mod content;
mod copy;
mod create;
mod delete;
mod error;
mod get;
mod keys;
mod list;
mod multipart;
mod options;
mod parts;
mod pieces;
mod put;
mod sign;
#[cfg(feature = "v0_13")]
pub mod v0_13;
#[cfg(feature = "v0_14")]
pub mod v0_14;

pub use error::{OssError, RequestId};
