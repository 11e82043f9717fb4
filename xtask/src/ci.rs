//! The whole check, step by step, cheapest first.

use anyhow::Result;

use xtask::step;

use crate::tidy;

/// Feature sets that must build by themselves: a feature adds a choice and never changes what other code does.
const FEATURES: &[(&str, &[&str])] = &[
    ("oss-auth", &["", "callback", "tower"]),
    ("oss-transport", &["", "native-roots", "webpki-roots"]),
    ("ossup", &["", "native-roots", "webpki-roots", "blocking", "metrics", "callback", "tower"]),
];

pub(crate) fn run(tests_done: bool, offline: bool) -> Result<()> {
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
    step::run("examples", step::member("conformance").arg("examples"))?;
    if offline {
        println!("\nleft out: conformance and wire, which fetch the official SDKs");
    } else {
        step::run("conformance", step::member("conformance").arg("conformance"))?;
        step::run("wire", step::member("conformance").args(["wire", "--check"]))?;
    }
    println!("\nall checks passed");
    Ok(())
}
