use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use http::header::HOST;
use http::{HeaderValue, StatusCode, Uri};
use oss_auth::Credentials;
use oss_auth::credentials::{
    CredentialsError, CredentialsSource, ExchangeRequest, MAX_RESPONSE_BYTES, SourceKind, Step,
};
use oss_models::{Body, BoxError, CallErrorKind};
use tower::ServiceExt;
use tower_service::Service;
use tracing::Span;

use crate::bandwidth::BandwidthLimit;
use crate::client::{
    Connections, Connector, HttpClient, HttpSettings, Proxies, Proxy, TcpConnector, TlsError, TrustRoots, certificates,
    tls_config,
};
use crate::clock::Clock;
use crate::layers::collect;
use crate::wire_body::WireBody;

/// The network over which credentials are fetched: the same HTTP client as for OSS, with connections of its own.
///
/// The metadata service of an ECS instance is always reached without a proxy. Redirects are not followed.
#[derive(Clone)]
#[must_use]
pub struct SourceClient {
    connector: Connector,
    clock: Clock,
    proxy: Option<Proxy>,
    trust_roots: TrustRoots,
    root_certificates: Vec<Vec<u8>>,
    tls: Arc<OnceLock<Arc<rustls::ClientConfig>>>,
}

impl SourceClient {
    /// Over TCP, without a proxy, with the default certificate authorities.
    pub fn new() -> Self {
        Self {
            connector: Connector::new(TcpConnector::new()),
            clock: Clock::default(),
            proxy: None,
            trust_roots: TrustRoots::default(),
            root_certificates: Vec::new(),
            tls: Arc::default(),
        }
    }

    /// Sets the proxy to go through, except to the metadata service. Default none.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Sets the certificate authorities that are trusted, besides those added. Default: the operating system's.
    pub fn trust_roots(mut self, roots: TrustRoots) -> Self {
        self.trust_roots = roots;
        self.tls = Arc::default();
        self
    }

    /// Trusts these certificate authorities too; PEM text, read when the first connection with TLS is made: if there is no
    /// certificate in it, the fetch fails. May be called several times. Default none.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self.tls = Arc::default();
        self
    }

    /// Opens connections in another way: for networks in memory. Default [`TcpConnector`].
    pub fn connector<C>(mut self, connector: C) -> Self
    where
        C: Service<Uri> + Clone + Send + Sync + 'static,
        C::Response: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send + 'static,
    {
        self.connector = Connector::new(connector);
        self
    }

    /// Sets the time of day that requests are signed with. Default: the system's clock.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// Exchanges requests and responses with a source until there are credentials.
    pub(super) async fn fetch(&self, source: &CredentialsSource) -> Result<Credentials, CredentialsError> {
        let mut exchange = source.exchange();
        loop {
            match exchange.next(self.clock.now())? {
                Step::Send(request) => match self.send(*request).await {
                    Ok((status, body)) => exchange.on_response(status, &body, self.clock.now())?,
                    Err(error) => exchange.on_no_response(error)?,
                },
                Step::Run(process) => {
                    let (now, span) = (self.clock.now(), Span::current());
                    let run = tokio::task::spawn_blocking(move || span.in_scope(|| process.run(now))).await;
                    exchange.on_process(run.unwrap_or_else(|_| Err(unfinished(SourceKind::Process))))?;
                }
                Step::Done(credentials) => return Ok(credentials),
                _ => return Err(unfinished(source.kind())),
            }
        }
    }

    async fn send(&self, request: ExchangeRequest) -> Result<(StatusCode, bytes::Bytes), BoxError> {
        tokio::time::sleep(request.delay).await;
        let client = self.client(&request)?;
        let limit = request.connect_timeout + request.read_timeout;
        let (mut head, body) = request.http.into_parts();
        if let Some(authority) = head.uri.authority() {
            head.headers.insert(HOST, HeaderValue::from_str(authority.as_str())?);
        }
        let body = WireBody::new(Body::from(body), false, BandwidthLimit::unlimited());
        let exchange = async {
            let response = client.oneshot(http::Request::from_parts(head, body)).await?;
            let status = response.status();
            // One byte more than allowed, so that too much is noticed.
            let read = collect(response.into_body(), MAX_RESPONSE_BYTES + 1).await?;
            Ok::<_, CallErrorKind>((status, read.bytes))
        };
        match tokio::time::timeout(limit, exchange).await {
            Ok(response) => Ok(response?),
            // The source's own limit, which no option sets.
            Err(_) => Err(format!("no response within {} s", limit.as_secs_f64()).into()),
        }
    }

    fn client(&self, request: &ExchangeRequest) -> Result<HttpClient, TlsError> {
        let proxy = self.proxy.clone().filter(|_| !request.bypass_proxy);
        let proxies = proxy.map(|proxy| Proxies::all(proxy, crate::client::NoProxy::default())).unwrap_or_default();
        let connections = Connections::new(self.connector.clone(), self.tls()?, proxies);
        let settings = HttpSettings {
            connect_timeout: request.connect_timeout,
            max_idle_per_host: 0,
            idle_timeout: std::time::Duration::ZERO,
            write_buffer: 64 * 1024,
        };
        Ok(HttpClient::new(connections, settings))
    }

    /// Reading the system's certificates takes a while, so not before it is needed.
    fn tls(&self) -> Result<Arc<rustls::ClientConfig>, TlsError> {
        if let Some(tls) = self.tls.get() {
            return Ok(Arc::clone(tls));
        }
        let added: Result<Vec<_>, _> = self.root_certificates.iter().map(|pem| certificates(pem)).collect();
        let tls = Arc::new(tls_config(self.trust_roots, &added?.concat())?);
        Ok(Arc::clone(self.tls.get_or_init(|| tls)))
    }
}

impl Default for SourceClient {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for SourceClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceClient").field("proxy", &self.proxy).finish_non_exhaustive()
    }
}

fn unfinished(kind: SourceKind) -> CredentialsError {
    CredentialsError::Invalid { kind, problem: "the exchange with it ended early".to_owned() }
}
