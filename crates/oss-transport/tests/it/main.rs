//! The whole stack against small servers, honest and hostile.

#[cfg(test)]
mod memory;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wire;
