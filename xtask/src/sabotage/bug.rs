//! What a deliberate bug is, and how it is put into the code.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::gate::Gate;

/// One deliberate bug.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bug {
    pub(super) name: String,
    /// What is wrong with it, in one sentence.
    pub(super) what: String,
    /// The promise that it breaks: a page of `docs/promises`, without its ending, or `none` if no page has it.
    pub(super) breaks: String,
    /// What must turn red.
    #[serde(rename = "red")]
    pub(super) gate: Gate,
    #[serde(rename = "edit")]
    edits: Vec<Edit>,
}

/// One place of the code that is changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: String,
    /// A text that the file has once.
    find: String,
    replace: String,
}

/// A file with and without a bug.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) path: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// A file of bugs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bugs {
    bug: Vec<Bug>,
}

/// Every bug of the files in `folder`, in the order of the files.
///
/// # Errors
/// If a file cannot be read, or two bugs have one name.
pub(super) fn read_all(folder: &Path) -> Result<Vec<Bug>> {
    let mut bugs: Vec<Bug> = Vec::new();
    for path in xtask::workspace::files(folder, "toml")? {
        let name = path.display().to_string();
        let read: Bugs = toml::from_str(&std::fs::read_to_string(&path)?).with_context(|| name)?;
        bugs.extend(read.bug);
    }
    let mut names: Vec<_> = bugs.iter().map(|bug| bug.name.as_str()).collect();
    names.sort_unstable();
    if let Some([name, _]) = names.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
        bail!("two bugs are called {name}");
    }
    Ok(bugs)
}

impl Bug {
    /// The files that it changes, as they are in `tree` and as it makes them.
    ///
    /// # Errors
    /// If a text that is replaced is not there once.
    pub(super) fn applied(&self, tree: &Path) -> Result<Vec<Changed>> {
        let mut files: Vec<Changed> = Vec::new();
        for edit in &self.edits {
            let at = match files.iter().position(|file| file.path == edit.file) {
                Some(at) => at,
                None => {
                    let before = std::fs::read_to_string(tree.join(&edit.file)).with_context(|| edit.file.clone())?;
                    files.push(Changed { path: edit.file.clone(), after: before.clone(), before });
                    files.len() - 1
                }
            };
            let Some(file) = files.get_mut(at) else { continue };
            let places = file.after.matches(&edit.find).count();
            ensure!(places == 1, "{} has this {places} times, not once: {}", edit.file, edit.find.trim());
            file.after = file.after.replacen(&edit.find, &edit.replace, 1);
        }
        Ok(files)
    }
}
