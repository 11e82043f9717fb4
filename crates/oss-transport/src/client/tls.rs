use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CipherSuite, ClientConfig, RootCertStore};

/// Which certificate authorities are trusted, besides those that are added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TrustRoots {
    /// What the operating system trusts.
    #[cfg(feature = "native-roots")]
    Native,
    /// What Mozilla trusted when this was built.
    #[cfg(feature = "webpki-roots")]
    WebPki,
    /// Only those that are added.
    OnlyAdded,
}

impl Default for TrustRoots {
    /// The operating system's if compiled in, else Mozilla's if compiled in, else none.
    fn default() -> Self {
        #[cfg(feature = "native-roots")]
        return Self::Native;
        #[cfg(all(feature = "webpki-roots", not(feature = "native-roots")))]
        return Self::WebPki;
        #[cfg(not(any(feature = "native-roots", feature = "webpki-roots")))]
        return Self::OnlyAdded;
    }
}

/// Why TLS could not be configured.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A file of certificates could not be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// A PEM text without a certificate, or with one that cannot be read.
    Certificate(String),
    /// TLS 1.2 and 1.3 could not be configured.
    Setup(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, .. } => write!(f, "certificates could not be read from {}", path.display()),
            Self::Certificate(reason) => write!(f, "no usable certificate in the PEM text: {reason}"),
            Self::Setup(_) => f.write_str("TLS could not be configured"),
        }
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::Setup(error) => Some(error),
            _ => None,
        }
    }
}

/// The certificates in a PEM text.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| TlsError::Certificate(error.to_string()))?;
    if found.is_empty() {
        return Err(TlsError::Certificate("it has none".to_owned()));
    }
    Ok(found)
}

/// TLS 1.2 and 1.3 with the ring provider, which is passed explicitly: nothing is installed for the whole process.
pub(crate) fn tls_config(roots: TrustRoots, added: &[CertificateDer<'static>]) -> Result<ClientConfig, TlsError> {
    let mut store = RootCertStore::empty();
    for certificate in added {
        store.add(certificate.clone()).map_err(|error| TlsError::Certificate(error.to_string()))?;
    }
    match roots {
        #[cfg(feature = "native-roots")]
        TrustRoots::Native => add_native_roots(&mut store),
        #[cfg(feature = "webpki-roots")]
        TrustRoots::WebPki => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        TrustRoots::OnlyAdded => {}
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What encrypts. AES with 128 bits comes before 256, as in browsers and in Go: each block takes 10 rounds and not 14. A server
/// that prefers 256 still gets it.
fn provider() -> CryptoProvider {
    let mut provider = rustls::crypto::ring::default_provider();
    provider.cipher_suites.sort_by_key(|suite| !is_aes_128(suite.suite()));
    provider
}

fn is_aes_128(suite: CipherSuite) -> bool {
    matches!(
        suite,
        CipherSuite::TLS13_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    )
}

#[cfg(feature = "native-roots")]
fn add_native_roots(store: &mut RootCertStore) {
    let found = rustls_native_certs::load_native_certs();
    let (usable, unusable) = store.add_parsable_certificates(found.certs);
    if usable == 0 && store.is_empty() {
        let error = found.errors.first().map(ToString::to_string).unwrap_or_default();
        tracing::warn!(
            unusable,
            error,
            "the operating system has no trusted certificates: no TLS connection will be made"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aes_128_is_offered_first_and_nothing_is_left_out() {
        let offered: Vec<CipherSuite> = provider().cipher_suites.iter().map(|suite| suite.suite()).collect();
        assert!(offered.iter().take(3).all(|suite| is_aes_128(*suite)), "{offered:?}");
        assert_eq!(offered[0], CipherSuite::TLS13_AES_128_GCM_SHA256);
        assert_eq!(offered.len(), rustls::crypto::ring::default_provider().cipher_suites.len());
    }
}
