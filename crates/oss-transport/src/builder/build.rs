//! From options to a transport: what each option may be, what they may be together, and what is made of them.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use oss_auth::v4::cloud_box_id;
use oss_auth::{Product, SignatureVersion, Signer, V1Signer, V4Signer};
use oss_models::AddressStyle;

use super::{ConfigError, TransportBuilder, boxed};
use crate::checksum::ChecksumSettings;
use crate::clock::Clock;
use crate::credentials;
use crate::endpoint::{Endpoint, RegionHost};
use crate::http::{
    Connector, HttpClient, HttpSettings, Proxies, TcpDial, TlsError, TrustRoots, certificates, tls_config,
};
use crate::limits::{Limits, TimeLimits};
use crate::sign::SignSettings;
use crate::transport::{Parts, Transport};

impl TransportBuilder {
    /// Checks the options together and builds the transport. Reads the files and, if asked to, the environment; connects
    /// to nothing.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn build(self) -> Result<Transport, ConfigError> {
        self.check_values()?;
        let endpoint = self.resolve_endpoint()?;
        let signer = self.signer(&endpoint)?;
        let provider = match &self.provider {
            Some(provider) => Arc::clone(provider),
            None if self.credentials_from_environment => Arc::new(credentials::environment()?),
            None => return Err(ConfigError::NoCredentials),
        };
        let http = match self.http_service.clone() {
            Some(service) => service,
            None => boxed(self.http_client(&endpoint)?),
        };
        Ok(Transport::stack(Parts {
            limits: Limits {
                http,
                settings: TimeLimits {
                    read_write_timeout: self.read_write_timeout,
                    response_timeout: self.response_timeout,
                    complete_timeout: self.complete_timeout,
                    attempt_timeout: self.attempt_timeout,
                    min_rate: self.min_rate,
                },
                download: self.download_bandwidth,
            },
            checksums: ChecksumSettings {
                check_uploads: self.check_uploads,
                check_downloads: self.check_downloads,
                upload: self.upload_bandwidth,
            },
            sign: SignSettings {
                endpoint,
                signer,
                clock: Clock::default(),
                correct_clock_skew: self.correct_clock_skew,
                user_agent: user_agent(self.user_agent.as_deref())?,
                traffic_limit: self.traffic_limit,
            },
            provider,
            credentials_timeout: self.credentials_timeout,
            retry: self.retry,
            max_concurrency: self.max_concurrency,
            operation_timeout: self.operation_timeout,
            meters: self.meters,
        }))
    }

    fn check_values(&self) -> Result<(), ConfigError> {
        let refuse = |option, reason| Err(ConfigError::Value { option, reason });
        if self.retry.max_attempts == 0 {
            return refuse("max_attempts", "at least 1");
        }
        if self.max_concurrency.is_some_and(|calls| calls == 0 || calls > tokio::sync::Semaphore::MAX_PERMITS) {
            return refuse("max_concurrency", "at least 1");
        }
        if self.write_buffer_size < MIN_WRITE_BUFFER {
            return refuse("write_buffer_size", "at least 8 KiB");
        }
        for (option, limit) in [
            ("connect_timeout", self.connect_timeout),
            ("read_write_timeout", self.read_write_timeout),
            ("response_timeout", self.response_timeout),
            ("complete_timeout", self.complete_timeout),
            ("operation_timeout", self.operation_timeout.unwrap_or(Duration::MAX)),
            ("attempt_timeout", self.attempt_timeout.unwrap_or(Duration::MAX)),
            ("credentials_timeout", self.credentials_timeout),
        ] {
            if limit.is_zero() {
                return refuse(option, "more than zero");
            }
        }
        if self.traffic_limit.is_some_and(|limit| !TRAFFIC_LIMITS.contains(&limit)) {
            return refuse("traffic_limit", "245760 to 838860800 bit/s");
        }
        if self.proxy.is_some() && self.proxy_from_environment {
            return Err(ConfigError::Contradiction("proxy and proxy_from_environment"));
        }
        Ok(())
    }

    fn resolve_endpoint(&self) -> Result<Endpoint, ConfigError> {
        let host = match (self.internal, self.dual_stack, self.accelerate) {
            (false, false, false) => RegionHost::Public,
            (true, false, false) => RegionHost::Internal,
            (false, true, false) => RegionHost::DualStack,
            (false, false, true) => RegionHost::Accelerate,
            _ => {
                return Err(ConfigError::Contradiction("internal, dual-stack and accelerate endpoints"));
            }
        };
        let style = match (self.cname, self.path_style) {
            (true, true) => return Err(ConfigError::Contradiction("cname and path style")),
            (true, false) if self.endpoint.is_none() => {
                return Err(ConfigError::Missing { option: "use_cname", needs: "an endpoint" });
            }
            (true, false) => AddressStyle::CustomDomain,
            (false, true) => AddressStyle::Path,
            (false, false) => AddressStyle::VirtualHost,
        };
        let endpoint = match (&self.endpoint, &self.region) {
            (Some(text), _) => {
                let endpoint = Endpoint::parse(text.trim())?;
                if self.disable_ssl && !text.contains("://") { endpoint.without_tls() } else { endpoint }
            }
            (None, Some(region)) => {
                let endpoint = Endpoint::of_region(region, host)?;
                if self.disable_ssl { endpoint.without_tls() } else { endpoint }
            }
            (None, None) => return Err(ConfigError::NoEndpoint),
        };
        let endpoint = endpoint.with_style(style);
        if !endpoint.is_tls() && !endpoint.is_loopback() {
            tracing::warn!(
                host = endpoint.host(),
                "requests go over plain HTTP: anybody on the way can read and change them"
            );
        }
        Ok(endpoint)
    }

    fn signer(&self, endpoint: &Endpoint) -> Result<Signer, ConfigError> {
        if self.signature_version == SignatureVersion::V1 {
            return Ok(Signer::V1(V1Signer::new()));
        }
        let detected = if self.detect_cloud_box_id { cloud_box_id(endpoint.host()) } else { None };
        let cloud_box = self.cloud_box_id.as_deref().or(detected);
        let (region, product) = match (cloud_box, &self.region) {
            (Some(id), _) => (id, Product::CLOUD_BOX),
            (None, Some(region)) => (region.as_str(), Product::OSS),
            (None, None) if self.is_anonymous() => return Ok(Signer::Anonymous),
            (None, None) => {
                return Err(ConfigError::Missing { option: "a V4 signature", needs: "the region of the buckets" });
            }
        };
        Ok(Signer::V4(V4Signer::new(region, product)?.with_additional_headers(&self.additional_headers)?))
    }

    /// Whether it is known already that no request will be signed.
    fn is_anonymous(&self) -> bool {
        self.provider.as_ref().is_some_and(|provider| provider.is_anonymous())
    }

    fn http_client(&self, endpoint: &Endpoint) -> Result<HttpClient, ConfigError> {
        let proxies = match &self.proxy {
            Some(proxy) => Proxies::all(proxy.clone(), self.no_proxy.clone()),
            None if self.proxy_from_environment => Proxies::from_variables(|name| std::env::var(name).ok())?,
            None => Proxies::default(),
        };
        let mut added = Vec::new();
        for path in &self.ca_files {
            let pem = std::fs::read(path).map_err(|source| TlsError::Read { path: path.clone(), source })?;
            added.extend(certificates(&pem)?);
        }
        for pem in &self.root_certificates {
            added.extend(certificates(pem)?);
        }
        // Reading the system's certificates takes a while, and plain HTTP needs none.
        let needs_tls = endpoint.is_tls() || proxies.needs_tls();
        let roots = if needs_tls { self.trust_roots } else { TrustRoots::OnlyAdded };
        let dial = self
            .dial
            .clone()
            .unwrap_or_else(|| Arc::new(TcpDial { per_address: Some(self.connect_timeout / 3), ..self.tcp.clone() }));
        let connector = Connector { dial, tls: Arc::new(tls_config(roots, &added)?), proxies };
        let settings = HttpSettings {
            connect_timeout: self.connect_timeout,
            max_idle_per_host: self.max_idle_per_host,
            idle_timeout: self.idle_timeout,
            write_buffer: self.write_buffer_size,
        };
        Ok(HttpClient::new(connector, settings))
    }
}

/// The least that hyper takes.
const MIN_WRITE_BUFFER: usize = 8 * 1024;
/// What the service takes for `x-oss-traffic-limit`, in bit/s.
const TRAFFIC_LIMITS: std::ops::RangeInclusive<u64> = 245_760..=838_860_800;

/// `ossup/VERSION (os/-/arch)`, and a suffix.
fn user_agent(suffix: Option<&str>) -> Result<HeaderValue, ConfigError> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut text = format!("ossup/{} ({os}/-/{arch})", env!("CARGO_PKG_VERSION"));
    if let Some(suffix) = suffix {
        text = format!("{text}/{suffix}");
    }
    HeaderValue::from_str(&text).map_err(|_| ConfigError::Value { option: "user_agent", reason: "visible ASCII only" })
}
