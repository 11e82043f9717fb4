//! Where no clock, socket, file or `async` may be.

use anyhow::{Context, Result};

use super::{Finding, source};
use crate::workspace;

/// A region of the tree and the words that must not occur in its code.
struct Region {
    /// Path prefix of its files.
    files: &'static str,
    words: &'static [&'static str],
    /// Files of the region to which one word is allowed, each for a reason that stands in that file.
    except: &'static [(&'static str, &'static str)],
}

/// What a plan must not know: time and randomness are its arguments, and what it decides is carried out elsewhere.
const PLAN: &[&str] =
    &["async ", ".await", "tokio", "std::net", "std::fs", "std::thread", "Instant::now", "SystemTime::now", "fastrand"];

const REGIONS: &[Region] = &[
    Region { files: "crates/oss-uploader/src/plan", words: PLAN, except: &[] },
    // What plans of uploads and downloads are made of.
    Region { files: "crates/oss-transfer/src/concurrency", words: PLAN, except: &[] },
    Region { files: "crates/oss-transfer/src/layout", words: PLAN, except: &[] },
    Region { files: "crates/oss-transfer/src/retry", words: PLAN, except: &[] },
    Region {
        files: "crates/oss-auth/src/",
        words: &["async ", ".await", "tokio", "std::net", "Instant::now", "SystemTime::now"],
        except: &[],
    },
    Region {
        files: "crates/oss-models/src/",
        words: &["tokio", "std::net", "std::fs", "std::thread", "Instant::now", "SystemTime::now"],
        except: &[],
    },
];

pub(super) fn check() -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in workspace::files(&workspace::root().join("crates"), "rs")? {
        let name = workspace::relative(&path);
        for region in REGIONS.iter().filter(|region| name.starts_with(region.files)) {
            let text = std::fs::read_to_string(&path).with_context(|| name.clone())?;
            findings.extend(impure(region, &name, &text));
        }
    }
    Ok(findings)
}

fn impure(region: &Region, name: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(source::code_lines(text)) {
        for word in region.words {
            let excepted = region.except.iter().any(|(file, allowed)| name.ends_with(file) && allowed == word);
            if line.contains(word) && !excepted {
                findings.push(format!("{name}:{number}: `{}` does not belong here", word.trim()));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_the_plan_is_found() {
        let region = REGIONS.iter().find(|r| r.files.ends_with("plan")).unwrap();
        let findings = impure(region, "crates/oss-uploader/src/plan.rs", "fn now() {\n    let t = Instant::now();\n}");
        assert_eq!(findings, ["crates/oss-uploader/src/plan.rs:2: `Instant::now` does not belong here"]);
    }
}
