//! Behaviour of the emulator as seen over the wire: raw TCP, with requests that no good client sends.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.

#[cfg(test)]
mod support;

#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod multipart;
#[cfg(test)]
mod names;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod server;
#[cfg(test)]
mod versions;
