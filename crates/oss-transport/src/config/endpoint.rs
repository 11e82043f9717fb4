use oss_auth::v4::cloud_box_id;
use oss_models::AddressStyle;

use super::{Config, ConfigError};
use crate::endpoint::{Endpoint, RegionHost};

#[derive(Clone, Debug, Default)]
pub(super) struct EndpointOptions {
    region: Option<String>,
    endpoint: Option<String>,
    disable_ssl: bool,
    internal: bool,
    dual_stack: bool,
    accelerate: bool,
    cname: bool,
    path_style: bool,
    cloud_box_id: Option<String>,
    detect_cloud_box_id: bool,
}

/// Where requests go.
impl Config {
    /// Sets the region of the buckets, such as `cn-hangzhou`. Default: the one that the endpoint names, if it does
    /// ([`Endpoint::region`]). Gives the endpoint unless one is set; V4 signs it in any case.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Endpoint`] for anything but small letters, digits and hyphens
    /// ([`ConfigError::Sign`] with an endpoint of your own), and [`ConfigError::NoEndpoint`] without region and endpoint.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.endpoint.region = Some(region.into());
        self
    }

    /// Sets the endpoint, `[http://|https://]host[:port]`; it wins over the region and its flags. Default: the region's.
    /// Without a scheme it is `https`, or `http` with [`disable_ssl`](Self::disable_ssl).
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Endpoint`] if it has a path, a query, a fragment or a user name, if
    /// the host is none, or if it is one of OSS with a bucket in front (but see [`use_cname`](Self::use_cname)).
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint.endpoint = Some(endpoint.into());
        self
    }

    /// Sets whether to use plain HTTP where the endpoint does not name a scheme. Default no. Anyone on the way can read and
    /// change what is sent.
    pub fn disable_ssl(mut self, disable: bool) -> Self {
        self.endpoint.disable_ssl = disable;
        self
    }

    /// Sets whether to use the region's endpoint for machines inside it. Default no.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Contradiction`] together with
    /// [`use_dualstack_endpoint`](Self::use_dualstack_endpoint) or
    /// [`use_accelerate_endpoint`](Self::use_accelerate_endpoint).
    pub fn use_internal_endpoint(mut self, internal: bool) -> Self {
        self.endpoint.internal = internal;
        self
    }

    /// Sets whether to use the region's endpoint with IPv4 and IPv6. Default no.
    ///
    /// # Errors
    /// As for [`use_internal_endpoint`](Self::use_internal_endpoint).
    pub fn use_dualstack_endpoint(mut self, dual_stack: bool) -> Self {
        self.endpoint.dual_stack = dual_stack;
        self
    }

    /// Sets whether to use the endpoint for transfer acceleration. Default no.
    ///
    /// # Errors
    /// As for [`use_internal_endpoint`](Self::use_internal_endpoint).
    pub fn use_accelerate_endpoint(mut self, accelerate: bool) -> Self {
        self.endpoint.accelerate = accelerate;
        self
    }

    /// Sets whether the endpoint is a domain of your own that stands for one bucket. Default no.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Missing`] without an [`endpoint`](Self::endpoint), and
    /// [`ConfigError::Contradiction`] together with [`use_path_style`](Self::use_path_style).
    pub fn use_cname(mut self, cname: bool) -> Self {
        self.endpoint.cname = cname;
        self
    }

    /// Sets whether to address a bucket as `endpoint/bucket/key` in place of `bucket.endpoint/key`. Default no; always so
    /// for IP addresses and `localhost`.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Contradiction`] together with [`use_cname`](Self::use_cname).
    pub fn use_path_style(mut self, path_style: bool) -> Self {
        self.endpoint.path_style = path_style;
        self
    }

    /// Sets the id of a cloud box, which is signed in place of the region. Default none.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Sign`] for an id that cannot be signed.
    pub fn cloud_box_id(mut self, id: impl Into<String>) -> Self {
        self.endpoint.cloud_box_id = Some(id.into());
        self
    }

    /// Sets whether to take the id of a cloud box from an endpoint of the form
    /// `cb-ID.REGION.oss-cloudbox[-control].aliyuncs.com`. Default no.
    pub fn enable_auto_detect_cloud_box_id(mut self, detect: bool) -> Self {
        self.endpoint.detect_cloud_box_id = detect;
        self
    }

    /// The endpoint that the options amount to.
    pub(crate) fn resolve_endpoint(&self) -> Result<Endpoint, ConfigError> {
        self.endpoint.resolve()
    }
}

impl EndpointOptions {
    fn resolve(&self) -> Result<Endpoint, ConfigError> {
        let host = match (self.internal, self.dual_stack, self.accelerate) {
            (false, false, false) => RegionHost::Public,
            (true, false, false) => RegionHost::Internal,
            (false, true, false) => RegionHost::DualStack,
            (false, false, true) => RegionHost::Accelerate,
            _ => {
                let options = "use_internal_endpoint, use_dualstack_endpoint and use_accelerate_endpoint";
                return Err(ConfigError::Contradiction(options));
            }
        };
        let style = match (self.cname, self.path_style) {
            (true, true) => return Err(ConfigError::Contradiction("use_cname and use_path_style")),
            (true, false) if self.endpoint.is_none() => {
                return Err(ConfigError::Missing { option: "use_cname", needs: "an endpoint" });
            }
            (true, false) => AddressStyle::CustomDomain,
            (false, true) => AddressStyle::Path,
            (false, false) => AddressStyle::VirtualHost,
        };
        let endpoint = match (&self.endpoint, &self.region) {
            (Some(text), _) => {
                let endpoint = Endpoint::parse(text)?;
                if style != AddressStyle::CustomDomain {
                    endpoint.check_no_bucket()?;
                }
                if self.disable_ssl && !text.contains("://") { endpoint.without_tls() } else { endpoint }
            }
            (None, Some(region)) => {
                let endpoint = Endpoint::of_region(region, host)?;
                if self.disable_ssl { endpoint.without_tls() } else { endpoint }
            }
            (None, None) => return Err(ConfigError::NoEndpoint),
        };
        Ok(endpoint.with_style(style))
    }

    /// The region of the buckets: the one that is set, or that the endpoint names.
    pub(super) fn region<'a>(&'a self, endpoint: &'a Endpoint) -> Option<&'a str> {
        self.region.as_deref().or(endpoint.region())
    }

    /// The id of the cloud box that the options or the endpoint name.
    pub(super) fn cloud_box<'a>(&'a self, endpoint: &'a Endpoint) -> Option<&'a str> {
        let detected = if self.detect_cloud_box_id { cloud_box_id(endpoint.host()) } else { None };
        self.cloud_box_id.as_deref().or(detected)
    }
}
