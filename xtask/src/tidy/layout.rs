//! How files are laid out: documented, of one concept, without anything of the machine they were written on.

use anyhow::{Context, Result};

use super::{Finding, source};
use crate::workspace;

/// Past this many lines a file surely holds a second concept.
const MOST_LINES: usize = 800;

pub(super) fn check() -> Result<Vec<Finding>> {
    let root = workspace::root();
    let mut findings = Vec::new();
    for path in workspace::files(root, "rs")? {
        let text = std::fs::read_to_string(&path)?;
        let name = workspace::relative(&path);
        let lines = text.lines().count();
        if lines > MOST_LINES {
            findings.push(format!("{name}: {lines} lines; past {MOST_LINES} look for the second concept"));
        }
        if name.ends_with("src/lib.rs") {
            findings.extend(lib_holds_only_modules(&name, &text));
        }
    }
    for path in workspace::files(root, "toml")? {
        let name = workspace::relative(&path);
        let text = std::fs::read_to_string(&path).with_context(|| name.clone())?;
        if text.contains("[package]") && !text.contains("[lints]\nworkspace = true") {
            findings.push(format!("{name}: does not take the workspace's lints"));
        }
    }
    for extension in ["rs", "toml", "md", "py", "json"] {
        for path in workspace::files(root, extension)? {
            findings.extend(machine_paths(&workspace::relative(&path), &std::fs::read_to_string(&path)?));
        }
    }
    Ok(findings)
}

/// `lib.rs` is docs, `mod` and `pub use`, nothing else.
fn lib_holds_only_modules(name: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") && !text.starts_with("#![doc") {
        findings.push(format!("{name}: begins without documentation of the crate"));
    }
    let forbidden = ["fn ", "struct ", "enum ", "trait ", "impl ", "const ", "static ", "macro_rules!"];
    for (number, line) in (1..).zip(source::code_lines(text)) {
        let line = line.trim_start().trim_start_matches("pub ");
        if forbidden.iter().any(|word| line.starts_with(word)) {
            findings.push(format!("{name}:{number}: lib.rs holds docs, `mod` and `pub use` only"));
        }
    }
    findings
}

/// Absolute paths of somebody's machine.
fn machine_paths(name: &str, text: &str) -> Vec<Finding> {
    // Put together here, so that this file does not find itself.
    let marks = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/home/", "runner")];
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)))
        .map(|(number, _)| format!("{name}:{number}: a path of one machine"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_lib_rs_is_found() {
        let findings =
            lib_holds_only_modules("crates/x/src/lib.rs", "//! Docs.\nmod a;\npub use a::A;\npub fn b() {}\n");
        assert_eq!(findings, ["crates/x/src/lib.rs:4: lib.rs holds docs, `mod` and `pub use` only"]);
    }
}
