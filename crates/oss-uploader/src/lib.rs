//! oss-uploader

pub mod checkpoint;
pub mod stale;
