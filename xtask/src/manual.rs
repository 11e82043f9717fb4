//! What the program says of its commands: in the guide, in manual pages and in scripts for shells, all of it from the same
//! arguments as `--help`. Packagers take the files from the repository; a check compares them with the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use xtask::step;

use crate::workspace;

const GUIDE: &str = "docs/guide/command-line.md";
const HEADING: &str = "\n## Every command and option\n";
/// A page for each command.
const PAGES: &str = "docs/man";
/// A script for each shell, under the name that the shell looks for.
const SCRIPTS: &str = "docs/completions";
const SHELLS: [(&str, &str); 3] = [("bash", "ossup.bash"), ("zsh", "_ossup"), ("fish", "ossup.fish")];

/// Writes the last section of the guide, the manual pages and the scripts, or compares them.
///
/// # Errors
/// The program cannot be run, the guide has no such section, or with `check` a file is another one.
pub(crate) fn run(check: bool) -> Result<()> {
    // As `ci` builds it: by itself it would have dependencies of other features, which are built again.
    step::run("the command line", step::cargo().args(step::BUILD_ALL).arg("--quiet"))?;
    let wanted = wanted()?;
    let root = workspace::root();
    let there = there()?;
    let other: Vec<_> = wanted
        .iter()
        .filter(|(path, text)| fs::read_to_string(root.join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path.clone())
        .chain(there.into_iter().filter(|path| !wanted.contains_key(path)))
        .collect();
    if check {
        if let Some(first) = other.first() {
            let count = other.len();
            bail!("{} is not what the program says, one of {count}; run `cargo xtask manual`", first.display());
        }
        return Ok(());
    }
    for path in other {
        let at = root.join(&path);
        match wanted.get(&path) {
            Some(text) => {
                fs::create_dir_all(at.parent().unwrap_or(root))?;
                fs::write(&at, text).with_context(|| path.display().to_string())?;
            }
            // Of a command that is not here any more.
            None => fs::remove_file(&at).with_context(|| path.display().to_string())?,
        }
    }
    Ok(())
}

/// Every file, by its path in the repository.
fn wanted() -> Result<BTreeMap<PathBuf, String>> {
    let guide = fs::read_to_string(workspace::root().join(GUIDE)).with_context(|| GUIDE)?;
    let (prose, _) = guide.split_once(HEADING).with_context(|| format!("{GUIDE} has no section{HEADING}"))?;
    let mut wanted = BTreeMap::from([(GUIDE.into(), with_section(prose, &said(&["man", "--markdown"])?))]);
    for (shell, name) in SHELLS {
        wanted.insert(Path::new(SCRIPTS).join(name), said(&["completions", shell])?);
    }
    let folder = workspace::root().join("target/manual");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    said(&["man", &folder.display().to_string()])?;
    for page in fs::read_dir(&folder)? {
        let page = page?;
        wanted.insert(Path::new(PAGES).join(page.file_name()), fs::read_to_string(page.path())?);
    }
    Ok(wanted)
}

/// The pages and scripts that are in the repository.
fn there() -> Result<Vec<PathBuf>> {
    let mut there = Vec::new();
    for folder in [PAGES, SCRIPTS] {
        let Ok(entries) = fs::read_dir(workspace::root().join(folder)) else { continue };
        for entry in entries {
            there.push(Path::new(folder).join(entry?.file_name()));
        }
    }
    Ok(there)
}

/// What the program prints.
fn said(arguments: &[&str]) -> Result<String> {
    let output = step::built("ossup")?.args(arguments).output()?;
    ensure!(output.status.success(), "ossup {} failed ({})", arguments.join(" "), output.status);
    Ok(String::from_utf8(output.stdout)?)
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
