//! What every measured program is told, so that each does the same work with its own library.
//!
//! A program is called as `PROGRAM WORK PATH PART_SIZE PARALLEL`; the server and its credentials come in variables.

mod blocks;
mod job;

pub use blocks::Blocks;
pub use job::{Job, Work, each_file, write_at};
