//! What a client does most often, each by itself and on the same input every time: the arithmetic alone, and whole
//! requests through upload manager and stack to a service in memory.
//!
//! The benchmark measures their time; `cargo xtask instructions` counts their instructions, which needs no quiet
//! machine.

mod hot_path;
mod service;

pub use hot_path::{BLOCK, Done, ENTRIES, Failure, HotPath, PART_SIZE, SMALL};
