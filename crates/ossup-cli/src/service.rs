//! The client for what the command line names.

use ossup::{Client, Config, PutBucketRequest};
use serde::Serialize;

use crate::arguments::{Mb, Service};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Line, Output, Totals};

impl Service {
    /// The configuration, with the credentials of the environment.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::load_default();
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint(endpoint);
        }
        if let Some(region) = self.region.as_deref().or_else(|| self.endpoint.as_deref().and_then(region_of)) {
            config = config.region(region);
        }
        if let Some(path) = &self.ca_file {
            config = config.ca_file(path);
        }
        config
    }
}

/// The region that an endpoint names: `oss-cn-hangzhou.aliyuncs.com` and its internal twin.
///
/// A loopback endpoint is an emulator, which expects the default region unless it was told otherwise.
fn region_of(endpoint: &str) -> Option<&str> {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, host)| host);
    if let Some(region) = host.strip_prefix("oss-").and_then(|host| host.strip_suffix(".aliyuncs.com")) {
        let region = region.strip_suffix("-internal").unwrap_or(region);
        return (!region.starts_with("accelerate")).then_some(region);
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    (name == "localhost" || name == "[::1]" || name.starts_with("127.")).then_some("cn-hangzhou")
}

/// A bucket that was created.
#[derive(Serialize)]
struct Created {
    op: &'static str,
    status: &'static str,
    bucket: String,
}

impl Line for Created {
    fn text(&self) -> Option<String> {
        Some(format!("created oss://{}", self.bucket))
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
    }
}

/// Creates the bucket.
pub(crate) async fn make_bucket(arguments: &Mb, output: &Output) -> Result<Exit, Failure> {
    let bucket = &arguments.bucket;
    if !bucket.rest.is_empty() {
        return Err(Failure::usage(format!("{bucket} is more than a bucket: write oss://{}", bucket.bucket)));
    }
    let client = Client::new(arguments.service.config().recorder(output.requests()))?;
    client.put_bucket(PutBucketRequest::new(bucket.bucket.as_str())).await?;
    let _ = output.line(&Created { op: "create_bucket", status: "done", bucket: bucket.bucket.to_string() });
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_tells_its_region() {
        assert_eq!(region_of("https://oss-cn-beijing.aliyuncs.com"), Some("cn-beijing"));
        assert_eq!(region_of("oss-cn-hangzhou-internal.aliyuncs.com"), Some("cn-hangzhou"));
        assert_eq!(region_of("http://127.0.0.1:9000"), Some("cn-hangzhou"));
        assert_eq!(region_of("localhost"), Some("cn-hangzhou"));
        assert_eq!(region_of("oss-accelerate.aliyuncs.com"), None);
        assert_eq!(region_of("cdn.example.com"), None);
    }
}
