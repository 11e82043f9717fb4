//! Requests that are there already, as `http` has them: bucket, key and query are read out of the URL.

use std::time::{Duration, SystemTime};

use http::header::HOST;
use http::uri::Scheme;
use http::{HeaderMap, Request};

use crate::credentials::Credentials;
use crate::encoding::{decode, decode_query};
use crate::error::SignError;
use crate::presigned::Presigned;
use crate::request::SigningRequest;
use crate::signer::Signer;
use crate::v4::V4Signer;

/// Where a URL has the bucket. The URL alone does not tell: `https://a.example.com/b/c` may be the key `c` of the bucket
/// `b`, the key `b/c` of the bucket `a`, or the key `b/c` of a bucket that has the domain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UrlStyle<'a> {
    /// In front of the endpoint: `https://BUCKET.oss-cn-hangzhou.aliyuncs.com/KEY`.
    VirtualHost,
    /// First in the path: `http://127.0.0.1:9000/BUCKET/KEY`.
    Path,
    /// Nowhere, because the host is a domain of this bucket's own: `https://static.example.com/KEY`.
    CustomDomain {
        /// The bucket.
        bucket: &'a str,
    },
    /// Nowhere, because the request is one of the service itself: `https://oss-cn-hangzhou.aliyuncs.com/` lists buckets.
    Service,
}

impl Signer {
    /// Signs a request as it is at hand, in its headers: see [`sign`](Self::sign). The URL stays as it is.
    ///
    /// ```
    /// use oss_auth::{Credentials, Product, UrlStyle, V4Signer};
    ///
    /// # let now = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_702_743_657);
    /// # let credentials = Credentials::new("ak", "sk");
    /// let signer = V4Signer::new("cn-hangzhou", Product::OSS)?;
    /// let mut request = http::Request::put("https://examplebucket.oss-cn-hangzhou.aliyuncs.com/a%20b.txt").body("meow")?;
    /// signer.sign_http(&mut request, UrlStyle::VirtualHost, &credentials, now)?;
    /// assert!(request.headers().contains_key("authorization"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SignError`]; among others [`Url`](SignError::Url) if the URL is not one of this style, or not percent-encoded
    /// UTF-8. The request is then unchanged.
    pub fn sign_http<B>(
        &self,
        request: &mut Request<B>,
        style: UrlStyle<'_>,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<(), SignError> {
        let read = ReadUrl::new(request, style)?;
        let signing_request = read.signing_request(request.method().clone());
        self.sign(&signing_request, request.headers_mut(), credentials, time)
    }

    /// Makes a signed URL of a request as it is at hand: see [`presign`](Self::presign). The scheme is that of the request's
    /// URL, `https` if it has none; the host is the URL's, else that of the `Host` header.
    ///
    /// # Errors
    /// As [`sign_http`](Self::sign_http), and [`NoHost`](SignError::NoHost).
    pub fn presign_http<B>(
        &self,
        request: &Request<B>,
        style: UrlStyle<'_>,
        credentials: &Credentials,
        time: SystemTime,
        lifetime: Duration,
    ) -> Result<Presigned, SignError> {
        let read = ReadUrl::new(request, style)?;
        let signing_request = read.signing_request(request.method().clone());
        self.presign(&signing_request, request.headers(), credentials, time, lifetime)
    }
}

impl V4Signer {
    /// As [`Signer::sign_http`].
    ///
    /// # Errors
    /// As [`Signer::sign_http`].
    pub fn sign_http<B>(
        &self,
        request: &mut Request<B>,
        style: UrlStyle<'_>,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<(), SignError> {
        Signer::V4(self.clone()).sign_http(request, style, credentials, time)
    }

    /// As [`Signer::presign_http`].
    ///
    /// # Errors
    /// As [`Signer::presign_http`].
    pub fn presign_http<B>(
        &self,
        request: &Request<B>,
        style: UrlStyle<'_>,
        credentials: &Credentials,
        time: SystemTime,
        lifetime: Duration,
    ) -> Result<Presigned, SignError> {
        Signer::V4(self.clone()).presign_http(request, style, credentials, time, lifetime)
    }
}

/// What a signature needs of a URL, decoded.
struct ReadUrl {
    scheme: Scheme,
    host: Option<String>,
    bucket: Option<String>,
    key: Option<String>,
    query: Vec<(String, String)>,
    path_style: bool,
}

impl ReadUrl {
    fn new<B>(request: &Request<B>, style: UrlStyle<'_>) -> Result<Self, SignError> {
        let uri = request.uri();
        let host = match uri.authority() {
            Some(authority) => Some(authority.as_str().to_owned()),
            None => host_header(request.headers()),
        };
        // `OPTIONS *` has a path without a slash, and is no request of OSS.
        let path = uri.path().strip_prefix('/').ok_or(SignError::Url { reason: "has no path" })?;
        let text =
            |encoded: &str| decode(encoded).map_err(|_| SignError::Url { reason: "is not percent-encoded UTF-8" });
        let (bucket, key) = match style {
            UrlStyle::VirtualHost => (Some(first_label(host.as_deref())?.to_owned()), path),
            UrlStyle::CustomDomain { bucket } => (Some(bucket.to_owned()), path),
            UrlStyle::Path => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                (Some(text(bucket)?), key)
            }
            UrlStyle::Service if path.is_empty() => (None, path),
            UrlStyle::Service => return Err(SignError::KeyWithoutBucket),
        };
        let query = decode_query(uri.query().unwrap_or_default());
        Ok(Self {
            scheme: uri.scheme().cloned().unwrap_or(Scheme::HTTPS),
            host,
            bucket,
            key: Some(text(key)?).filter(|key| !key.is_empty()),
            query: query.map_err(|_| SignError::Url { reason: "is not percent-encoded UTF-8" })?,
            path_style: style == UrlStyle::Path,
        })
    }

    fn signing_request(&self, method: http::Method) -> SigningRequest<'_> {
        SigningRequest::new(method)
            .scheme(self.scheme.clone())
            .host(self.host.as_ref())
            .bucket(self.bucket.as_ref())
            .key(self.key.as_ref())
            .query_pairs(self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .path_style(self.path_style)
    }
}

fn host_header(headers: &HeaderMap) -> Option<String> {
    headers.get(HOST)?.to_str().ok().map(str::to_owned)
}

/// The bucket in front of an endpoint.
fn first_label(host: Option<&str>) -> Result<&str, SignError> {
    let host = host.ok_or(SignError::NoHost)?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_address = host.starts_with('[') || name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match name.split_once('.') {
        Some((bucket, rest)) if !is_address && rest.contains('.') => Ok(bucket),
        _ => Err(SignError::Url { reason: "has no bucket in front of its endpoint" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v4::Product;
    use http::Method;
    use std::time::UNIX_EPOCH;

    const BUCKET: UrlStyle<'static> = UrlStyle::CustomDomain { bucket: "b" };

    fn read(url: &str, style: UrlStyle<'_>) -> Result<String, SignError> {
        let read = ReadUrl::new(&Request::get(url).body(()).unwrap(), style)?;
        let query: Vec<_> = read.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Ok(format!("{:?} {:?} {}", read.bucket, read.key, query.join(" ")))
    }

    #[test]
    fn bucket_key_and_query_are_read_out_of_a_url() {
        use UrlStyle::{Path, Service, VirtualHost};
        for (url, style, expected) in [
            (
                "https://b.oss-cn-x.aliyuncs.com/a%20b/..//c?acl&x=%2B+",
                VirtualHost,
                r#"Some("b") Some("a b/..//c") acl= x=++"#,
            ),
            ("https://b.oss-cn-x.aliyuncs.com:8443", VirtualHost, r#"Some("b") None "#),
            ("http://127.0.0.1:9000/b/c/d?a=b", Path, r#"Some("b") Some("c/d") a=b"#),
            ("http://127.0.0.1:9000/b", Path, r#"Some("b") None "#),
            ("http://127.0.0.1:9000/b/", Path, r#"Some("b") None "#),
            ("https://static.example.com/b/c", BUCKET, r#"Some("b") Some("b/c") "#),
            ("https://oss-cn-x.aliyuncs.com/?max-keys=1", Service, "None None max-keys=1"),
        ] {
            assert_eq!(read(url, style).as_deref(), Ok(expected), "{url}");
        }
    }

    #[test]
    fn a_url_that_does_not_fit_its_style_is_refused() {
        use UrlStyle::{Path, Service, VirtualHost};
        for url in ["http://127.0.0.1:9000/k", "http://[::1]:9000/k", "http://localhost/k", "http://b.localhost/k"] {
            assert!(matches!(read(url, VirtualHost), Err(SignError::Url { .. })), "{url}");
        }
        assert_eq!(read("/k", VirtualHost), Err(SignError::NoHost));
        assert_eq!(read("https://oss-cn-x.aliyuncs.com/k", Service), Err(SignError::KeyWithoutBucket));
        for url in ["https://h/%zz", "https://h/%ff", "https://h/?a=%4"] {
            assert!(matches!(read(url, BUCKET), Err(SignError::Url { .. })), "{url}");
        }
        let mut request = Request::get("https://h/").body(()).unwrap();
        let (credentials, signer) = (Credentials::new("ak", "sk"), V4Signer::new("cn-hangzhou", Product::OSS).unwrap());
        assert!(signer.sign_http(&mut request, Path, &credentials, UNIX_EPOCH).is_err());
        assert!(request.headers().is_empty());
    }

    #[test]
    fn signing_in_one_call_gives_what_the_parts_give() {
        let (credentials, time) = (Credentials::new("ak", "sk"), UNIX_EPOCH + Duration::from_secs(1_702_743_657));
        let signer = V4Signer::new("cn-hangzhou", Product::OSS).unwrap().with_additional_headers(["host"]).unwrap();
        let host = "b.oss-cn-hangzhou.aliyuncs.com";
        let parts = SigningRequest::new(Method::PUT).bucket("b").key("a b").query("acl", "").host(host);
        let mut expected = HeaderMap::new();
        signer.sign(&parts, &mut expected, &credentials, time).unwrap();

        let mut request = Request::put(format!("https://{host}/a%20b?acl")).body(()).unwrap();
        signer.sign_http(&mut request, UrlStyle::VirtualHost, &credentials, time).unwrap();
        assert_eq!(request.headers(), &expected);
        let mut origin_form = Request::put("/a%20b?acl").header("host", host).body(()).unwrap();
        signer.sign_http(&mut origin_form, UrlStyle::VirtualHost, &credentials, time).unwrap();
        assert_eq!(origin_form.headers()["authorization"], expected["authorization"]);
    }

    #[test]
    fn a_presigned_url_has_the_scheme_of_the_url_at_hand() {
        let (credentials, time) = (Credentials::new("ak", "sk"), UNIX_EPOCH + Duration::from_secs(1_702_743_657));
        let signer = V4Signer::new("cn-hangzhou", Product::OSS).unwrap();
        for (url, begin) in [
            ("http://127.0.0.1:9000/b/k?versionId=1", "http://127.0.0.1:9000/b/k?versionId=1&x-oss-"),
            ("https://127.0.0.1:9000/b/k", "https://127.0.0.1:9000/b/k?x-oss-"),
        ] {
            let request = Request::get(url).body(()).unwrap();
            let presigned =
                signer.presign_http(&request, UrlStyle::Path, &credentials, time, Duration::from_secs(9)).unwrap();
            assert!(presigned.url().starts_with(begin), "{}", presigned.url());
        }
    }
}
