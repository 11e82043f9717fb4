//! The head of a request: which bucket and key the address names, in every form that OSS knows, and the query.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use http::{HeaderMap, Method, Uri, header};
use oss_models::{BucketName, ObjectKey};
use percent_encoding::percent_decode_str;

use crate::error::{OssError, Outcome, code};
use crate::settings::Settings;

/// A request without its body.
#[derive(Clone, Debug)]
pub(crate) struct RequestHead {
    pub(crate) method: Method,
    pub(crate) host: String,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
}

impl RequestHead {
    /// Takes address and query apart.
    ///
    /// # Errors
    /// `InvalidBucketName`, `InvalidObjectName`, a host that is not ours, text that is not UTF-8.
    pub(crate) fn parse(parts: &http::request::Parts, settings: &Settings) -> Outcome<Self> {
        let host = host(&parts.uri, &parts.headers)?;
        let query = Query::parse(parts.uri.query().unwrap_or_default())?;
        let (bucket, key) = address(&host, parts.uri.path(), settings)?;
        if let Some(bucket) = &bucket {
            BucketName::new(bucket.as_str())
                .map_err(|_| OssError::from(code::INVALID_BUCKET_NAME).with("BucketName", bucket))?;
        }
        if let Some(key) = &key {
            ObjectKey::new(key.as_str())
                .map_err(|_| OssError::from(code::INVALID_OBJECT_NAME).with("ObjectName", key))?;
        }
        Ok(Self { method: parts.method.clone(), host, bucket, key, query, headers: parts.headers.clone() })
    }

    /// A header as text; a value that is not visible ASCII reads as absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The bucket that a bucket or object operation names.
    pub(crate) fn bucket(&self) -> Outcome<&str> {
        self.bucket.as_deref().ok_or_else(|| code::INVALID_BUCKET_NAME.into())
    }

    /// The key that an object operation names.
    pub(crate) fn key(&self) -> Outcome<&str> {
        self.key.as_deref().ok_or_else(|| code::INVALID_OBJECT_NAME.into())
    }
}

fn host(uri: &Uri, headers: &HeaderMap) -> Outcome<String> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (uri.authority(), hosts.next()) {
        (Some(authority), _) => authority.as_str().to_owned(),
        (None, Some(host)) => host.to_str().map_err(|_| OssError::from(code::INVALID_REQUEST))?.to_owned(),
        (None, None) => return Err(OssError::from(code::INVALID_REQUEST).message("The Host header is missing.")),
    };
    if hosts.next().is_some() {
        return Err(OssError::from(code::INVALID_REQUEST).message("The Host header is given twice."));
    }
    Ok(host)
}

/// Host name without the port; IPv6 brackets are dropped.
fn host_name(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(name, _)| name),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.to_ascii_lowercase()
}

/// Bucket and key by the form of the address. Only names of this server are accepted: a web page whose name was rebound to this
/// machine (DNS rebinding) must not reach it.
///
/// # Errors
/// `NonStandardHostForbidden`.
fn address(host: &str, raw_path: &str, settings: &Settings) -> Outcome<(Option<String>, Option<String>)> {
    let name = host_name(host);
    if name.parse::<IpAddr>().is_ok() {
        return path_style(raw_path);
    }
    let virtual_host = |bucket: &str| {
        let key = raw_path.strip_prefix('/').filter(|key| !key.is_empty());
        Ok((Some(bucket.to_owned()), key.map(decode_key).transpose()?))
    };
    if let Some((_, bucket)) = settings.cnames.iter().find(|(domain, _)| name == *domain) {
        return virtual_host(bucket);
    }
    // What stands in front of the longest name of the service that fits: one may be below another.
    let in_front = |service: String| match name.strip_suffix(&service)? {
        "" => Some((service.len(), None)),
        rest => Some((service.len(), Some(rest.strip_suffix('.')?))),
    };
    match settings.service_hosts().filter_map(in_front).max() {
        Some((_, Some(bucket))) => virtual_host(bucket),
        Some((_, None)) if settings.refuse_path_style && raw_path != "/" && name != "localhost" => {
            Err(code::SECOND_LEVEL_DOMAIN_FORBIDDEN.into())
        }
        Some((_, None)) => path_style(raw_path),
        None => Err(code::NON_STANDARD_HOST_FORBIDDEN.into()),
    }
}

fn path_style(raw_path: &str) -> Outcome<(Option<String>, Option<String>)> {
    let rest = raw_path.strip_prefix('/').unwrap_or(raw_path);
    if rest.is_empty() {
        return Ok((None, None));
    }
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let bucket = decode(bucket).ok_or(code::INVALID_BUCKET_NAME)?;
    let key = if key.is_empty() { None } else { Some(decode_key(key)?) };
    Ok((Some(bucket), key))
}

fn decode_key(raw: &str) -> Outcome<String> {
    decode(raw).ok_or_else(|| code::INVALID_OBJECT_NAME.into())
}

/// Percent-decoding that leaves `+` alone; `None` if the result is not UTF-8.
pub(crate) fn decode(raw: &str) -> Option<String> {
    percent_decode_str(raw).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The decoded query, in order. A name without value and a name with an empty value are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Outcome<Self> {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        });
        pairs
            .collect::<Option<Vec<_>>>()
            .map(Self)
            .ok_or_else(|| OssError::from(code::INVALID_ARGUMENT).message("The query is not UTF-8."))
    }

    /// The first value of a name.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// A whole number within bounds, or the default when the name is absent.
    pub(crate) fn number(&self, name: &str, default: u64, bounds: RangeInclusive<u64>) -> Outcome<u64> {
        match self.first(name) {
            None | Some("") => Ok(default),
            Some(text) => match text.parse() {
                Ok(value) if bounds.contains(&value) => Ok(value),
                _ => Err(OssError::invalid_argument(name, text)),
            },
        }
    }

    /// A name or marker of a list: shorter than 1024 bytes.
    pub(crate) fn name(&self, name: &str) -> Outcome<Option<&str>> {
        match self.first(name) {
            Some(value) if value.len() >= 1024 => Err(OssError::invalid_argument(name, value)),
            Some("") | None => Ok(None),
            some => Ok(some),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(host: &str, target: &str) -> Outcome<RequestHead> {
        let (parts, ()) = http::Request::builder().uri(target).header("Host", host).body(()).unwrap().into_parts();
        RequestHead::parse(&parts, &Settings::default())
    }

    fn names(host: &str, target: &str) -> (Option<String>, Option<String>) {
        let head = head(host, target).unwrap();
        (head.bucket, head.key)
    }

    #[test]
    fn all_host_forms_name_the_same_object() {
        let want = (Some("demo".to_owned()), Some("a b/../c".to_owned()));
        for (host, target) in [
            ("127.0.0.1:80", "/demo/a%20b/../c"),
            ("[::1]:80", "/demo/a%20b/../c"),
            ("localhost", "/demo/a%20b/../c"),
            ("demo.localhost:9000", "/a%20b/../c"),
            ("demo.oss-cn-hangzhou.aliyuncs.com", "/a%20b/../c"),
            ("oss-cn-hangzhou.aliyuncs.com", "/demo/a%20b/../c"),
            ("DEMO.OSS-cn-hangzhou.aliyuncs.com:443", "/a%20b/../c"),
        ] {
            assert_eq!(names(host, target), want, "{host}");
        }
        assert_eq!(names("localhost", "/demo"), names("localhost", "/demo/"));
        assert_eq!(names("localhost", "/"), (None, None));
    }

    #[test]
    fn a_domain_of_a_bucket_names_it_and_nothing_below_it_does() {
        let cnames = vec![("img.example.com".to_owned(), "demo".to_owned())];
        let settings = Settings { cnames, ..Settings::default() };
        let address = |host, path| address(host, path, &settings).map_err(|error| error.code.clone());
        let demo = || Some("demo".to_owned());
        assert_eq!(address("IMG.example.com:80", "/demo/a%20b"), Ok((demo(), Some("demo/a b".to_owned()))));
        assert_eq!(address("img.example.com", "/"), Ok((demo(), None)));
        for host in ["demo.img.example.com", "example.com"] {
            assert_eq!(address(host, "/a"), Err("NonStandardHostForbidden".into()), "{host}");
        }
    }

    #[test]
    fn a_domain_of_the_service_has_both_forms_of_address() {
        let domains = ["svc", "oss.svc", "my_oss"].map(str::to_owned).to_vec();
        let settings = Settings { domains, ..Settings::default() };
        let address = |host, path| address(host, path, &settings).map_err(|error| error.code.clone());
        let a_in_demo = Ok((Some("demo".to_owned()), Some("a".to_owned())));
        for host in ["svc", "oss.svc:9000", "my_oss", "OSS.SVC"] {
            assert_eq!(address(host, "/demo/a"), a_in_demo, "{host}");
        }
        for host in ["demo.svc", "demo.oss.svc:9000", "demo.my_oss"] {
            assert_eq!(address(host, "/a"), a_in_demo, "{host}");
        }
        for host in ["othersvc", "svc.example", "example"] {
            assert_eq!(address(host, "/demo/a"), Err("NonStandardHostForbidden".into()), "{host}");
        }
    }

    #[test]
    fn a_rebound_host_name_and_bad_names_are_refused() {
        let code = |host, target| head(host, target).unwrap_err().code.clone();
        assert_eq!(code("evil.example", "/demo/a"), "NonStandardHostForbidden");
        assert_eq!(code("127.0.0.1.evil.example", "/demo/a"), "NonStandardHostForbidden");
        assert_eq!(code("localhost", "/De/a"), "InvalidBucketName");
        assert_eq!(code("localhost", "//a"), "InvalidBucketName");
        assert_eq!(code("localhost", "/demo//a"), "InvalidObjectName");
        assert_eq!(code("localhost", "/demo/%2fa"), "InvalidObjectName");
        assert_eq!(code("localhost", "/demo/%5ca"), "InvalidObjectName");
        assert_eq!(code("localhost", "/demo/%ff"), "InvalidObjectName");
    }

    #[test]
    fn a_query_keeps_plus_and_treats_both_empty_forms_alike() {
        let query = Query::parse("acl&prefix=a+b%2B&x=").unwrap();
        assert_eq!(
            query.pairs(),
            [("acl", ""), ("prefix", "a+b+"), ("x", "")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }

    proptest! {
        #[test]
        fn no_head_makes_the_parser_panic(host in "[ -~]{0,40}", path in "(/[!-~&&[^#?]]{0,60})", query in "[!-~&&[^#]]{0,60}") {
            if let Ok(request) = http::Request::builder().uri(format!("{path}?{query}")).header("Host", host).body(()) {
                let _ = RequestHead::parse(&request.into_parts().0, &Settings::default());
            }
        }

        #[test]
        fn any_valid_key_arrives_as_it_was_sent(key in "\\PC{1,60}") {
            prop_assume!(ObjectKey::new(key.as_str()).is_ok());
            let target = format!("/demo/{}", percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC));
            prop_assert_eq!(names("localhost", &target), (Some("demo".to_owned()), Some(key)));
        }
    }
}
