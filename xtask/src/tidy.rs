//! What a program can check of the house rules.

mod dependencies;
mod layout;
mod purity;
mod source;

use anyhow::{Result, bail};

/// One broken rule: where, and what.
pub(crate) type Finding = String;

pub(crate) fn run() -> Result<()> {
    let findings = check()?;
    if findings.is_empty() {
        println!("tidy: dependencies, purity and layout are as they should be");
        return Ok(());
    }
    for finding in &findings {
        println!("tidy: {finding}");
    }
    bail!("tidy found {} broken rule(s)", findings.len())
}

fn check() -> Result<Vec<Finding>> {
    let mut findings = dependencies::check()?;
    findings.extend(purity::check()?);
    findings.extend(layout::check()?);
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_is_tidy() {
        assert_eq!(super::check().unwrap(), Vec::<String>::new());
    }
}
