//! Configuration.

mod build;
mod error;

pub use error::ConfigError;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use oss_auth::{Credentials, SignatureVersion};
use oss_models::{BoxBody, BoxError};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

#[cfg(doc)]
use crate::Transport;
use crate::backoff::Backoff;
use crate::bandwidth::BandwidthLimit;
use crate::budget::RetryBudget;
use crate::call::HttpService;
use crate::credentials::{CredentialsProvider, StaticProvider};
use crate::http::{Dial, NoProxy, Proxy, TcpDial, TrustRoots};
use crate::metrics::Meters;
use crate::retry::RetryPolicy;
use crate::wire_body::WireBody;

/// Every option of a [`Transport`]. [`build`](Self::build) checks them together.
///
/// Needed are credentials, and a region or an endpoint (both for V4 signatures with an endpoint of one's own).
#[derive(Clone)]
#[must_use]
pub struct TransportBuilder {
    region: Option<String>,
    endpoint: Option<String>,
    disable_ssl: bool,
    internal: bool,
    dual_stack: bool,
    accelerate: bool,
    cname: bool,
    path_style: bool,
    cloud_box_id: Option<String>,
    detect_cloud_box_id: bool,
    signature_version: SignatureVersion,
    additional_headers: Vec<String>,
    provider: Option<Arc<dyn CredentialsProvider>>,
    credentials_from_environment: bool,
    credentials_timeout: Duration,
    correct_clock_skew: bool,
    user_agent: Option<String>,
    traffic_limit: Option<u64>,
    retry: RetryPolicy,
    operation_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    connect_timeout: Duration,
    read_write_timeout: Duration,
    response_timeout: Duration,
    complete_timeout: Duration,
    min_rate: u64,
    max_concurrency: Option<usize>,
    max_idle_per_host: usize,
    idle_timeout: Duration,
    write_buffer_size: usize,
    check_uploads: bool,
    check_downloads: bool,
    upload_bandwidth: BandwidthLimit,
    download_bandwidth: BandwidthLimit,
    proxy: Option<Proxy>,
    no_proxy: NoProxy,
    proxy_from_environment: bool,
    trust_roots: TrustRoots,
    root_certificates: Vec<Vec<u8>>,
    ca_files: Vec<PathBuf>,
    tcp: TcpDial,
    dial: Option<Arc<dyn Dial>>,
    http_service: Option<HttpService>,
    meters: Meters,
}

impl Default for TransportBuilder {
    fn default() -> Self {
        Self {
            region: None,
            endpoint: None,
            disable_ssl: false,
            internal: false,
            dual_stack: false,
            accelerate: false,
            cname: false,
            path_style: false,
            cloud_box_id: None,
            detect_cloud_box_id: false,
            signature_version: SignatureVersion::default(),
            additional_headers: Vec::new(),
            provider: None,
            credentials_from_environment: false,
            credentials_timeout: Duration::from_secs(60),
            correct_clock_skew: true,
            user_agent: None,
            traffic_limit: None,
            retry: RetryPolicy { max_attempts: 3, backoff: Backoff::default(), budget: RetryBudget::default() },
            operation_timeout: None,
            attempt_timeout: None,
            connect_timeout: Duration::from_secs(5),
            read_write_timeout: Duration::from_secs(20),
            response_timeout: Duration::from_secs(60),
            complete_timeout: Duration::from_secs(300),
            min_rate: 16 * 1024,
            max_concurrency: None,
            max_idle_per_host: 100,
            idle_timeout: Duration::from_secs(50),
            write_buffer_size: 512 * 1024,
            check_uploads: true,
            check_downloads: true,
            upload_bandwidth: BandwidthLimit::unlimited(),
            download_bandwidth: BandwidthLimit::unlimited(),
            proxy: None,
            no_proxy: NoProxy::default(),
            proxy_from_environment: false,
            trust_roots: TrustRoots::default(),
            root_certificates: Vec::new(),
            ca_files: Vec::new(),
            tcp: TcpDial::default(),
            dial: None,
            http_service: None,
            meters: Meters::default(),
        }
    }
}

impl TransportBuilder {
    /// Every option at its default, and credentials from the environment (`OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET`,
    /// `OSS_SESSION_TOKEN`) unless others are set. They are read once, by [`build`](Self::build).
    pub fn load_default() -> Self {
        Self { credentials_from_environment: true, ..Self::default() }
    }
}

/// Where requests go.
impl TransportBuilder {
    /// Region of the buckets, such as `cn-hangzhou`. Gives the endpoint unless one is set; V4 signs it in any case.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// `[http://|https://]host[:port]`; wins over the region and its flags. Without a scheme it is `https`, or `http`
    /// with [`disable_ssl`](Self::disable_ssl).
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Plain HTTP where the endpoint does not name a scheme. Default off.
    pub fn disable_ssl(mut self, disable: bool) -> Self {
        self.disable_ssl = disable;
        self
    }

    /// The region's endpoint for machines inside it. Default off.
    pub fn use_internal_endpoint(mut self, internal: bool) -> Self {
        self.internal = internal;
        self
    }

    /// The region's endpoint with IPv4 and IPv6. Default off.
    pub fn use_dualstack_endpoint(mut self, dual_stack: bool) -> Self {
        self.dual_stack = dual_stack;
        self
    }

    /// The endpoint for transfer acceleration. Default off.
    pub fn use_accelerate_endpoint(mut self, accelerate: bool) -> Self {
        self.accelerate = accelerate;
        self
    }

    /// The endpoint is a domain of one's own that stands for one bucket. Default off.
    pub fn use_cname(mut self, cname: bool) -> Self {
        self.cname = cname;
        self
    }

    /// `endpoint/bucket/key` in place of `bucket.endpoint/key`. Default off; always on for IP addresses and `localhost`.
    pub fn use_path_style(mut self, path_style: bool) -> Self {
        self.path_style = path_style;
        self
    }

    /// Id of a cloud box, which is signed in place of the region.
    pub fn cloud_box_id(mut self, id: impl Into<String>) -> Self {
        self.cloud_box_id = Some(id.into());
        self
    }

    /// Takes the id of a cloud box from an endpoint of the form `cb-ID.REGION.oss-cloudbox[-control].aliyuncs.com`.
    /// Default off.
    pub fn enable_auto_detect_cloud_box_id(mut self, detect: bool) -> Self {
        self.detect_cloud_box_id = detect;
        self
    }
}

/// Who makes the requests.
impl TransportBuilder {
    /// These credentials, always.
    pub fn credentials(self, credentials: Credentials) -> Self {
        self.credentials_provider(StaticProvider::new(credentials))
    }

    /// Requests are not signed.
    pub fn anonymous(self) -> Self {
        self.credentials_provider(StaticProvider::anonymous())
    }

    /// Credentials from a provider, asked before each attempt.
    pub fn credentials_provider(self, provider: impl CredentialsProvider + 'static) -> Self {
        self.shared_credentials_provider(Arc::new(provider))
    }

    /// The same with a provider that is shared.
    pub fn shared_credentials_provider(mut self, provider: Arc<dyn CredentialsProvider>) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Limit for what the provider of credentials takes before an attempt. Default 60 s.
    pub fn credentials_timeout(mut self, limit: Duration) -> Self {
        self.credentials_timeout = limit;
        self
    }

    /// Version of the signature. Default V4.
    pub fn signature_version(mut self, version: SignatureVersion) -> Self {
        self.signature_version = version;
        self
    }

    /// Headers to sign besides those that are signed anyway (V4 only). Default none.
    pub fn additional_headers<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.additional_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Signs with the server's time after it found ours wrong (`RequestTimeTooSkewed`). Default on.
    pub fn correct_clock_skew(mut self, correct: bool) -> Self {
        self.correct_clock_skew = correct;
        self
    }

    /// Appended to `User-Agent` after a `/`.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent = Some(suffix.into());
        self
    }
}

/// Attempts and time.
impl TransportBuilder {
    /// Attempts in all, the first included. Default 3, at least 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.retry.max_attempts = attempts;
        self
    }

    /// Waits between attempts.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.retry.backoff = backoff;
        self
    }

    /// The budget of retries; one that is shared governs several transports. Default: 100 retries for this transport.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry.budget = budget;
        self
    }

    /// Limit for a whole call, waits included. Default none.
    pub fn operation_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.operation_timeout = limit.into();
        self
    }

    /// Limit for one attempt, from its connection to the end of its response (to the head, where the response is a stream).
    /// Default none: [`min_rate`](Self::min_rate) bounds an attempt by the length of its body.
    pub fn attempt_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.attempt_timeout = limit.into();
        self
    }

    /// Limit for a connection with its TLS handshake. Default 5 s.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Longest time without a byte moved, either way. Default 20 s.
    pub fn read_write_timeout(mut self, limit: Duration) -> Self {
        self.read_write_timeout = limit;
        self
    }

    /// Limit for the wait between the last byte of a request and the first byte of its response. Default 60 s.
    pub fn response_timeout(mut self, limit: Duration) -> Self {
        self.response_timeout = limit;
        self
    }

    /// The same for CompleteMultipartUpload, which takes as long as the object is large. Default 300 s.
    pub fn complete_timeout(mut self, limit: Duration) -> Self {
        self.complete_timeout = limit;
        self
    }

    /// Bytes per second that a body has to reach on average, either way. Default 16 KiB/s; 0 is no limit. An attempt ends
    /// at the latest after `connect_timeout`, `read_write_timeout`, `response_timeout` and the time its body takes at this
    /// rate.
    pub fn min_rate(mut self, bytes_per_second: u64) -> Self {
        self.min_rate = bytes_per_second;
        self
    }
}

/// How much at once, and how fast.
impl TransportBuilder {
    /// Calls under way at once; the others wait. Default no limit. A call whose response is a stream counts until the stream
    /// was read or dropped.
    pub fn max_concurrency(mut self, calls: impl Into<Option<usize>>) -> Self {
        self.max_concurrency = calls.into();
        self
    }

    /// Connections to one host that are kept for later. Default 100.
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.max_idle_per_host = connections;
        self
    }

    /// How long a connection is kept. Default 50 s.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// Bytes of a body that are gathered, uncopied, for one write. Default 512 KiB, at least 8 KiB. Also bounds the memory
    /// that a response may take while it is read.
    pub fn write_buffer_size(mut self, bytes: usize) -> Self {
        self.write_buffer_size = bytes;
        self
    }

    /// Limit for the bytes of all bodies sent. Default none.
    pub fn upload_bandwidth_limit(mut self, limit: BandwidthLimit) -> Self {
        self.upload_bandwidth = limit;
        self
    }

    /// Limit for the bytes of all bodies received. Default none.
    pub fn download_bandwidth_limit(mut self, limit: BandwidthLimit) -> Self {
        self.download_bandwidth = limit;
        self
    }

    /// Asks the service to limit each transfer (`x-oss-traffic-limit`), in bit/s. Default none. A request with the header
    /// keeps its own.
    pub fn traffic_limit(mut self, bits_per_second: impl Into<Option<u64>>) -> Self {
        self.traffic_limit = bits_per_second.into();
        self
    }

    /// Sends without computing and comparing CRC64. Default off. What was sent is then not in the response either.
    pub fn disable_upload_crc64_check(mut self, disable: bool) -> Self {
        self.check_uploads = !disable;
        self
    }

    /// Receives whole objects without comparing their CRC64. Default off.
    pub fn disable_download_crc64_check(mut self, disable: bool) -> Self {
        self.check_downloads = !disable;
        self
    }
}

/// The way there.
impl TransportBuilder {
    /// A proxy for all requests. If it cannot be reached, requests fail; nothing goes past it.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Hosts that are reached without the [`proxy`](Self::proxy).
    pub fn no_proxy(mut self, hosts: NoProxy) -> Self {
        self.no_proxy = hosts;
        self
    }

    /// Takes the proxy from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (small letters first), read when
    /// building. Default off.
    pub fn proxy_from_environment(mut self, from_environment: bool) -> Self {
        self.proxy_from_environment = from_environment;
        self
    }

    /// Certificate authorities that are trusted, besides those added.
    pub fn trust_roots(mut self, roots: TrustRoots) -> Self {
        self.trust_roots = roots;
        self
    }

    /// Trusts these certificate authorities too; PEM text.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Trusts the certificate authorities in this PEM file too; read when building.
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.ca_files.push(path.as_ref().to_owned());
        self
    }

    /// Source address of connections. Default: the system's choice.
    pub fn bind_address(mut self, address: IpAddr) -> Self {
        self.tcp.bind_address = Some(address);
        self
    }

    /// Size of the system's send buffer for each connection, in bytes. Default: the system's choice; under Linux 256 KiB for
    /// a server that answers within half a millisecond, where a larger buffer costs more and carries no more.
    pub fn send_buffer_size(mut self, bytes: u32) -> Self {
        self.tcp.send_buffer_size = Some(bytes);
        self
    }

    /// Opens connections in another way, under the same HTTP client: for networks in memory.
    pub fn dialer(mut self, dial: impl Dial) -> Self {
        self.dial = Some(Arc::new(dial));
        self
    }

    /// Puts a service in place of the HTTP client. Everything above stays: signing, retry, checksums, limits.
    ///
    /// Its errors count as those of a connection that broke, except a [`CallErrorKind`](oss_models::CallErrorKind), which
    /// stands for itself.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use bytes::Bytes;
    /// use http_body_util::Full;
    /// use oss_transport::{Transport, WireBody};
    ///
    /// let server = tower::service_fn(|_: http::Request<WireBody>| async {
    ///     Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from_static(b"hello"))))
    /// });
    /// let transport = Transport::builder().region("cn-hangzhou").anonymous().http_service(server).build()?;
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
        self.http_service = Some(boxed(service));
        self
    }

    /// Where numbers about calls and attempts go. Default nowhere.
    #[cfg(feature = "metrics")]
    pub fn recorder(mut self, recorder: Arc<dyn crate::metrics::Recorder>) -> Self {
        self.meters.recorder = Some(recorder);
        self
    }
}

fn boxed<S, B>(service: S) -> HttpService
where
    S: Service<http::Request<WireBody>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let to_box = |response: http::Response<B>| {
        response.map(|body| -> BoxBody { Box::pin(http_body_util::BodyExt::map_err(body, Into::into)) })
    };
    BoxCloneSyncService::new(service.map_response(to_box).map_err(Into::<BoxError>::into))
}

impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
