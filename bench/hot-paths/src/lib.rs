//! What an upload does most often, each by itself and on the same input every time.
//!
//! The benchmark measures their time; `cargo xtask instructions` counts their instructions, which needs no quiet
//! machine.

mod hot_path;

pub use hot_path::{BLOCK, Done, Failure, HotPath, PARTS};
