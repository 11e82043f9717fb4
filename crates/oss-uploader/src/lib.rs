//! oss-uploader

pub mod checkpoint;
