//! Every direct dependency at the oldest version that its manifest allows: a manifest that promises too much is found.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use xtask::{step, workspace};

use crate::packages;

/// Checks the published crates with such a lock file, in a copy of the workspace.
///
/// # Errors
/// If they do not compile, or no such set of versions exists.
pub(super) fn run() -> Result<()> {
    let copy = copy_of_workspace("minimal-versions")?;
    let mut update = step::cargo();
    update.current_dir(&copy).env("RUSTC_BOOTSTRAP", "1");
    step::run("the oldest versions", update.args(["update", "--quiet", "-Z", "direct-minimal-versions"]))?;
    let mut check = step::cargo();
    check.current_dir(&copy).args(["check", "--all-features", "--locked"]);
    for package in packages::published()? {
        check.args(["--package", &package.name]);
    }
    step::run("with the oldest versions", &mut check)
}

/// The files that git knows, in a folder below the target folder whose own target folder stays.
pub(super) fn copy_of_workspace(name: &str) -> Result<std::path::PathBuf> {
    let root = workspace::root();
    let copy = workspace::target()?.join(name);
    let mut list = Command::new("git");
    let files = step::output(list.current_dir(root).args(["ls-files", "--cached"]))?;
    for entry in std::fs::read_dir(&copy).into_iter().flatten() {
        let path = entry?.path();
        match path.file_name().is_some_and(|name| name == "target") {
            true => {}
            false if path.is_dir() => std::fs::remove_dir_all(path)?,
            false => std::fs::remove_file(path)?,
        }
    }
    for file in files.lines().filter(|file| root.join(file).is_file()) {
        let to = copy.join(file);
        std::fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
        std::fs::copy(root.join(file), to)?;
    }
    Ok(copy)
}
