//! The whole client against the emulator, over real connections.
//!
//! `Rows: W14, R45.` above a test names the failure modes that it guards; `docs/failure-modes.md` lists them all.

#[cfg(test)]
mod support;

#[cfg(test)]
#[cfg(feature = "blocking")]
mod blocking;
#[cfg(test)]
mod copy;
#[cfg(test)]
mod download;
#[cfg(test)]
#[cfg(feature = "directory")]
mod download_dir;
#[cfg(test)]
mod download_faults;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod download_memory;
#[cfg(test)]
#[cfg(unix)]
mod fuzz;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod shortcuts;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod small_disk;
#[cfg(test)]
mod upload;
