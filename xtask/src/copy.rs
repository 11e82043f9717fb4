//! A copy of the workspace below the target folder, for chores that change it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use xtask::{step, workspace};

/// The files that git knows, in a folder below the target folder whose own target folder stays. A file that is there and
/// the same already is left alone, so that cargo does not build it again.
pub(crate) fn of_workspace(name: &str) -> Result<PathBuf> {
    let root = workspace::root();
    let copy = workspace::target()?.join(name);
    let mut list = Command::new("git");
    let files = step::output(list.current_dir(root).args(["ls-files", "--cached"]))?;
    let files: BTreeSet<PathBuf> = files.lines().map(PathBuf::from).filter(|file| root.join(file).is_file()).collect();
    remove_others(&copy, Path::new(""), &files)?;
    for file in &files {
        let (from, to) = (std::fs::read(root.join(file))?, copy.join(file));
        if !std::fs::read(&to).is_ok_and(|there| there == from) {
            std::fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
            std::fs::write(to, from)?;
        }
    }
    Ok(copy)
}

/// Removes what is not among `files` from `folder` of the copy.
fn remove_others(copy: &Path, folder: &Path, files: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(copy.join(folder)).into_iter().flatten() {
        let name = folder.join(entry?.file_name());
        let path = copy.join(&name);
        if name == Path::new("target") || files.contains(&name) {
            continue;
        }
        if !path.is_dir() {
            std::fs::remove_file(path)?;
        } else if files.iter().any(|file| file.starts_with(&name)) {
            remove_others(copy, &name, files)?;
        } else {
            std::fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}
