//! Connections to the server, with TLS where its endpoint says so: as our own client configures it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CipherSuite, ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Where connections lead.
pub(crate) struct Network {
    port: u16,
    tls: Option<Arc<ClientConfig>>,
}

impl Network {
    /// To an endpoint. If its scheme is `https` the certificates in the file named by `SSL_CERT_FILE` are trusted.
    pub(crate) fn to(endpoint: &str) -> Result<Self> {
        let (scheme, host) = endpoint.split_once("://").context("an endpoint without a scheme")?;
        let (_, port) = host.rsplit_once(':').context("an endpoint without a port")?;
        Ok(Self { port: port.parse()?, tls: if scheme == "https" { Some(config()?) } else { None } })
    }

    /// A connection, ready for its first request.
    pub(crate) fn connect(&self) -> Result<(TcpStream, Option<Box<ClientConnection>>)> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_nodelay(true)?;
        let Some(config) = &self.tls else { return Ok((socket, None)) };
        let mut session = ClientConnection::new(config.clone(), ServerName::try_from("localhost")?)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        Ok((socket, Some(Box::new(session))))
    }
}

fn config() -> Result<Arc<ClientConfig>> {
    let file = std::env::var_os("SSL_CERT_FILE").context("missing variable: SSL_CERT_FILE")?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    let mut provider = rustls::crypto::ring::default_provider();
    // What ours offers first.
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Posts nothing to `target`, and prints the whole response: the way to an upload in parts that requests can be signed for.
pub(crate) fn post(endpoint: &str, target: &str) -> Result<()> {
    let head = format!("POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let response = match Network::to(endpoint)?.connect()? {
        (socket, None) => exchange(socket, &head)?,
        (socket, Some(session)) => exchange(StreamOwned::new(*session, socket), &head)?,
    };
    println!("{response}");
    Ok(())
}

fn exchange(mut stream: impl Read + Write, request: &str) -> Result<String> {
    stream.write_all(request.as_bytes())?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}
