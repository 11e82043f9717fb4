//! Each crate is introduced twice: by a README of its own, and by a line in the table of the root's.

use anyhow::{Context, Result};

use super::Finding;
use crate::workspace;

/// Folders of what is published.
const FOLDERS: &[&str] = &["crates", "bindings"];

pub(super) fn check() -> Result<Vec<Finding>> {
    let root = workspace::root();
    let readme = std::fs::read_to_string(root.join("README.md")).context("README.md")?;
    let mut findings = Vec::new();
    for manifest in workspace::files(root, "toml")? {
        let folder = workspace::relative(manifest.parent().unwrap_or(root));
        let is_member = FOLDERS.iter().any(|of| folder.strip_prefix(of).is_some_and(|rest| rest.starts_with('/')));
        if is_member && manifest.ends_with("Cargo.toml") {
            let own = std::fs::read_to_string(root.join(&folder).join("README.md")).ok();
            findings.extend(judge(&folder, own.as_deref(), &readme));
        }
    }
    Ok(findings)
}

fn judge(folder: &str, own: Option<&str>, readme: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if own.is_none_or(|own| own.trim().is_empty()) {
        findings.push(format!("{folder}: has no README.md"));
    }
    let link = format!("({folder})");
    if !readme.lines().any(|line| line.starts_with('|') && line.contains(&link)) {
        findings.push(format!("README.md: the table of crates has no line for {folder}"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_readme_and_a_missing_line_are_found() {
        let readme = "| crate | alone it is |\n|---|---|\n| [`a`](crates/a) | the first |\n";
        assert_eq!(judge("crates/a", Some("# a"), readme), Vec::<Finding>::new());
        assert_eq!(judge("crates/a", None, readme), ["crates/a: has no README.md"]);
        assert_eq!(judge("crates/b", Some("# b"), readme), ["README.md: the table of crates has no line for crates/b"]);
    }
}
