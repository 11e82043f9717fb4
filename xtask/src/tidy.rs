//! What a program can check of the house rules.

mod defaults;
mod dependencies;
mod engine;
mod exports;
mod layout;
mod names;
mod operations;
mod purity;
mod readmes;
mod source;
mod words;

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use self::source::Source;
pub(crate) use self::source::is_for_tests;

/// One broken rule: where, and what.
pub(crate) type Finding = String;

pub(crate) fn run() -> Result<()> {
    let sources = source::all()?;
    let findings = check(&sources)?;
    if findings.is_empty() {
        println!("tidy: no rule is broken");
        return Ok(());
    }
    for finding in &findings {
        println!("tidy: {finding}");
    }
    bail!("tidy found {} broken rule(s)", findings.len())
}

/// The files that are compiled for tests only, as seen from the root.
///
/// # Errors
/// If a file cannot be read or is not Rust.
pub(crate) fn files_of_tests() -> Result<BTreeSet<String>> {
    Ok(source::all()?.into_iter().filter(|source| source.is_test).map(|source| source.name).collect())
}

fn check(sources: &[Source]) -> Result<Vec<Finding>> {
    let mut findings = dependencies::check()?;
    findings.extend(purity::check(sources));
    findings.extend(engine::check(sources));
    findings.extend(operations::check(sources));
    findings.extend(exports::check(sources));
    findings.extend(names::check(sources));
    findings.extend(defaults::check(sources)?);
    findings.extend(words::check()?);
    findings.extend(readmes::check()?);
    findings.extend(layout::check(sources)?);
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_is_tidy() {
        let findings = super::check(&super::source::all().unwrap()).unwrap();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }
}
