//! Another host to trust with the key: for tests.

use std::fmt;
use std::str::FromStr;

use http::uri::Authority;

/// A host that may give the key besides OSS's own: `http://HOST[:PORT]` or the same by HTTPS.
///
/// For tests against a server that signs callbacks with a key of its own, such as the emulator. **Anyone who controls
/// this host can forge callbacks**, so a program in production trusts none. The URL of a key must begin with these very
/// bytes and a slash: another scheme, port or spelling is another host.
///
/// ```
/// use oss_auth::callback::KeyHost;
///
/// let host: KeyHost = "http://127.0.0.1:9000".parse()?;
/// assert_eq!(host.as_str(), "http://127.0.0.1:9000/");
/// # Ok::<_, oss_auth::callback::InvalidKeyHost>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct KeyHost(String);

impl KeyHost {
    /// Scheme, host and port, with a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyHost {
    type Err = InvalidKeyHost;

    /// Takes it with the slash at the end or without.
    fn from_str(text: &str) -> Result<Self, InvalidKeyHost> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidKeyHost)?;
        let authority: Authority = rest.strip_suffix('/').unwrap_or(rest).parse().map_err(|_| InvalidKeyHost)?;
        let names_host = !authority.host().is_empty() && !authority.as_str().contains('@');
        if names_host && matches!(scheme, "http" | "https") {
            Ok(Self(format!("{scheme}://{authority}/")))
        } else {
            Err(InvalidKeyHost)
        }
    }
}

/// What is not the address of a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvalidKeyHost;

impl fmt::Display for InvalidKeyHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host to trust with keys has the form http://HOST[:PORT], without user, path or query")
    }
}

impl std::error::Error for InvalidKeyHost {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_scheme_a_name_and_a_port() {
        let read = |text: &str| text.parse::<KeyHost>().map(|host| host.0);
        for (text, host) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/"),
            ("https://[::1]:9000/", "https://[::1]:9000/"),
            ("http://keys.test", "http://keys.test/"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(host));
        }
        for text in [
            "",
            "/",
            "127.0.0.1:9000",
            "http:",
            "http://",
            "http:///",
            "http:///k.pem",
            "http://:80/",
            "ftp://keys.test/",
            "HTTP://keys.test/",
            "http://keys.test//",
            "http://keys.test/keys/",
            "http://keys.test/?",
            "http://keys.test#",
            "http://user@keys.test/",
            "http://keys.test @evil/",
            "http://keys.test\r\n/",
            " http://keys.test/",
        ] {
            assert_eq!(read(text), Err(InvalidKeyHost), "{text}");
        }
    }
}
