//! What the program says of its commands, in the guide.
//!
//! The manual pages and the scripts for shells are printed by the program itself (`ossup man`, `ossup completions`), so there
//! is no copy of them to compare.

use anyhow::{Context, Result, bail, ensure};
use xtask::step;

use crate::workspace;

const GUIDE: &str = "docs/guide/command-line.md";
const HEADING: &str = "\n## Every command and option\n";

/// Writes the last section of the guide, or compares it.
///
/// # Errors
/// The program cannot be run, the guide has no such section, or with `check` another one.
pub(crate) fn run(check: bool) -> Result<()> {
    // As `ci` builds it: by itself it would have dependencies of other features, which are built again.
    step::run("the command line", step::cargo().args(step::BUILD_ALL).arg("--quiet"))?;
    let output = step::built("ossup")?.args(["man", "--markdown"]).output()?;
    ensure!(output.status.success(), "ossup man failed ({})", output.status);
    let section = String::from_utf8(output.stdout)?;
    let path = workspace::root().join(GUIDE);
    let guide = std::fs::read_to_string(&path).with_context(|| GUIDE)?;
    let (prose, _) = guide.split_once(HEADING).with_context(|| format!("{GUIDE} has no section{HEADING}"))?;
    let wanted = with_section(prose, &section);
    if check {
        if guide != wanted {
            bail!("{GUIDE} is not what the program says; run `cargo xtask manual`");
        }
        return Ok(());
    }
    std::fs::write(&path, wanted).with_context(|| GUIDE)
}

fn with_section(prose: &str, section: &str) -> String {
    format!("{prose}{HEADING}\nWritten by `cargo xtask manual` from what `--help` prints.\n\n{}\n", section.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_replaced_as_a_whole() {
        let once = with_section("# A\n", "### `x`\n\n");
        let (prose, _) = once.split_once(HEADING).unwrap();
        assert_eq!(with_section(prose, "### `x`\n"), once);
    }
}
