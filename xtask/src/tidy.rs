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

use anyhow::{Result, bail};

use self::source::Source;

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
