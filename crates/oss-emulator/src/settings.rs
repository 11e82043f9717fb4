//! What can be configured about one server, gathered by the builder and read everywhere else.

use std::time::Duration;

use rustls::pki_types::CertificateDer;

use crate::cors::CorsConfiguration;

/// How the ETag of stored content is computed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum EtagMode {
    /// MD5 of the content, as OSS does it.
    #[default]
    Md5,
    /// CRC64 and length in hex: for load tests, where MD5 is the bottleneck. `Content-MD5` of a request is still checked.
    Crc,
}

/// What an acknowledged write survives, on disk.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Durability {
    /// A power cut: files, folders and metadata are synced before the response.
    #[default]
    Power,
    /// A killed process: the operating system has the bytes, the disk may not have them yet. Much faster.
    Process,
}

/// Bytes in OSS's "5 GB": the largest PutObject, append and part.
pub(crate) const MAX_PUT: u64 = 5 * 1024 * 1024 * 1024;
/// Smallest part other than the last.
pub(crate) const MIN_PART: u64 = 100 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) region: String,
    /// Host names below which `bucket.` is the bucket.
    pub(crate) domains: Vec<String>,
    /// Host names that stand for one bucket each.
    pub(crate) cnames: Vec<(String, String)>,
    /// For every bucket, behind its own rules.
    pub(crate) cors: Option<CorsConfiguration>,
    pub(crate) etag: EtagMode,
    pub(crate) discard_bodies: bool,
    pub(crate) verify_signatures: bool,
    pub(crate) remember_completed: Option<Duration>,
    pub(crate) late_part_after_abort: bool,
    pub(crate) copy_without_crc: bool,
    pub(crate) list_parts_without_crc: bool,
    pub(crate) restore_after: Duration,
    pub(crate) refuse_path_style: bool,
    pub(crate) refuse_loopback_callbacks: bool,
    /// Root certificates besides those of the machine.
    pub(crate) callback_authorities: Vec<CertificateDer<'static>>,
    pub(crate) max_copy_size: u64,
    pub(crate) body_idle_timeout: Duration,
    pub(crate) latency: Duration,
    pub(crate) bandwidth: Option<u64>,
    pub(crate) history: usize,
    pub(crate) max_connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let region = "cn-hangzhou".to_owned();
        Self {
            domains: Vec::new(),
            cnames: Vec::new(),
            region,
            cors: None,
            etag: EtagMode::default(),
            discard_bodies: false,
            verify_signatures: true,
            remember_completed: None,
            late_part_after_abort: false,
            copy_without_crc: false,
            list_parts_without_crc: false,
            restore_after: Duration::ZERO,
            refuse_path_style: false,
            refuse_loopback_callbacks: false,
            callback_authorities: Vec::new(),
            max_copy_size: 1024 * 1024 * 1024,
            body_idle_timeout: Duration::from_secs(60),
            latency: Duration::ZERO,
            bandwidth: None,
            history: 20_000,
            max_connections: 1024,
        }
    }
}

impl Settings {
    /// Every host name that is the service itself.
    pub(crate) fn service_hosts(&self) -> impl Iterator<Item = String> + '_ {
        let region = &self.region;
        [
            "localhost".to_owned(),
            format!("oss-{region}.aliyuncs.com"),
            format!("oss-{region}-internal.aliyuncs.com"),
            "oss-accelerate.aliyuncs.com".to_owned(),
        ]
        .into_iter()
        .chain(self.domains.iter().cloned())
    }
}
