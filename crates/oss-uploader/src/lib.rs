//! oss-uploader
