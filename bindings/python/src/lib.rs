//! The extension module `_ossup`: what the Python package needs of the Rust crates, as functions of plain values.
//!
//! The package in `python/ossup` gives it the names and shapes that programs use. Whatever calls back into Python (progress,
//! readers, log records) runs on the thread that made the call: the runtime's own thread never waits for the interpreter.

mod client;
mod command_line;
mod config;
mod credentials;
mod emulator;
mod error;
mod logs;
mod module;
mod operation;
mod reader;
mod request;
mod runtime;
mod stream;
mod transfer;
mod wait;
