use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::uri::Authority;
use oss_models::CallErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::io::Stream;
use super::origin::Origin;
use super::proxy::{Proxies, Proxy};
use crate::call::BoxFuture;

/// Opens connections. The place to put an in-memory network under the real HTTP client.
pub trait Dial: Send + Sync + 'static {
    /// Opens a connection to `host` (IPv6 without brackets) and `port`.
    ///
    /// # Errors
    /// Why there is no connection; nothing was sent.
    fn dial(&self, host: &str, port: u16) -> BoxFuture<'static, io::Result<Box<dyn Stream>>>;
}

/// Opens connections over TCP: asks the system for the addresses each time, tries them in their order.
#[derive(Clone, Debug, Default)]
pub struct TcpDial {
    bind_address: Option<IpAddr>,
    send_buffer_size: Option<u32>,
    address_timeout: Option<Duration>,
}

impl TcpDial {
    /// The system's choice in everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the source address. Default: the system's choice.
    #[must_use]
    pub fn bind_address(mut self, address: IpAddr) -> Self {
        self.bind_address = Some(address);
        self
    }

    /// Sets the size of the system's send buffer, in bytes. Default: the system's choice, but under Linux 256 KiB if the
    /// connection took less than half a millisecond to open.
    #[must_use]
    pub fn send_buffer_size(mut self, bytes: u32) -> Self {
        self.send_buffer_size = Some(bytes);
        self
    }

    /// Sets the longest time for one address when there are others to try. Default: a third of `connect_timeout` in a
    /// transport, else none.
    #[must_use]
    pub fn address_timeout(mut self, limit: Duration) -> Self {
        self.address_timeout = Some(limit);
        self
    }
}

impl Dial for TcpDial {
    fn dial(&self, host: &str, port: u16) -> BoxFuture<'static, io::Result<Box<dyn Stream>>> {
        let (this, host) = (self.clone(), host.to_owned());
        Box::pin(async move {
            let mut addresses: Vec<_> = tokio::net::lookup_host((host.as_str(), port)).await?.collect();
            if let Some(own) = this.bind_address {
                addresses.retain(|address| address.is_ipv4() == own.is_ipv4());
            }
            Ok(Box::new(this.dial_addresses(&addresses).await?) as Box<dyn Stream>)
        })
    }
}

impl TcpDial {
    async fn dial_addresses(&self, addresses: &[SocketAddr]) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no usable address");
        for (i, address) in addresses.iter().enumerate() {
            let is_last = i + 1 == addresses.len();
            match self.dial_address(*address, is_last).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn dial_address(&self, address: SocketAddr, is_last: bool) -> io::Result<TcpStream> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(size) = self.send_buffer_size {
            socket.set_send_buffer_size(size)?;
        }
        if let Some(own) = self.bind_address {
            socket.bind(SocketAddr::new(own, 0))?;
        }
        socket.set_keepalive(true)?;
        let start = Instant::now();
        let connecting = socket.connect(address);
        let stream = match self.address_timeout.filter(|_| !is_last) {
            Some(limit) => tokio::time::timeout(limit, connecting).await.map_err(io::Error::from)??,
            None => connecting.await?,
        };
        // Requests are written in as few pieces as possible anyway; the last, short one must not wait.
        stream.set_nodelay(true)?;
        if self.send_buffer_size.is_none() {
            fit_send_buffer(&stream, start.elapsed());
        }
        Ok(stream)
    }
}

/// Gives a connection that took so long to open the send buffer that suits it, if the system's choice does not.
///
/// Linux lets the buffer grow to megabytes, whatever the distance. What waits in it leaves the processor's cache before it
/// is sent, and the next bytes are copied to memory that is not in the cache either. To a server that is near, a small buffer
/// carries as much: 256 KiB, of which Linux makes 512, in each half millisecond are a gigabyte per second.
#[cfg(target_os = "linux")]
fn fit_send_buffer(stream: &TcpStream, opening: Duration) {
    const NEAR: Duration = Duration::from_micros(500);
    if opening < NEAR {
        // The connection works without it, too.
        let _ = socket2::SockRef::from(stream).set_send_buffer_size(256 * 1024);
    }
}

#[cfg(not(target_os = "linux"))]
fn fit_send_buffer(_: &TcpStream, _: Duration) {}

/// Makes connections to origins: over the proxy that is configured, with TLS where the scheme says so.
pub(crate) struct Connector {
    pub(crate) dial: Arc<dyn Dial>,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) proxies: Proxies,
}

impl Connector {
    /// The proxy that reads the requests for `origin`, so that they need their whole URI.
    pub(super) fn proxy_in_clear(&self, origin: &Origin) -> Option<&Proxy> {
        self.proxies.get(&origin.scheme, origin.authority.host()).filter(|_| !origin.is_tls())
    }

    /// Nothing of a request has been sent when this fails.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<Box<dyn Stream>, CallErrorKind> {
        let (host, port, with_tls) = (origin.host(), origin.port(), origin.is_tls());
        let stream = match self.proxies.get(&origin.scheme, origin.authority.host()) {
            None => self.dial(host, port).await?,
            Some(proxy) => {
                let stream = self.dial_proxy(proxy).await?;
                if with_tls { tunnel(stream, proxy, &origin.authority, port).await? } else { stream }
            }
        };
        if with_tls { self.secure(stream, host, port).await } else { Ok(stream) }
    }

    async fn dial(&self, host: &str, port: u16) -> Result<Box<dyn Stream>, CallErrorKind> {
        self.dial.dial(host, port).await.map_err(|error| not_connected(host, port, error))
    }

    async fn dial_proxy(&self, proxy: &Proxy) -> Result<Box<dyn Stream>, CallErrorKind> {
        let (host, port) = proxy.host_and_port();
        let stream = self.dial(host, port).await?;
        if proxy.is_tls() { self.secure(stream, host, port).await } else { Ok(stream) }
    }

    async fn secure(&self, stream: Box<dyn Stream>, host: &str, port: u16) -> Result<Box<dyn Stream>, CallErrorKind> {
        let refused = |source| CallErrorKind::Tls { host: format!("{host}:{port}"), source };
        let name = ServerName::try_from(host.to_owned()).map_err(|error| refused(error.into()))?;
        match TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            // A certificate does not get better by trying again; a connection that broke may.
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<tokio_rustls::rustls::Error>()) => {
                Err(refused(error.into()))
            }
            Err(error) => Err(not_connected(host, port, error)),
        }
    }
}

fn not_connected(host: &str, port: u16, error: io::Error) -> CallErrorKind {
    CallErrorKind::Connect { host: format!("{host}:{port}"), source: error.into() }
}

/// Asks a proxy for a connection to `authority` (CONNECT).
async fn tunnel(
    mut stream: Box<dyn Stream>,
    proxy: &Proxy,
    authority: &Authority,
    port: u16,
) -> Result<Box<dyn Stream>, CallErrorKind> {
    let (host, proxy_port) = proxy.host_and_port();
    let failed = |error| not_connected(host, proxy_port, error);
    let target = format!("{}:{port}", authority.host());
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(login) = proxy.authorization() {
        head.extend_from_slice(b"Proxy-Authorization: ");
        head.extend_from_slice(login.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    stream.write_all(&head).await.map_err(failed)?;
    stream.flush().await.map_err(failed)?;
    let response = read_head(&mut stream).await.map_err(failed)?;
    let status = response.split(|b| *b == b' ').nth(1).unwrap_or_default();
    match (response.starts_with(b"HTTP/1."), status) {
        (true, [b'2', _, _]) => Ok(stream),
        _ => {
            let status = String::from_utf8_lossy(status.get(..3).unwrap_or(status)).escape_debug().to_string();
            Err(failed(io::Error::other(format!("the proxy refused the connection (status {status})"))))
        }
    }
}

/// Most bytes in a proxy's response to CONNECT.
const MAX_TUNNEL_HEAD: usize = 8 * 1024;

/// Reads up to the empty line and not a byte further: what follows belongs to TLS.
async fn read_head(stream: &mut Box<dyn Stream>) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_TUNNEL_HEAD {
            return Err(io::Error::other("the proxy's response is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: R70.
    #[tokio::test]
    async fn an_address_that_refuses_is_followed_by_the_next_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        // Bound and not listening: nobody else gets this port meanwhile.
        let deaf = TcpSocket::new_v4().unwrap();
        deaf.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let closed = deaf.local_addr().unwrap();

        let dial = TcpDial::default();
        let reached = async |addresses: &[SocketAddr]| dial.dial_addresses(addresses).await?.peer_addr();
        assert_eq!(reached(&[closed, closed, open]).await.unwrap(), open);
        assert_eq!(reached(&[closed]).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(reached(&[]).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_a_server_that_is_near_gets_a_small_send_buffer_and_only_if_none_was_asked_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dial = TcpDial::new().send_buffer_size(32 * 1024);
        let stream = dial.dial_address(listener.local_addr().unwrap(), true).await.unwrap();
        // Linux reports twice what was asked for.
        let size = || socket2::SockRef::from(&stream).send_buffer_size().unwrap();
        let asked_for = size();
        assert!(asked_for <= 2 * 32 * 1024, "{asked_for}");
        fit_send_buffer(&stream, Duration::from_micros(500));
        assert_eq!(size(), asked_for, "too far away");
        fit_send_buffer(&stream, Duration::from_micros(60));
        assert!(size() > asked_for, "near");
    }
}
