//! Every example, run against the embedded emulator with the arguments of the guide.

use anyhow::Result;

pub(crate) fn run() -> Result<()> {
    Ok(())
}
