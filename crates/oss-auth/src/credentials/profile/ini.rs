//! `~/.alibabacloud/credentials`, the profiles of the Alibaba Cloud credentials libraries.

use std::path::{Path, PathBuf};

use super::{Profile, invalid, read_file, required};
use crate::credentials::Credentials;
use crate::credentials::environment::Environment;
use crate::credentials::error::{CredentialsError, SourceKind};
use crate::credentials::ini::{self, Section};
use crate::credentials::source::{AssumeRole, AssumeRoleWithOidc, CredentialsSource, EcsRamRole, RoleSession};

const KIND: SourceKind = SourceKind::IniProfile;

/// Reads the file that `ALIBABA_CLOUD_CREDENTIALS_FILE` names, else `~/.alibabacloud/credentials`, else
/// `~/.alibabacloud/credentials.ini`.
///
/// # Errors
/// [`NotConfigured`](CredentialsError::NotConfigured) if there is no file, [`Invalid`](CredentialsError::Invalid) if the
/// profile is not in it, is incomplete, or has a type that is not supported (`rsa_key_pair`).
pub fn read(environment: &Environment, profile: &Profile) -> Result<CredentialsSource, CredentialsError> {
    read_from(&path(environment)?, environment, profile)
}

/// Reads another file of that form.
///
/// # Errors
/// As [`read`].
pub fn read_from(
    path: &Path,
    environment: &Environment,
    profile: &Profile,
) -> Result<CredentialsSource, CredentialsError> {
    let text = read_file(KIND, path)?;
    let name = match profile {
        Profile::Named(name) => name,
        Profile::Default => "default",
    };
    let sections = ini::parse(&text);
    let section = sections.iter().find(|section| section.name == name);
    source(section.ok_or_else(|| invalid(KIND, format!("there is no profile {name:?}")))?, environment)
}

fn path(environment: &Environment) -> Result<PathBuf, CredentialsError> {
    if let Some(path) = environment.variable("ALIBABA_CLOUD_CREDENTIALS_FILE") {
        return Ok(PathBuf::from(path));
    }
    let path = environment.home_file(KIND, ".alibabacloud/credentials")?;
    let with_extension = path.with_extension("ini");
    Ok(if !path.exists() && with_extension.exists() { with_extension } else { path })
}

fn source(section: &Section<'_>, environment: &Environment) -> Result<CredentialsSource, CredentialsError> {
    let require = |field: &str| required(KIND, section.value(&[field]), section.name, field);
    let keys = || Ok(Credentials::new(require("access_key_id")?, require("access_key_secret")?));
    let session = || {
        Ok(RoleSession::from_environment(require("role_arn")?, environment)
            .session_name_or_default(section.value(&["role_session_name"]))
            .policy(section.value(&["policy"])))
    };
    match require("type")?.as_str() {
        "access_key" => Ok(CredentialsSource::Static(keys()?)),
        "ecs_ram_role" => {
            let role = EcsRamRole::from_environment(environment);
            Ok(CredentialsSource::EcsRamRole(match section.value(&["role_name"]) {
                Some(name) => role.role_name(name),
                None => role,
            }))
        }
        "ram_role_arn" => Ok(CredentialsSource::AssumeRole(Box::new(AssumeRole::new(keys()?, session()?)))),
        "oidc_role_arn" => {
            let token_file = require("oidc_token_file_path")?;
            let role = AssumeRoleWithOidc::new(session()?, require("oidc_provider_arn")?, token_file);
            Ok(CredentialsSource::AssumeRoleWithOidc(role))
        }
        other => Err(invalid(KIND, format!("the type {other:?} of the profile {:?} is not supported", section.name))),
    }
}
