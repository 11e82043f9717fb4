use std::fmt;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use oss_models::CallErrorKind;

/// A place that connections lead to.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Origin {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
}

impl Origin {
    pub(super) fn of(uri: &Uri) -> Result<Self, CallErrorKind> {
        match (uri.scheme(), uri.authority()) {
            (Some(scheme), Some(authority)) => Ok(Self { scheme: scheme.clone(), authority: authority.clone() }),
            _ => Err(CallErrorKind::Connection("the request has no host to go to".into())),
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Host, IPv6 without brackets.
    pub(super) fn host(&self) -> &str {
        let host = self.authority.host();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(super) fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.is_tls() { 443 } else { 80 })
    }

    /// The URI that a connector is given.
    pub(super) fn uri(&self) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        // With all three parts it cannot fail.
        Uri::from_parts(parts).unwrap_or_default()
    }
}

/// Host and port, for errors.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.authority.host(), self.port())
    }
}
