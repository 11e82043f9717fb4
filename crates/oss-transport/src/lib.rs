//! oss-transport
