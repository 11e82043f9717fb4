//! What the fuzz targets of the client do with their bytes: each takes any bytes and panics at a finding. Those of the
//! emulator are in `oss_emulator::fuzz`.
//!
//! A test of `ossup` includes this file, so that the targets stay right between the fuzzer's runs.

mod checkpoint;
mod response;
mod resume;
mod session;
mod targets;

pub use checkpoint::checkpoint;
pub use response::response;
pub use resume::resume;
pub use session::session;
pub use targets::TARGETS;
