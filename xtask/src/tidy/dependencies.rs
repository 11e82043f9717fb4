//! Which crate may know which, and how large a tree may grow.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Finding;
use crate::step;

/// What each library may use of ours. A crate that is not listed here may use none.
const DIRECTION: &[(&str, &[&str])] = &[
    ("oss-auth", &[]),
    ("oss-models", &[]),
    ("oss-transport", &["oss-auth", "oss-models"]),
    ("oss-transfer", &["oss-models"]),
    ("oss-uploader", &["oss-models", "oss-transfer"]),
    ("oss-emulator", &["oss-auth", "oss-models"]),
    ("ossup", &["oss-auth", "oss-models", "oss-transport", "oss-uploader"]),
    ("ossup-cli", &["ossup", "oss-emulator"]),
    ("hot-paths", &["oss-auth", "oss-models"]),
    ("bench-runner", &["oss-auth", "oss-models", "xtask"]),
    ("conformance", &["ossup", "oss-auth", "oss-emulator", "xtask"]),
    ("xtask", &[]),
];

/// The most crates that `cargo tree -p PACKAGE -e normal --prefix none` may name, itself included, and what must not be
/// among them.
const TREES: &[(&str, usize, &[&str])] = &[
    ("oss-auth", 25, &["tokio", "hyper", "rustls", "reqwest", "url"]),
    ("oss-models", 35, &["tokio", "hyper", "rustls", "ring"]),
    ("oss-transfer", 45, &["hyper", "rustls", "ring", "oss-transport", "oss-auth", "oss-uploader"]),
    ("oss-uploader", 50, &["hyper", "rustls", "ring", "oss-transport", "oss-auth"]),
    ("ossup", 110, &["openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys", "oss-emulator"]),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `null` for a normal dependency.
    kind: Option<String>,
    /// Set for the crates of this workspace.
    path: Option<String>,
}

pub(super) fn check() -> Result<Vec<Finding>> {
    let mut findings = direction()?;
    for (package, limit, forbidden) in TREES {
        let lines = tree(package)?;
        if lines.len() > *limit {
            findings.push(format!(
                "{package}: `cargo tree -p {package} -e normal --prefix none` names {} crates; at most {limit} are allowed",
                lines.len()
            ));
        }
        for line in &lines {
            let name = line.split(' ').next().unwrap_or(line);
            if forbidden.contains(&name) {
                findings.push(format!("{package}: depends on {name}"));
            }
            // It would run on the machine of whoever builds a program that depends on us.
            if line.contains("(proc-macro)") && *package == "oss-auth" {
                findings.push(format!("{package}: depends on the procedural macro {name}"));
            }
        }
    }
    Ok(findings)
}

fn direction() -> Result<Vec<Finding>> {
    let text = step::output(step::cargo().args(["metadata", "--format-version", "1", "--no-deps", "--offline"]))?;
    let metadata: Metadata = serde_json::from_str(&text).context("cargo metadata")?;
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let allowed = DIRECTION.iter().find(|(name, _)| *name == package.name).map_or(&[][..], |(_, allowed)| allowed);
        for dependency in package.dependencies.iter().filter(|d| d.kind.is_none() && d.path.is_some()) {
            if !allowed.contains(&dependency.name.as_str()) {
                findings.push(format!("{}: must not depend on {}", package.name, dependency.name));
            }
        }
    }
    Ok(findings)
}

/// The distinct crates of the default, normal tree of `package`, itself included.
fn tree(package: &str) -> Result<BTreeSet<String>> {
    let text = step::output(step::cargo().args([
        "tree",
        "--package",
        package,
        "-e",
        "normal",
        "--prefix",
        "none",
        "--offline",
    ]))?;
    // A crate that is needed twice has a second line with this mark.
    Ok(text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect())
}
