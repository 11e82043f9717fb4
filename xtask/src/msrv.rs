//! The oldest compiler that each published crate says it needs.
//!
//! There is no such compiler here, so nothing is compiled by one. What is checked instead: that the crate's own code
//! names nothing of the standard library that is newer (`clippy::incompatible_msrv`, by the step "lints"), and that no
//! dependency, as locked, states a newer compiler for itself. New syntax and dependencies that state nothing would not be
//! noticed.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use crate::packages::{self, Package};
use crate::step;

/// Features whose dependencies need a newer compiler than the manifest states, as the manifest and the README say.
const NEWER: &[(&str, &str, &str)] = &[("oss-auth", "callback", "1.87"), ("oss-auth", "tower", "1.87")];

type Version = (u32, u32);

/// Checks every published crate: with all features, and without and with each of them where the promise is not the same for all.
///
/// # Errors
/// If a dependency needs a newer compiler.
pub(crate) fn run() -> Result<()> {
    let packages = packages::all()?;
    let stated: BTreeMap<String, Option<Version>> = packages
        .iter()
        .map(|package| {
            (format!("{} v{}", package.name, package.version), package.rust_version.as_deref().and_then(version))
        })
        .collect();
    let mut newer = Vec::new();
    for package in packages.iter().filter(|package| package.is_published()) {
        // What is fine with all features is fine with each of them: asked one by one, they take a `cargo tree` each.
        let all = package.choices().collect::<Vec<_>>().join(",");
        let tree_of_all = tree(&package.name, &all)?;
        let each: Vec<&str> = match judge(claim(package, "")?, &tree_of_all, &stated).is_empty() {
            true => vec![&all],
            false => std::iter::once("").chain(package.choices()).collect(),
        };
        for features in each {
            let claim = claim(package, features)?;
            let tree = if features == all { tree_of_all.clone() } else { tree(&package.name, features)? };
            let found = judge(claim, &tree, &stated);
            let with = if features.is_empty() { String::new() } else { format!(", {features}") };
            let silent = tree.iter().filter(|name| !stated.get(*name).is_some_and(Option::is_some)).count();
            println!(
                "{}{with}: {} dependencies, {silent} of them silent, are fine with Rust {}.{}",
                package.name,
                tree.len() - found.len(),
                claim.0,
                claim.1
            );
            newer.extend(found.iter().map(|name| format!("{}{with}: {name} needs a newer Rust", package.name)));
        }
    }
    if !newer.is_empty() {
        bail!("{}", newer.join("\n"));
    }
    Ok(())
}

/// The compiler that is promised for a package with a feature.
fn claim(package: &Package, feature: &str) -> Result<Version> {
    let newer = NEWER.iter().find(|(name, of, _)| *name == package.name && *of == feature);
    let text = newer.map(|(_, _, version)| *version).or(package.rust_version.as_deref());
    text.and_then(version).with_context(|| format!("{} states no `rust-version`", package.name))
}

/// The dependencies that state a newer compiler than `claim`.
fn judge<'a>(claim: Version, tree: &'a [String], stated: &BTreeMap<String, Option<Version>>) -> Vec<&'a String> {
    let is_newer = |name: &&String| stated.get(*name).copied().flatten().is_some_and(|version| version > claim);
    tree.iter().filter(is_newer).collect()
}

/// `name vVERSION` of everything that is built for `package`, itself left out.
fn tree(package: &str, features: &str) -> Result<Vec<String>> {
    let mut command = step::cargo();
    command.args(["tree", "--package", package, "--no-default-features", "--features", features]);
    let text = step::output(command.args(["-e", "normal,build", "--target", "all", "--prefix", "none"]))?;
    let mut names: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// `1.85` or `1.85.0`.
fn version(text: &str) -> Option<Version> {
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_that_states_a_newer_compiler_is_found() {
        let tree = ["a v1.0.0", "b v1.0.0", "c v1.0.0"].map(str::to_owned);
        let stated = [("a v1.0.0", version("1.85.1")), ("b v1.0.0", version("1.86")), ("c v1.0.0", None)];
        let stated = stated.map(|(name, version)| (name.to_owned(), version)).into();
        assert_eq!(judge((1, 85), &tree, &stated), ["b v1.0.0"]);
        assert_eq!(judge((1, 86), &tree, &stated), Vec::<&String>::new());
    }
}
