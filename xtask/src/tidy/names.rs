//! A name is read in one glance.

use super::{Finding, Source};

/// The most characters of a function's name. What takes more is a line of documentation above it.
const LONGEST: usize = 70;

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        for (line, text) in (1..).zip(source.text.lines()) {
            let Some((_, rest)) = text.split_once("fn ").filter(|(before, _)| is_head(before)) else { continue };
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            let length = name.chars().count();
            if length > LONGEST {
                findings.push(format!(
                    "{}:{line}: a name of {length} characters; past {LONGEST} a line of documentation serves better: {name}",
                    source.name
                ));
            }
        }
    }
    findings
}

/// Whether only the words that stand before `fn` are before it.
fn is_head(before: &str) -> bool {
    before.split_whitespace().all(|word| matches!(word, "pub" | "const" | "async") || word.starts_with("pub("))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_found_in_macros_too() {
        let text = |length| format!("proptest! {{\n    fn {}(a in 0..1) {{}}\n}}", "a".repeat(length));
        let findings = |length| check(&[Source::parse("a.rs", &text(length)).unwrap()]).len();
        assert_eq!((findings(LONGEST), findings(LONGEST + 1)), (0, 1));
    }
}
