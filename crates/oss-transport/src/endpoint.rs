//! Where requests go.

mod oss_host;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use oss_models::AddressStyle;

use self::oss_host::OssHost;

/// Where requests go: scheme, host, port, and how a bucket is addressed there.
///
/// URIs are put together from text that is encoded already and pass no URL parser, so `.` and `..` in a key stay what
/// they are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    scheme: Scheme,
    /// Lower case; IPv6 in brackets.
    host: String,
    port: Option<u16>,
    style: AddressStyle,
}

/// The hosts that a region has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegionHost {
    /// `oss-{region}.aliyuncs.com`, from anywhere.
    #[default]
    Public,
    /// `oss-{region}-internal.aliyuncs.com`, from inside the region.
    Internal,
    /// `{region}.oss.aliyuncs.com`, IPv4 and IPv6.
    DualStack,
    /// `oss-accelerate.aliyuncs.com`.
    Accelerate,
}

/// Why a text is not an endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EndpointError {
    reason: String,
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for EndpointError {}

impl EndpointError {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl Endpoint {
    /// Reads `[http://|https://]host[:port]`, with or without a slash and space around.
    ///
    /// Without a scheme it is `https`. The host is a name, an IPv4 address or an IPv6 address in brackets.
    ///
    /// # Errors
    /// [`EndpointError`] for a user name, path, query or fragment (they would be ignored by some clients and believed by
    /// others), another scheme, and hosts that only look like an IPv4 address, such as `127.1`.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            None => (Scheme::HTTPS, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::HTTPS, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::HTTP, rest),
            Some((scheme, _)) => {
                return Err(EndpointError::new(format!("scheme {scheme:?} is neither http nor https")));
            }
        };
        // A password may follow, so the text is not repeated.
        for (mark, part) in [('@', "a user name"), ('?', "a query"), ('#', "a fragment")] {
            if rest.contains(mark) {
                return Err(EndpointError::new(format!("an endpoint cannot have {part}")));
            }
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '\\']) {
            return Err(EndpointError::new(format!("{rest:?} has a path, which an endpoint cannot have")));
        }
        let (host, port) = split_port(rest)?;
        let host = check_host(host)?;
        let style = if is_path_only(&host) { AddressStyle::Path } else { AddressStyle::default() };
        Ok(Self { scheme, host, port, style })
    }

    /// The endpoint of a region, such as `cn-hangzhou`.
    ///
    /// # Errors
    /// [`EndpointError`] if the region is empty or has a character other than `a-z 0-9 -`.
    pub fn of_region(region: &str, host: RegionHost) -> Result<Self, EndpointError> {
        if region.is_empty() || !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(EndpointError::new(format!("region {region:?} is not made of a-z, 0-9 and -")));
        }
        Self::parse(&match host {
            RegionHost::Public => format!("oss-{region}.aliyuncs.com"),
            RegionHost::Internal => format!("oss-{region}-internal.aliyuncs.com"),
            RegionHost::DualStack => format!("{region}.oss.aliyuncs.com"),
            RegionHost::Accelerate => "oss-accelerate.aliyuncs.com".to_owned(),
        })
    }

    /// The same endpoint, reached over plain HTTP.
    #[must_use]
    pub fn without_tls(mut self) -> Self {
        self.scheme = Scheme::HTTP;
        self
    }

    /// The same endpoint with another address style. IP addresses and `localhost` keep [`AddressStyle::Path`].
    #[must_use]
    pub fn with_style(mut self, style: AddressStyle) -> Self {
        if !is_path_only(&self.host) {
            self.style = style;
        }
        self
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Whether it is reached over TLS.
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// `scheme://host[:port]`, an origin as in [RFC 6454, section 6.2](https://www.rfc-editor.org/rfc/rfc6454#section-6.2); the
    /// port only if it is not the scheme's own.
    ///
    /// **A persisted format**: records of unfinished transfers are known by this text, so a change would orphan every record
    /// that was written before.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority(None))
    }

    /// Port, if it was given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Host without port; IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The region that the host names, as the endpoints of OSS do: `oss-{region}.aliyuncs.com`, its `-internal` twin and
    /// `{region}.oss.aliyuncs.com`.
    pub fn region(&self) -> Option<&str> {
        OssHost::read(&self.host)?.region
    }

    /// Refuses an endpoint of OSS with a bucket in front, which a request would put there once more.
    pub(crate) fn check_no_bucket(&self) -> Result<(), EndpointError> {
        match OssHost::read(&self.host) {
            Some(OssHost { bucket: Some(bucket), endpoint, .. }) => Err(EndpointError::new(format!(
                "{:?} begins with the bucket {bucket}, which the request names: the endpoint is {endpoint}",
                self.host
            ))),
            _ => Ok(()),
        }
    }

    /// How a bucket is addressed.
    pub fn style(&self) -> AddressStyle {
        self.style
    }

    /// Whether the bucket is the first segment of the path.
    pub fn is_path_style(&self) -> bool {
        self.style == AddressStyle::Path
    }

    /// Whether the endpoint is on this machine.
    pub fn is_loopback(&self) -> bool {
        let v6 = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost"
            || self.host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || v6.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The value of `Host` for a request about `bucket`; the port is left out if it is the scheme's own.
    pub fn authority(&self, bucket: Option<&str>) -> String {
        let mut authority = String::with_capacity(self.host.len() + 72);
        if let Some(bucket) = bucket.filter(|_| self.style == AddressStyle::VirtualHost) {
            authority.push_str(bucket);
            authority.push('.');
        }
        authority.push_str(&self.host);
        let own_port = if self.is_tls() { 443 } else { 80 };
        if let Some(port) = self.port.filter(|port| *port != own_port) {
            authority.push_str(&format!(":{port}"));
        }
        authority
    }

    /// The URI of an encoded path and query at this endpoint, byte for byte.
    pub(crate) fn uri(&self, authority: &str, path_and_query: &str) -> Result<Uri, http::Error> {
        let authority: Authority = authority.parse()?;
        let target: PathAndQuery = path_and_query.parse()?;
        Uri::builder().scheme(self.scheme.clone()).authority(authority).path_and_query(target).build()
    }
}

/// [`Endpoint::origin`].
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), EndpointError> {
    let end_of_host = text.rfind(']').unwrap_or(0);
    let Some(colon) = text.rfind(':').filter(|colon| *colon > end_of_host) else {
        return Ok((text, None));
    };
    let (host, port) = text.split_at(colon);
    let digits = port.trim_start_matches(':');
    let number = digits.parse::<u16>().ok().filter(|port| *port > 0 && digits.bytes().all(|b| b.is_ascii_digit()));
    match number {
        Some(port) => Ok((host, Some(port))),
        None => Err(EndpointError::new(format!("{digits:?} is not a port"))),
    }
}

fn check_host(host: &str) -> Result<String, EndpointError> {
    if let Some(v6) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match v6.parse::<Ipv6Addr>() {
            Ok(ip) => Ok(format!("[{ip}]")),
            Err(_) => Err(EndpointError::new(format!("{host:?} is not an IPv6 address"))),
        };
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        return Err(EndpointError::new(format!("{host:?} is not a host name (an IPv6 address goes in brackets)")));
    }
    let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    if host.rsplit('.').next().is_some_and(is_number) && host.parse::<Ipv4Addr>().is_err() {
        return Err(EndpointError::new(format!("{host:?} is neither an IPv4 address nor a host name")));
    }
    Ok(host.to_ascii_lowercase())
}

/// Hosts below which there are no names for buckets.
fn is_path_only(host: &str) -> bool {
    host == "localhost" || host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use oss_auth::SigningRequest;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        match Endpoint::parse(text) {
            Ok(endpoint) => format!("{} {:?}", endpoint.origin(), endpoint.style()),
            Err(error) => error.to_string(),
        }
    }

    /// Rows: R92.
    #[test]
    fn endpoints_are_read_strictly() {
        for (text, expected) in [
            ("oss-cn-hangzhou.aliyuncs.com", "https://oss-cn-hangzhou.aliyuncs.com VirtualHost"),
            (" OSS-CN-Hangzhou.aliyuncs.com/\n", "https://oss-cn-hangzhou.aliyuncs.com VirtualHost"),
            ("HTTP://Example.com:8080", "http://example.com:8080 VirtualHost"),
            ("https://example.com:443/", "https://example.com VirtualHost"),
            ("http://127.0.0.1:80", "http://127.0.0.1 Path"),
            ("[::1]:9000", "https://[::1]:9000 Path"),
            ("http://localhost:9000", "http://localhost:9000 Path"),
            ("127.1", "\"127.1\" is neither an IPv4 address nor a host name"),
            ("2130706433", "\"2130706433\" is neither an IPv4 address nor a host name"),
            ("::1", "\":\" is not a host name (an IPv6 address goes in brackets)"),
            ("[::g]", "\"[::g]\" is not an IPv6 address"),
            ("https://host/path", "\"host/path\" has a path, which an endpoint cannot have"),
            ("https://user:secret@host", "an endpoint cannot have a user name"),
            ("https://host?x", "an endpoint cannot have a query"),
            ("host#x", "an endpoint cannot have a fragment"),
            ("ftp://host", "scheme \"ftp\" is neither http nor https"),
            ("host:0", "\"0\" is not a port"),
            ("host:+80", "\"+80\" is not a port"),
            ("", "\"\" is not a host name (an IPv6 address goes in brackets)"),
            ("a b", "\"a b\" is not a host name (an IPv6 address goes in brackets)"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn regions_have_the_documented_hosts() {
        let host = |kind| Endpoint::of_region("cn-hangzhou", kind).unwrap().host().to_owned();
        assert_eq!(host(RegionHost::Public), "oss-cn-hangzhou.aliyuncs.com");
        assert_eq!(host(RegionHost::Internal), "oss-cn-hangzhou-internal.aliyuncs.com");
        assert_eq!(host(RegionHost::DualStack), "cn-hangzhou.oss.aliyuncs.com");
        assert_eq!(host(RegionHost::Accelerate), "oss-accelerate.aliyuncs.com");
        assert!(Endpoint::of_region("cn_hangzhou", RegionHost::Public).is_err());
        assert!(Endpoint::of_region("", RegionHost::Public).is_err());
    }

    #[test]
    fn each_style_has_its_authority_and_an_ip_address_keeps_path_style() {
        let named = Endpoint::parse("https://example.com:444").unwrap();
        assert_eq!(named.authority(Some("demo")), "demo.example.com:444");
        assert_eq!(named.clone().with_style(AddressStyle::Path).authority(Some("demo")), "example.com:444");
        assert_eq!(named.with_style(AddressStyle::CustomDomain).authority(Some("demo")), "example.com:444");
        let ip = Endpoint::parse("http://10.0.0.1").unwrap().with_style(AddressStyle::CustomDomain);
        assert_eq!(ip.style(), AddressStyle::Path);
    }

    proptest! {
        /// Rows: R82.
        #[test]
        fn any_key_decodes_to_itself_from_the_uri(key in "\\PC{1,60}|(\\.{1,2}/){1,4}[ -~]{0,20}", path_style in any::<bool>()) {
            let style = if path_style { AddressStyle::Path } else { AddressStyle::VirtualHost };
            let endpoint = Endpoint::parse("oss.example.com").unwrap().with_style(style);
            let authority = endpoint.authority(Some("demo"));
            let request = SigningRequest::new(http::Method::GET).bucket("demo").key(key.as_str()).path_style(path_style);
            let uri = endpoint.uri(&authority, &request.path_and_query()).unwrap();
            let prefix = if path_style { "/demo/" } else { "/" };
            let decoded = oss_auth::encoding::decode(uri.path().strip_prefix(prefix).unwrap()).unwrap();
            prop_assert_eq!(decoded, key);
            prop_assert_eq!(uri.query(), None);
        }
    }
}
