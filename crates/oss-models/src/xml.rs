//! The little XML that OSS speaks: elements with text, no attributes, no document types.
//!
//! Reading is bounded before anything is allocated for long: size, depth and number of elements have limits, document
//! types and unknown entities are refused. Namespaces and attributes are ignored.

mod document;
mod read;
mod write;

pub(crate) use document::Tape;
pub use document::{Document, Element};
pub use read::{MAX_DEPTH, MAX_DOCUMENT, MAX_ELEMENTS, XmlError};
pub use write::XmlWriter;

#[cfg(test)]
mod tests;
