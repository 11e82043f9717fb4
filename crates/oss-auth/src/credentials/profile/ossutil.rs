//! `~/.ossutilconfig`, the configuration of ossutil.

use std::path::Path;
use std::time::Duration;

use super::{Profile, invalid, read_file, required};
use crate::credentials::Credentials;
use crate::credentials::environment::Environment;
use crate::credentials::error::{CredentialsError, SourceKind};
use crate::credentials::ini::{self, Section};
use crate::credentials::source::{AssumeRole, CredentialsSource, EcsRamRole, RoleSession, sts_endpoint_of};

const KIND: SourceKind = SourceKind::OssutilConfig;

/// Reads ossutil's file in the home directory.
///
/// The default profile is the section `[default]` of ossutil 2, else `[Credentials]` of ossutil 1; a named one is
/// `[profile name]`. Keys may differ in case, `-` and `_`. Modes: `AK`, `StsToken`, `RamRoleArn`, `EcsRamRole`; the
/// names of the fields for a role are those of ossutil's options *(unconfirmed for the file)*. `source_profile` and the
/// `[AkService]` section of ossutil 1 are not followed.
///
/// # Errors
/// [`NotConfigured`](CredentialsError::NotConfigured) if there is no file, [`Invalid`](CredentialsError::Invalid) if the
/// profile is not in it, is incomplete, or has a mode without keys (`Anonymous`).
pub fn read(environment: &Environment, profile: &Profile) -> Result<CredentialsSource, CredentialsError> {
    read_from(&environment.home_file(KIND, ".ossutilconfig")?, environment, profile)
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
    let sections = ini::parse(&text);
    let names = match profile {
        Profile::Named(name) => vec![format!("profile {name}")],
        Profile::Default => ["default", "profile default", "credentials"].map(str::to_owned).to_vec(),
    };
    let section = names.iter().find_map(|name| sections.iter().find(|section| section.name.eq_ignore_ascii_case(name)));
    source(
        section.ok_or_else(|| invalid(KIND, format!("there is no section [{}]", names.join("] or ["))))?,
        environment,
    )
}

fn source(section: &Section<'_>, environment: &Environment) -> Result<CredentialsSource, CredentialsError> {
    let require = |fields: &[&str]| {
        required(KIND, section.value(fields), section.name, fields.first().copied().unwrap_or_default())
    };
    let keys = || {
        let credentials = Credentials::new(require(&["access-key-id"])?, require(&["access-key-secret"])?);
        Ok(credentials.with_security_token(section.value(&["sts-token"]).unwrap_or_default()))
    };
    let mode = section.value(&["mode"]).unwrap_or_default();
    match mode.as_str() {
        "" | "AK" => Ok(CredentialsSource::Static(keys()?)),
        "StsToken" => {
            require(&["sts-token"])?;
            Ok(CredentialsSource::Static(keys()?))
        }
        "RamRoleArn" => {
            let mut session = RoleSession::from_environment(require(&["role-arn", "ram-role-arn"])?, environment)
                .session_name_or_default(section.value(&["role-session-name"]))
                .external_id(section.value(&["external-id"]))
                .endpoint(sts_endpoint_of(environment, section.value(&["sts-region"]), None));
            if let Some(seconds) = section.value(&["token-timeout"]).and_then(|text| text.parse().ok()) {
                session = session.duration(Duration::from_secs(seconds));
            }
            Ok(CredentialsSource::AssumeRole(Box::new(AssumeRole::new(keys()?, session))))
        }
        "EcsRamRole" => {
            let role = EcsRamRole::from_environment(environment);
            Ok(CredentialsSource::EcsRamRole(match section.value(&["ecs-role-name"]) {
                Some(name) => role.role_name(name),
                None => role,
            }))
        }
        other => Err(invalid(KIND, format!("the mode {other:?} of the section [{}] is not supported", section.name))),
    }
}
