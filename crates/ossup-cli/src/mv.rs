//! `ossup mv`: a copy whose source is removed once it is proven.

use clap::Args;

use crate::cp::{Cp, Moves, cp};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Mv {
    #[command(flatten)]
    pub(crate) cp: Cp,
    /// Keep local folders that became empty.
    #[arg(long, requires = "recursive")]
    keep_empty_dirs: bool,
}

impl Mv {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let moves = Moves { keep_empty_dirs: self.keep_empty_dirs };
        Box::pin(cp(&self.cp, Some(moves), global, output)).await
    }
}
