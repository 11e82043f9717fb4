use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use oss_auth::{Credentials, Product, SignatureVersion, Signer, V1Signer, V4Signer};

use super::{Config, ConfigError};
use crate::credentials::{CredentialsProvider, StaticProvider, environment};
use crate::endpoint::Endpoint;
use crate::layers::{CredentialsLayer, SignLayer, SignSettings};
use crate::transport::Identity;

#[derive(Clone)]
pub(super) struct CredentialsOptions {
    pub(super) provider: Option<Arc<dyn CredentialsProvider>>,
    pub(super) from_environment: bool,
    timeout: Duration,
    signature_version: SignatureVersion,
    additional_headers: Vec<String>,
    correct_clock_skew: bool,
    user_agent: Option<String>,
}

impl Default for CredentialsOptions {
    fn default() -> Self {
        Self {
            provider: None,
            from_environment: false,
            timeout: CredentialsLayer::TIMEOUT,
            signature_version: SignatureVersion::default(),
            additional_headers: Vec::new(),
            correct_clock_skew: true,
            user_agent: None,
        }
    }
}

/// Credentials and signing.
impl Config {
    /// Sets credentials that are used for every request. Default none, or those of the environment after
    /// [`load_default`](Self::load_default). Replaces a provider.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::NoCredentials`] without credentials from anywhere.
    pub fn credentials(self, credentials: Credentials) -> Self {
        self.credentials_provider(StaticProvider::new(credentials))
    }

    /// Sends requests without a signature, as a caller without an account. Replaces credentials and providers.
    pub fn anonymous(self) -> Self {
        self.credentials_provider(StaticProvider::anonymous())
    }

    /// Sets a provider of credentials, which is called before each attempt. Default none: the
    /// [`credentials`](Self::credentials).
    pub fn credentials_provider(self, provider: impl CredentialsProvider + 'static) -> Self {
        self.shared_credentials_provider(Arc::new(provider))
    }

    /// Sets a provider that is shared with others. Default none, as for
    /// [`credentials_provider`](Self::credentials_provider).
    pub fn shared_credentials_provider(mut self, provider: Arc<dyn CredentialsProvider>) -> Self {
        self.credentials.provider = Some(provider);
        self
    }

    /// Sets the limit for what the provider of credentials takes before an attempt. Default 60 s; more than zero.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Value`] for zero.
    pub fn credentials_timeout(mut self, limit: Duration) -> Self {
        self.credentials.timeout = limit;
        self
    }

    /// Sets the version of the signature. Default V4.
    pub fn signature_version(mut self, version: SignatureVersion) -> Self {
        self.credentials.signature_version = version;
        self
    }

    /// Sets the headers to sign besides those that are signed anyway (V4 only). Default none.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Sign`] for what is not the name of a header.
    pub fn additional_headers<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.credentials.additional_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether to sign with the server's time after it found ours wrong (`RequestTimeTooSkewed`). Default yes; at
    /// most a day is corrected.
    pub fn correct_clock_skew(mut self, correct: bool) -> Self {
        self.credentials.correct_clock_skew = correct;
        self
    }

    /// Sets what is appended to `User-Agent` after a `/`. Default nothing; visible ASCII and spaces.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Value`] for other characters.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.credentials.user_agent = Some(suffix.into());
        self
    }

    /// The layer that asks for credentials.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no provider.
    pub fn credentials_layer(&self) -> Result<CredentialsLayer, ConfigError> {
        Ok(CredentialsLayer::new(self.credentials.provider()?).credentials_timeout(self.credentials.timeout))
    }

    /// The layer that gives an attempt its address and its signature.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no endpoint, or nothing to sign with.
    pub fn sign_layer(&self) -> Result<SignLayer, ConfigError> {
        let layer = SignLayer::of_settings(self.sign_settings()?, self.clock.clone());
        Ok(layer.correct_clock_skew(self.credentials.correct_clock_skew))
    }

    fn sign_settings(&self) -> Result<SignSettings, ConfigError> {
        let endpoint = self.resolve_endpoint()?;
        Ok(SignSettings {
            signer: self.signer(&endpoint)?,
            endpoint,
            user_agent: user_agent(self.credentials.user_agent.as_deref())?,
            traffic_limit: self.limits.traffic_limit,
        })
    }

    /// What is addressed and signed with, also without the stack.
    pub(crate) fn identity(&self) -> Result<Identity, ConfigError> {
        Ok(Identity {
            sign: self.sign_settings()?,
            provider: self.credentials.provider()?,
            timeout: self.credentials.timeout,
            clock: self.clock.clone(),
        })
    }

    fn signer(&self, endpoint: &Endpoint) -> Result<Signer, ConfigError> {
        if self.credentials.signature_version == SignatureVersion::V1 {
            return Ok(Signer::V1(V1Signer::new()));
        }
        let (region, product) = match (self.endpoint.cloud_box(endpoint), self.endpoint.region(endpoint)) {
            (Some(id), _) => (id, Product::CLOUD_BOX),
            (None, Some(region)) => (region, Product::OSS),
            (None, None) if self.credentials.is_anonymous() => return Ok(Signer::Anonymous),
            (None, None) => {
                return Err(ConfigError::Missing { option: "a V4 signature", needs: "the region of the buckets" });
            }
        };
        Ok(Signer::V4(V4Signer::new(region, product)?.with_additional_headers(&self.credentials.additional_headers)?))
    }
}

impl CredentialsOptions {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        ConfigError::check_time("credentials_timeout", self.timeout)
    }

    pub(super) fn provider(&self) -> Result<Arc<dyn CredentialsProvider>, ConfigError> {
        match &self.provider {
            Some(provider) => Ok(Arc::clone(provider)),
            None if self.from_environment => Ok(Arc::new(environment()?)),
            None => Err(ConfigError::NoCredentials),
        }
    }

    /// Whether it is known already that no request will be signed.
    fn is_anonymous(&self) -> bool {
        self.provider.as_ref().is_some_and(|provider| provider.is_anonymous())
    }
}

impl fmt::Debug for CredentialsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialsOptions").finish_non_exhaustive()
    }
}

/// `ossup/VERSION (os/-/arch)`, and a suffix.
fn user_agent(suffix: Option<&str>) -> Result<HeaderValue, ConfigError> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut text = format!("ossup/{} ({os}/-/{arch})", env!("CARGO_PKG_VERSION"));
    if let Some(suffix) = suffix {
        text = format!("{text}/{suffix}");
    }
    HeaderValue::from_str(&text).map_err(|_| ConfigError::Value {
        option: "user_agent",
        allowed: "visible ASCII characters and spaces",
        got: format!("{:?}", suffix.unwrap_or_default()),
    })
}
