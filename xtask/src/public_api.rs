//! Every public name of each published library, as a text in `docs/public-api/`.
//!
//! The text is made from what rustdoc writes for programs, which it does for `RUSTC_BOOTSTRAP=1` only and in a format that
//! changes with the compiler: an unknown format is an error that says so.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::packages::{self, Package};
use crate::{step, workspace};

const FOLDER: &str = "docs/public-api";

/// Compares the texts with the code, or writes them.
///
/// # Errors
/// If one differs, with the lines that do.
pub(crate) fn run(store: bool) -> Result<()> {
    let mut differing = Vec::new();
    let folder = workspace::root().join(FOLDER);
    let packages = packages::published()?;
    for package in packages.iter().filter(|package| package.has_library()) {
        let text = text_of(package)?;
        let file = folder.join(format!("{}.txt", package.name));
        if store {
            std::fs::create_dir_all(&folder)?;
            std::fs::write(&file, text)?;
            continue;
        }
        let stored = std::fs::read_to_string(&file).unwrap_or_default();
        let changes = changes(&stored, &text);
        for change in &changes {
            println!("{}: {change}", package.name);
        }
        if !changes.is_empty() {
            differing.push(package.name.as_str());
        }
    }
    if !differing.is_empty() {
        bail!(
            "the public names of {} are others than in {FOLDER}; if that is meant, run `cargo xtask audit public-api --store`",
            differing.join(", ")
        );
    }
    Ok(())
}

/// Its public names, one a line, with every feature.
fn text_of(package: &Package) -> Result<String> {
    let mut command = step::cargo();
    command.args(["rustdoc", "--quiet", "--package", &package.name, "--lib", "--all-features", "--"]);
    command.args(["-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"]);
    step::output(command.env("RUSTC_BOOTSTRAP", "1"))?;
    let file: PathBuf = workspace::target()?.join("doc").join(format!("{}.json", package.name.replace('-', "_")));
    let api = public_api::Builder::from_rustdoc_json(&file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build();
    let api =
        api.with_context(|| format!("{}: not the format of the compiler this was written for", file.display()))?;
    Ok(format!("{api}"))
}

/// The lines that only one of the two has, those that are gone first.
fn changes(stored: &str, text: &str) -> Vec<String> {
    let only = |of: &str, other: &str, mark: char| -> Vec<String> {
        let other: std::collections::BTreeSet<_> = other.lines().collect();
        of.lines().filter(|line| !other.contains(line)).map(|line| format!("{mark}{line}")).collect()
    };
    [only(stored, text, '-'), only(text, stored, '+')].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_gone_and_one_that_is_new_are_changes() {
        assert_eq!(changes("pub fn a()\npub fn b()\n", "pub fn b()\npub fn c()\n"), ["-pub fn a()", "+pub fn c()"]);
        assert_eq!(changes("pub fn a()\n", "pub fn a()\n"), Vec::<String>::new());
    }
}
