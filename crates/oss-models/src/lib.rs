//! oss-models
