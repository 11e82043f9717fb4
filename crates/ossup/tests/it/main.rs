//! The whole client against the emulator, over real connections.

#[cfg(test)]
mod support;

#[cfg(test)]
mod download;
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
mod upload;
