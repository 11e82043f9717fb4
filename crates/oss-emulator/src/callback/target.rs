//! Where a callback goes.

use http::Uri;

/// The address of a callback server.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) uri: Uri,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_https: bool,
}

impl Target {
    /// A URL without a scheme means http.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let with_scheme = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: Uri = with_scheme.parse().ok()?;
        let is_https = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority()?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let has_port =
            authority.as_str().rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let port = match authority.port_u16() {
            Some(0) => return None,
            Some(port) => port,
            None if has_port => return None,
            None if is_https => 443,
            None => 80,
        };
        (!host.is_empty() && !authority.as_str().contains('@')).then_some(Self { uri, host, port, is_https })
    }

    pub(super) fn path(&self) -> &str {
        if self.uri.path().is_empty() { "/" } else { self.uri.path() }
    }
}
