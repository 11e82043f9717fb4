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
/// role are those of ossutil's options *(unconfirmed for the file)*. The `source-profile` of a role is followed; the
/// `[AkService]` section of ossutil 1 is not.
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
    let value = |profile: &str, key: &str| {
        if profile == section.name {
            return section.value(&[key]);
        }
        let named = format!("profile {profile}");
        let is_it = |name: &str| name.eq_ignore_ascii_case(profile) || name.eq_ignore_ascii_case(&named);
        sections.iter().find(|section| is_it(section.name))?.value(&[key])
    };
    source_of_profiles(&mode, section.name, &value, environment)
}

/// As [`source_of`], for a file with several profiles: `value` finds a value by the name of its profile and its own, so that
/// a role (`RamRoleArn`) may be assumed with what another profile gives, its `source-profile`, in whatever mode that is.
///
/// # Errors
/// As [`source_of`], and [`Invalid`](CredentialsError::Invalid) if profiles are the source of one another.
pub fn source_of_profiles(
    mode: &str,
    profile: &str,
    value: &dyn Fn(&str, &str) -> Option<String>,
    environment: &Environment,
) -> Result<CredentialsSource, CredentialsError> {
    chained(mode, profile, value, environment, &mut vec![profile.to_owned()])
}

fn chained(
    mode: &str,
    profile: &str,
    value: &dyn Fn(&str, &str) -> Option<String>,
    environment: &Environment,
    path: &mut Vec<String>,
) -> Result<CredentialsSource, CredentialsError> {
    let of_profile = |name: &str| value(profile, name);
    let Some(base) = of_profile("source-profile").filter(|_| mode_of(mode, &of_profile) == "RamRoleArn") else {
        return source_of(mode, profile, &of_profile, environment);
    };
    let is_loop = path.contains(&base);
    path.push(base.clone());
    if is_loop {
        return Err(invalid(KIND, format!("the source-profile leads in a circle: {}", path.join(", "))));
    }
    let mode = value(&base, "mode").unwrap_or_default();
    let source = chained(&mode, &base, value, environment, path)?;
    role(source, profile, &of_profile, environment)
}

/// The role of a profile, assumed with this.
fn role(
    base: CredentialsSource,
    profile: &str,
    value: &dyn Fn(&str) -> Option<String>,
    environment: &Environment,
) -> Result<CredentialsSource, CredentialsError> {
    let session = session(profile, value, environment)?.external_id(value("external-id"));
    Ok(CredentialsSource::AssumeRole(Box::new(AssumeRole::new(base, session))))
}

fn session(
    profile: &str,
    value: &dyn Fn(&str) -> Option<String>,
    environment: &Environment,
) -> Result<RoleSession, CredentialsError> {
    let role = value("role-arn").or_else(|| value("ram-role-arn"));
    let mut session = RoleSession::from_environment(required(KIND, role, profile, "role-arn")?, environment)
        .session_name_or_default(value("role-session-name"))
        .endpoint(sts_endpoint_of(environment, value("sts-region"), None));
    if let Some(seconds) = value("token-timeout").and_then(|text| text.parse().ok()) {
        session = session.duration(Duration::from_secs(seconds));
    }
    Ok(session)
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
    match mode_of(mode, value) {
        "AK" => Ok(CredentialsSource::Static(keys()?)),
        "StsToken" => {
            require("sts-token")?;
            Ok(CredentialsSource::Static(keys()?))
        }
        "RamRoleArn" => role(keys()?.into(), profile, value, environment),
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
            Ok(CredentialsSource::AssumeRoleWithOidc(AssumeRoleWithOidc::new(
                session(profile, value, environment)?,
                provider,
                token_file,
            )))
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
