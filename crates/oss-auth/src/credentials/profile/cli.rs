//! `~/.aliyun/config.json`, the profiles of the Alibaba Cloud CLI.

use std::path::Path;
use std::time::Duration;

use super::{Profile, invalid, read_file, required};
use crate::credentials::environment::Environment;
use crate::credentials::error::{CredentialsError, SourceKind};
use crate::credentials::json::{Object, WrongType};
use crate::credentials::process::ProcessSource;
use crate::credentials::source::{
    AssumeRole, AssumeRoleWithOidc, CredentialsSource, EcsRamRole, RoleSession, sts_endpoint_of,
};
use crate::credentials::{Credentials, trimmed};

const KIND: SourceKind = SourceKind::CliProfile;

/// Reads the CLI's file in the home directory.
///
/// # Errors
/// [`NotConfigured`](CredentialsError::NotConfigured) if there is no file, [`Invalid`](CredentialsError::Invalid) if the
/// profile is not in it, is incomplete, or has a mode that is not supported (`CloudSSO`, `OAuth`, `RsaKeyPair`).
pub fn read(environment: &Environment, profile: &Profile) -> Result<CredentialsSource, CredentialsError> {
    read_from(&environment.home_file(KIND, ".aliyun/config.json")?, environment, profile)
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
    // The parser's own message may quote a value.
    let object = Object::parse(text.as_bytes()).map_err(|error| {
        invalid(KIND, format!("{} is not the expected JSON (line {})", path.display(), error.line()))
    })?;
    let file = File::read(object).map_err(|wrong| invalid(KIND, format!("{}: {wrong}", path.display())))?;
    let name = match profile {
        Profile::Named(name) => name.clone(),
        Profile::Default => file
            .current
            .clone()
            .and_then(trimmed)
            .ok_or_else(|| invalid(KIND, format!("{} has no current profile", path.display())))?,
    };
    Reader { file: &file, environment, path: Vec::new() }.source(&name)
}

struct File {
    current: Option<String>,
    profiles: Vec<Entry>,
}

impl File {
    fn read(mut file: Object) -> Result<Self, WrongType> {
        let profiles = file.objects("profiles")?.into_iter().map(Entry::read).collect::<Result<_, _>>()?;
        Ok(Self { current: file.text("current")?, profiles })
    }
}

#[derive(Clone)]
struct Entry {
    name: String,
    mode: String,
    access_key_id: Option<String>,
    access_key_secret: Option<String>,
    sts_token: Option<String>,
    ram_role_arn: Option<String>,
    ram_session_name: Option<String>,
    role_session_name: Option<String>,
    ram_role_name: Option<String>,
    source_profile: Option<String>,
    expired_seconds: Option<u64>,
    policy: Option<String>,
    external_id: Option<String>,
    sts_region: Option<String>,
    enable_vpc: Option<bool>,
    oidc_provider_arn: Option<String>,
    oidc_token_file: Option<String>,
    process_command: Option<String>,
}

/// Follows `source_profile` from one profile to the next.
struct Reader<'a> {
    file: &'a File,
    environment: &'a Environment,
    /// The profiles on the way, to notice a circle.
    path: Vec<String>,
}

impl Reader<'_> {
    fn source(&mut self, name: &str) -> Result<CredentialsSource, CredentialsError> {
        if self.path.iter().any(|seen| seen == name) {
            return Err(invalid(KIND, format!("the profile {name:?} is its own source")));
        }
        self.path.push(name.to_owned());
        let entry = self.file.profiles.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| invalid(KIND, format!("there is no profile {name:?}")))?.clone();
        match entry.mode.as_str() {
            "AK" | "" => Ok(entry.keys()?.into()),
            "StsToken" => {
                let token = entry.require(entry.sts_token.clone(), "sts_token")?;
                Ok(entry.keys()?.with_security_token(token).into())
            }
            "RamRoleArn" => {
                let keys =
                    entry.keys()?.with_security_token(entry.sts_token.clone().and_then(trimmed).unwrap_or_default());
                self.role(&entry, keys.into())
            }
            "ChainableRamRoleArn" => {
                let base = self.source(&entry.require(entry.source_profile.clone(), "source_profile")?)?;
                self.role(&entry, base)
            }
            "EcsRamRole" => {
                let role = EcsRamRole::from_environment(self.environment);
                Ok(CredentialsSource::EcsRamRole(match entry.ram_role_name.clone().and_then(trimmed) {
                    Some(name) => role.role_name(name),
                    None => role,
                }))
            }
            "OIDC" => {
                let provider = entry.require(entry.oidc_provider_arn.clone(), "oidc_provider_arn")?;
                let token_file = entry.require(entry.oidc_token_file.clone(), "oidc_token_file")?;
                let role = AssumeRoleWithOidc::new(self.session(&entry)?, provider, token_file);
                Ok(CredentialsSource::AssumeRoleWithOidc(role))
            }
            "External" => {
                let command = entry.require(entry.process_command.clone(), "process_command")?;
                ProcessSource::parse(&command).map(CredentialsSource::Process)
            }
            mode => Err(invalid(KIND, format!("the mode {mode:?} of the profile {name:?} is not supported"))),
        }
    }

    fn role(&self, entry: &Entry, base: CredentialsSource) -> Result<CredentialsSource, CredentialsError> {
        Ok(CredentialsSource::AssumeRole(Box::new(AssumeRole::new(base, self.session(entry)?))))
    }

    fn session(&self, entry: &Entry) -> Result<RoleSession, CredentialsError> {
        let name = entry.ram_session_name.clone().and_then(trimmed);
        let session =
            RoleSession::from_environment(entry.require(entry.ram_role_arn.clone(), "ram_role_arn")?, self.environment)
                .session_name_or_default(name.or_else(|| entry.role_session_name.clone().and_then(trimmed)))
                .policy(entry.policy.clone().and_then(trimmed))
                .external_id(entry.external_id.clone().and_then(trimmed))
                .endpoint(sts_endpoint_of(
                    self.environment,
                    entry.sts_region.clone().and_then(trimmed),
                    entry.enable_vpc,
                ));
        // The CLI writes 0 where nothing was chosen.
        Ok(match entry.expired_seconds {
            None | Some(0) => session,
            Some(seconds) => session.duration(Duration::from_secs(seconds)),
        })
    }
}

impl Entry {
    fn read(mut entry: Object) -> Result<Self, WrongType> {
        let (expired_seconds, enable_vpc) = (entry.number("expired_seconds")?, entry.flag("enable_vpc")?);
        let mut text = |name| entry.text(name);
        Ok(Self {
            name: text("name")?.unwrap_or_default(),
            mode: text("mode")?.unwrap_or_default(),
            access_key_id: text("access_key_id")?,
            access_key_secret: text("access_key_secret")?,
            sts_token: text("sts_token")?,
            ram_role_arn: text("ram_role_arn")?,
            ram_session_name: text("ram_session_name")?,
            role_session_name: text("role_session_name")?,
            ram_role_name: text("ram_role_name")?,
            source_profile: text("source_profile")?,
            expired_seconds,
            policy: text("policy")?,
            external_id: text("external_id")?,
            sts_region: text("sts_region")?,
            enable_vpc,
            oidc_provider_arn: text("oidc_provider_arn")?,
            oidc_token_file: text("oidc_token_file")?,
            process_command: text("process_command")?,
        })
    }

    fn keys(&self) -> Result<Credentials, CredentialsError> {
        let id = self.require(self.access_key_id.clone(), "access_key_id")?;
        Ok(Credentials::new(id, self.require(self.access_key_secret.clone(), "access_key_secret")?))
    }

    fn require(&self, value: Option<String>, field: &str) -> Result<String, CredentialsError> {
        required(KIND, value.and_then(trimmed), &self.name, field)
    }
}
