//! The whole stack against small servers, honest and hostile.

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod network;
#[cfg(test)]
mod retry;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod spans;
#[cfg(test)]
mod support;
#[cfg(test)]
mod time;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod wire;
