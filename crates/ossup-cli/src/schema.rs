//! `ossup schema`.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::streams::write_all;

#[derive(Args)]
pub(crate) struct Schema {}

/// What every line of every command is; the tests hold each one against it.
const SCHEMA: &str = include_str!("schema.json");

impl Schema {
    /// Prints the JSON Schema.
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        write_all(SCHEMA.as_bytes())?;
        Ok(Exit::Done)
    }
}
