//! oss-uploader

pub mod checkpoint;
#[cfg(feature = "directory")]
pub mod directory;
pub mod stale;
