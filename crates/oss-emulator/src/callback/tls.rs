//! TLS towards callback servers.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::core::Core;

/// Reads authorities that callback servers may have their certificates from.
///
/// # Errors
/// When there is none, or one is not PEM of a certificate.
pub(crate) fn authorities(pem: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let read = read.map_err(|error| invalid(format!("a callback authority is not PEM of a certificate: {error}")))?;
    if read.is_empty() {
        return Err(invalid("a callback authority has no certificate in it".to_owned()));
    }
    Ok(read)
}

/// Speaks TLS as the client. The name is sent along only if the callback asks for it, as OSS does it.
pub(super) async fn connect(
    core: &Core,
    stream: TcpStream,
    host: &str,
    sends_name: bool,
) -> Result<TlsStream<TcpStream>, String> {
    let roots = core.callback_roots.get_or_init(|| roots(core)).await;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| format!("has no valid name: {error}"))?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(Arc::clone(roots))
        .with_no_client_auth();
    config.enable_sni = sends_name;
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    connected.map_err(|error| format!("could not agree on TLS: {error}"))
}

/// The machine's authorities and those that were configured.
async fn roots(core: &Core) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let of_the_machine = tokio::task::spawn_blocking(|| rustls_native_certs::load_native_certs().certs).await;
    roots.add_parsable_certificates(of_the_machine.unwrap_or_default());
    roots.add_parsable_certificates(core.settings.callback_authorities.iter().cloned());
    Arc::new(roots)
}
