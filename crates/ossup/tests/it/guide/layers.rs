//! The snippets of `docs/guide/layers.md`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use oss_auth::callback::{Callback, CallbackKey, CallbackLayer, KeyUrl};
use oss_auth::{PostPolicy, Product, SigningRequest, V4Signer};
use ossup::http::{self, HeaderMap, HeaderValue, Method, StatusCode, header};
use ossup::transport::WireBody;
use ossup::{
    BoxError, BucketName, CallError, CallErrorKind, Client, Config, Crc64, Credentials, HeadObjectRequest, Idempotency,
    InvalidRequest, Operation, OperationInfo, PutObjectRequest, Request, Response, ResponseShape, Uploader, Verified,
};
use tower::{Layer as _, ServiceBuilder, ServiceExt as _};

use super::client;

/// GetBucketResourceGroup: the resource group that a bucket belongs to.
struct GetBucketResourceGroupRequest {
    bucket: BucketName,
}

impl Operation for GetBucketResourceGroupRequest {
    type Output = Option<String>;

    const INFO: &'static OperationInfo = &OperationInfo::new(
        "GetBucketResourceGroup",
        Idempotency::Idempotent,
        ResponseShape::Xml("BucketResourceGroupConfiguration"),
    );

    fn into_request(self) -> Result<Request, InvalidRequest> {
        let mut request = Request::new(Self::INFO, Method::GET);
        request.bucket = Some(self.bucket);
        request.query.push(("resourceGroup".to_owned(), String::new()));
        Ok(request)
    }

    fn read(response: Response) -> Result<Self::Output, CallErrorKind> {
        let text = response.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        let id = text.split_once("<ResourceGroupId>").and_then(|(_, rest)| rest.split_once("</ResourceGroupId>"));
        Ok(id.map(|(id, _)| id.to_owned()))
    }
}

#[tokio::test]
async fn an_operation_of_another_crate_is_sent_and_read_like_any_other() -> anyhow::Result<()> {
    let attempts = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&attempts);
    let http = tower::service_fn(move |request: http::Request<WireBody>| {
        let status = if seen.fetch_add(1, Ordering::Relaxed) == 0 { 503 } else { 200 };
        async move {
            assert_eq!(request.uri().to_string(), "https://my-bucket.oss-cn-hangzhou.aliyuncs.com/?resourceGroup");
            let group = "<ResourceGroupId>rg-1</ResourceGroupId>";
            let body = format!("<BucketResourceGroupConfiguration>{group}</BucketResourceGroupConfiguration>");
            Ok::<_, BoxError>(http::Response::builder().status(status).body(Full::<Bytes>::from(body))?)
        }
    });
    let client = Client::new(Config::default().region("cn-hangzhou").anonymous().http_service(http))?;
    let group = client.call(GetBucketResourceGroupRequest { bucket: BucketName::new("my-bucket")? }).await?;
    assert_eq!((group.as_deref(), attempts.load(Ordering::Relaxed)), (Some("rg-1"), 2));
    Ok(())
}

fn report() -> PutObjectRequest {
    PutObjectRequest::new("reports", "2026.txt")
}

#[tokio::test]
async fn a_function_takes_the_place_of_the_http_client() -> anyhow::Result<()> {
    let http = tower::service_fn(|request: http::Request<WireBody>| async {
        let content = request.into_body().collect().await?.to_bytes();
        let response = http::Response::builder().header("ETag", "\"1\"");
        let response = response.header("x-oss-hash-crc64ecma", Crc64::of(&content).to_string());
        Ok::<_, BoxError>(response.body(Full::<Bytes>::default())?)
    });
    let client = Client::new(Config::default().region("cn-hangzhou").anonymous().http_service(http))?;
    let result = client.uploader().upload_from(report(), "all is well").await?;
    assert_eq!(result.verified, Verified::Crc64);
    Ok(())
}

#[tokio::test]
async fn a_function_takes_the_place_of_the_transport() -> anyhow::Result<()> {
    let service = tower::service_fn(|request: Request| async move {
        assert_eq!(request.target().to_string(), "PutObject oss://reports/2026.txt");
        Ok::<_, CallError>(Response::new(StatusCode::OK).with_header(header::ETAG, HeaderValue::from_static("\"1\"")))
    });
    let uploader = Uploader::new(service);
    let result = uploader.upload_from(report(), "all is well").await?;
    assert_eq!(result.verified, Verified::No);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_goes_on_top_of_the_transport() -> anyhow::Result<()> {
    let (_emulator, client) = client().await;
    let logged = ServiceBuilder::new()
        .map_request(|request: Request| {
            println!("{}", request.target());
            request
        })
        .service(client.transport().clone());
    let uploader = Uploader::new(logged);
    let result = uploader.upload_from(PutObjectRequest::new(super::BUCKET, "a.txt"), "all is well").await?;
    assert_eq!(result.verified, Verified::Crc64);
    Ok(())
}

#[tokio::test]
async fn operations_are_values() -> anyhow::Result<()> {
    let service = tower::service_fn(|_: Request| async {
        let length = HeaderValue::from_static("11");
        Ok::<_, CallError>(Response::new(StatusCode::OK).with_header(header::CONTENT_LENGTH, length))
    });
    let request = HeadObjectRequest::new("my-bucket", "a.txt").into_request()?;
    assert_eq!((request.method.as_str(), request.operation.name), ("HEAD", "HeadObject"));

    let result = ossup::models::call(service, HeadObjectRequest::new("my-bucket", "a.txt")).await?;
    assert_eq!(result.content_length, Some(11));
    Ok(())
}

#[test]
fn the_signer_needs_nothing_else() -> anyhow::Result<()> {
    let signer = V4Signer::new("cn-hangzhou", Product::OSS)?;
    let credentials = Credentials::new("my-access-key-id", "my-access-key-secret");
    let request = SigningRequest::new(Method::PUT).bucket("my-bucket").key("a b.txt");
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("text/plain"));
    signer.sign(&request, &mut headers, &credentials, SystemTime::now())?;
    // To https://my-bucket.oss-cn-hangzhou.aliyuncs.com, with these headers and exactly this path:
    assert_eq!(request.path_and_query(), "/a%20b.txt");
    assert!(headers.contains_key("authorization"));
    signed_url(&signer, &credentials)?;
    signed_form(&signer, &credentials)
}

fn signed_url(signer: &V4Signer, credentials: &Credentials) -> anyhow::Result<()> {
    let request = SigningRequest::new(Method::GET)
        .bucket("my-bucket")
        .key("a.txt")
        .host("my-bucket.oss-cn-hangzhou.aliyuncs.com");
    let hour = Duration::from_secs(3600);
    let signed = signer.presign(&request, &HeaderMap::new(), &credentials, SystemTime::now(), hour)?;
    println!("{}", signed.url());
    Ok(())
}

fn signed_form(signer: &V4Signer, credentials: &Credentials) -> anyhow::Result<()> {
    let now = SystemTime::now();
    let policy = PostPolicy::new(now + Duration::from_secs(3600))
        .equal("bucket", "my-bucket")
        .starts_with("key", "user/eric/")
        .content_length_range(1, 10 << 20);
    let form = signer.sign_post_policy(&policy, &credentials, now)?;
    for (name, value) in form.fields() {
        println!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"); // `key` beside them, `file` last
    }
    Ok(())
}

#[tokio::test]
async fn what_oss_did_not_sign_is_refused() -> anyhow::Result<()> {
    let application = tower::service_fn(|_: http::Request<Full<Bytes>>| async {
        anyhow::Ok(http::Response::new(Full::<Bytes>::default()))
    });
    let check = CallbackLayer::new(|url: KeyUrl| async move {
        let pem = fetch(url.as_str()).await?;
        anyhow::Ok(CallbackKey::from_pem(&pem)?)
    });
    let service = check.layer(application); // or `Router::layer` with axum
    let request = http::Request::post("/uploaded").body(Full::<Bytes>::from("size=4"))?;
    let response = service.oneshot(request).await?;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    Ok(())
}

/// The example of the OSS documentation.
#[tokio::test]
async fn what_oss_signed_is_believed() -> anyhow::Result<()> {
    let (path, query, body) = ("/index.php", Some("id=1&index=2"), &b"bucket=yonghu-test"[..]);
    let authorization = "kKQeGTRccDKyHB3H9vF+xYMSrmhMZjzzl2/kdD1ktNVgbWEfYTQG0G2SU/RaHBovRCE8OkQDjC3uG33esH2txA==";
    let pub_key_url = "aHR0cDovL2dvc3NwdWJsaWMuYWxpY2RuLmNvbS9jYWxsYmFja19wdWJfa2V5X3YxLnBlbQ==";
    let callback = Callback { path, query, body, authorization, pub_key_url };
    let key = CallbackKey::from_pem(&fetch(callback.key_url()?.as_str()).await?)?;
    callback.verify(&key)?;
    Ok(())
}

#[expect(clippy::unused_async, reason = "a real one asks the network")]
async fn fetch(_url: &str) -> anyhow::Result<String> {
    Ok(EXAMPLE_KEY.to_owned())
}

const EXAMPLE_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKs/JBGzwUB2aVht4crBx3oIPBLNsjGs
C0fTXv+nvlmklvkcolvpvXLTjaxUHR3W9LXxQ2EHXAJfCB+6H2YF1k8CAwEAAQ==
-----END PUBLIC KEY-----
";
