//! What the examples of data engines share: an OSS on this machine, the store on it, and the requests it served.

mod requests;
mod server;

pub use requests::{Requests, table};
pub use server::{BUCKET, oss_store, start};
