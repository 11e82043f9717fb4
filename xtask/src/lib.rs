//! What the programs of this workspace's chores share: running other programs, the workspace's folders, and the official
//! SDKs installed below the target folder.
//!
//! It depends on no crate of the workspace, so that a chore that needs none of them builds none of them.
#![allow(clippy::print_stdout, reason = "its users are programs for the terminal")]

pub mod node;
pub mod python;
pub mod step;
pub mod watch;
pub mod workspace;
