use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use http::uri::Authority;
use oss_auth::encoding::decode;

use super::origin::Origin;
use crate::endpoint::Endpoint;

/// A proxy for HTTP. TLS goes through it in a tunnel (CONNECT), plain HTTP is read by it.
///
/// A proxy that cannot be reached is an error; nothing goes past it.
#[derive(Clone)]
pub struct Proxy {
    origin: Origin,
    authorization: Option<HeaderValue>,
}

/// Why a text is not a proxy. It does not repeat the text, which may hold a password.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ProxyError {
    reason: String,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a proxy of the form http[s]://[user:password@]host[:port]: {}", self.reason)
    }
}

impl std::error::Error for ProxyError {}

impl Proxy {
    /// Reads `http[s]://[user:password@]host[:port]`; the port is 80 or 443 if not given, user name and password are
    /// percent-encoded.
    ///
    /// # Errors
    /// [`ProxyError`].
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let refuse = |reason: &str| ProxyError { reason: reason.to_owned() };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| refuse("it has no scheme"))?;
        let (login, host) = match rest.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, rest),
        };
        let endpoint = Endpoint::parse(&format!("{scheme}://{host}")).map_err(|error| refuse(&error.to_string()))?;
        let authorization = login.map(basic).transpose().map_err(refuse)?;
        let authority = endpoint.authority(None).parse::<Authority>().map_err(|error| refuse(&error.to_string()))?;
        Ok(Self { origin: Origin { scheme: endpoint.scheme().clone(), authority }, authorization })
    }

    /// Where it is.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Value of `Proxy-Authorization`.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("origin", &self.origin.to_string())
            .field("has_login", &self.authorization.is_some())
            .finish()
    }
}

fn basic(login: &str) -> Result<HeaderValue, &'static str> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let decoded = |text| decode(text).map_err(|_| "the user name or password is not percent-encoded text");
    let pair = format!("{}:{}", decoded(user)?, decoded(password)?);
    let mut value = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
        .map_err(|_| "the user name or password cannot be sent")?;
    value.set_sensitive(true);
    Ok(value)
}

/// Hosts that are reached without the proxy.
///
/// `NO_PROXY` has no standard. Here: entries separated by commas; `*` is every host; an IP address is that address; a
/// network such as `10.0.0.0/8` is every address in it; a name, with or without a leading dot, is that name and all names
/// below it. Ports are not looked at. Names are never resolved for this.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NoProxy(Vec<Rule>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Rule {
    Everything,
    Network(IpAddr, u32),
    Name(String),
}

impl NoProxy {
    /// Reads a list; entries that mean nothing are left out.
    pub fn parse(list: &str) -> Self {
        Self(list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).filter_map(Rule::parse).collect())
    }

    /// Whether `host` (IPv6 with or without brackets) is reached without the proxy.
    pub fn contains(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok();
        self.0.iter().any(|rule| match (rule, address) {
            (Rule::Everything, _) => true,
            (Rule::Network(network, bits), Some(address)) => is_within(address, *network, *bits),
            (Rule::Name(name), None) => {
                host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            _ => false,
        })
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Everything);
        }
        let (address, bits) = match entry.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (entry, None),
        };
        let address = address.trim_start_matches('[').trim_end_matches(']');
        match (address.parse::<IpAddr>(), bits) {
            (Ok(address), bits) => {
                let width = if address.is_ipv4() { 32 } else { 128 };
                Some(Self::Network(address, bits.unwrap_or(width))).filter(|_| bits.unwrap_or(width) <= width)
            }
            (Err(_), None) => {
                let name = entry.trim_start_matches("*.").trim_start_matches('.').to_ascii_lowercase();
                (!name.is_empty()).then_some(Self::Name(name))
            }
            (Err(_), Some(_)) => None,
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (address, network, width): (u128, u128, u32) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => (u32::from(a).into(), u32::from(n).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(n)) => (a.into(), n.into(), 128),
        _ => return false,
    };
    let shift = width.saturating_sub(bits);
    address.checked_shr(shift).unwrap_or(0) == network.checked_shr(shift).unwrap_or(0)
}

/// The proxies of a transport.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    pub(crate) http: Option<Proxy>,
    pub(crate) https: Option<Proxy>,
    pub(crate) except: NoProxy,
}

impl Proxies {
    /// This proxy for everything but some hosts.
    pub(crate) fn all(proxy: Proxy, except: NoProxy) -> Self {
        Self { http: Some(proxy.clone()), https: Some(proxy), except }
    }

    /// Whether a proxy itself is reached over TLS.
    pub(crate) fn needs_tls(&self) -> bool {
        [&self.http, &self.https].into_iter().flatten().any(|proxy| proxy.origin.is_tls())
    }

    /// What the environment says, by the names that are usual: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in
    /// small letters first. Empty is unset.
    pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ProxyError> {
        let get = |name: &str| {
            let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
            set(&name.to_ascii_lowercase()).or_else(|| set(name))
        };
        // A web server puts the header `Proxy` of its caller into this variable (CVE-2016-5385).
        let in_cgi = variable("REQUEST_METHOD").is_some();
        let http = if in_cgi { None } else { get("HTTP_PROXY") };
        let parse = |text: Option<String>| text.or_else(|| get("ALL_PROXY")).map(|text| with_scheme(&text)).transpose();
        Ok(Self {
            http: parse(http)?,
            https: parse(get("HTTPS_PROXY"))?,
            except: get("NO_PROXY").map(|list| NoProxy::parse(&list)).unwrap_or_default(),
        })
    }

    /// The proxy for requests to `origin`, if there is one.
    pub(super) fn get(&self, origin: &Origin) -> Option<&Proxy> {
        let proxy = if origin.is_tls() { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.except.contains(origin.host()))
    }
}

/// Environments often name a proxy without its scheme.
fn with_scheme(text: &str) -> Result<Proxy, ProxyError> {
    let text = text.trim();
    if text.contains("://") { Proxy::parse(text) } else { Proxy::parse(&format!("http://{text}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Rows: R92, R93.
    #[test]
    fn a_proxy_keeps_its_login_to_itself() {
        let proxy = Proxy::parse("http://me:s%40cret@proxy.example:3128").unwrap();
        assert_eq!(proxy.origin().to_string(), "proxy.example:3128");
        assert_eq!(proxy.authorization().unwrap(), &format!("Basic {}", BASE64_STANDARD.encode("me:s@cret")));
        assert!(!format!("{proxy:?} {:?}", proxy.authorization()).contains("cret"));
        for bad in ["proxy", "u:secret@h", "socks5://h", "http://u:secret@h/path", "http://u:%zz@h", "http://"] {
            let error = Proxy::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    /// Rows: R72.
    #[test]
    fn no_proxy_rules_are_exact() {
        let rules = NoProxy::parse("example.com, .internal ,10.0.0.0/8,192.168.1.1,[::1],/,1.2.3.4/33");
        for host in
            ["example.com", "a.Example.com", "x.internal", "internal", "10.9.8.7", "192.168.1.1", "[::1]", "::1"]
        {
            assert!(rules.contains(host), "{host}");
        }
        for host in ["notexample.com", "example.com.evil", "11.0.0.1", "192.168.1.2", "::2", "1.2.3.4"] {
            assert!(!rules.contains(host), "{host}");
        }
        assert!(NoProxy::parse("*").contains("anything"));
        assert!(!NoProxy::default().contains("anything"));
        assert!(NoProxy::parse("0.0.0.0/0").contains("1.2.3.4"));
    }

    /// Rows: R72.
    #[test]
    fn the_environment_is_read_by_its_usual_names() {
        let read = |pairs: &[(&str, &str)]| {
            let variables: HashMap<String, String> = pairs.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
            let proxies = Proxies::from_variables(|name| variables.get(name).cloned()).unwrap();
            let port = |uri| {
                let origin = Origin::of(&http::Uri::from_static(uri)).unwrap();
                proxies.get(&origin).map(|proxy| proxy.origin().port())
            };
            (port("http://a.example"), port("https://a.example"), port("https://b.example"))
        };
        assert_eq!(read(&[]), (None, None, None));
        assert_eq!(read(&[("ALL_PROXY", "p:1"), ("NO_PROXY", "b.example")]), (Some(1), Some(1), None));
        assert_eq!(
            read(&[("HTTPS_PROXY", "p:1"), ("https_proxy", "http://p:2"), ("HTTP_PROXY", "")]),
            (None, Some(2), Some(2))
        );
        assert_eq!(read(&[("HTTP_PROXY", "p:1"), ("REQUEST_METHOD", "GET")]), (None, None, None));
    }
}
