//! The whole check, step by step, cheapest first.

use anyhow::Result;

use crate::{examples, step, tidy};

/// Feature sets that must build by themselves: a feature adds a choice and never changes what other code does.
const FEATURES: &[(&str, &[&str])] = &[
    ("oss-auth", &["", "callback", "tower"]),
    ("oss-transport", &["", "native-roots", "webpki-roots"]),
    ("ossup", &["", "native-roots", "webpki-roots", "blocking"]),
];

pub(crate) fn run(tests_done: bool) -> Result<()> {
    step::run("format", step::cargo().args(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    step::run(
        "lints",
        step::cargo().args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
    )?;
    if !tests_done {
        step::run("tests", step::cargo().args(["test", "--workspace"]))?;
    }
    step::run(
        "docs",
        step::cargo().args(["doc", "--workspace", "--no-deps", "--all-features"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    for (package, sets) in FEATURES {
        for features in *sets {
            let mut check = step::cargo();
            check.args(["check", "--package", package, "--no-default-features", "--features", features]);
            step::run(
                &format!("features of {package}: {}", if features.is_empty() { "none" } else { features }),
                &mut check,
            )?;
        }
    }
    examples::run()?;
    println!("\nall checks passed");
    Ok(())
}
