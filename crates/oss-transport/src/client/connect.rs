//! Connections to origins: over the proxy that is configured, with TLS where the scheme says so.
//!
//! Three services, one above the other, each from a URI to a stream of bytes: the connector below (TCP, or one of the
//! caller's own), the proxy, and `hyper-rustls`, which does the TLS handshake. The pool is above all of them.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use oss_models::{BoxError, CallErrorKind, TimeLimit};
use rustls::pki_types::InvalidDnsNameError;
use rustls::{ClientConfig, InvalidMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use super::io::Socket;
use super::origin::Origin;
use super::proxy::{Proxies, Proxy};
use super::scheme::WrongScheme;
use crate::call::BoxFuture;

/// Opens connections, whichever way. The place to put a network in memory under the real HTTP client.
#[derive(Clone)]
pub(crate) struct Connector(BoxCloneSyncService<Uri, Socket, BoxError>);

impl Connector {
    pub(crate) fn new<C>(connector: C) -> Self
    where
        C: Service<Uri> + Clone + Send + Sync + 'static,
        C::Response: Read + Write + Send + Unpin + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(connector.map_response(Socket::new).map_err(Into::into)))
    }
}

impl Service<Uri> for Connector {
    type Response = Socket;
    type Error = CallErrorKind;
    type Future = BoxFuture<'static, Result<Socket, CallErrorKind>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallErrorKind>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.0.clone();
        Box::pin(async move {
            let origin = Origin::of(&uri)?;
            connector.oneshot(uri).await.map_err(|error| not_connected(&origin, error))
        })
    }
}

/// Makes connections to origins.
pub(crate) struct Connections {
    proxied: ProxyConnector,
}

impl Connections {
    pub(crate) fn new(connector: Connector, tls: Arc<ClientConfig>, proxies: Proxies) -> Self {
        Self { proxied: ProxyConnector { connector, tls, proxies: Arc::new(proxies), is_there: Arc::default() } }
    }

    /// The proxy that reads the requests for `origin`, so that they need their whole URI.
    pub(super) fn proxy_in_clear(&self, origin: &Origin) -> Option<&Proxy> {
        self.proxied.proxies.get(origin).filter(|_| !origin.is_tls())
    }

    /// Where a connection to `origin` leads first: to a proxy, or there at once.
    pub(super) fn first_hop<'a>(&'a self, origin: &'a Origin) -> &'a Origin {
        self.proxied.proxies.get(origin).map_or(origin, Proxy::origin)
    }

    /// A connection to `origin` within `limit`. Nothing of a request has been sent when this fails.
    pub(super) async fn connect(
        &self,
        origin: &Origin,
        limit: Duration,
    ) -> Result<MaybeHttpsStream<Socket>, CallErrorKind> {
        let is_there = Arc::<AtomicBool>::default();
        let proxied = ProxyConnector { is_there: Arc::clone(&is_there), ..self.proxied.clone() };
        // Not by its builder, which sends no ALPN for HTTP/1.1 alone.
        let https = HttpsConnector::from((proxied, Arc::clone(&self.proxied.tls)));
        match tokio::time::timeout(limit, secured(https, origin)).await {
            Ok(connected) => connected,
            Err(_) => Err(self.no_response(origin, limit, is_there.load(Relaxed))),
        }
    }

    /// The failure of a connection that is not ready after `after`; `is_there` if only TLS is missing.
    fn no_response(&self, origin: &Origin, after: Duration, is_there: bool) -> CallErrorKind {
        let limit = CallErrorKind::Timeout { limit: TimeLimit::ConnectTimeout, after };
        let first = self.first_hop(origin);
        if is_there {
            // A server for plain HTTP waits for the rest of what is no request to it.
            let hint = "for plain HTTP, write http:// in front of the host";
            return not_connected(origin, format!("{limit} in the TLS handshake; {hint}"));
        }
        if first != origin && origin.is_tls() {
            // The proxy, or whom it asks: only it knows.
            return not_connected(first, format!("{limit} on the way to {origin}"));
        }
        not_connected(first, limit)
    }

    /// The failure of a connection to `origin` that broke.
    pub(super) fn broken(&self, origin: &Origin, error: hyper::Error) -> CallErrorKind {
        let wrong = causes(&error).find_map(|cause| cause.downcast_ref::<WrongScheme>()).copied();
        match wrong {
            Some(wrong) => refused(self.first_hop(origin), wrong),
            None => CallErrorKind::Connection(error.into()),
        }
    }
}

/// Makes connections to origins, or to the proxy on the way: through a tunnel where the origin's own TLS follows.
#[derive(Clone)]
struct ProxyConnector {
    connector: Connector,
    tls: Arc<ClientConfig>,
    proxies: Arc<Proxies>,
    /// Set when the connection is there, before the origin's own TLS.
    is_there: Arc<AtomicBool>,
}

impl ProxyConnector {
    async fn connect(mut self, uri: Uri) -> Result<Socket, CallErrorKind> {
        let origin = Origin::of(&uri)?;
        let socket = match self.proxies.get(&origin) {
            None => self.connector.call(uri).await?,
            Some(proxy) => {
                let to_proxy = HttpsConnector::from((self.connector, self.tls));
                let stream = secured(to_proxy, proxy.origin()).await?;
                if origin.is_tls() { tunnel(stream, proxy, &origin).await? } else { Socket::new(stream) }
            }
        };
        self.is_there.store(true, Relaxed);
        Ok(socket)
    }
}

impl Service<Uri> for ProxyConnector {
    type Response = Socket;
    type Error = CallErrorKind;
    type Future = BoxFuture<'static, Result<Socket, CallErrorKind>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallErrorKind>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// A connection to `origin`, with TLS where its scheme says so.
async fn secured<C>(
    mut connector: HttpsConnector<C>,
    origin: &Origin,
) -> Result<MaybeHttpsStream<Socket>, CallErrorKind>
where
    C: Service<Uri, Response = Socket, Error = CallErrorKind, Future: Send + 'static>,
{
    connector.call(origin.uri()).await.map_err(|error| match error.downcast::<CallErrorKind>() {
        Ok(kind) => *kind,
        // A certificate does not get better by trying again; a connection that broke may.
        Err(error) if causes(&*error).any(is_not_tls) => refused(origin, WrongScheme::Https),
        Err(error) if causes(&*error).any(is_refusal_by_tls) => refused(origin, error),
        Err(error) => not_connected(origin, error),
    })
}

/// An error and its causes. What an `io::Error` holds is one of them: its source is that of what it holds.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.map(|inner| -> &(dyn Error + 'static) { inner }).or_else(|| error.source())
    })
}

/// Whether an error is TLS's own, and not that of the connection below: `hyper-rustls` wraps it twice.
fn is_refusal_by_tls(error: &(dyn Error + 'static)) -> bool {
    error.is::<rustls::Error>() || error.is::<InvalidDnsNameError>()
}

/// Whether the response to our part of the handshake is something else than TLS.
fn is_not_tls(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<rustls::Error>();
    matches!(error, Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)))
}

fn refused(origin: &Origin, error: impl Into<BoxError>) -> CallErrorKind {
    CallErrorKind::Tls { host: origin.to_string(), source: error.into() }
}

fn not_connected(origin: &Origin, error: impl Into<BoxError>) -> CallErrorKind {
    CallErrorKind::Connect { host: origin.to_string(), source: error.into() }
}

/// Asks a proxy for a connection to `origin` (CONNECT).
async fn tunnel(stream: MaybeHttpsStream<Socket>, proxy: &Proxy, origin: &Origin) -> Result<Socket, CallErrorKind> {
    let failed = |error| not_connected(proxy.origin(), error);
    let mut stream = TokioIo::new(stream);
    let target = format!("{}:{}", origin.authority.host(), origin.port());
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
        (true, [b'2', _, _]) => Ok(Socket::new(stream.into_inner())),
        _ => {
            let status = String::from_utf8_lossy(status.get(..3).unwrap_or(status)).escape_debug().to_string();
            Err(failed(io::Error::other(format!("the proxy refused the connection (status {status})"))))
        }
    }
}

/// Most bytes in a proxy's response to CONNECT.
const MAX_TUNNEL_HEAD: usize = 8 * 1024;

/// Reads up to the empty line and not a byte further: what follows belongs to TLS.
async fn read_head(stream: &mut TokioIo<MaybeHttpsStream<Socket>>) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_TUNNEL_HEAD {
            return Err(io::Error::other("the proxy's response is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}
