use std::error::Error;
use std::fmt;

/// The scheme is not the one that the server speaks at this port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WrongScheme {
    /// `https`, and what came back is not TLS.
    Https,
    /// `http`, and what came back is TLS.
    Http,
}

impl WrongScheme {
    /// Whether the first bytes that came over a connection without TLS are an alert or a handshake of TLS.
    pub(super) fn is_tls(first: &[u8]) -> bool {
        matches!(first, [21 | 22, 3, ..])
    }
}

impl fmt::Display for WrongScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Https => {
                "the server does not speak TLS at this port; for plain HTTP, write http:// in front of the host"
            }
            Self::Http => "the server speaks TLS at this port: write https:// in front of the host",
        })
    }
}

impl Error for WrongScheme {}
