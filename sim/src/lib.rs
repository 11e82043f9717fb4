//! A simulated OSS, network, disk and clock, on which our real stack and engines run, one thread a run, and a checker of what
//! they promise. [`run`] is the program; [`Simulated`] is the OSS alone.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "for a program for the terminal")]

mod carry_out;
mod check;
mod client;
mod cut;
mod download;
mod fault;
mod history;
mod log;
mod neighbour;
mod operation;
mod pipe;
mod program;
mod requests;
mod response;
mod run;
mod sabotage;
mod scenario;
mod seeds;
mod server;
mod simulated;
mod store;
mod sweep;
mod sync;
mod table;
mod upload;
mod work;

pub use program::run;
pub use simulated::Simulated;
