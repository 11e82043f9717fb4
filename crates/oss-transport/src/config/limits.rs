use oss_models::limits::TRAFFIC_LIMIT;
use tokio::sync::Semaphore;

use super::{Config, ConfigError};
use crate::bandwidth::BandwidthLimit;
use crate::layers::{ChecksumLayer, ConcurrencyLayer};

#[derive(Clone, Debug)]
pub(super) struct LimitOptions {
    max_concurrency: Option<usize>,
    upload_bandwidth: BandwidthLimit,
    pub(super) download_bandwidth: BandwidthLimit,
    pub(super) traffic_limit: Option<u64>,
    check_uploads: bool,
    check_downloads: bool,
    ignore_response_crc64: bool,
}

impl Default for LimitOptions {
    fn default() -> Self {
        Self {
            max_concurrency: None,
            upload_bandwidth: BandwidthLimit::unlimited(),
            download_bandwidth: BandwidthLimit::unlimited(),
            traffic_limit: None,
            check_uploads: true,
            check_downloads: true,
            ignore_response_crc64: false,
        }
    }
}

/// Concurrency, bandwidth and checksums.
impl Config {
    /// Sets the calls under way at once; the others wait. Default no limit; at least 1. A call whose response is a stream
    /// counts until the stream was read or dropped.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Value`] for 0.
    pub fn max_concurrency(mut self, calls: impl Into<Option<usize>>) -> Self {
        self.limits.max_concurrency = calls.into();
        self
    }

    /// Sets the limit for the bytes of all bodies that are sent, in bytes per second; one that is shared governs several
    /// transports. Default none.
    pub fn upload_bandwidth_limit(mut self, limit: BandwidthLimit) -> Self {
        self.limits.upload_bandwidth = limit;
        self
    }

    /// Sets the limit for the bytes of all bodies that are received, in bytes per second; one that is shared governs several
    /// transports. Default none.
    pub fn download_bandwidth_limit(mut self, limit: BandwidthLimit) -> Self {
        self.limits.download_bandwidth = limit;
        self
    }

    /// Asks the service to limit each transfer (`x-oss-traffic-limit`), in bit/s. Default none; 245,760 to 838,860,800. A
    /// request with the header keeps its own.
    ///
    /// # Errors
    /// [`build`](Self::build) returns [`ConfigError::Value`] outside the range.
    pub fn traffic_limit(mut self, bits_per_second: impl Into<Option<u64>>) -> Self {
        self.limits.traffic_limit = bits_per_second.into();
        self
    }

    /// Sets whether to send without computing and comparing CRC64. Default no. The CRC64 of what was sent is then not in
    /// the response either.
    pub fn disable_upload_crc64_check(mut self, disable: bool) -> Self {
        self.limits.check_uploads = !disable;
        self
    }

    /// Sets whether to receive whole objects without comparing their CRC64. Default no.
    pub fn disable_download_crc64_check(mut self, disable: bool) -> Self {
        self.limits.check_downloads = !disable;
        self
    }

    /// Sets whether the CRC64 in responses is taken for not given, so that nothing is compared with it, and nothing is proven
    /// by it either: for a gateway that sends another one than that of the object. Default no.
    pub fn ignore_response_crc64(mut self, ignore: bool) -> Self {
        self.limits.ignore_response_crc64 = ignore;
        self
    }

    /// The layer that limits the calls under way.
    pub fn concurrency_layer(&self) -> ConcurrencyLayer {
        ConcurrencyLayer::new(self.limits.max_concurrency)
    }

    /// The layer that computes and compares CRC64.
    pub fn checksum_layer(&self) -> ChecksumLayer {
        ChecksumLayer::new()
            .check_uploads(self.limits.check_uploads)
            .check_downloads(self.limits.check_downloads)
            .ignore_response_crc64(self.limits.ignore_response_crc64)
            .upload_bandwidth_limit(self.limits.upload_bandwidth.clone())
    }
}

impl LimitOptions {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let out_of_range = |calls: &usize| *calls == 0 || *calls > Semaphore::MAX_PERMITS;
        if let Some(got) = self.max_concurrency.filter(out_of_range) {
            let allowed = if got == 0 { "at least 1" } else { "at most 2^61 - 1" };
            return Err(ConfigError::Value { option: "max_concurrency", allowed, got: got.to_string() });
        }
        if let Some(got) = self.traffic_limit.filter(|limit| !TRAFFIC_LIMIT.contains(limit)) {
            let allowed = "between 245760 and 838860800 bit/s";
            return Err(ConfigError::Value { option: "traffic_limit", allowed, got: got.to_string() });
        }
        Ok(())
    }
}
