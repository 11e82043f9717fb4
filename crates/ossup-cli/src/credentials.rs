//! Where credentials come from: one order for every command.

use std::path::PathBuf;

use clap::ValueEnum;
use ossup::auth::credentials::profile::{Profile, cli, ini, ossutil};
use ossup::auth::credentials::{
    AssumeRoleWithOidc, Chain, CredentialsError, CredentialsSource, CredentialsUri, EcsRamRole, Environment, SourceKind,
};

use crate::failure::sentence;

/// The order, as `--help` prints it.
pub(crate) const ORDER: &str = "\
Credentials come from the first of these that has some; never from arguments, which every process can read:
  1. the mode that --mode names, with values of the environment or the profile; no other is asked
  2. the profile that --profile or --config-file names; no other is asked
  3. OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary credentials, OSS_SESSION_TOKEN
  4. ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN
  5. the profile of ~/.ossutilconfig: the default one, or that of OSSUTIL_PROFILE
  6. a role by OIDC: ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN, ALIBABA_CLOUD_OIDC_TOKEN_FILE
  7. ~/.aliyun/config.json, unless ALIBABA_CLOUD_CLI_PROFILE_DISABLED is true
  8. ~/.alibabacloud/credentials
  9. the URL in ALIBABA_CLOUD_CREDENTIALS_URI
 10. the role of the ECS instance, unless ALIBABA_CLOUD_ECS_METADATA_DISABLED is true
Endpoint and region: the option, OSS_ENDPOINT and OSS_REGION, [buckets NAME] of the configuration for that bucket, the
profile; what a named profile or configuration says comes before the environment. ossup config check says what is used.

Each option of every command can be set by a variable: OSSUP_REGION stands for --region, OSSUP_READ_TIMEOUT for
--read-timeout. --ignore-env-var takes nothing from the environment.";

/// How to get credentials, as ossutil names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Mode {
    /// A long-lived access key.
    #[value(name = "AK")]
    AccessKey,
    /// A temporary access key with its token.
    #[value(name = "StsToken")]
    StsToken,
    /// A role that the access key may assume.
    #[value(name = "RamRoleArn")]
    RamRoleArn,
    /// The role of the ECS instance.
    #[value(name = "EcsRamRole")]
    EcsRamRole,
    /// What a command prints: credential-process.
    #[value(name = "Process")]
    Process,
    /// A role that an OIDC token may assume.
    #[value(name = "OidcRoleArn")]
    OidcRoleArn,
    /// What a URL responds: credential-uri.
    #[value(name = "CredentialsUri")]
    CredentialsUri,
    /// No signature.
    #[value(name = "Anonymous")]
    Anonymous,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::AccessKey => "AK",
            Self::StsToken => "StsToken",
            Self::RamRoleArn => "RamRoleArn",
            Self::EcsRamRole => "EcsRamRole",
            Self::Process => "Process",
            Self::OidcRoleArn => "OidcRoleArn",
            Self::CredentialsUri => "CredentialsUri",
            Self::Anonymous => "Anonymous",
        }
    }
}

/// A profile, as far as credentials are concerned.
pub(crate) struct ProfileValues<'a> {
    pub(crate) name: &'a str,
    pub(crate) path: Option<PathBuf>,
    pub(crate) exists: bool,
    /// Whether it was named by an option.
    pub(crate) is_explicit: bool,
    pub(crate) value: &'a dyn Fn(&str) -> Option<String>,
    /// A value of another profile, by its name and the key.
    pub(crate) of_other: &'a dyn Fn(&str, &str) -> Option<String>,
}

/// A place where credentials may come from.
struct Candidate {
    name: String,
    kind: SourceKind,
    /// `None` for requests without a signature.
    source: Result<Option<CredentialsSource>, CredentialsError>,
}

/// The sources of a command, in the order in which they are asked.
pub(crate) struct Sources {
    names: Vec<String>,
    is_anonymous: bool,
    /// Why nothing has to be asked: no source is configured.
    unconfigured: Option<String>,
    chain: Chain,
}

/// What became of a source.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Used,
    /// Why it had none.
    None(String),
    NotAsked,
}

impl Sources {
    /// The sources for this mode, if one is named, this profile and this environment.
    pub(crate) fn of(mode: Option<Mode>, profile: &ProfileValues<'_>, environment: &Environment) -> Self {
        let mut candidates = candidates(mode, profile, environment);
        // Behind one that surely has credentials no other is asked.
        let end = candidates
            .iter()
            .position(|candidate| matches!(candidate.source, Ok(None | Some(CredentialsSource::Static(_)))));
        let unread = end.map(|end| candidates.split_off(end + 1)).unwrap_or_default();
        let is_anonymous = candidates.last().is_some_and(|last| matches!(last.source, Ok(None)));
        let unconfigured = unconfigured(&candidates);
        let names = candidates.iter().chain(&unread).map(|candidate| candidate.name.clone()).collect();
        let links = candidates.into_iter().filter_map(|candidate| {
            let Candidate { kind, source, .. } = candidate;
            source.transpose().map(|source| (kind, source))
        });
        Self { names, is_anonymous, unconfigured, chain: Chain::of_configured(links) }
    }

    /// The chain that asks them; `None` for requests without a signature.
    pub(crate) fn chain(&self) -> Option<&Chain> {
        (!self.is_anonymous).then_some(&self.chain)
    }

    /// Why no request can be signed, if that is known before one.
    pub(crate) fn unconfigured(&self) -> Option<&str> {
        self.unconfigured.as_deref()
    }

    /// What became of each of them, once they were asked.
    pub(crate) fn outcomes(&self) -> Vec<(&str, Outcome)> {
        let report = self.chain.report().unwrap_or_default();
        let mut entries = report.entries().iter();
        let mut is_found = false;
        let outcome = |name| {
            let outcome = match entries.next() {
                Some(entry) => match &entry.error {
                    Some(error) => Outcome::None(sentence(error.as_ref())),
                    None => Outcome::Used,
                },
                // What is sent without a signature asked none of those before it, which are not configured.
                None if self.is_anonymous && !is_found => Outcome::Used,
                None => Outcome::NotAsked,
            };
            is_found |= outcome == Outcome::Used;
            (name, outcome)
        };
        self.names.iter().map(String::as_str).map(outcome).collect()
    }
}

/// Why there are no credentials, if no candidate is configured: of a source that is asked alone its own reason.
fn unconfigured(candidates: &[Candidate]) -> Option<String> {
    match candidates {
        [Candidate { source: Err(error), .. }] => Some(sentence(error)),
        candidates if candidates.iter().all(|candidate| candidate.source.is_err()) => Some(
            "there are no credentials: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or name a profile with --profile \
             (ossup config check says where they are looked for)"
                .to_owned(),
        ),
        _ => None,
    }
}

/// All that is asked for, in order.
fn candidates(mode: Option<Mode>, profile: &ProfileValues<'_>, environment: &Environment) -> Vec<Candidate> {
    if let Some(mode) = mode {
        let value = |name: &str| match profile.is_explicit {
            true => (profile.value)(name).or_else(|| variable(name, environment)),
            false => variable(name, environment).or_else(|| (profile.value)(name)),
        };
        let name = format!("--mode {}, with values of the environment or the profile {}", mode.name(), profile.name);
        return vec![of_mode(mode.name(), name, profile, &value, environment)];
    }
    if profile.is_explicit {
        return vec![of_profile(profile, environment)];
    }
    let cloud_profile = Profile::from_environment(environment);
    let of = |name: &str, kind, source: Result<CredentialsSource, CredentialsError>| Candidate {
        name: name.to_owned(),
        kind,
        source: source.map(Some),
    };
    let unless =
        |variable: &str, kind, source: &dyn Fn() -> Result<CredentialsSource, CredentialsError>| match environment
            .variable(variable)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        {
            true => Err(CredentialsError::NotConfigured { kind, missing: format!("{variable} is true") }),
            false => source(),
        };
    vec![
        of(
            "OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET",
            SourceKind::OssEnvironment,
            environment.oss_credentials().map(Into::into),
        ),
        of(
            "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            SourceKind::AlibabaCloudEnvironment,
            environment.alibaba_cloud_credentials().map(Into::into),
        ),
        of_profile(profile, environment),
        of(
            "ALIBABA_CLOUD_ROLE_ARN by OIDC",
            SourceKind::AssumeRoleWithOidc,
            AssumeRoleWithOidc::from_environment(environment).map(CredentialsSource::AssumeRoleWithOidc),
        ),
        of(
            "~/.aliyun/config.json",
            SourceKind::CliProfile,
            unless("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", SourceKind::CliProfile, &|| {
                cli::read(environment, &cloud_profile)
            }),
        ),
        of("~/.alibabacloud/credentials", SourceKind::IniProfile, ini::read(environment, &cloud_profile)),
        of(
            "ALIBABA_CLOUD_CREDENTIALS_URI",
            SourceKind::Uri,
            CredentialsUri::from_environment(environment).map(CredentialsSource::Uri),
        ),
        of(
            "the role of the ECS instance",
            SourceKind::EcsRamRole,
            unless("ALIBABA_CLOUD_ECS_METADATA_DISABLED", SourceKind::EcsRamRole, &|| {
                Ok(CredentialsSource::EcsRamRole(EcsRamRole::from_environment(environment)))
            }),
        ),
    ]
}

fn of_profile(profile: &ProfileValues<'_>, environment: &Environment) -> Candidate {
    let at = profile.path.as_deref().map_or_else(|| "~/.ossutilconfig".to_owned(), |path| path.display().to_string());
    let name = format!("the profile {} of {at}", profile.name);
    let mode = (profile.value)("mode").unwrap_or_default();
    let says_how = ["mode", "access-key-id", "credential-process", "credential-uri"];
    if !profile.is_explicit && !says_how.iter().any(|key| (profile.value)(key).is_some()) {
        let missing = match profile.exists {
            true => "the profile has neither a mode nor an access-key-id".to_owned(),
            false => format!("there is no profile {} in {at}", profile.name),
        };
        let kind = SourceKind::OssutilConfig;
        return Candidate { name, kind, source: Err(CredentialsError::NotConfigured { kind, missing }) };
    }
    of_mode(&mode, name, profile, profile.value, environment)
}

fn of_mode(
    mode: &str,
    name: String,
    profile: &ProfileValues<'_>,
    value: &dyn Fn(&str) -> Option<String>,
    environment: &Environment,
) -> Candidate {
    // As ossutil does, in any spelling.
    let known = Mode::from_str(mode, true).map(Mode::name).unwrap_or(mode);
    let source = match known {
        "Anonymous" => Ok(None),
        known => {
            let of = |name: &str, key: &str| match name == profile.name {
                true => value(key),
                false => (profile.of_other)(name, key),
            };
            ossutil::source_of_profiles(known, profile.name, &of, environment).map(Some)
        }
    };
    Candidate { name, kind: SourceKind::OssutilConfig, source }
}

/// The variable that stands for a key of a profile where a mode is named.
fn variable(key: &str, environment: &Environment) -> Option<String> {
    let names: &[&str] = match key {
        "access-key-id" => &["OSS_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "access-key-secret" => &["OSS_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        "sts-token" => &["OSS_SESSION_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN"],
        "role-arn" => &["OSS_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"],
        "role-session-name" => &["OSS_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"],
        "oidc-provider-arn" => &["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"],
        "oidc-token-file-path" => &["ALIBABA_CLOUD_OIDC_TOKEN_FILE"],
        "credential-uri" => &["ALIBABA_CLOUD_CREDENTIALS_URI"],
        "ecs-role-name" => &["ALIBABA_CLOUD_ECS_METADATA"],
        _ => &[],
    };
    names.iter().find_map(|name| environment.variable(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The candidates by their numbers in [`ORDER`], and whether each is configured; with the kind of its source.
    fn asked(mode: Option<Mode>, is_explicit: bool, profile: &[(&str, &str)], variables: &[(&str, &str)]) -> String {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let (values, variables) = (owned(profile), owned(variables));
        let find = |pairs: &[(String, String)], name: &str| {
            pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
        };
        let value = |name: &str| find(&values, name);
        let environment = Environment::new(move |name| find(&variables, name));
        let profile = ProfileValues {
            name: "default",
            path: None,
            exists: !values.is_empty(),
            is_explicit,
            value: &value,
            of_other: &|_, _| None,
        };
        let candidates = candidates(mode, &profile, &environment);
        let configured = candidates.iter().filter_map(|candidate| {
            Some(match candidate.source.as_ref().ok()? {
                Some(source) => format!("{}: {}", candidate.kind, source.kind()),
                None => "without a signature".to_owned(),
            })
        });
        configured.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn sources_are_asked_in_one_order() {
        let oss = [("OSS_ACCESS_KEY_ID", "a"), ("OSS_ACCESS_KEY_SECRET", "s")];
        let cloud = [("ALIBABA_CLOUD_ACCESS_KEY_ID", "a"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")];
        let oidc = [
            ("ALIBABA_CLOUD_ROLE_ARN", "r"),
            ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "p"),
            ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "f"),
        ];
        let uri = [("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1/")];
        let no_ecs = [("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")];
        let keys = [("access-key-id", "a"), ("access-key-secret", "s")];
        let all = [&oss[..], &cloud, &oidc, &uri].concat();
        assert_eq!(asked(None, false, &[], &[]), "ECS RAM role: ECS RAM role");
        assert_eq!(asked(None, false, &[], &no_ecs), "");
        assert_eq!(
            asked(None, false, &keys, &all),
            "environment OSS_*: static credentials, environment ALIBABA_CLOUD_*: static credentials, \
             ossutil configuration: static credentials, AssumeRoleWithOIDC: AssumeRoleWithOIDC, \
             credentials URI: credentials URI, ECS RAM role: ECS RAM role"
        );
        assert_eq!(asked(None, true, &keys, &all), "ossutil configuration: static credentials");
        // A profile without credentials, which may still name a region, stops no one.
        assert_eq!(
            asked(None, false, &[("region", "r")], &uri),
            "credentials URI: credentials URI, ECS RAM role: ECS RAM role"
        );
        assert_eq!(asked(None, true, &[("region", "r")], &all), "");
    }

    #[test]
    fn a_mode_takes_its_values_from_the_environment_or_the_profile() {
        let key = [("OSS_ACCESS_KEY_ID", "a"), ("OSS_ACCESS_KEY_SECRET", "s")];
        let role = [("role-arn", "acs:ram::1:role/r")];
        let oidc = [("oidc-provider-arn", "p"), ("oidc-token-file-path", "f"), role[0]];
        let process = [("credential-process", "print-keys --json")];
        for (mode, profile, variables, wanted) in [
            (Mode::AccessKey, &[][..], &key[..], "static credentials"),
            (Mode::AccessKey, &[("access-key-id", "a"), ("access-key-secret", "s")], &[], "static credentials"),
            (Mode::StsToken, &[], &key, ""),
            (Mode::RamRoleArn, &role, &key, "AssumeRole"),
            (Mode::RamRoleArn, &[], &key, ""),
            (Mode::EcsRamRole, &[], &key, "ECS RAM role"),
            (Mode::Process, &process, &key, "process"),
            (Mode::Process, &[], &key, ""),
            (Mode::OidcRoleArn, &oidc, &[], "AssumeRoleWithOIDC"),
            (Mode::CredentialsUri, &[("credential-uri", "http://h/")], &[], "credentials URI"),
        ] {
            let wanted = if wanted.is_empty() { String::new() } else { format!("ossutil configuration: {wanted}") };
            assert_eq!(asked(Some(mode), false, profile, variables), wanted, "{mode:?}");
        }
        assert_eq!(asked(Some(Mode::Anonymous), false, &[], &key), "without a signature");
        assert_eq!(asked(None, true, &[("mode", "anonymous")], &key), "without a signature");
        assert_eq!(asked(None, true, &[("mode", "process"), process[0]], &key), "ossutil configuration: process");
    }
}
