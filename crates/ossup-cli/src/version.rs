//! `ossup version`.

use clap::Args;
use serde::Serialize;

use crate::exit::Exit;
use crate::output::{Line, Output, Totals};

#[derive(Args)]
pub(crate) struct Version {}

/// Which program this is.
#[derive(Serialize)]
struct Program {
    op: &'static str,
    version: &'static str,
}

impl Line for Program {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        Some(format!("ossup {}", self.version))
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
    }
}

impl Version {
    pub(crate) fn run(&self, output: &Output) -> Exit {
        let _ = output.line(&Program { op: "version", version: env!("CARGO_PKG_VERSION") });
        Exit::Done
    }
}
