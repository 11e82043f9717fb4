//! What the hosts of OSS say by their names.

/// A host below `aliyuncs.com` that is an endpoint of OSS, alone or with a bucket in front.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct OssHost<'a> {
    /// The bucket in front.
    pub(super) bucket: Option<&'a str>,
    /// The host without it.
    pub(super) endpoint: &'a str,
    /// `None` for transfer acceleration, which serves all regions.
    pub(super) region: Option<&'a str>,
}

impl<'a> OssHost<'a> {
    /// Reads a host in lower case; `None` for every other host, also the other services of OSS.
    pub(super) fn read(host: &'a str) -> Option<Self> {
        let name = host.strip_suffix(".aliyuncs.com")?;
        let (front, service) = split_last(name);
        let (bucket, region) = match service.strip_prefix("oss-") {
            Some("accelerate" | "accelerate-overseas") => (front, None),
            Some(region) => (front, Some(region_in(region)?)),
            // Dual stack: the region is a label of its own.
            None if service == "oss" => {
                let (bucket, region) = split_last(front?);
                (bucket, Some(region_in(region)?))
            }
            None => return None,
        };
        let endpoint = bucket.and_then(|bucket| host.get(bucket.len() + 1..)).unwrap_or(host);
        Some(Self { bucket, endpoint, region })
    }
}

/// The last label, and what is before it.
fn split_last(name: &str) -> (Option<&str>, &str) {
    name.rsplit_once('.').map_or((None, name), |(front, last)| (Some(front), last))
}

/// The region in a name such as `cn-hangzhou-internal`. All begin with two letters and a hyphen, which tells them from the
/// names of other services (`oss-cloudbox`, `oss-data-acc`).
fn region_in(name: &str) -> Option<&str> {
    let region = name.strip_suffix("-internal").unwrap_or(name);
    let (area, rest) = region.split_once('-')?;
    (area.len() == 2 && area.bytes().all(|b| b.is_ascii_lowercase()) && !rest.is_empty()).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_hosts_tell_their_region_and_a_bucket_in_front() {
        for (endpoint, region) in [
            ("oss-cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            ("oss-cn-hangzhou-internal.aliyuncs.com", Some("cn-hangzhou")),
            ("oss-us-west-1.aliyuncs.com", Some("us-west-1")),
            ("oss-rg-china-mainland.aliyuncs.com", Some("rg-china-mainland")),
            ("cn-hangzhou.oss.aliyuncs.com", Some("cn-hangzhou")),
            ("oss-accelerate.aliyuncs.com", None),
            ("oss-accelerate-overseas.aliyuncs.com", None),
        ] {
            assert_eq!(OssHost::read(endpoint), Some(OssHost { bucket: None, endpoint, region }), "{endpoint}");
            for bucket in ["demo", "oss-cn-beijing", "my.demo"] {
                let host = format!("{bucket}.{endpoint}");
                assert_eq!(OssHost::read(&host), Some(OssHost { bucket: Some(bucket), endpoint, region }), "{host}");
            }
        }
        for other in [
            "aliyuncs.com",
            "oss.aliyuncs.com",
            "demo.oss.aliyuncs.com",
            "oss-.aliyuncs.com",
            "cb-1.cn-hangzhou.oss-cloudbox.aliyuncs.com",
            "cn-hangzhou-j-internal.oss-data-acc.aliyuncs.com",
            "oss-cache-cn-beijing-h.aliyuncs.com",
            "sts.cn-hangzhou.aliyuncs.com",
            "oss-cn-hangzhou.aliyuncs.com.example.com",
            "oss-cn-hangzhou.example.com",
            "127.0.0.1",
            "localhost",
        ] {
            assert_eq!(OssHost::read(other), None, "{other}");
        }
    }
}
