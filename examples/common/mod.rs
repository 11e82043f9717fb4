//! What the programs of the guide share: their arguments, and how a result is shown.

use std::path::PathBuf;

use clap::Parser;
use ossup::{Client, Config, UploadResult};

/// The arguments of every program of the guide.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// The region in which the bucket is located.
    #[arg(long)]
    pub(crate) region: String,
    /// The name of the bucket.
    #[arg(long)]
    pub(crate) bucket: String,
    /// The domain name that other services use to reach OSS; by default the public one of the region.
    #[arg(long)]
    pub(crate) endpoint: Option<String>,
    /// The name of the object.
    #[arg(long)]
    pub(crate) key: String,
    /// The file to upload.
    #[arg(long, alias = "file_path")]
    pub(crate) file_path: PathBuf,
}

impl Arguments {
    /// A client for the region and endpoint, with credentials from the environment.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        let mut config = Config::load_default().region(&self.region);
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint(endpoint);
        }
        Ok(Client::new(config)?)
    }
}

/// Prints what the guide prints of a result.
#[allow(dead_code, reason = "not every program of the guide uploads")]
pub(crate) fn show(result: &UploadResult) {
    let header = |name: &str| result.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-");
    println!(
        "status code: {}, request id: {}, content md5: {}, etag: {}, hash crc64: {}, version id: {}, server time: {}",
        result.status_code(),
        result.request_id.as_deref().unwrap_or("-"),
        header("Content-MD5"),
        result.etag.as_ref().map_or("-", |etag| etag.as_str()),
        result.hash_crc64.map_or("-".to_owned(), |crc| crc.to_string()),
        result.version_id.as_deref().unwrap_or("-"),
        header("x-oss-server-time"),
    );
}
