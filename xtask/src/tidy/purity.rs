//! Where no clock, socket, file or `async` may be.

use super::{Finding, Source};

/// A region of the tree and the code that must not occur in it.
struct Region {
    /// Files, or folders and the files of their names: `src/plan` is `src/plan.rs` and what is below `src/plan/`.
    files: &'static [&'static str],
    words: &'static [&'static str],
}

/// What decides is a function of its arguments: time and chance are among them, and nothing is waited for.
const DECIDES: &[&str] = &[
    "async",
    ".await",
    "tokio",
    "std::net",
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "::now",
    ".elapsed()",
    "fastrand",
];

const REGIONS: &[Region] = &[
    Region { files: &["crates/oss-uploader/src/plan", "crates/oss-downloader/src/plan"], words: DECIDES },
    Region { files: &["crates/oss-object-store/src/create", "crates/oss-object-store/src/keys"], words: DECIDES },
    Region {
        files: &[
            "crates/oss-sync/src/compare",
            "crates/oss-sync/src/delete_limits",
            "crates/oss-sync/src/entry",
            "crates/oss-sync/src/list/alphabet",
            "crates/oss-sync/src/list/division",
            "crates/oss-sync/src/merge",
        ],
        words: DECIDES,
    },
    Region {
        files: &[
            "crates/oss-transfer/src/layout",
            "crates/oss-transfer/src/concurrency",
            "crates/oss-transfer/src/retry",
            "crates/oss-transfer/src/hedging",
            "crates/oss-transfer/src/options",
        ],
        words: DECIDES,
    },
    Region {
        files: &["crates/oss-auth/src"],
        words: &["async", ".await", "tokio", "std::net", "Instant::now", "SystemTime::now", ".elapsed()"],
    },
    Region {
        files: &["crates/oss-models/src"],
        words: &["tokio", "std::net", "std::fs", "std::thread", "Instant::now", "SystemTime::now", ".elapsed()"],
    },
];

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let shipped = sources.iter().filter(|source| !source.is_test);
    shipped.flat_map(|source| REGIONS.iter().flat_map(|region| region.check(source))).collect()
}

impl Region {
    fn has(&self, name: &str) -> bool {
        let name = name.trim_end_matches(".rs");
        let rests = self.files.iter().filter_map(|folder| name.strip_prefix(folder));
        rests.into_iter().any(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn check(&self, source: &Source) -> Vec<Finding> {
        if !self.has(&source.name) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for word in self.words {
            let lines = source.lines_with(word).into_iter();
            findings.extend(lines.map(|line| format!("{}:{line}: `{word}` does not belong here", source.name)));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, text: &str) -> Vec<Finding> {
        check(&[Source::parse(name, text).unwrap()])
    }

    #[test]
    fn a_clock_in_the_plan_is_found_behind_a_test_too() {
        let text = "impl GrowingLayout {\n    #[cfg(test)]\n    fn a() {}\n    fn b() {\n        let t = Instant::now();\n    }\n}";
        for name in [
            "crates/oss-uploader/src/plan.rs",
            "crates/oss-uploader/src/plan/layout.rs",
            "crates/oss-transfer/src/layout.rs",
        ] {
            assert_eq!(findings(name, text), [format!("{name}:5: `::now` does not belong here")]);
        }
        assert_eq!(findings("crates/oss-uploader/src/planning.rs", text), Vec::<Finding>::new());
    }

    #[test]
    fn a_clock_that_is_read_by_elapsed_is_found() {
        let name = "crates/oss-auth/src/a.rs";
        assert_eq!(
            findings(name, "fn a(b: Instant) { b.elapsed(); }"),
            [format!("{name}:1: `.elapsed()` does not belong here")]
        );
    }
}
