//! What the programs of a measurement share.

mod pin;

pub use pin::pin;
