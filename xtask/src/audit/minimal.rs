//! Every direct dependency at the oldest version that its manifest allows: a manifest that promises too much is found.

use anyhow::Result;
use xtask::step;

use crate::{copy, packages};

/// Checks the published crates with such a lock file, in a copy of the workspace.
///
/// # Errors
/// If they do not compile, or no such set of versions exists.
pub(super) fn run() -> Result<()> {
    let copy = copy::of_workspace("minimal-versions")?;
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
