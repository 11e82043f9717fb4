//! A strict local Alibaba Cloud OSS server, for tests and laptops.
//!
//! It checks what OSS checks: signatures of both versions, dates, digests, names, limits, part order. It keeps objects
//! as files (or in memory), survives being killed, and fails on demand in every way a network or a server can.
//! Where the service's documents are silent the choice made here is marked *(unconfirmed)*.
//!
//! ```
//! use oss_emulator::{Emulator, Fault};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! let emulator = Emulator::builder()
//!     .bucket("demo")
//!     .fault(Fault::on("UploadPart").part(2).respond(503, "ServiceUnavailable"))
//!     .start()
//!     .await?;
//! println!("{} {:?}", emulator.endpoint(), emulator.credentials().0);
//! # Ok(()) }
//! ```
//!
//! It listens on loopback only, unless [`EmulatorBuilder::allow_connections_from_other_machines`] is called and credentials are
//! set.

mod body;
mod builder;
mod call;
mod callback;
mod clock;
mod conditions;
mod connections;
mod control;
mod core;
mod cors;
mod emulator;
mod error;
mod fault;
mod form;
mod framing;
#[cfg(any(test, feature = "__fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod gate;
mod history;
mod operation;
mod ops;
mod range;
mod request;
mod response;
mod server;
mod service;
mod settings;
mod store;
mod synthetic;
mod tls;
mod verify;
mod wire;
mod xml;
mod xml_body;

pub use builder::EmulatorBuilder;
pub use emulator::{Emulator, StoredObject, StoredPart, UnfinishedUpload};
pub use fault::{Fault, FaultEffect, FaultObject, FaultResponse};
pub use history::RequestRecord;
pub use settings::{Durability, EtagMode};
pub use synthetic::SyntheticObjects;
