//! Profiles in files of other tools: the Alibaba Cloud CLI, the credentials libraries, ossutil.

pub mod cli;
pub mod ini;
pub mod ossutil;

use std::fs;
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use super::environment::Environment;
use super::error::{CredentialsError, SourceKind};

/// Which profile of a file to take.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Profile {
    /// The one that the file itself calls the current or default one.
    #[default]
    Default,
    /// The one of this name.
    Named(String),
}

impl Profile {
    /// The one that `ALIBABA_CLOUD_PROFILE` names, else the default one.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        environment.variable("ALIBABA_CLOUD_PROFILE").map_or(Self::Default, Self::Named)
    }
}

/// Reads a file; its text is wiped when dropped.
#[expect(clippy::disallowed_methods, reason = "profiles are files of other tools")]
fn read_file(kind: SourceKind, path: &Path) -> Result<Zeroizing<String>, CredentialsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(CredentialsError::NotConfigured { kind, missing: format!("there is no {}", path.display()) })
        }
        Err(source) => Err(CredentialsError::File { kind, path: path.to_owned(), source }),
    }
}

fn invalid(kind: SourceKind, problem: String) -> CredentialsError {
    CredentialsError::Invalid { kind, problem }
}

/// A field that a profile has to have.
fn required(kind: SourceKind, value: Option<String>, profile: &str, field: &str) -> Result<String, CredentialsError> {
    value.ok_or_else(|| invalid(kind, format!("the profile {profile:?} has no {field}")))
}
