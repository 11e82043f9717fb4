//! Configures and starts a server.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use jiff::SignedDuration;
use oss_models::BucketName;
use ring::rand::SystemRandom;
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::core::{Account, CompletedUploads, Core, SigningKeys, Tasks};
use crate::cors::{self, CorsRule};
use crate::emulator::Emulator;
use crate::fault::{Fault, Faults};
use crate::history::History;
use crate::settings::{Durability, EtagMode, Settings};
use crate::store::Store;
use crate::store::records::{Acl, BucketRecord, StorageClass};
use crate::synthetic::{SyntheticBuckets, SyntheticObjects};
use crate::tls::{self, Tls};
use crate::{callback, control, ops, server};

/// Settings of a server that is not started yet. Each has a default that suits a test.
#[derive(Clone, Debug)]
#[must_use]
pub struct EmulatorBuilder {
    dir: Option<PathBuf>,
    durability: Durability,
    quota: Option<u64>,
    address: IpAddr,
    port: u16,
    exposed: bool,
    listens: bool,
    control_port: Option<u16>,
    tls: bool,
    credentials: Option<(String, String)>,
    buckets: Vec<String>,
    synthetic: Vec<(String, SyntheticObjects)>,
    faults: Vec<Fault>,
    clock_offset: i64,
    callback_ca: Vec<String>,
    settings: Settings,
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            dir: None,
            durability: Durability::default(),
            quota: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            exposed: false,
            listens: true,
            control_port: None,
            tls: false,
            credentials: None,
            buckets: Vec::new(),
            synthetic: Vec::new(),
            faults: Vec::new(),
            clock_offset: 0,
            callback_ca: Vec::new(),
            settings: Settings::default(),
        }
    }
}

impl Emulator {
    /// A server in memory, on any free loopback port, with new credentials, unless told otherwise.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }
}

impl EmulatorBuilder {
    /// Keeps objects and metadata below this folder, which is created if it is missing. Default: in memory.
    ///
    /// One server at a time can use a folder.
    ///
    /// # Errors
    /// [`start`](Self::start) fails if the folder cannot be created or opened, or another server uses it.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// Keeps objects and metadata in memory, until the server is dropped. The default.
    pub fn in_memory(mut self) -> Self {
        self.dir = None;
        self
    }

    /// Sets what an acknowledged write in a [`dir`](Self::dir) survives. Default [`Durability::Power`]; ignored in memory.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets how many bytes of content may be stored. Default: no limit.
    ///
    /// A write that would exceed it is refused with `QuotaExceeded` 403.
    pub fn quota(mut self, bytes: u64) -> Self {
        self.quota = Some(bytes);
        self
    }

    /// Sets the port to listen on. Default 0: a free one, see [`Emulator::endpoint`].
    ///
    /// # Errors
    /// [`start`](Self::start) fails if the port is in use.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the address to listen on. Default 127.0.0.1.
    ///
    /// # Errors
    /// For an address beyond loopback, [`start`](Self::start) fails without
    /// [`allow_connections_from_other_machines`](Self::allow_connections_from_other_machines), without
    /// [`credentials`](Self::credentials), and with [`verify_signatures`](Self::verify_signatures) off.
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// Allows an [`address`](Self::address) that other machines can reach. Default off. This is a server for tests, with no defence
    /// against a hostile client beyond its credentials.
    pub fn allow_connections_from_other_machines(mut self) -> Self {
        self.exposed = true;
        self
    }

    /// Does not listen on any port: connections come by [`Emulator::serve_connection`] alone. Default: listens.
    pub fn without_listener(mut self) -> Self {
        self.listens = false;
        self
    }

    /// Opens the control port (faults, history and clock as JSON over HTTP) on 127.0.0.1; 0 picks a free one, see
    /// [`Emulator::control_endpoint`]. Default: no control port.
    ///
    /// # Errors
    /// [`start`](Self::start) fails if the port is in use.
    pub fn control_port(mut self, port: u16) -> Self {
        self.control_port = Some(port);
        self
    }

    /// Serves TLS instead of plain HTTP. Default off.
    ///
    /// The certificate comes from an authority made for this server ([`Emulator::ca_pem`]) and covers loopback addresses,
    /// `localhost`, every [`bucket`](Self::bucket) below it, and every [`domain`](Self::domain) and [`cname`](Self::cname).
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// Sets access key id and secret of the owner. Default: new random ones, see [`Emulator::credentials`].
    ///
    /// # Errors
    /// [`start`](Self::start) fails if either is empty.
    pub fn credentials(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credentials = Some((id.into(), secret.into()));
        self
    }

    /// Sets the region that V4 signatures must name, e.g. `cn-beijing`. Default `cn-hangzhou`.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.settings.region = region.into();
        self
    }

    /// Adds a host name of the service; `bucket.` in front of it names a bucket. May be called several times. Default: none.
    ///
    /// Loopback addresses, `localhost` and the public endpoints of the region are always accepted; requests to any other
    /// host are refused with `NonStandardHostForbidden` 403.
    ///
    /// # Errors
    /// [`start`](Self::start) fails unless it is a host name, without scheme and port.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.settings.domains.push(domain.into().to_ascii_lowercase());
        self
    }

    /// Adds a host name that stands for one bucket (CNAME): the path is the key alone. May be called several times. Default: none.
    ///
    /// # Errors
    /// [`start`](Self::start) fails unless it is a host name, without scheme and port, and the name of the bucket valid.
    pub fn cname(mut self, domain: impl Into<String>, bucket: impl Into<String>) -> Self {
        self.settings.cnames.push((domain.into().to_ascii_lowercase(), bucket.into()));
        self
    }

    /// Creates a private bucket at the start, unless it exists. May be called several times. Default: none.
    ///
    /// # Errors
    /// [`start`](Self::start) fails if the name is not valid, or there are more than 100 buckets.
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.buckets.push(name.into());
        self
    }

    /// Creates a private bucket at the start, as [`bucket`](Self::bucket) does, that lists synthetic objects, which take
    /// no storage. May be called several times. Default: none.
    ///
    /// # Errors
    /// [`start`](Self::start) fails if the name is not valid, or there are more objects or folders than allowed.
    pub fn synthetic_bucket(mut self, name: impl Into<String>, objects: SyntheticObjects) -> Self {
        let name = name.into();
        self.buckets.push(name.clone());
        self.synthetic.push((name, objects));
        self
    }

    /// Lets pages of this origin use every bucket from a browser, besides what the buckets' own CORS rules allow: all methods
    /// and headers; pages see `ETag`, `Content-MD5`, `x-oss-request-id`, `x-oss-hash-crc64ecma` and `x-oss-version-id`. May
    /// be called several times. Default: none.
    ///
    /// An origin is a scheme, a host and perhaps a port, such as `http://localhost:5173`; one `*` stands for any text.
    ///
    /// # Errors
    /// [`start`](Self::start) fails for any other text.
    pub fn cors_allow_origin(mut self, origin: impl Into<String>) -> Self {
        let rules = &mut self.settings.cors.get_or_insert_default().rules;
        rules.push(CorsRule::everything_from(&origin.into()));
        self
    }

    /// Adds a fault rule, as [`Emulator::add_fault`] does later. Default: none.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Sets how ETags are computed. Default [`EtagMode::Md5`], as OSS does.
    pub fn etag(mut self, mode: EtagMode) -> Self {
        self.settings.etag = mode;
        self
    }

    /// Computes sizes and digests of stored content but keeps no bytes: for load tests. Reading such an object fails with 500.
    /// Default off.
    pub fn discard_bodies(mut self, discard: bool) -> Self {
        self.settings.discard_bodies = discard;
        self
    }

    /// Checks signatures. Default on; off makes every caller the owner.
    pub fn verify_signatures(mut self, verify: bool) -> Self {
        self.settings.verify_signatures = verify;
        self
    }

    /// Shifts the server's clock against the machine's, in seconds; negative is the past. Default 0. See
    /// [`Emulator::set_clock_offset`] for later.
    pub fn clock_offset(mut self, seconds: i64) -> Self {
        self.clock_offset = seconds;
        self
    }

    /// Responds to a repeated CompleteMultipartUpload with 200 and the same ETag for this long. Default: never; the upload id is no
    /// longer valid once completed, as the documents say.
    pub fn remember_completed(mut self, memory: Duration) -> Self {
        self.settings.remember_completed = Some(memory);
        self
    }

    /// Keeps a part that is being sent while its upload is aborted, as OSS does; a second abort removes it. Default off: the
    /// late part is refused with `NoSuchUpload`.
    pub fn late_part_after_abort(mut self, keep: bool) -> Self {
        self.settings.late_part_after_abort = keep;
        self
    }

    /// Leaves the CRC64 out of copied objects, which OSS allows. Default off.
    pub fn copy_without_crc(mut self, without: bool) -> Self {
        self.settings.copy_without_crc = without;
        self
    }

    /// Leaves `HashCrc64ecma` out of ListParts. Default off.
    pub fn list_parts_without_crc(mut self, without: bool) -> Self {
        self.settings.list_parts_without_crc = without;
        self
    }

    /// Sets how long a restore of an archived object takes. Default 0: it is readable at once.
    pub fn restore_after(mut self, time: Duration) -> Self {
        self.settings.restore_after = time;
        self
    }

    /// Refuses path-style addresses on named hosts with `SecondLevelDomainForbidden` 403, as public endpoints do. Default off.
    pub fn refuse_path_style(mut self, refuse: bool) -> Self {
        self.settings.refuse_path_style = refuse;
        self
    }

    /// Refuses callbacks to loopback addresses, as OSS refuses private ones. Default off. No other address is ever called.
    pub fn refuse_loopback_callbacks(mut self, refuse: bool) -> Self {
        self.settings.refuse_loopback_callbacks = refuse;
        self
    }

    /// Trusts the root certificates in this PEM for https callbacks, besides those of the machine. May be called several times.
    /// Default: none.
    ///
    /// # Errors
    /// [`start`](Self::start) fails if the text is not PEM of at least one certificate.
    pub fn callback_ca(mut self, pem: impl Into<String>) -> Self {
        self.callback_ca.push(pem.into());
        self
    }

    /// Sets the largest source of CopyObject, in bytes; a larger one is refused with `EntityTooLarge` 400. Default 1 GiB.
    pub fn max_copy_size(mut self, bytes: u64) -> Self {
        self.settings.max_copy_size = bytes;
        self
    }

    /// Sets how long a request body may make no progress before the response is `RequestTimeout` 400. Default 60 s.
    pub fn body_idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.body_idle_timeout = timeout;
        self
    }

    /// Sets a delay before every request. Default 0.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = latency;
        self
    }

    /// Limits each connection to this many bytes per second in each direction; 0 counts as 1. Default: no limit.
    pub fn bandwidth_per_connection(mut self, bytes_per_second: u64) -> Self {
        self.settings.bandwidth = Some(bytes_per_second.max(1));
        self
    }

    /// Sets how many requests the history keeps; older ones are dropped. Default 20,000.
    pub fn history_limit(mut self, requests: usize) -> Self {
        self.settings.history = requests;
        self
    }

    /// Sets how many connections are served at once. 0 counts as 1. Default 1,024.
    ///
    /// While all are taken, a new one waits until another ends, or closes one whose client has let it wait: for 1 s between two
    /// requests or in the head of one, or for 10 s without sending or reading a byte of a body.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.settings.max_connections = connections.max(1);
        self
    }

    /// Opens the store, listens, and serves until the handle is dropped. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// `InvalidInput` for settings that are not valid, each named above; the operating system's error for a folder that
    /// cannot be used or a port that is in use.
    pub async fn start(self) -> io::Result<Emulator> {
        self.boxed().await
    }

    /// The server as a value of a known type, so that it is compiled with this crate and not again with each program that
    /// starts one.
    fn boxed(self) -> Pin<Box<dyn Future<Output = io::Result<Emulator>> + Send>> {
        Box::pin(self.open())
    }

    async fn open(self) -> io::Result<Emulator> {
        let is_loopback = self.address.is_loopback();
        if !is_loopback && !self.exposed {
            return Err(refuse("listening beyond loopback needs allow_connections_from_other_machines"));
        }
        if !is_loopback && (self.credentials.is_none() || !self.settings.verify_signatures) {
            return Err(refuse("listening beyond loopback needs credentials of your own, and signatures checked"));
        }
        let (id, secret) = self.credentials.clone().map_or_else(new_credentials, Ok)?;
        if id.is_empty() || secret.is_empty() {
            return Err(refuse("access key id and secret must not be empty"));
        }
        self.check_names()?;
        if let Some((name, objects)) = self.synthetic.iter().find(|(_, objects)| !objects.is_valid()) {
            return Err(refuse(&format!(
                "the bucket {name} cannot have {} objects in {} folders",
                objects.count, objects.folders
            )));
        }
        let store = match &self.dir {
            Some(dir) => Store::on_disk(dir, self.durability, self.quota)?,
            None => Store::in_memory(self.quota),
        };
        let clock = Clock::new(SignedDuration::from_secs(self.clock_offset));
        self.create_buckets(&store, &clock)?;
        let tls = if self.tls { Some(tls::self_made(&self.buckets, &self.settings)?) } else { None };
        let mut settings = self.settings;
        for pem in &self.callback_ca {
            settings.callback_authorities.extend(callback::authorities(pem)?);
        }
        let core = Arc::new(Core {
            store: Arc::new(store),
            clock,
            faults: Faults::default(),
            history: History::new(settings.history),
            accounts: RwLock::new(vec![Account {
                access_key_id: id.clone(),
                access_key_secret: secret.clone(),
                security_token: None,
                expiration: None,
            }]),
            signing_keys: SigningKeys::default(),
            tasks: Tasks::default(),
            endpoint: OnceLock::new(),
            callback_key: tokio::sync::OnceCell::new(),
            callback_roots: tokio::sync::OnceCell::new(),
            completed: CompletedUploads::default(),
            synthetic: SyntheticBuckets::new(self.synthetic),
            has_cors: AtomicBool::new(false),
            settings,
        });
        if core.settings.cors.is_some()
            || core.store.read(|txn| txn.buckets())?.iter().any(|(_, record)| record.cors.is_some())
        {
            core.note_cors();
        }
        self.faults.into_iter().for_each(|fault| core.faults.add(fault));
        let ca_pem = tls.as_ref().map(|tls| tls.ca_pem.clone());
        if self.listens {
            let listener = TcpListener::bind(SocketAddr::new(self.address, self.port)).await?;
            let scheme = if tls.is_some() { "https" } else { "http" };
            let _ = core.endpoint.set(format!("{scheme}://{}", listener.local_addr()?));
            let acceptor = tls.map(|Tls { acceptor, .. }| acceptor);
            drop(core.tasks.spawn(server::listen(Arc::clone(&core), listener, acceptor)));
        }
        let control_endpoint = match self.control_port {
            None => None,
            Some(port) => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
                let endpoint = format!("http://{}", listener.local_addr()?);
                drop(core.tasks.spawn(control::listen(Arc::clone(&core), listener)));
                Some(endpoint)
            }
        };
        Ok(Emulator { core, control_endpoint, ca_pem, main_account: (id, secret) })
    }

    fn check_names(&self) -> io::Result<()> {
        let cnames = self.settings.cnames.iter();
        for name in self.settings.domains.iter().chain(cnames.clone().map(|(domain, _)| domain)) {
            if !is_host_name(name) {
                return Err(refuse(&format!("a domain must be a host name such as oss.example.com, got {name:?}")));
            }
        }
        for origin in self.settings.cors.iter().flat_map(|cors| &cors.rules).flat_map(|rule| &rule.allowed_origins) {
            let is_origin = origin == "*" || origin == "null" || origin.contains("://") && !origin.ends_with('/');
            if !is_origin || !cors::is_pattern(origin) {
                return Err(refuse(&format!(
                    "an origin must be * or like https://example.com, with at most one *, got {origin:?}"
                )));
            }
        }
        for name in self.buckets.iter().chain(cnames.map(|(_, bucket)| bucket)) {
            BucketName::new(name.as_str()).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        }
        Ok(())
    }

    fn create_buckets(&self, store: &Store, clock: &Clock) -> io::Result<()> {
        for name in &self.buckets {
            let record = BucketRecord::new(clock.now_ms(), Acl::Private, StorageClass::Standard, "LRS".to_owned());
            store.write(|txn| ops::create_bucket(txn, name, record, false))?;
        }
        Ok(())
    }
}

/// Letters, digits and hyphens, and the underscores that container names may have.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

fn refuse(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

fn new_credentials() -> io::Result<(String, String)> {
    let hex = |bytes: [u8; 15]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let random = || ring::rand::generate::<[u8; 15]>(&SystemRandom::new()).map(ring::rand::Random::expose);
    // Without randomness from the system nothing that needs a secret can be started safely.
    let id = random().map(hex).map_err(|_| refuse("the operating system gave no randomness"))?;
    let secret = random().map(hex).map_err(|_| refuse("the operating system gave no randomness"))?;
    Ok((format!("emulator-{id}"), secret))
}
