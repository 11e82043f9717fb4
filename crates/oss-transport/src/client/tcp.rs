use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use oss_models::BoxError;
use tokio::net::TcpStream;
use tower_service::Service;

use super::near::NearServers;
use super::origin::Origin;
use crate::call::BoxFuture;

/// Opens connections over TCP: a [`tower_service::Service`] from [`Uri`] to a stream of bytes.
///
/// Asks the system for the addresses each time and tries them in their order; where a host has IPv6 and IPv4, the other
/// family is tried beside the first after 300 ms.
#[derive(Clone, Debug, Default)]
pub struct TcpConnector {
    bind_address: Option<IpAddr>,
    send_buffer_size: Option<u32>,
    connect_timeout: Option<Duration>,
    near: NearServers,
}

/// Idle time after which the system asks the peer whether it is still there; as the official SDKs.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

impl TcpConnector {
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

    /// Sets the size of the system's send buffer, in bytes. Default: the system's choice, but under Linux 256 KiB if this
    /// connection, or an earlier one to the same address, took less than half a millisecond to open.
    #[must_use]
    pub fn send_buffer_size(mut self, bytes: u32) -> Self {
        self.send_buffer_size = Some(bytes);
        self
    }

    /// Sets the time that all addresses of a host have together, each an equal share of it. Default none; in a transport
    /// its `connect_timeout`, which also covers what comes after.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    async fn connect(mut self, uri: Uri) -> Result<TokioIo<TcpStream>, BoxError> {
        let origin = Origin::of(&uri)?;
        let begin = tokio::time::Instant::now();
        let addresses: Vec<_> = tokio::net::lookup_host((origin.host(), origin.port())).await?.collect();
        // What the lookup took is no longer there: with the whole limit, the last address would be cut off.
        self.connect_timeout = self.connect_timeout.map(|limit| limit.saturating_sub(begin.elapsed()));
        self.connect_to(uri, addresses).await
    }

    async fn connect_to(self, uri: Uri, mut addresses: Vec<SocketAddr>) -> Result<TokioIo<TcpStream>, BoxError> {
        if let Some(own) = self.bind_address {
            addresses.retain(|address| address.is_ipv4() == own.is_ipv4());
        }
        if addresses.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the host has no usable address").into());
        }
        let limit = self.connect_timeout.filter(|_| addresses.len() > 1);
        let start = Instant::now();
        let resolved = tower::service_fn(move |_: Name| {
            std::future::ready(Ok::<_, std::convert::Infallible>(addresses.clone().into_iter()))
        });
        let mut connector = HttpConnector::new_with_resolver(resolved);
        connector.enforce_http(false);
        // Requests are written in as few pieces as possible anyway; the last, short one must not wait.
        connector.set_nodelay(true);
        connector.set_keepalive(Some(KEEP_ALIVE));
        connector.set_local_address(self.bind_address);
        connector.set_send_buffer_size(self.send_buffer_size.and_then(|bytes| usize::try_from(bytes).ok()));
        // One address alone has as long as the caller waits.
        connector.set_connect_timeout(limit);
        let stream = connector.call(uri).await?;
        let opening = start.elapsed();
        if self.send_buffer_size.is_none()
            && stream.inner().peer_addr().is_ok_and(|server| self.near.is_near(server.ip(), opening))
        {
            shrink_send_buffer(stream.inner());
        }
        Ok(stream)
    }
}

impl Service<Uri> for TcpConnector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// Gives a connection to a server that is near the send buffer that suits it.
///
/// Linux lets the buffer grow to megabytes, whatever the distance. What waits in it leaves the processor's cache before it
/// is sent, and the next bytes are copied to memory that is not in the cache either. To a server that is near, a small buffer
/// carries as much: 256 KiB, of which Linux makes 512, in each half millisecond are a gigabyte per second.
#[cfg(target_os = "linux")]
fn shrink_send_buffer(stream: &TcpStream) {
    // The connection works without it, too.
    let _ = socket2::SockRef::from(stream).set_send_buffer_size(256 * 1024);
}

#[cfg(not(target_os = "linux"))]
fn shrink_send_buffer(_: &TcpStream) {}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpSocket};

    async fn reached(connector: TcpConnector, addresses: &[SocketAddr]) -> Result<SocketAddr, String> {
        let uri = Uri::from_static("http://oss.test");
        match connector.connect_to(uri, addresses.to_vec()).await {
            Ok(stream) => Ok(stream.inner().peer_addr().unwrap()),
            Err(error) => Err(std::iter::successors(Some(&*error as &dyn std::error::Error), |e| e.source())
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(": ")),
        }
    }

    /// Rows: R70.
    #[tokio::test]
    async fn an_address_that_refuses_is_followed_by_the_next_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        // Bound and not listening: no other program gets this port meanwhile.
        let deaf = TcpSocket::new_v4().unwrap();
        deaf.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let closed = deaf.local_addr().unwrap();

        let any = TcpConnector::new;
        assert_eq!(reached(any(), &[closed, closed, open]).await, Ok(open));
        assert!(reached(any(), &[closed]).await.unwrap_err().contains("refused"));
        assert_eq!(reached(any(), &[]).await.unwrap_err(), "the host has no usable address");
        let six = any().bind_address("::1".parse().unwrap());
        assert_eq!(reached(six, &[open]).await.unwrap_err(), "the host has no usable address");
    }

    /// A listener whose queue is full lets further connections wait without a word, as a firewall does.
    #[cfg(target_os = "linux")]
    async fn silent() -> (SocketAddr, impl Sized) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let queue: tokio::task::JoinSet<_> = (0..4).map(|_| TcpStream::connect(address)).collect();
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        (address, (listener, queue))
    }

    /// Rows: R70.
    #[cfg(target_os = "linux")]
    #[tokio::test(start_paused = true)]
    async fn each_address_has_its_share_of_the_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let (silent, _queue) = silent().await;
        let connector = || TcpConnector::new().connect_timeout(Duration::from_secs(6));
        for (addresses, reaches, seconds) in
            [(vec![silent, open], true, 3), (vec![silent, silent, open], true, 4), (vec![silent, silent], false, 6)]
        {
            let begin = tokio::time::Instant::now();
            assert_eq!(reached(connector(), &addresses).await.is_ok(), reaches, "{addresses:?}");
            assert_eq!(begin.elapsed().as_secs(), seconds, "{addresses:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_a_server_that_is_near_gets_a_small_send_buffer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // Linux reports twice what was asked for.
        let size = |stream: &TokioIo<TcpStream>| socket2::SockRef::from(stream.inner()).send_buffer_size().unwrap();
        let uri = || Uri::from_static("http://oss.test");
        let own = TcpConnector::new().send_buffer_size(32 * 1024);
        let stream = own.connect_to(uri(), vec![address]).await.unwrap();
        assert!(size(&stream) <= 2 * 32 * 1024, "what is asked for stays: {}", size(&stream));
        let connector = TcpConnector::new();
        // No more than the system allows, which is less on some machines. On a busy one a connection may take too long to open.
        for _ in 0..100 {
            assert!(connector.near.is_near(address.ip(), Duration::ZERO));
            let stream = connector.clone().connect_to(uri(), vec![address]).await.unwrap();
            if (400_000..=2 * 256 * 1024).contains(&size(&stream)) {
                return;
            }
        }
        panic!("no connection has the small buffer");
    }
}
