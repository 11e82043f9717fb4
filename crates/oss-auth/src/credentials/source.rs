//! Descriptions of sources: what to ask, not the asking.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::Credentials;
use super::chain::Chain;
use super::environment::Environment;
use super::error::{CredentialsError, SourceKind};
use super::exchange::Exchange;
use super::process::ProcessSource;

/// A source of credentials, as a program or a profile describes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CredentialsSource {
    /// These very credentials.
    Static(Credentials),
    /// The output of a command.
    Process(ProcessSource),
    /// The metadata service of an ECS instance.
    EcsRamRole(EcsRamRole),
    /// A role, assumed with the credentials of another source.
    AssumeRole(Box<AssumeRole>),
    /// A role, assumed with an OIDC token.
    AssumeRoleWithOidc(AssumeRoleWithOidc),
    /// A URL that returns credentials.
    Uri(CredentialsUri),
    /// The first of several sources that has credentials.
    Chain(Chain),
}

impl CredentialsSource {
    /// What kind of source it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Static(_) => SourceKind::Static,
            Self::Process(_) => SourceKind::Process,
            Self::EcsRamRole(_) => SourceKind::EcsRamRole,
            Self::AssumeRole(_) => SourceKind::AssumeRole,
            Self::AssumeRoleWithOidc(_) => SourceKind::AssumeRoleWithOidc,
            Self::Uri(_) => SourceKind::Uri,
            Self::Chain(_) => SourceKind::Chain,
        }
    }

    /// Begins to fetch credentials.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        Exchange::new(self)
    }
}

impl From<Credentials> for CredentialsSource {
    fn from(credentials: Credentials) -> Self {
        Self::Static(credentials)
    }
}

/// The role of an ECS instance, from its metadata service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EcsRamRole {
    pub(super) role_name: Option<String>,
    pub(super) allow_v1: bool,
    pub(super) endpoint: String,
}

impl EcsRamRole {
    /// The role that the instance has, asked for with a metadata token, or without one where tokens are not served.
    #[must_use]
    pub fn new() -> Self {
        Self { role_name: None, allow_v1: true, endpoint: METADATA_ENDPOINT.to_owned() }
    }

    /// Names the role, which saves a request. Default: asked for.
    #[must_use]
    pub fn role_name(mut self, role_name: impl Into<String>) -> Self {
        self.role_name = Some(role_name.into());
        self
    }

    /// Whether to go on without a token if the metadata service does not give one. Default `true`.
    #[must_use]
    pub fn allow_v1(mut self, allow_v1: bool) -> Self {
        self.allow_v1 = allow_v1;
        self
    }

    /// Another metadata service, scheme and host. Default `http://100.100.100.200`.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into();
        self
    }

    /// Role name from `ALIBABA_CLOUD_ECS_METADATA`; no version 1 if `ALIBABA_CLOUD_IMDSV1_DISABLED` is `true`.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        Self {
            role_name: environment.variable("ALIBABA_CLOUD_ECS_METADATA"),
            allow_v1: !environment.is_true("ALIBABA_CLOUD_IMDSV1_DISABLED"),
            ..Self::new()
        }
    }
}

impl Default for EcsRamRole {
    fn default() -> Self {
        Self::new()
    }
}

const METADATA_ENDPOINT: &str = "http://100.100.100.200";

/// What both ways of assuming a role have in common.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoleSession {
    pub(super) role_arn: String,
    pub(super) session_name: Option<String>,
    pub(super) duration: Duration,
    pub(super) policy: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) endpoint: String,
}

impl RoleSession {
    /// A session of one hour in the role `acs:ram::<account>:role/<name>`.
    #[must_use]
    pub fn new(role_arn: impl Into<String>) -> Self {
        Self {
            role_arn: role_arn.into(),
            session_name: None,
            duration: DEFAULT_DURATION,
            policy: None,
            external_id: None,
            endpoint: sts_endpoint(None, false),
        }
    }

    /// As [`new`](Self::new), with the name from `ALIBABA_CLOUD_ROLE_SESSION_NAME` and the endpoint by
    /// `ALIBABA_CLOUD_STS_REGION` and `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED`.
    #[must_use]
    pub fn from_environment(role_arn: impl Into<String>, environment: &Environment) -> Self {
        Self {
            session_name: environment.variable("ALIBABA_CLOUD_ROLE_SESSION_NAME"),
            endpoint: sts_endpoint_of(environment, None, None),
            ..Self::new(role_arn)
        }
    }

    /// Names the session, for audit logs. Default: made of the time.
    #[must_use]
    pub fn session_name(mut self, name: impl Into<Option<String>>) -> Self {
        self.session_name = name.into();
        self
    }

    /// The name of a profile goes before the one of the environment.
    pub(super) fn session_name_or_default(self, name: Option<String>) -> Self {
        let name = name.or_else(|| self.session_name.clone());
        self.session_name(name)
    }

    /// How long the credentials are to last, in whole seconds. Default 1 h, at least 900 s, at most what the role allows.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }

    /// A policy (JSON) that narrows the role's own. Default: none.
    #[must_use]
    pub fn policy(mut self, policy: impl Into<Option<String>>) -> Self {
        self.policy = policy.into();
        self
    }

    /// The external id that the role's trust policy asks for. Only for AssumeRole. Default: none.
    #[must_use]
    pub fn external_id(mut self, external_id: impl Into<Option<String>>) -> Self {
        self.external_id = external_id.into();
        self
    }

    /// The STS endpoint, host or scheme and host. Default `sts.aliyuncs.com`, by HTTPS. See [`sts_endpoint`].
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into();
        self
    }

    pub(super) fn check(&self, kind: SourceKind) -> Result<(), CredentialsError> {
        if self.role_arn.is_empty() {
            return Err(CredentialsError::Invalid { kind, problem: "the role ARN is empty".to_owned() });
        }
        if self.duration < MIN_DURATION {
            let problem = format!("a session of {:?} is shorter than {MIN_DURATION:?}", self.duration);
            return Err(CredentialsError::Invalid { kind, problem });
        }
        Ok(())
    }
}

const DEFAULT_DURATION: Duration = Duration::from_secs(3600);
const MIN_DURATION: Duration = Duration::from_secs(900);

/// The host of STS: `sts.<region>.aliyuncs.com`, `sts-vpc.<region>.aliyuncs.com`, or without a region
/// `sts.aliyuncs.com`, even if `vpc` is asked for.
#[must_use]
pub fn sts_endpoint(region: Option<&str>, vpc: bool) -> String {
    match region {
        Some(region) => format!("{}.{region}.aliyuncs.com", if vpc { "sts-vpc" } else { "sts" }),
        None => "sts.aliyuncs.com".to_owned(),
    }
}

/// The endpoint by option, else by `ALIBABA_CLOUD_STS_REGION` and `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED`.
pub(super) fn sts_endpoint_of(environment: &Environment, region: Option<String>, vpc: Option<bool>) -> String {
    let region = region.or_else(|| environment.variable("ALIBABA_CLOUD_STS_REGION"));
    let vpc = vpc.unwrap_or_else(|| environment.is_true("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"));
    sts_endpoint(region.as_deref(), vpc)
}

/// A role, assumed with the credentials of another source (STS AssumeRole).
#[derive(Clone, Debug)]
pub struct AssumeRole {
    pub(super) base: CredentialsSource,
    pub(super) session: RoleSession,
}

impl AssumeRole {
    /// Assumes the role of `session` with what `base` gives, which may be an assumed role itself.
    pub fn new(base: impl Into<CredentialsSource>, session: RoleSession) -> Self {
        Self { base: base.into(), session }
    }
}

/// A role, assumed with an OIDC token (STS AssumeRoleWithOIDC), as in a pod of ACK with RRSA.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssumeRoleWithOidc {
    pub(super) session: RoleSession,
    pub(super) provider_arn: String,
    pub(super) token_file: PathBuf,
}

impl AssumeRoleWithOidc {
    /// Assumes the role of `session` with the content of `token_file`, which is read again for each exchange, since it is
    /// rotated.
    pub fn new(session: RoleSession, provider_arn: impl Into<String>, token_file: impl Into<PathBuf>) -> Self {
        Self { session, provider_arn: provider_arn.into(), token_file: token_file.into() }
    }

    /// From `ALIBABA_CLOUD_ROLE_ARN`, `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` and `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, and
    /// `ALIBABA_CLOUD_ROLE_SESSION_NAME` if it is there.
    ///
    /// # Errors
    /// [`CredentialsError::NotConfigured`] unless the first three are set.
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        let required = |name: &str| {
            environment.variable(name).ok_or_else(|| CredentialsError::NotConfigured {
                kind: SourceKind::AssumeRoleWithOidc,
                missing: format!("{name} is not set"),
            })
        };
        let session = RoleSession::from_environment(required("ALIBABA_CLOUD_ROLE_ARN")?, environment);
        let provider_arn = required("ALIBABA_CLOUD_OIDC_PROVIDER_ARN")?;
        Ok(Self::new(session, provider_arn, required("ALIBABA_CLOUD_OIDC_TOKEN_FILE")?))
    }
}

/// A URL that returns credentials to a GET.
#[derive(Clone, Eq, PartialEq)]
pub struct CredentialsUri {
    pub(super) url: String,
}

impl CredentialsUri {
    /// Asks this `http` or `https` URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// From `ALIBABA_CLOUD_CREDENTIALS_URI`.
    ///
    /// # Errors
    /// [`CredentialsError::NotConfigured`] unless it is set.
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        let url = environment.variable("ALIBABA_CLOUD_CREDENTIALS_URI");
        url.map(Self::new).ok_or_else(|| CredentialsError::NotConfigured {
            kind: SourceKind::Uri,
            missing: "ALIBABA_CLOUD_CREDENTIALS_URI is not set".to_owned(),
        })
    }
}

/// The path or the query may be what makes the URL secret.
impl fmt::Debug for CredentialsUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialsUri").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sts_endpoint_is_regional_only_with_a_region() {
        assert_eq!(sts_endpoint(None, false), "sts.aliyuncs.com");
        assert_eq!(sts_endpoint(None, true), "sts.aliyuncs.com");
        assert_eq!(sts_endpoint(Some("cn-beijing"), false), "sts.cn-beijing.aliyuncs.com");
        assert_eq!(sts_endpoint(Some("cn-beijing"), true), "sts-vpc.cn-beijing.aliyuncs.com");
    }

    #[test]
    fn oidc_needs_all_three_variables() {
        let environment = Environment::new(|name| (name != "ALIBABA_CLOUD_OIDC_TOKEN_FILE").then(|| "x".to_owned()));
        let error = AssumeRoleWithOidc::from_environment(&environment).unwrap_err();
        assert_eq!(error.to_string(), "AssumeRoleWithOIDC: ALIBABA_CLOUD_OIDC_TOKEN_FILE is not set");
    }
}
