//! `~/.ossutilconfig`, the configuration of ossutil.

use std::path::Path;
use std::time::Duration;

use super::{Profile, invalid, read_file, required};
use crate::credentials::Credentials;
use crate::credentials::environment::Environment;
use crate::credentials::error::{CredentialsError, SourceKind};
use crate::credentials::ini;
use crate::credentials::process::ProcessSource;
use crate::credentials::source::{
    AssumeRole, AssumeRoleWithOidc, CredentialsSource, CredentialsUri, EcsRamRole, RoleSession, sts_endpoint_of,
};

const KIND: SourceKind = SourceKind::OssutilConfig;

/// Reads ossutil's file in the home directory.
///
/// The default profile is the section `[default]` of ossutil 2, else `[Credentials]` of ossutil 1; a named one is
/// `[profile name]`. Keys may differ in case, `-` and `_`. Modes are those of [`source_of`]; the names of the fields for a
/// role are those of ossutil's options *(unconfirmed for the file)*. `source_profile` and the `[AkService]` section of
/// ossutil 1 are not followed.
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
    let section = section.ok_or_else(|| invalid(KIND, format!("there is no section [{}]", names.join("] or ["))))?;
    let mode = section.value(&["mode"]).unwrap_or_default();
    source_of(&mode, section.name, &|name| section.value(&[name]), environment)
}

/// The source that the values of a profile describe, in this mode; `value` finds one by its name, with hyphens.
///
/// For programs that take some of the values from elsewhere. `profile` names it in errors. Modes: `AK` (also the empty
/// one), `StsToken`, `RamRoleArn`, `EcsRamRole`, `Process` (`credential-process`, split as a shell would, but run without
/// one), `OidcRoleArn` (`oidc-provider-arn`, `oidc-token-file-path`, `role-arn`) and `CredentialsUri` (`credential-uri`).
/// Without a mode and without keys, a `credential-process` or else a `credential-uri` is taken.
///
/// # Errors
/// [`Invalid`](CredentialsError::Invalid) if the mode is none of these, or a value that it needs is not there.
pub fn source_of(
    mode: &str,
    profile: &str,
    value: &dyn Fn(&str) -> Option<String>,
    environment: &Environment,
) -> Result<CredentialsSource, CredentialsError> {
    let require = |name: &str| required(KIND, value(name), profile, name);
    let keys = || {
        let credentials = Credentials::new(require("access-key-id")?, require("access-key-secret")?);
        Ok(credentials.with_security_token(value("sts-token").unwrap_or_default()))
    };
    let session = || {
        let role = value("role-arn").or_else(|| value("ram-role-arn"));
        let mut session = RoleSession::from_environment(required(KIND, role, profile, "role-arn")?, environment)
            .session_name_or_default(value("role-session-name"))
            .endpoint(sts_endpoint_of(environment, value("sts-region"), None));
        if let Some(seconds) = value("token-timeout").and_then(|text| text.parse().ok()) {
            session = session.duration(Duration::from_secs(seconds));
        }
        Ok(session)
    };
    match mode_of(mode, value) {
        "AK" => Ok(CredentialsSource::Static(keys()?)),
        "StsToken" => {
            require("sts-token")?;
            Ok(CredentialsSource::Static(keys()?))
        }
        "RamRoleArn" => {
            let session = session()?.external_id(value("external-id"));
            Ok(CredentialsSource::AssumeRole(Box::new(AssumeRole::new(keys()?, session))))
        }
        "EcsRamRole" => {
            let role = EcsRamRole::from_environment(environment);
            Ok(CredentialsSource::EcsRamRole(match value("ecs-role-name") {
                Some(name) => role.role_name(name),
                None => role,
            }))
        }
        "Process" => Ok(CredentialsSource::Process(ProcessSource::parse(&require("credential-process")?)?)),
        "OidcRoleArn" => {
            let (provider, token_file) = (require("oidc-provider-arn")?, require("oidc-token-file-path")?);
            Ok(CredentialsSource::AssumeRoleWithOidc(AssumeRoleWithOidc::new(session()?, provider, token_file)))
        }
        "CredentialsUri" => Ok(CredentialsSource::Uri(CredentialsUri::new(require("credential-uri")?))),
        other => Err(invalid(KIND, format!("the mode {other:?} of the section [{profile}] is not supported"))),
    }
}

/// The mode that is named, or the one that the values suggest.
fn mode_of<'a>(mode: &'a str, value: &dyn Fn(&str) -> Option<String>) -> &'a str {
    let has = |name| value(name).is_some();
    match mode {
        "" if has("access-key-id") => "AK",
        "" if has("credential-process") => "Process",
        "" if has("credential-uri") => "CredentialsUri",
        "" => "AK",
        mode => mode,
    }
}
