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
    ("oss-downloader", &["oss-models", "oss-transfer"]),
    ("oss-emulator", &["oss-auth", "oss-models"]),
    (
        "ossup",
        &["oss-auth", "oss-downloader", "oss-models", "oss-sync", "oss-transfer", "oss-transport", "oss-uploader"],
    ),
    ("oss-sync", &["oss-downloader", "oss-models", "oss-transfer", "oss-uploader"]),
    ("oss-object-store", &["ossup"]),
    ("ossup-cli", &["ossup", "oss-emulator"]),
    ("ossup-python", &["dependencies", "oss-emulator", "oss-transfer", "ossup", "ossup-cli"]),
    ("hot-paths", &["oss-auth", "oss-models", "ossup"]),
    ("bench-runner", &["oss-auth", "oss-models", "oss-sync", "oss-transfer", "xtask"]),
    ("conformance", &["ossup", "oss-auth", "oss-emulator", "sim", "xtask"]),
    ("sim", &["ossup", "oss-transfer"]),
    ("xtask", &[]),
];

/// The most crates that `cargo tree -p PACKAGE -e normal --prefix none` may name, itself included, and what must not be
/// among them.
const TREES: &[(&str, usize, &[&str])] = &[
    ("oss-auth", 25, &["tokio", "hyper", "rustls", "reqwest", "url"]),
    ("oss-models", 35, &["tokio", "hyper", "rustls", "ring"]),
    ("oss-transfer", 45, &["hyper", "rustls", "ring", "oss-transport", "oss-auth", "oss-uploader"]),
    ("oss-downloader", 50, &["hyper", "rustls", "ring", "oss-transport", "oss-auth", "oss-uploader"]),
    ("oss-uploader", 50, &["hyper", "rustls", "ring", "oss-transport", "oss-auth"]),
    ("oss-sync", 60, &["hyper", "rustls", "ring", "oss-transport", "oss-auth"]),
    ("oss-object-store", 130, &["openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys", "reqwest", "oss-emulator"]),
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
        findings.extend(judge(package, *limit, forbidden, &tree(package)?));
    }
    Ok(findings)
}

/// Judges what `cargo tree` printed.
fn judge(package: &str, limit: usize, forbidden: &[&str], tree: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = |line: &'_ str| line.split(' ').next().unwrap_or(line).to_owned();
    let names: BTreeSet<_> = tree.lines().map(name).collect();
    if names.len() > limit {
        findings.push(format!(
            "{package}: `cargo tree -p {package} -e normal --prefix none` names {} crates; at most {limit} are allowed",
            names.len()
        ));
    }
    let found = forbidden.iter().filter(|name| names.contains(**name));
    findings.extend(found.map(|name| format!("{package}: depends on {name}")));
    // It would run on the machine of everyone who builds a program that depends on us.
    if package == "oss-auth" {
        let macros: BTreeSet<_> = tree.lines().filter(|line| line.contains("(proc-macro)")).map(name).collect();
        findings.extend(macros.iter().map(|name| format!("{package}: depends on the procedural macro {name}")));
    }
    findings
}

fn direction() -> Result<Vec<Finding>> {
    let text = step::output(step::cargo().args(["metadata", "--format-version", "1", "--no-deps", "--offline"]))?;
    let metadata: Metadata = serde_json::from_str(&text).context("cargo metadata")?;
    Ok(astray(&metadata.packages))
}

fn astray(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let allowed = DIRECTION.iter().find(|(name, _)| *name == package.name).map_or(&[][..], |(_, allowed)| allowed);
        for dependency in package.dependencies.iter().filter(|d| d.kind.is_none() && d.path.is_some()) {
            if !allowed.contains(&dependency.name.as_str()) {
                findings.push(format!("{}: must not depend on {}", package.name, dependency.name));
            }
        }
    }
    findings
}

/// What `cargo tree` prints of the default, normal tree of `package`, itself included.
fn tree(package: &str) -> Result<String> {
    let arguments = ["tree", "--package", package, "-e", "normal", "--prefix", "none", "--offline"];
    step::output(step::cargo().args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crate that is needed twice has a second line, and one in two versions one name.
    const TREE: &str = "oss-auth v0.1.0 (/x)\nhttp v1.3.0\nbytes v1.1.0\nbytes v1.1.0 (*)\nbytes v0.9.0\n\
                        serde_derive v1.0.0 (proc-macro)";

    #[test]
    fn one_crate_too_many_is_found() {
        assert_eq!(judge("oss-models", 4, &["tokio"], TREE), Vec::<Finding>::new());
        let [finding] = judge("oss-models", 3, &[], TREE).try_into().unwrap();
        assert!(finding.ends_with("names 4 crates; at most 3 are allowed"), "{finding}");
    }

    #[test]
    fn a_forbidden_crate_and_a_procedural_macro_are_found() {
        assert_eq!(judge("oss-models", 9, &["http"], TREE), ["oss-models: depends on http"]);
        assert_eq!(judge("oss-auth", 9, &[], TREE), ["oss-auth: depends on the procedural macro serde_derive"]);
    }

    #[test]
    fn an_arrow_that_is_not_listed_is_found() {
        let dependency = |name: &str| Dependency { name: name.to_owned(), kind: None, path: Some("x".to_owned()) };
        let package = |name: &str, dependencies| Package { name: name.to_owned(), dependencies };
        let uploader = package("oss-uploader", vec![dependency("oss-transfer"), dependency("oss-downloader")]);
        let new = package("new", vec![dependency("oss-auth")]);
        assert_eq!(
            astray(&[uploader, new]),
            ["oss-uploader: must not depend on oss-downloader", "new: must not depend on oss-auth"]
        );
    }
}
