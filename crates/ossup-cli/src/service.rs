//! The client for what the command line names.

use ossup::transport::Endpoint;
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
        if let Some(region) = self.region.as_deref().or_else(|| self.region_of_emulator()) {
            config = config.region(region);
        }
        if let Some(path) = &self.ca_file {
            config = config.ca_file(path);
        }
        config
    }

    /// A loopback endpoint is an emulator, which expects the default region unless it was told otherwise. Every other one names
    /// its region itself, or requires one.
    fn region_of_emulator(&self) -> Option<&'static str> {
        let endpoint = Endpoint::parse(self.endpoint.as_deref()?).ok()?;
        endpoint.is_loopback().then_some("cn-hangzhou")
    }
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
    use ossup::Credentials;

    fn built(endpoint: &str) -> Result<String, String> {
        let service = Service { endpoint: Some(endpoint.to_owned()), region: None, ca_file: None };
        let client = Client::new(service.config().credentials(Credentials::new("id", "secret")));
        client.map(|_| String::new()).map_err(|error| Failure::from(error).to_string())
    }

    #[test]
    fn an_endpoint_tells_its_region() {
        for endpoint in [
            "https://oss-cn-beijing.aliyuncs.com/",
            "OSS-cn-hangzhou-Internal.aliyuncs.com:443",
            "cn-hangzhou.oss.aliyuncs.com",
            "http://127.0.0.1:9000/",
            "localhost",
            "[::1]:9000",
        ] {
            assert_eq!(built(endpoint), Ok(String::new()), "{endpoint}");
        }
        for endpoint in ["oss-accelerate.aliyuncs.com", "cdn.example.com", "127.0.0.1.example.com"] {
            assert!(built(endpoint).is_err_and(|error| error.contains("--region")), "{endpoint}");
        }
        let refused = built("demo.oss-cn-hangzhou.aliyuncs.com").unwrap_err();
        assert!(refused.contains("the endpoint is oss-cn-hangzhou.aliyuncs.com"), "{refused}");
    }
}
