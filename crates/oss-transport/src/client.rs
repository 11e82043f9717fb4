//! HTTP/1.1 over TCP and TLS: connections, their pool, and nothing else. No redirects, no cookies, no decompression, no
//! logins or proxies from the environment unless asked for.

mod busy;
mod connect;
mod io;
mod near;
mod origin;
mod pool;
mod proxy;
mod scheme;
mod service;
mod tcp;
mod tls;

pub(crate) use connect::{Connections, Connector};
pub(crate) use proxy::Proxies;
pub use proxy::{NoProxy, Proxy, ProxyError};
pub use service::HttpService;
pub use tcp::TcpConnector;
pub use tls::{TlsError, TrustRoots};
pub(crate) use tls::{certificates, tls_config};

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, PROXY_AUTHORIZATION, TRANSFER_ENCODING};
use http::uri::{PathAndQuery, Uri};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use oss_models::{BoxBody, BoxError, CallErrorKind};
use tokio::runtime::Handle;
use tower_service::Service;
use tracing::{Instrument, Span};

use self::busy::BusyConnections;
use self::io::{Meter, MeteredStream};
use self::origin::Origin;
use self::pool::{Connection, Driver, Pool, PoolSettings};
use crate::call::BoxFuture;
use crate::progress::Progress;
use crate::wire_body::WireBody;

/// The HTTP client of a transport: one request over one connection, new or from its pool.
///
/// Made of hyper's HTTP/1 connections and a pool of its own, because the layers above have to know two things that
/// ready-made clients keep to themselves: whether the connection had been used before, and whether any byte of the
/// request had left when it broke.
#[derive(Clone)]
pub(crate) struct HttpClient(Arc<Inner>);

struct Inner {
    connections: Connections,
    busy: BusyConnections,
    pool: Pool,
    settings: HttpSettings,
}

#[derive(Clone, Debug)]
pub(crate) struct HttpSettings {
    /// Limit for a connection with its TLS handshake.
    pub(crate) connect_timeout: Duration,
    pub(crate) max_idle_per_host: usize,
    pub(crate) idle_timeout: Duration,
    /// Bytes that are gathered before a write; see [`http1::Builder::max_buf_size`].
    pub(crate) write_buffer: usize,
}

/// Most bytes in the head of a response.
const MAX_HEAD: usize = 64 * 1024;
/// Most headers in a response.
const MAX_HEADERS: usize = 100;
/// Bytes that are encrypted before they are written to the socket. With the default of 64 KiB the receiver is woken four times
/// as often; half a MiB has left the processor's cache by the time it is written.
const RECORDS: usize = 256 * 1024;
/// How long a connection whose response was read may take to be ready for the next request.
const READY_WITHIN: Duration = Duration::from_secs(1);

impl HttpClient {
    pub(crate) fn new(connections: Connections, settings: HttpSettings) -> Self {
        Self(Arc::new(Inner { connections, busy: BusyConnections::default(), pool: Pool::default(), settings }))
    }

    async fn send(self, mut request: http::Request<WireBody>) -> Result<http::Response<BoxBody>, CallErrorKind> {
        let origin = Origin::of(request.uri())?;
        let progress = request.body().progress().clone();
        progress.connecting();
        match self.0.connections.proxy_in_clear(&origin) {
            Some(proxy) => {
                if let Some(login) = proxy.authorization() {
                    request.headers_mut().insert(PROXY_AUTHORIZATION, login.clone());
                }
            }
            None => *request.uri_mut() = origin_form(request.uri()),
        }
        let runtime = Handle::current();
        let informed = progress.clone();
        hyper::ext::on_informational(&mut request, move |_| informed.interim_response());
        loop {
            let (mut connection, reused) = match self.0.pool.take(runtime.id(), &origin, self.pool_settings()) {
                Some(connection) => (connection, true),
                None => {
                    progress.connecting_to(self.0.connections.first_hop(&origin).to_string());
                    (self.connect(&runtime, &origin).await?, false)
                }
            };
            progress.connected(reused);
            connection.meter.attach(progress.clone());
            match connection.sender.try_send_request(request).await {
                Ok(response) if has_two_lengths(response.headers()) => {
                    return Err(CallErrorKind::Connection("the response has two lengths".into()));
                }
                Ok(response) => {
                    let lease = Lease { connection, runtime, origin, progress, client: self.clone() };
                    return Ok(response.map(|body| leased(body, lease)));
                }
                Err(mut error) => match error.take_message().filter(|_| reused) {
                    // Closed while idle; nothing was sent, not even in part.
                    Some(unsent) => {
                        request = unsent;
                        progress.connecting();
                    }
                    None => return Err(self.0.connections.broken(&origin, error.into_error())),
                },
            }
        }
    }

    async fn connect(&self, runtime: &Handle, origin: &Origin) -> Result<Connection, CallErrorKind> {
        let mut stream = self.0.connections.connect(origin, self.0.settings.connect_timeout).await?;
        if let MaybeHttpsStream::Https(encrypted) = &mut stream {
            encrypted.inner_mut().get_mut().1.set_buffer_limit(Some(RECORDS));
        }
        let meter = Meter::new(self.0.busy.clone());
        let io = TokioIo::new(MeteredStream::new(TokioIo::new(stream), meter.clone(), origin.is_tls()));
        let (sender, driver) = http1::Builder::new()
            .max_header_size(MAX_HEAD)
            .max_headers(MAX_HEADERS)
            .max_buf_size(self.0.settings.write_buffer)
            .handshake(io)
            .await
            .map_err(|error| CallErrorKind::Connection(error.into()))?;
        // A span of its own: the connection outlives the call that opened it.
        let span = tracing::debug_span!(parent: None, "connection", %origin);
        span.follows_from(Span::current());
        let (limit, in_use, pool) = (self.0.settings.idle_timeout, meter.clone(), self.0.pool.downgrade());
        // Nothing that waits here keeps the pool alive, and it ends with the connection.
        let driver = async move {
            tokio::select! {
                biased;
                ended = driver => {
                    if let Err(error) = ended {
                        tracing::trace!(%error, "connection ended");
                    }
                }
                () = in_use.idle_for(limit) => tracing::trace!("connection closed after the idle timeout"),
            }
            pool.forget_closed();
        };
        let driver = Driver(runtime.spawn(driver.instrument(span)).abort_handle());
        Ok(Connection { sender, meter, runtime: runtime.id(), _driver: driver })
    }

    fn pool_settings(&self) -> PoolSettings {
        PoolSettings {
            max_idle_per_host: self.0.settings.max_idle_per_host,
            idle_timeout: self.0.settings.idle_timeout,
        }
    }
}

impl Service<http::Request<WireBody>> for HttpClient {
    type Response = http::Response<BoxBody>;
    type Error = CallErrorKind;
    type Future = BoxFuture<'static, Result<Self::Response, CallErrorKind>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallErrorKind>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<WireBody>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpClient").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

/// Path and query alone, as a server expects them; a proxy gets the whole URI.
fn origin_form(uri: &Uri) -> Uri {
    uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/")).into()
}

/// Whether a response says twice where it ends. An intermediary may have believed the other one, and what follows on the
/// connection may then be another request's.
fn has_two_lengths(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH)
}

/// A connection that is busy with a response.
struct Lease {
    connection: Connection,
    /// The runtime that drives it.
    runtime: Handle,
    origin: Origin,
    progress: Progress,
    client: HttpClient,
}

impl Lease {
    /// Puts the connection back into the pool, unless the request is still being sent.
    fn give_back(mut self) {
        if !self.progress.is_body_done() {
            return;
        }
        let settings = self.client.pool_settings();
        if self.connection.sender.is_ready() {
            self.client.0.pool.put(self.origin, self.connection, settings);
            return;
        }
        // On its own runtime: the response may have been read on another one, or on none.
        let runtime = self.runtime.clone();
        let settled = async move {
            let ready = tokio::time::timeout(READY_WITHIN, self.connection.sender.ready()).await;
            if matches!(ready, Ok(Ok(()))) {
                self.client.0.pool.put(self.origin, self.connection, settings);
            }
        };
        runtime.spawn(settled.in_current_span());
    }
}

fn leased(body: Incoming, lease: Lease) -> BoxBody {
    if body.is_end_stream() {
        lease.give_back();
        return Box::pin(http_body_util::BodyExt::map_err(body, BoxError::from));
    }
    Box::pin(LeasedBody { body, lease: Some(lease) })
}

/// The body of a response. Read to its end, it gives its connection back; dropped before, it closes it.
struct LeasedBody {
    body: Incoming,
    lease: Option<Lease>,
}

impl HttpBody for LeasedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        match &frame {
            Some(Ok(_)) if !this.body.is_end_stream() => {}
            Some(Err(_)) => this.lease = None,
            _ => {
                if let Some(lease) = this.lease.take() {
                    lease.give_back();
                }
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
