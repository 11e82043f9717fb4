//! What cargo says about the packages of the workspace.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::step;

/// One package of the workspace or of a registry.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// As the manifest states it.
    pub(crate) rust_version: Option<String>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// An empty list: it is not published.
    publish: Option<Vec<String>>,
    targets: Vec<Target>,
    /// `None` for the packages of the workspace.
    source: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

impl Package {
    /// Whether it is of the workspace and others may depend on it.
    pub(crate) fn is_published(&self) -> bool {
        self.source.is_none() && self.publish.is_none()
    }

    pub(crate) fn has_library(&self) -> bool {
        self.targets.iter().flat_map(|target| &target.kind).any(|kind| kind == "lib")
    }

    /// Names of its features but `default`.
    pub(crate) fn choices(&self) -> impl Iterator<Item = &str> {
        self.features.keys().map(String::as_str).filter(|feature| *feature != "default")
    }
}

/// Every package of the workspace and of its dependencies.
///
/// # Errors
/// If cargo fails; it may have to fetch the dependencies of other systems.
pub(crate) fn all() -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let text = step::output(step::cargo().args(["metadata", "--format-version", "1", "--all-features"]))?;
    Ok(serde_json::from_str::<Metadata>(&text).context("cargo metadata")?.packages)
}

/// The packages that are published, by name.
///
/// # Errors
/// As [`all`].
pub(crate) fn published() -> Result<Vec<Package>> {
    let mut packages = all()?;
    packages.retain(Package::is_published);
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}
