use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use oss_models::BoxError;
use tower_service::Service;

use super::{Config, ConfigError};
use crate::client::{
    Connections, Connector, HttpClient, HttpService, HttpSettings, NoProxy, Proxies, Proxy, TcpConnector, TlsError,
    TrustRoots, certificates, tls_config,
};
use crate::wire_body::WireBody;

#[derive(Clone)]
pub(super) struct NetworkOptions {
    proxy: Option<Proxy>,
    no_proxy: NoProxy,
    proxy_from_environment: bool,
    trust_roots: TrustRoots,
    root_certificates: Vec<Vec<u8>>,
    ca_files: Vec<PathBuf>,
    tcp: TcpConnector,
    connector: Option<Connector>,
    http_service: Option<HttpService>,
    max_idle_connections: usize,
    idle_timeout: Duration,
    write_buffer_size: usize,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            proxy: None,
            no_proxy: NoProxy::default(),
            proxy_from_environment: false,
            trust_roots: TrustRoots::default(),
            root_certificates: Vec::new(),
            ca_files: Vec::new(),
            tcp: TcpConnector::new(),
            connector: None,
            http_service: None,
            max_idle_connections: 100,
            idle_timeout: Duration::from_secs(50),
            write_buffer_size: 512 * 1024,
        }
    }
}

/// Proxy, TLS and sockets.
impl Config {
    /// Sets the proxy for all requests. Default none. If it cannot be reached, requests fail; nothing goes past it.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Contradiction`] together with
    /// [`proxy_from_environment`](Self::proxy_from_environment).
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.network.proxy = Some(proxy);
        self
    }

    /// Sets the hosts that are reached without the [`proxy`](Self::proxy). Default none.
    pub fn no_proxy(mut self, hosts: NoProxy) -> Self {
        self.network.no_proxy = hosts;
        self
    }

    /// Sets whether to take the proxy from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (small letters first),
    /// read when building. Default no.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Proxy`] if a variable is set to something else.
    pub fn proxy_from_environment(mut self, from_environment: bool) -> Self {
        self.network.proxy_from_environment = from_environment;
        self
    }

    /// Sets the certificate authorities that are trusted, besides those added. Default: the operating system's.
    pub fn trust_roots(mut self, roots: TrustRoots) -> Self {
        self.network.trust_roots = roots;
        self
    }

    /// Trusts these certificate authorities too; PEM text. May be called several times. Default none.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Tls`] if there is no certificate in it, or one that cannot be read.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.root_certificates.push(pem.into());
        self
    }

    /// Trusts the certificate authorities in this PEM file too; read when building. May be called several times. Default
    /// none.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Tls`] if it cannot be read, or as for
    /// [`add_root_certificate`](Self::add_root_certificate).
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.network.ca_files.push(path.as_ref().to_owned());
        self
    }

    /// Sets the source address of connections. Default: the system's choice.
    pub fn bind_address(mut self, address: IpAddr) -> Self {
        self.network.tcp = self.network.tcp.bind_address(address);
        self
    }

    /// Sets the size of the system's send buffer for each connection, in bytes. Default: the system's choice; under Linux
    /// 256 KiB for a server that responds within half a millisecond, where a larger buffer costs more and carries no more.
    pub fn send_buffer_size(mut self, bytes: u32) -> Self {
        self.network.tcp = self.network.tcp.send_buffer_size(bytes);
        self
    }

    /// Sets the connections to one host that are kept for later. Default 100; 0 keeps none. Each runtime has its own: a
    /// connection is used on the one that drives it.
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.network.max_idle_connections = connections;
        self
    }

    /// Sets how long a connection is kept without being used; it is closed at that moment. Default 50 s; zero keeps none.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.network.idle_timeout = limit;
        self
    }

    /// Sets the bytes of a body that are gathered, uncopied, for one write. Default 512 KiB; at least 8 KiB. Also bounds
    /// the memory that a response may take while it is read.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Value`] below the minimum.
    pub fn write_buffer_size(mut self, bytes: usize) -> Self {
        self.network.write_buffer_size = bytes;
        self
    }

    /// Opens connections in another way, below TLS and the same HTTP client: for networks in memory, or sockets that are not
    /// TCP. Default [`TcpConnector`], to which [`bind_address`](Self::bind_address) and
    /// [`send_buffer_size`](Self::send_buffer_size) apply.
    ///
    /// It is given the URI of the host (or of the proxy), without a path. Any connector of hyper's will do.
    pub fn connector<C>(mut self, connector: C) -> Self
    where
        C: Service<Uri> + Clone + Send + Sync + 'static,
        C::Response: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send + 'static,
    {
        self.network.connector = Some(Connector::new(connector));
        self
    }

    /// Puts a service in place of the HTTP client. Everything above stays: signing, retry, checksums, limits. Default: the
    /// HTTP client.
    ///
    /// Its errors count as those of a connection that broke, except a [`CallErrorKind`](oss_models::CallErrorKind), which
    /// stands for itself.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use bytes::Bytes;
    /// use http_body_util::Full;
    /// use oss_transport::{Config, WireBody};
    ///
    /// let server = tower::service_fn(|_: http::Request<WireBody>| async {
    ///     Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from_static(b"hello"))))
    /// });
    /// let transport = Config::default().region("cn-hangzhou").anonymous().http_service(server).build()?;
    /// # Ok::<(), oss_transport::ConfigError>(())
    /// ```
    pub fn http_service<S, B>(mut self, service: S) -> Self
    where
        S: Service<http::Request<WireBody>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.network.http_service = Some(HttpService::new(service));
        self
    }

    /// What stands below the stack: the HTTP client, with a pool of its own, or the service in its place.
    ///
    /// # Errors
    /// [`ConfigError`] if the proxy or TLS cannot be set up as asked for.
    pub fn http_client(&self) -> Result<HttpService, ConfigError> {
        match &self.network.http_service {
            Some(service) => Ok(service.clone()),
            None => {
                let needs_tls = self.resolve_endpoint()?.is_tls();
                Ok(HttpService::new(self.network.client(needs_tls, self.time.connect_timeout)?))
            }
        }
    }
}

/// The least that hyper takes.
const MIN_WRITE_BUFFER: usize = 8 * 1024;

impl NetworkOptions {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.write_buffer_size < MIN_WRITE_BUFFER {
            let (allowed, got) = ("at least 8 KiB", format!("{} bytes", self.write_buffer_size));
            return Err(ConfigError::Value { option: "write_buffer_size", allowed, got });
        }
        if self.proxy.is_some() && self.proxy_from_environment {
            return Err(ConfigError::Contradiction("proxy and proxy_from_environment"));
        }
        Ok(())
    }

    fn client(&self, needs_tls: bool, connect_timeout: Duration) -> Result<HttpClient, ConfigError> {
        let proxies = match &self.proxy {
            Some(proxy) => Proxies::all(proxy.clone(), self.no_proxy.clone()),
            None if self.proxy_from_environment => Proxies::from_variables(|name| std::env::var(name).ok())?,
            None => Proxies::default(),
        };
        let mut added = Vec::new();
        for path in &self.ca_files {
            let pem = std::fs::read(path).map_err(|source| TlsError::Read { path: path.clone(), source })?;
            added.extend(certificates(&pem)?);
        }
        for pem in &self.root_certificates {
            added.extend(certificates(pem)?);
        }
        // Reading the system's certificates takes a while, and plain HTTP needs none.
        let roots = if needs_tls || proxies.needs_tls() { self.trust_roots } else { TrustRoots::OnlyAdded };
        let tcp = || Connector::new(self.tcp.clone().connect_timeout(connect_timeout));
        let connector = self.connector.clone().unwrap_or_else(tcp);
        let connections = Connections::new(connector, Arc::new(tls_config(roots, &added)?), proxies);
        let settings = HttpSettings {
            connect_timeout,
            max_idle_per_host: self.max_idle_connections,
            idle_timeout: self.idle_timeout,
            write_buffer: self.write_buffer_size,
        };
        Ok(HttpClient::new(connections, settings))
    }
}

impl fmt::Debug for NetworkOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkOptions").field("proxy", &self.proxy).finish_non_exhaustive()
    }
}
