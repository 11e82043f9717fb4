//! Plain English everywhere: in names, comments, messages and documents.

use std::sync::LazyLock;

use anyhow::{Context, Result};

use super::Finding;
use crate::workspace;

/// What is written nowhere, each with what is written instead. `CONTRIBUTING.md` has the reasons.
const WORDS: &[(&str, &str)] = &[
    ("anew", "again"),
    ("answer", "response"),
    ("answered", "responded"),
    ("answering", "responding"),
    ("answers", "responses, responds"),
    ("anybody", "any caller"),
    ("could be had", "could be obtained"),
    ("come upon", "found"),
    ("go on with", "resume"),
    ("goes on with", "resumes"),
    ("gone on with", "resumed"),
    ("hopeless", "fatal"),
    ("nobody", "no one"),
    ("obey", "apply"),
    ("obeys", "applies"),
    ("somebody", "another client"),
    ("to and fro", "in both directions"),
    ("to be had", "available"),
    ("vouch", "prove"),
    ("vouches", "proves"),
    ("whoever", "the caller"),
];

/// Where people are asked and give answers.
const TERMINAL: &str = "crates/ossup-cli/";

/// Files that have to name such words: the lists of them, what was renamed, and names in JSON that are still read.
const LISTS: &[&str] = &[
    "CONTRIBUTING.md",
    "docs/upgrading.md",
    "crates/oss-emulator/src/fault.rs",
    "xtask/src/audit/self_test.rs",
    "xtask/src/tidy/exports.rs",
    "xtask/src/tidy/words.rs",
];

pub(super) fn check() -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for extension in ["rs", "md", "py", "cjs", "toml", "txt"] {
        for path in workspace::files(workspace::root(), extension)? {
            let name = workspace::relative(&path);
            // Seeds and vectors are what others sent.
            let is_data = name.starts_with("fuzz/seeds/") || name.contains("/tests/vectors/");
            if !is_data && !LISTS.contains(&name.as_str()) {
                let text = std::fs::read_to_string(&path).with_context(|| name.clone())?;
                findings.extend(judge(&name, &text));
            }
        }
    }
    Ok(findings)
}

fn judge(name: &str, text: &str) -> Vec<Finding> {
    // Made once: there are more than a hundred thousand lines.
    static SPACED: LazyLock<Vec<(String, &str, &str)>> =
        LazyLock::new(|| WORDS.iter().map(|(odd, better)| (format!(" {odd} "), *odd, *better)).collect());
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        // Between single spaces, so that a name in snake case is words too.
        let words: Vec<_> = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let line = format!(" {} ", words.join(" ").to_lowercase());
        let is_allowed = |odd: &str| name.starts_with(TERMINAL) && odd.starts_with("answer");
        let found = SPACED.iter().filter(|(spaced, odd, _)| line.contains(spaced) && !is_allowed(odd));
        findings.extend(found.map(|(_, odd, better)| format!("{name}:{number}: not \"{odd}\" but \"{better}\"")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_word_is_found_in_prose_names_and_strings() {
        for text in ["// Nobody knows.", "fn a_record_nobody_reads() {}", "bail!(\"not to be had: {a}\")"] {
            assert_eq!(judge("a.rs", text).len(), 1, "{text}");
        }
        assert_eq!(judge("a.md", "x\nsigned anew"), ["a.md:2: not \"anew\" but \"again\""]);
        assert_eq!(judge("a.rs", "// A renewal of a canewood, a vouched answerable question"), Vec::<Finding>::new());
    }
}
