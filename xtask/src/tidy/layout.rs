//! How files are laid out: documented, of one concept, without anything of the machine they were written on.

use anyhow::{Context, Result};
use syn::spanned::Spanned as _;

use super::{Finding, Source};
use crate::workspace;

/// Past this many lines a file surely holds a second concept.
const MOST_LINES: usize = 800;

/// Takes a file by its number, which is all that Python has of it: one block of unsafe code, which the workspace forbids.
const OWN_LINTS: &str = "bindings/python/Cargo.toml";

pub(super) fn check(sources: &[Source]) -> Result<Vec<Finding>> {
    let root = workspace::root();
    let mut findings = Vec::new();
    for source in sources {
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            findings.push(format!("{}: {lines} lines; past {MOST_LINES} look for the second concept", source.name));
        }
        if source.name.ends_with("src/lib.rs") {
            findings.extend(lib_holds_only_modules(source));
        }
    }
    for path in workspace::files(root, "toml")? {
        let name = workspace::relative(&path);
        let text = std::fs::read_to_string(&path).with_context(|| name.clone())?;
        let has_lints = text.contains("[lints]\nworkspace = true") || name == OWN_LINTS;
        if text.contains("[package]") && !has_lints {
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
fn lib_holds_only_modules(source: &Source) -> Vec<Finding> {
    let name = &source.name;
    let mut findings = Vec::new();
    if !source.text.starts_with("//!") && !source.text.starts_with("#![doc") {
        findings.push(format!("{name}: begins without documentation of the crate"));
    }
    let others = source.code.items.iter().filter(|item| !is_module_or_import(item));
    findings.extend(others.map(|item| {
        let line = item.span().start().line;
        format!("{name}:{line}: lib.rs holds docs, `mod` and `pub use` only")
    }));
    findings
}

fn is_module_or_import(item: &syn::Item) -> bool {
    match item {
        syn::Item::Use(_) => true,
        syn::Item::Mod(module) => {
            module.content.as_ref().is_none_or(|(_, items)| items.iter().all(is_module_or_import))
        }
        _ => false,
    }
}

/// Absolute paths of one machine.
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
        let text = "//! Docs.\nmod a;\npub use a::A;\npub fn b() {}\n";
        let source = Source::parse("crates/x/src/lib.rs", text).unwrap();
        assert_eq!(
            lib_holds_only_modules(&source),
            ["crates/x/src/lib.rs:4: lib.rs holds docs, `mod` and `pub use` only"]
        );
    }
}
